"""Whether the rows of derived vocabularies can be there when programs begin, and in which roots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from gapless.kit import Model, Rule
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.testing.differential.derived.beginnings import lacking, meeting
from gapless.testing.differential.derived.rows import DerivedRows
from gapless.testing.suitability import has_rows_apart
from gapless.testing.templates import shared_by_all

_FIRST, _MANY, _TRIED = 1 << 48, 64, 12
"""The number of the first of many roots, how many these are, and among how many two are looked for."""


def require_prepared(rows: DerivedRows) -> None:
    """Makes the rows that are there at first, and some of other roots beside them.

    Raises:
        DeclarationError: a store would not take them, or not those of many roots.
    """
    missing = next(lacking(rows.catalogue, _by_model(rows, rows.prepared(rows.tried_root_key))), None)
    if missing is not None:
        raise DeclarationError(f"{missing.name}: no row was found with which programs could begin.")
    for model in () if has_rows_apart(rows.catalogue) else rows.spoken:
        if next(shared_by_all(model), None) is not None:
            made = (rows.first_of(model, root_key) for root_key in _root_keys(rows, _MANY))
            rule = meeting(model, [row for row in made if row is not None])
            if rule is not None:
                raise _too_few(model, rule)


def root_keys_of_all(rows: DerivedRows) -> tuple[RootId, RootId] | None:
    """The keys of the roots of every program, if the tables are emptied before each; else None.

    Raises:
        DeclarationError: no two roots were found whose first rows can be there together.
    """
    if not has_rows_apart(rows.catalogue):
        return None
    refused: list[tuple[Model[Validated], Rule]] = []
    for one, other in combinations(_root_keys(rows, _TRIED), 2):
        found = next(_meeting(rows, (*rows.prepared(one), *rows.prepared(other))), None)
        if found is None:
            return one, other
        refused.append(found)
    if not refused:
        said = "" if rows.root is None else f" of a {rows.root.name}"
        raise DeclarationError(f"Programs are run in two roots, and there is one key{said} alone.")
    raise _too_few(*refused[-1])


def _meeting(rows: DerivedRows, made: Iterable[Validated]) -> Iterator[tuple[Model[Validated], Rule]]:
    for model, those in _by_model(rows, made).items():
        rule = meeting(model, those)
        if rule is not None:
            yield model, rule


def _root_keys(rows: DerivedRows, number: int) -> tuple[RootId, ...]:
    return tuple(dict.fromkeys(rows.root_key_of(_FIRST + place) for place in range(number)))


def _by_model(rows: DerivedRows, made: Iterable[Validated]) -> dict[Model[Validated], list[Validated]]:
    found: dict[Model[Validated], list[Validated]] = {}
    for row in made:
        found.setdefault(rows.catalogue.by_entity[type(row)], []).append(row)
    return found


def _too_few(model: Model[Validated], rule: Rule) -> DeclarationError:
    remedy = f"leave {model.name} out"
    remedy = remedy if model.tenant is None else f"name {model.tenant} in the rule, or {remedy}"
    return DeclarationError(
        f"{rule.name}: programs are run in one root after the other, and there are too few values for a {model.name} "
        f"in each. {remedy[0].upper()}{remedy[1:]}."
    )

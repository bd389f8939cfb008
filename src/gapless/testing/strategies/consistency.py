"""Whether a row can stand beside others of its entity: by kind of rule, in the words of the declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    DataType,
    EnumMember,
    Exclusion,
    Immutable,
    Index,
    Model,
    Numbered,
    PrimaryKey,
    Reference,
    Required,
    Stamped,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.kinds import Rule
from gapless.kit.lowered_columns import value_in
from gapless.kit.model import Validated
from gapless.kit.python_compiler import is_true
from gapless.kit.registry import Registry
from gapless.testing.strategies.row_pairs import overlap

Beside = Callable[[Rule, Validated, Validated], bool]
"""Whether a rule lets two rows stand beside each other."""


def _always(_: Rule, __: Validated, ___: Validated) -> bool:
    return True


def _other_key(rule: Rule, one: Validated, other: Validated) -> bool:
    return not _agree(rule, one, other)


def _unlike(rule: Rule, one: Validated, other: Validated) -> bool:
    unique = cast(Unique, rule)
    concerned = unique.where is None or all(map(is_true(unique.where), (one, other)))
    values = [tuple(value_in(each, row) for each in unique.fields) for row in (one, other)]
    return not (concerned and None not in values[0] and values[0] == values[1])


def _apart(rule: Rule, one: Validated, other: Validated) -> bool:
    exclusion = cast(Exclusion, rule)
    concerned = exclusion.where is None or all(map(is_true(exclusion.where), (one, other)))
    alike = all(
        getattr(one, column.name) is not None and getattr(one, column.name) == getattr(other, column.name)
        for column in exclusion.fields
    )
    first, second = ((getattr(row, exclusion.start.name), getattr(row, exclusion.end.name)) for row in (one, other))
    return not (concerned and alike and overlap(first, second))


def _agree(rule: Rule, one: Validated, other: Validated) -> bool:
    """Whether two rows have the same in all columns of a rule, and null in none."""
    values = [tuple(getattr(row, column.name) for column in rule.columns) for row in (one, other)]
    return None not in values[0] and values[0] == values[1]


BESIDE: Registry[Beside] = Registry(
    interpreter="The drawing of worlds",
    place="testing/strategies/consistency.py",
    needed="whether it lets two rows stand beside each other",
    by_kind={
        PrimaryKey: _other_key,
        Unique: _unlike,
        Exclusion: _apart,
        # These speak of one row, which its plan draws so that it keeps them.
        DataType: _always,
        Required: _always,
        EnumMember: _always,
        Check: _always,
        Transition: _always,
        # These speak of the rows above and of how many there are, which a world sees to as it is drawn.
        Reference: _always,
        AdmissionGuard: _always,
        AtLeastOne: _always,
        AtMost: _always,
        # These are a matter of changes, or of what a store fills in.
        Immutable: _always,
        VersionStep: _always,
        AppendOnly: _always,
        Numbered: _always,
        Stamped: _always,
        Index: _always,
    },
)


def fits_beside(model: Model[Validated], row: Validated, others: Sequence[Validated]) -> bool:
    """Whether no rule of the entity refuses a row beside others of the same organization.

    Raises:
        DeclarationError: nobody has said it of a kind of rule.
    """
    return all(BESIDE.of(rule)(rule, row, other) for rule in model.rules for other in others)

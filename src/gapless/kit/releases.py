"""Releases: a row that others may refer to in great numbers leaves at once, and a job removes it and its links later.

    released ──a cleanup, in batches──> unlinked ──the same──> removed
       │
       └── from here on: out of every reading, unique rule, exclusion and invariant, and nothing new refers to it

An entity says by `released=` in `rules_of` which of its fields is true of released rows. What follows from that is
derived here, so that every store does it. See docs/decisions/0049-released-first.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

import attrs

from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import AtMost, Exclusion, Index, Invariant, Rule, Transition, Unique, fields_named
from gapless.kit.language import all_of, any_of, negate
from gapless.kit.lowered_columns import node_of
from gapless.kit.predicates import TRUE, Constant, Field, Previous
from gapless.kit.symbolic import Nodes, SymbolicRow, answer_of

E = TypeVar("E")


def release_rules(table: str, key: tuple[Column, ...], released: Column) -> Iterator[Rule]:
    """The rules that follow from `released=`: no way back, and an index by which a cleanup finds what is left to do."""
    # A condition is a bool for the type checker.
    is_released, was_released = cast(bool, Field(released)), cast(bool, Previous(released))
    yield Transition(
        f"{table}_{released.name}_final",
        f"A released row of {table} stays released, and no row is released when it is added.",
        any_of(negate(was_released), is_released),
        added=negate(is_released),
    )
    yield Index(
        f"idx_{table}_{released.name}",
        f"Finds the released rows of {table}, which a cleanup removes.",
        tuple(map(Field, key)),
        where=is_released,
    )


def of_the_unreleased(rules: tuple[Rule, ...], released: Column | None) -> tuple[Rule, ...]:
    """The rules of an entity as they hold for the rows that are not released."""
    return rules if released is None else tuple(_without_released(rule, released) for rule in rules)


def _without_released(rule: Rule, released: Column) -> Rule:
    """The rule as it holds for the rows that are not released, if it is one over several rows."""
    kept = negate(cast(bool, Field(released)))
    if isinstance(rule, (Unique, Exclusion)):
        where = kept if rule.where is None else all_of(cast(bool, rule.where), kept)
        return attrs.evolve(rule, fields=tuple(map(node_of, rule.fields)), where=where)
    if isinstance(rule, AtMost):
        limit = rule.limit.value if isinstance(rule.limit, Constant) else rule.limit
        return attrs.evolve(rule, of=_counted(rule, kept), limit=cast(int, limit))
    if isinstance(rule, Invariant):
        return attrs.evolve(rule, of=_counted(rule, kept))
    return rule


def _counted(rule: Invariant, kept: bool) -> bool:
    return kept if rule.of is TRUE else all_of(cast(bool, rule.of), kept)


def _require_releasable(entity: str, columns: tuple[Column, ...], key: tuple[str, ...], released: Column) -> None:
    """Refuses a field that can't say of a row that it was released.

    Raises:
        DeclarationError: it is not a boolean, may be null, or is in the key.
    """
    if released not in columns or released.type is not ColumnType.BOOLEAN or released.nullable or released.name in key:
        raise DeclarationError(
            f"{entity}: `released` names a field of it that is true or false and never null, such as "
            "lambda row: row.is_released."
        )


def released_column(nodes: Nodes, key: tuple[str, ...], released: Callable[[E], bool] | None) -> Column | None:
    """The column that says of a row that it was released; None if rows can't be released.

    Args:
        nodes: the nodes of the entity's fields.
        key: the names of the columns of its key.
        released: as for `rules_of`.

    Raises:
        DeclarationError: `released` does not name one field that can say so.
    """
    if released is None:
        return None
    name = nodes.entity.__name__
    column, *others = fields_named(answer_of(nodes, "released", released, SymbolicRow(nodes)))
    _require_releasable(name, nodes.columns, key, column)
    if others:
        raise DeclarationError(f"{name}: `released` names one field, not {len(others) + 1}.")
    return column

"""The plainest templates of rows: what hangs together in them, and of which conditions they are true."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from gapless.kit import AtMost, Exclusion, Model, Reference, Unique
from gapless.kit.errors import DeclarationError
from gapless.kit.model import CREATED_AT, VERSION, Validated
from gapless.kit.predicates import TRUE, Field, Node, Not
from gapless.testing.differential.derived.ranges import Row
from gapless.testing.differential.derived.variation import added_as
from gapless.testing.differential.side_records import NOW
from gapless.testing.strategies.plain_rows import plain_row
from gapless.testing.strategies.solutions import plan_of, plan_where


def plainest(model: Model[Validated], conditions: Sequence[Node], fixed: Row, mark: str, marked: Sequence[str]) -> Row:
    """The plainest row of which as many of the conditions are true as can be, the first ones first.

    If the rules allow no row with all that is fixed, first the ranges are left out, then all but what it refers to.

    Args:
        model: the entity.
        conditions: what is to be true of the row.
        fixed: values that are given.
        mark: what some texts begin with, so that rows are told apart.
        marked: the columns of these texts.
    """
    given: Row = {VERSION: 0} if model.versioned else {}
    if any(column.name == CREATED_AT for column in model.columns):
        given[CREATED_AT] = NOW
    given |= {name: model.column(name).normalised(value) for name, value in fixed.items()}
    kept = _kept(model, conditions, given, mark, marked)
    ranged = {column.name for rule in model.of_kind(Exclusion) for column in (rule.start, rule.end)}
    pointing = {column.name for rule in model.of_kind(Reference) for column in rule.fields}
    pointing |= {*model.key, VERSION, CREATED_AT}
    for leaving in (
        given,
        {name: value for name, value in given.items() if name not in ranged},
        {name: value for name, value in given.items() if name in pointing},
    ):
        try:
            return plain_row(plan_where(model, kept), leaving, mark, marked)
        except DeclarationError:
            continue
    return plain_row(plan_of(model), {name: given[name] for name in (VERSION,) if name in given}, mark, marked)


def _kept(
    model: Model[Validated], conditions: Sequence[Node], given: Row, mark: str, marked: Sequence[str]
) -> Sequence[Node]:
    """The conditions that can be true together; each one is tried only if all at once can't be, which is rare."""
    if _can(model, conditions, given, mark, marked):
        return conditions
    kept: list[Node] = []
    for node in conditions:
        if _can(model, (*kept, node), given, mark, marked):
            kept.append(node)
    return kept


def _can(model: Model[Validated], conditions: Sequence[Node], given: Row, mark: str, marked: Sequence[str]) -> bool:
    try:
        plain_row(plan_where(model, conditions), given, mark, marked)
    except DeclarationError:
        return False
    return True


@lru_cache(maxsize=256)
def usual(model: Model[Validated]) -> tuple[Node, ...]:
    """What is true of most rows: they may be added, are shown, and are those of which rules speak."""
    shown = [] if model.soft_deleted is None else [Not(model.soft_deleted)]
    apart = [rule.where for rule in model.of_kind(Unique)] + [rule.where for rule in model.of_kind(Exclusion)]
    counted = [rule.of for rule in model.of_kind(AtMost) if isinstance(rule.limit, Field)]
    return (*added_as(model), *shown, *(node for node in (*apart, *counted) if node is not None and node is not TRUE))

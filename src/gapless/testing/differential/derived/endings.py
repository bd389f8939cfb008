"""What a last unit does in programs of a derived vocabulary: sequences that would hardly come together by chance."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from gapless.kit import AdmissionGuard, AtLeastOne, AtMost, Model, OnDelete, Transition
from gapless.kit.aggregates import SUMS
from gapless.kit.assignments import countable
from gapless.kit.columns import ColumnType
from gapless.kit.model import Validated
from gapless.kit.predicates import Field
from gapless.testing.differential.conditions import EVERY_ROW
from gapless.testing.differential.derived.choices import (
    Values,
    changed_by_programs,
    inside_of,
    ordered_of,
    sides_of,
)
from gapless.testing.differential.derived.parents import limited_in, limits_of
from gapless.testing.differential.derived.rows import DerivedRows
from gapless.testing.differential.derived.variation import PLACES, apart
from gapless.testing.differential.derived.words import ELSEWHERE, WORDS
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.side_records import NOW
from gapless.testing.strategies.solutions import plan_of
from gapless.testing.templates import shared_by_all

Ending = tuple[Operation, ...]
MOST_PAGED = 3


def endings_of(rows: DerivedRows) -> Iterator[Ending]:
    """The endings of programs that are about some entities."""
    for model in rows.focus:
        yield from _paged(model)
        yield from _asked(model)
        if model.versioned:
            yield from _counted_again(model)
            yield from _written_again(rows, model)
            yield from _at_another_clock(rows, model)
        yield from _chained(rows, model)
        yield from _entering_late(rows, model)
        yield from _to_and_fro(rows, model)
        yield from _filling(rows, model)
    yield from _leaving(rows)
    yield from _several_bounds(rows)


def _paged(model: Model[Validated]) -> Iterator[Ending]:
    """Reads all rows in the order of a field, with one row a page, forwards and from the end."""
    for name in ordered_of(model)[:MOST_PAGED]:
        for backwards in (False, True):
            yield (Operation("pages", model.entity, order=((name, False),), limit=1, backwards=backwards),)


def _asked(model: Model[Validated]) -> Iterator[Ending]:
    """Adds up and compares what the rows that are shown have, of which a deleted one would make another number."""
    numbers = [column.name for column in model.columns if SUMS.of(column.type)]
    if model.soft_deleted is not None and numbers:
        sums = (Operation("sum", model.entity, field=name) for name in numbers)
        yield (*sums, *(Operation(kind, model.entity, field=model.key[-1]) for kind in ("greatest", "least")))


def _counted_again(model: Model[Validated]) -> Iterator[Ending]:
    """Counts twice in each whole number that may be counted in, and looks at what comes of it."""
    for name in countable(model)[:MOST_PAGED]:
        twice = (Operation("count_up", model.entity, where=EVERY_ROW, steps=((name, by),)) for by in (2, -1))
        yield (*twice, Operation("sum", model.entity, field=name), Operation("count_by", model.entity, field=name))


def _written_again(rows: DerivedRows, model: Model[Validated]) -> Iterator[Ending]:
    """Saves a row twice, the second time from its old state; and makes two writes with one audit record."""
    texts = [column for column in changed_by_programs(model) if _two_values(model, column.name)]
    for column in texts[:2]:
        one, other = _two_values(model, column.name)
        yield (
            Operation("save", model.entity, 0, {column.name: one}),
            Operation("save", model.entity, 0, {column.name: other}, stale=True),
        )
        yield (
            Operation("save", model.entity, 0, {column.name: one}),
            Operation("save", model.entity, 0, {column.name: other}, told="shared"),
        )
    if rows.root is not None:
        yield (Operation("save", rows.root.entity), Operation("save", model.entity, 0, told="shared"))


def _two_values(model: Model[Validated], name: str) -> tuple[object, ...]:
    """Two values of a field that fit whatever else a row holds; none if there are none."""
    column, plan = model.column(name), plan_of(model)
    if len(plan.component_of(column).columns) > 1 or column in shared_by_all(model):
        return ()
    found = [value for value in WORDS.of(column.type).fitting if plan.allows({name: value})]
    return tuple(found[:2]) if len(found) > 1 else ()


def _at_another_clock(rows: DerivedRows, model: Model[Validated]) -> Iterator[Ending]:
    """Writes a time of another zone into a row that is there, and into a new one."""
    last = PLACES - 1
    unaudited = {column.name for column in model.unaudited}
    for column in changed_by_programs(model):
        if column.type is ColumnType.TIME and plan_of(model).allows({column.name: NOW}):
            kind = "save_unaudited" if column.name in unaudited else "save"
            there = {column.name: ELSEWHERE}
            yield (Operation(kind, model.entity, 0, there), Operation("get", model.entity, 0))
            if model is not rows.root:
                yield (Operation("add", model.entity, last, there), Operation("get", model.entity, last))


def _chained(rows: DerivedRows, model: Model[Validated]) -> Iterator[Ending]:
    """Removes what a row refers to, and adds rows that refer to what is gone or never was there."""
    for pointing in rows.keys.pointing(model):
        parent = pointing.parent
        if parent not in rows.spoken or not rows.is_own(parent):
            continue
        for place in (0, 1):
            yield (Operation("remove", parent.entity, place), Operation("find", model.entity))
        if pointing.reference.on_delete is OnDelete.CASCADE:
            adding = pointing.toward(PLACES - 1)
            yield (Operation("remove", parent.entity, 1), Operation("add_all", model.entity, 1, adding))


def _entering_late(rows: DerivedRows, model: Model[Validated]) -> Iterator[Ending]:
    """Adds rows when their parent does not let them in any more."""
    for rule in model.of_kind(AdmissionGuard):
        parent, below = rows.catalogue.parent(rule.through), rows.below(model, rule)
        inside = inside_of(rows, model, rule)
        for values in sides_of(parent, rule.parent, holds=False)[:2]:
            closed = Operation("save", parent.entity, values=values)
            yield closed, Operation("add", model.entity, PLACES - 1, inside)
            yield closed, Operation("add", model.entity, PLACES - 1, below)
            yield closed, Operation("save", model.entity, 0, inside)


def _to_and_fro(rows: DerivedRows, model: Model[Validated]) -> Iterator[Ending]:
    """Changes a field to and fro, if a rule allows only some changes of it."""
    kind = "save" if model is rows.root else "put"
    for rule in model.of_kind(Transition):
        for column in rule.columns:
            steps = WORDS.of(column.type).steps
            for one, other in pairwise(steps):
                yield tuple(
                    Operation(kind, model.entity, 0, {column.name: value}) for value in (one, other, one, other)
                )


def _filling(rows: DerivedRows, model: Model[Validated]) -> Iterator[Ending]:
    """Fills all places with rows that a rule counts, and changes the parent so that the rule begins to apply."""
    for rule in model.of_kind(AtMost):
        parent = rows.catalogue.parent(rule.through)
        inside = inside_of(rows, model, rule)
        places = range(rows.keys.number_of_places(model))
        yield tuple(Operation("put", model.entity, place, apart(inside, model, place)) for place in places)
        if parent is not rows.root:
            spread = [inside | rows.spread(model, rule, place) for place in places]
            yield tuple(
                Operation("put", model.entity, place, apart(values, model, place))
                for place, values in enumerate(spread)
            )
        for values in sides_of(parent, rule.while_parent, holds=True)[:2]:
            yield Operation("put", model.entity, 1, inside), Operation("save", parent.entity, values=values)


def _leaving(rows: DerivedRows) -> Iterator[Ending]:
    """Removes an organization, with and without the rows that keep it, and with the mark that no trail is kept."""
    root = rows.root
    if root is None:
        return
    keeping = [
        child
        for child, reference in rows.catalogue.references_to[root.entity]
        if reference.on_delete is OnDelete.RESTRICT and child in rows.spoken and child.append_only is None
    ]
    order = sorted(keeping, key=rows.catalogue.models.index, reverse=True)
    gone = tuple(Operation("delete_where", model.entity, where=EVERY_ROW, include_deleted=True) for model in order)
    marks: list[Model[Validated]] = [rows.catalogue.model(entity) for entity in rows.catalogue.erasures]
    remove = Operation("remove", root.entity)
    yield (*gone, remove)
    for kept in order:
        yield (*(each for each in gone if each.entity is not kept.entity), remove)
    yield (*gone, Operation("delete_where", root.entity, where=EVERY_ROW, include_deleted=True))
    yield from ((*gone, Operation("add", mark.entity), remove) for mark in marks if mark in rows.spoken)


def _several_bounds(rows: DerivedRows) -> Iterator[Ending]:
    """Breaks several rules that count in one unit."""
    spoken = [model for model in rows.spoken if rows.is_own(model)]
    counted = [(model, rule) for model, rule in rows.catalogue.invariants if model in spoken]
    outside = [
        Operation("save", model.entity, 0, values)
        for model, rule in counted
        if isinstance(rule, AtLeastOne)
        for values in sides_of(model, rule.of, holds=False, rows=rows)[:1]
    ]
    inside = [
        Operation("put", model.entity, place, inside_of(rows, model, rule))
        for model, rule in counted
        if isinstance(rule, AtMost) and isinstance(rule.limit, Field)
        for place in (2, 3)
    ]
    above = dict.fromkeys(rows.catalogue.parent(rule.through) for _, rule in counted)
    least = [(parent, _least_limits(rows, parent)) for parent in above]
    if counted:
        yield (*(Operation("save", parent.entity, values=limits) for parent, limits in least), *inside, *outside)
        yield (*outside, *inside)


def _least_limits(rows: DerivedRows, parent: Model[Validated]) -> Values:
    """The least limits of a parent that let something in."""
    columns = limits_of(rows.catalogue, parent)
    return {name: limit for column in columns for name, limit in limited_in(parent, column, 1, {}).items()}

"""How programs bring a rule up, by its kind: the conditions that it asks, and operations that meet it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

import attrs

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
from gapless.kit.columns import ColumnType
from gapless.kit.kinds import Invariant, Rule
from gapless.kit.lowered_columns import Lowered
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE, Field, Node, fields_of
from gapless.kit.registry import Registry
from gapless.testing.differential.conditions import EVERY_ROW
from gapless.testing.differential.derived.choices import Values, inside_of, sides_of, values_of
from gapless.testing.differential.derived.parents import limited_in
from gapless.testing.differential.derived.ranges import range_at
from gapless.testing.differential.derived.rows import DerivedRows
from gapless.testing.differential.derived.variation import PLACES
from gapless.testing.differential.derived.words import WORDS
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.vocabulary import OWN, TAKEN
from gapless.testing.strategies.parents import rules_below
from gapless.testing.templates import shared_by_all

R = TypeVar("R", bound=Rule)
_RANGES = (
    *((0, 1), (1, 2), (2, 3), (1, 3), (0, 4)),
    *((1, 1), (2, 2)),
    *((2, None), (None, 1), (None, None)),
)


@attrs.frozen
class Speech:
    """How programs bring a rule of one kind up.

    Attributes:
        conditions: what a rule asks of its own rows; values are drawn for which it is true, and for which it is false.
        of_parent: what a rule asks of the row that its own belong to.
        operations: what meets a rule.
    """

    conditions: Callable[[Rule], tuple[Node, ...]] = lambda _: ()
    of_parent: Callable[[Rule], tuple[Node, ...]] = lambda _: ()
    operations: Callable[[DerivedRows, Model[Validated], Rule], Iterator[Operation]] = lambda *_: iter(())


def _where(rule: Rule) -> tuple[Node, ...]:
    where = cast("Unique | Exclusion", rule).where
    return () if where is None else (where,)


def _entering(rule: Rule) -> tuple[Node, ...]:
    audit = cast(AdmissionGuard, rule)
    return tuple(dict.fromkeys(node for node in (audit.of, audit.enters_added) if fields_of(node)))


def _clashing(_: DerivedRows, model: Model[Validated], rule: Rule) -> Iterator[Operation]:
    """Writes rows that have the same values as others, of their own organization or of another one."""
    yield Operation("put", model.entity, 2)
    yield Operation("put", model.entity, 3)
    yield Operation("add_all", model.entity, 1)
    shared = [column.name for column in rule.columns if column in shared_by_all(model)]
    yield from _in_other_letters(model, cast(Unique, rule))
    for stands_for in (TAKEN, OWN, TAKEN):
        values: Values = dict.fromkeys(shared, stands_for)
        if shared:
            yield from (Operation(kind, model.entity, 0, values) for kind in ("put", "save"))


def _in_other_letters(model: Model[Validated], rule: Unique) -> Iterator[Operation]:
    """Writes rows that differ in the case of what a rule compares without regard to case, and in nothing else of it."""
    for column in [each.column for each in rule.fields if isinstance(each, Lowered)]:
        given = [value for value in values_of(model, column) if isinstance(value, str)]
        texts = [text for text in given if text.isascii() and text not in (OWN, TAKEN)]
        for place, text in ((1, texts[0].swapcase()), (2, texts[0])) if texts else ():
            yield Operation("put", model.entity, place, {column.name: text})


def _excluding(rows: DerivedRows, model: Model[Validated], rule: Rule) -> Iterator[Operation]:
    """Writes rows whose ranges overlap or don't, are empty or open; one by one, and many at once."""
    exclusion = cast(Exclusion, rule)
    alike: Values = rows.alike(model, exclusion)
    alike |= {column.name: OWN for column in exclusion.fields if column in shared_by_all(model)}
    ranges = [{**alike, **range_at(model, exclusion, start, end)} for start, end in _RANGES]
    for place in (1, 2):
        yield from (Operation("put", model.entity, place, values) for values in ranges)
    yield Operation("add_all", model.entity, 1, ranges[3])
    for values in (ranges[4], ranges[6]):
        yield Operation("update_where", model.entity, values=values, where=EVERY_ROW)
    for node in _where(rule):
        for values in (*sides_of(model, node, holds=True)[:1], *sides_of(model, node, holds=False)[:1]):
            yield Operation("put", model.entity, 2, {**ranges[3], **values})
            yield Operation("update_where", model.entity, values=values, where=EVERY_ROW)


def _referring(rows: DerivedRows, model: Model[Validated], rule: Rule) -> Iterator[Operation]:
    """Writes rows that refer to a row that is not there, or that is then removed."""
    for pointing in rows.keys.pointing(model):
        if pointing.reference is rule:
            for place in (1, 2):
                yield Operation("put", model.entity, place, pointing.toward(place))
            yield Operation("remove", pointing.parent.entity, 0)
            yield Operation("remove", pointing.parent.entity, 1)


def _at_a_bound(rows: DerivedRows, model: Model[Validated], rule: Rule) -> Iterator[Operation]:
    """Moves rows into and out of the set that a rule counts, and changes the parent so that the rule applies or not."""
    count = cast(Invariant, rule)
    entity, parent = model.entity, rows.catalogue.parent(count.through)
    inside = inside_of(rows, model, count)
    outside = sides_of(model, count.of, holds=False, rows=rows)[:3]
    yield from (Operation("put", entity, place, inside) for place in (1, 2, 2, 3))
    yield Operation("update_where", entity, values=inside, where=EVERY_ROW)
    for values in outside:
        yield Operation("save", entity, 0, values)
        yield Operation("update_where", entity, values=values, where=EVERY_ROW)
    yield Operation("remove", entity, 0)
    yield from _of_limit(rows, count)
    for holds in (True, False):
        yield from (
            Operation("save", parent.entity, values=values)
            for values in sides_of(parent, count.while_parent, holds=holds)[:2]
        )


def _of_limit(rows: DerivedRows, rule: Invariant) -> Iterator[Operation]:
    if isinstance(rule, AtMost) and isinstance(rule.limit, Field):
        column, parent = rule.limit.column, rows.catalogue.parent(rule.through)
        for limit in dict.fromkeys((0, 1, *limited_in(parent, column, 0, {}).values())):
            yield Operation("save", parent.entity, values={column.name: limit})
    if isinstance(rule, AtMost) and rule.supplement is not None:
        limit_row = rows.catalogue.model(cast("type[Validated]", rule.supplement.entity))
        column = rule.supplement.column
        for kind in ("put", "save"):
            for limit in dict.fromkeys((0, 1, *limited_in(limit_row, column, 0, {}).values())):
                yield Operation(kind, limit_row.entity, 0, {column.name: limit})
        yield Operation("remove", limit_row.entity, 0)


def _at_the_door(rows: DerivedRows, model: Model[Validated], rule: Rule) -> Iterator[Operation]:
    """Adds rows while their parent lets them in, and while it does not."""
    guard = cast(AdmissionGuard, rule)
    parent, below = rows.catalogue.parent(guard.through), rows.below(model, guard)
    for holds in (False, True):
        for values in sides_of(parent, guard.parent, holds=holds)[:2]:
            yield Operation("save", parent.entity, values=values)
            if {column.name for column in parent.unaudited} >= values.keys():
                yield Operation("save_unaudited", parent.entity, values=values)
    for values in sides_of(model, guard.of, holds=True, rows=rows)[:1]:
        yield Operation("put", model.entity, 1, values | below)
        yield Operation("put", model.entity, 2, values | below)
        yield Operation("update_where", model.entity, values=values, where=EVERY_ROW)
    yield Operation("put", model.entity, 2, below)


def _changing(rows: DerivedRows, model: Model[Validated], rule: Rule) -> Iterator[Operation]:
    """Makes changes that a rule allows, and changes that it refuses."""
    transition = cast(Transition, rule)
    kinds = ["save"] if model is rows.root else ["put"]
    if {column.name for column in transition.columns} <= {column.name for column in model.unaudited}:
        kinds.append("save_unaudited")
    for holds in (False, True, False):
        for values in sides_of(model, transition.added, holds=holds, rows=rows)[:2]:
            yield from (Operation(kind, model.entity, 0, values) for kind in kinds)
    for column in transition.columns:
        for value in WORDS.of(column.type).steps:
            yield from (Operation(kind, model.entity, 0, {column.name: value}) for kind in kinds)


def _repeating(_: DerivedRows, model: Model[Validated], __: Rule) -> Iterator[Operation]:
    """Adds rows that are there already, in their own organization or in another one."""
    if not model.append_only:
        yield Operation("add", model.entity, 0)
    across = {column.name: TAKEN for column in model.key_columns if column in shared_by_all(model)}
    if across and not model.is_root:
        yield Operation("add", model.entity, PLACES - 1, across)


def _numbering(_: DerivedRows, model: Model[Validated], __: Rule) -> Iterator[Operation]:
    yield Operation("add_all", model.entity, 1)
    yield Operation("add", model.entity, PLACES - 1)


def _out_of_date(_: DerivedRows, model: Model[Validated], __: Rule) -> Iterator[Operation]:
    yield Operation("save", model.entity, 0, stale=True)
    yield Operation("undo", model.entity, 0)


def _in_its_order(_: DerivedRows, model: Model[Validated], rule: Rule) -> Iterator[Operation]:
    """Reads rows in the order of an index, page by page."""
    names = [column.name for column in rule.columns if column.name != model.tenant]
    if names and all(column.type is not ColumnType.BOOLEAN for column in rule.columns):
        yield Operation("pages", model.entity, order=tuple((name, False) for name in names[:2]), limit=1)


SPOKEN = Registry(
    interpreter="The vocabulary of random programs",
    place="testing/differential/derived/speech.py",
    needed="its Speech",
    by_kind={
        # Values on both sides of the edges of these four are drawn for every field: see `values_for`.
        DataType: Speech(),
        Required: Speech(),
        EnumMember: Speech(),
        Check: Speech(),
        PrimaryKey: Speech(operations=_repeating),
        Unique: Speech(conditions=_where, operations=_clashing),
        Exclusion: Speech(conditions=_where, operations=_excluding),
        Reference: Speech(operations=_referring),
        Transition: Speech(
            conditions=lambda rule: (cast(Transition, rule).added,),
            operations=_changing,
        ),
        AdmissionGuard: Speech(
            conditions=_entering,
            of_parent=lambda rule: (cast(AdmissionGuard, rule).parent,),
            operations=_at_the_door,
        ),
        AtLeastOne: Speech(
            conditions=lambda rule: (cast(Invariant, rule).of,),
            of_parent=lambda rule: (cast(Invariant, rule).while_parent,),
            operations=_at_a_bound,
        ),
        AtMost: Speech(
            conditions=lambda rule: (cast(Invariant, rule).of,),
            of_parent=lambda rule: (cast(Invariant, rule).while_parent,),
            operations=_at_a_bound,
        ),
        Immutable: Speech(),
        VersionStep: Speech(operations=_out_of_date),
        AppendOnly: Speech(),
        Numbered: Speech(operations=_numbering),
        Stamped: Speech(),
        Index: Speech(operations=_in_its_order),
    },
)


def conditions_of(rows: DerivedRows, model: Model[Validated]) -> list[Node]:
    """The conditions over one row of an entity, of its own rules and of the rules of rows that belong to it."""
    found = [] if model.soft_deleted is None else [model.soft_deleted]
    found += [node for rule in model.rules for node in SPOKEN.of(rule).conditions(rule)]
    below = (*rules_below(rows.catalogue, model, AdmissionGuard), *rules_below(rows.catalogue, model, Invariant))
    found += [node for _, rule in rows.catalogue if rule in below for node in SPOKEN.of(rule).of_parent(rule)]
    return [node for node in dict.fromkeys(found) if node is not TRUE and fields_of(node)]

"""What tells the rows of derived vocabularies apart: their keys, and the values that no two rows have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import lru_cache

from gapless.kit import AtLeastOne, AtMost, Exclusion, Model, Reference, Transition, Unique
from gapless.kit.columns import ByType, Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE, Node, fields_of
from gapless.testing.differential.derived.ranges import Row, plain_value
from gapless.testing.differential.derived.words import WORDS
from gapless.testing.differential.side_records import NOW
from gapless.testing.differential.vocabulary import Referred, numbered
from gapless.testing.strategies.plain_rows import plain_row
from gapless.testing.strategies.ranges import counted, range_of, value_at
from gapless.testing.strategies.solutions import Plan, plan_of, plan_where
from gapless.testing.templates import shared_by_all

PLACES = 4
"""How many ids the rows of an entity may have."""


def has_id(model: Model[Validated]) -> bool:
    """Whether the rows of a root are told apart by a uuid, or there is one row of it in each root."""
    return len(model.id_columns) < 2 and model.key_columns[-1].type is ColumnType.UUID


@lru_cache(maxsize=256)
def added_plan(model: Model[Validated]) -> Plan:
    """The plan of rows that may be added; of all rows if no row may."""
    try:
        return plan_where(model, added_as(model))
    except DeclarationError:
        return plan_of(model)


def nth(model: Model[Validated], column: Column, number: int, fixed: Row) -> Row:
    """One of the values that the checks allow a column beside others, a new one for each number while there are any."""
    found: dict[object, None] = dict.fromkeys(
        value for value in _numbered(model, column) if added_plan(model).allows({**fixed, column.name: value})
    )
    return {column.name: [*found][number % len(found)]} if found else {}


def _numbered(model: Model[Validated], column: Column) -> Iterator[object]:
    return NUMBERED.of(column.type)(model, column)


def _texts(model: Model[Validated], column: Column) -> Iterator[object]:
    yield from (f"{place}" for place in range(PLACES))
    for place in range(PLACES):
        yield plain_row(plan_of(model), {}, f"{place}", [column.name])[column.name]


def _beside_plain(model: Model[Validated], column: Column) -> Iterator[object]:
    found, among = plain_value(model, column), range_of(column)
    if found is not None and among is not None:
        near = (counted(found) + place for place in range(-PLACES, PLACES))
        yield from (value_at(column, count) for count in near if among[1][0] <= count <= among[1][1])


def _plain(model: Model[Validated], column: Column) -> Iterator[object]:
    yield plain_value(model, column)


NUMBERED: ByType[Callable[[Model[Validated], Column], Iterator[object]]] = ByType(
    interpreter="The values of programs that tell rows apart",
    place="testing/differential/derived/variation.py",
    needed="values of a column, each other than those before",
    by_type={
        ColumnType.TEXT: _texts,
        ColumnType.ENUMERATION: lambda _, column: iter(column.members.values()),
        ColumnType.INTEGER: _beside_plain,
        ColumnType.BIG_INTEGER: _beside_plain,
        ColumnType.DECIMAL: _beside_plain,
        ColumnType.BOOLEAN: lambda *_: iter((False, True)),
        ColumnType.UUID: lambda *_: iter(numbered(0, PLACES)),
        ColumnType.UUIDS: _plain,
        ColumnType.TIME: lambda *_: (NOW + timedelta(hours=hour) for hour in range(PLACES)),
        ColumnType.JSON: _plain,
        ColumnType.KEY: _plain,
    },
)


def varied(model: Model[Validated], number: int, fixed: Row) -> Row:
    """The values of the columns that must be unique, unless they are texts or a rule counts by them."""
    counted = [rule.of for rule in (*model.of_kind(AtMost), *model.of_kind(AtLeastOne))]
    where = [*(rule.where for rule in model.of_kind(Unique)), *(rule.where for rule in model.of_kind(Exclusion))]
    asked = [node for node in (*counted, *where, *added_as(model)) if node is not None and node is not TRUE]
    told = {column.name for node in asked for column in fields_of(node)}
    found: Row = {}
    for rule in model.of_kind(Unique):
        for column in rule.columns:
            if (
                column.name not in {*told, *fixed, *found, *model.filled, model.tenant}
                and WORDS.of(column.type).is_varied
            ):
                found |= nth(model, column, number, {**fixed, **found})
    return found


def apart(alike: Row, model: Model[Validated], place: int) -> Row:
    """Adds values to those that rows have alike, so that the row of each place differs from the others where it must.

    Args:
        alike: the values that all of these rows have.
        model: the entity.
        place: of the row.
    """
    left = {*alike, *model.key, *model.filled, model.tenant, *(column.name for column in shared_by_all(model))}
    referring = {column.name for rule in model.of_kind(Reference) for column in rule.fields}
    found = dict(alike)
    for rule in model.of_kind(Unique):
        for column in rule.columns:
            if column.name not in {*left, *referring, *found}:
                known = {name: value for name, value in found.items() if not isinstance(value, Referred)}
                found |= nth(model, column, place, known)
    return found


def own_columns(model: Model[Validated]) -> list[str]:
    """The columns that tell rows of one root apart: texts of a rule that no two rows have the same."""
    columns = (column for rule in model.of_kind(Unique) for column in rule.columns)
    return [column.name for column in columns if column.name != model.tenant and column.type is ColumnType.TEXT]


def added_as(model: Model[Validated]) -> list[Node]:
    """The conditions that a row has to fulfil when it is added."""
    return [rule.added for rule in model.of_kind(Transition) if rule.added is not TRUE]

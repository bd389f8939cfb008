"""Another value than a row has in a column, of the type of the column, and one that the rules leave if there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from decimal import Decimal
from typing import cast

from gapless.kit.columns import ByType, Column, ColumnType, counted_units, digits_of
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.predicates import UNCOMPARED, Comparison, Constant, Field, NullPasses
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import false, holding

UNKNOWN = "another"


def another(fixture: Fixture, row: Validated, column: Column) -> object:
    """Another value of a column than a row has, for which no row of the fixture has it.

    Where the rules over a row leave no other value, it is one that breaks them: a store looks first at what must not
    change, and at whether the row that is pointed at is there.
    """
    model = fixture.factories.catalogue.by_entity[type(row)]
    tried = [value for value in _others(fixture, row, column) if column.represents(value)]
    values = model.values_by_column(row)
    kept = (value for value in tried if not model.find_violations({**values, column.name: value}))
    return next(kept, tried[0] if tried else UNKNOWN)


def _others(fixture: Fixture, row: Validated, column: Column) -> Iterator[object]:
    yield from OTHERS.of(column.type)(fixture, column, getattr(row, column.name))
    yield from _solved(fixture, row, column)


def _texts(_: Fixture, __: Column, value: object) -> Iterator[object]:
    if value is not None:
        yield UNKNOWN if value != UNKNOWN else f"{UNKNOWN} one"


def _members(_: Fixture, column: Column, value: object) -> Iterator[object]:
    if value is not None:
        yield from (member for member in column.members.values() if member is not value)


def _numbers(_: Fixture, __: Column, value: object) -> Iterator[object]:
    if value is not None:
        yield from (cast(int, value) + 1, cast(int, value) - 1)


def _decimals(_: Fixture, column: Column, value: object) -> Iterator[object]:
    if isinstance(value, Decimal):
        count = counted_units(value)
        yield from (digits_of(column).value(count + step) for step in (1, -1))


def _times(_: Fixture, __: Column, value: object) -> Iterator[object]:
    if isinstance(value, datetime):
        yield from (value + timedelta(days=days) for days in (1, -1) if MINYEAR < value.year + days < MAXYEAR)


def _ids(fixture: Fixture, _: Column, __: object) -> Iterator[object]:
    yield fixture.ids.new()


def _lists(fixture: Fixture, _: Column, __: object) -> Iterator[object]:
    yield (fixture.ids.new(),)


def _documents(fixture: Fixture, _: Column, __: object) -> Iterator[object]:
    yield JsonObject({UNKNOWN: str(fixture.ids.new())})


def _keys(fixture: Fixture, column: Column, value: object) -> Iterator[object]:
    """Of a key that can be of several types, of the type that it has."""
    of_type = {int: _numbers, str: _texts}.get(type(value), _ids)
    return of_type(fixture, column, value)


OTHERS: ByType[Callable[[Fixture, Column, object], Iterator[object]]] = ByType(
    interpreter="The attempts at other values",
    place="testing/counterexamples/other_values.py",
    needed="other values of the type than one, near to it as far as there are such",
    by_type={
        ColumnType.TEXT: _texts,
        ColumnType.ENUMERATION: _members,
        ColumnType.INTEGER: _numbers,
        ColumnType.BIG_INTEGER: _numbers,
        ColumnType.DECIMAL: _decimals,
        ColumnType.BOOLEAN: lambda _, __, value: iter((not value,)),
        ColumnType.UUID: _ids,
        ColumnType.UUIDS: _lists,
        ColumnType.TIME: _times,
        ColumnType.JSON: _documents,
        ColumnType.KEY: _keys,
    },
)


def _solved(fixture: Fixture, row: Validated, column: Column) -> Iterator[object]:
    """What the rules leave beside the value that a row has, if it is found."""
    if column.type in UNCOMPARED:
        return
    model = fixture.factories.catalogue.by_entity[type(row)]
    values = model.values_by_column(row)
    field = NullPasses(Field(column)) if column.nullable else Field(column)
    value = values[column.name]
    wanted = [holding((column,))] if value is None else [false(Comparison("==", field, Constant(value)))]
    found = fixture.factories.found(model, *wanted, preferred=values)
    if found is not None:
        yield found.values[column.name]

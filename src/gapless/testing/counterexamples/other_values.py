"""Another value than a row has in a column, of the type of the column, and one that the rules leave if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from typing import cast

from gapless.kit.columns import Column, ColumnType
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.predicates import UNCOMPARED, Comparison, Constant, Field, NullPasses
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import false, holding

_NUMBERS = (ColumnType.INTEGER, ColumnType.BIG_INTEGER)
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
    value: object = getattr(row, column.name)
    if column.type is ColumnType.UUID:
        yield fixture.ids.new()
    elif column.type is ColumnType.UUIDS:
        yield (fixture.ids.new(),)
    elif column.type is ColumnType.JSON:
        yield JsonObject({UNKNOWN: str(fixture.ids.new())})
    elif column.type is ColumnType.BOOLEAN:
        yield not value
    elif value is not None:
        yield from _beside(column, value)
    yield from _solved(fixture, row, column)


def _beside(column: Column, value: object) -> Iterator[object]:
    """Values near to one, as far as there are such."""
    if isinstance(value, datetime):
        yield from (value + timedelta(days=days) for days in (1, -1) if MINYEAR < value.year + days < MAXYEAR)
    elif column.type in _NUMBERS:
        yield from (cast(int, value) + 1, cast(int, value) - 1)
    elif column.type is ColumnType.TEXT:
        yield UNKNOWN if value != UNKNOWN else f"{UNKNOWN} one"
    elif column.enumeration is not None:
        yield from (member for member in column.enumeration if member is not value)


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

"""Rows on their way to the driver and back: enumerations, JSON and lists as text, everything else as it is."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, cast

from gapless.domain.errors import InvalidValue, RowUnreadable
from gapless.domain.json_object import JsonObject
from gapless.domain.row_keys import RowKey
from gapless.domain.rules import Model
from gapless.domain.rules.columns import EARLIEST, LATEST, Column, ColumnType, is_tuple_of_uuids
from gapless.domain.rules.model import Judged
from gapless.domain.rules.python_compiler import function

E = TypeVar("E", bound=Judged)


def encoded(value: object) -> object:
    """A column's value as the driver takes it."""
    if isinstance(value, enum.Enum):
        return value.value
    if type(value) is tuple:
        # As text, because an array of arrays would be read as one longer array.
        return f"{{{','.join(map(str, value))}}}"
    return value.text if type(value) is JsonObject else value


def encoder(model: Model[E]) -> Callable[[E], tuple[object, ...]]:
    """Compiles what gives the values of a row, in the order of the columns, as the driver takes them."""
    converted = (ColumnType.ENUMERATION, ColumnType.JSON, ColumnType.UUIDS)
    parts = (f"encoded(o.{c.name}), " if c.type in converted else f"o.{c.name}, " for c in model.columns)
    source = f"encode = lambda o: ({''.join(parts)})"
    return cast("Callable[[E], tuple[object, ...]]", function("encode", source, {"encoded": encoded}))


def decoder(model: Model[E]) -> Callable[[Sequence[object]], E]:
    """Compiles what makes a row of a record; JSON columns were selected as text.

    The compiled function raises RowUnreadable for a record that holds what its columns don't let in
    (`readable.kept_condition`), nulls and texts of an enumeration included.
    """
    namespace: dict[str, object] = {
        "hydrate": model.hydrate,
        "parse": JsonObject.parse,
        "listed": _listed,
        "Refused": InvalidValue,
        "EARLIEST": EARLIEST,
        "LATEST": LATEST,
    }
    names = [f"v{place}" for place in range(len(model.columns))]
    parts, refused = [], []
    for name, column in zip(names, model.columns, strict=True):
        part, fault = _read(name, column)
        namespace[f"members_{name}"] = column.members
        parts.append(f"(None if {name} is None else {part})" if column.nullable and part != name else part)
        refused += [] if fault is None else [fault]
    lines = [f"{', '.join(names)}, = r", f"if {' or '.join(refused or ['False'])}: raise Refused('row', '')"]
    source = f"def decode(r):\n  {lines[0]}\n  {lines[1]}\n  return hydrate(({', '.join(parts)},))"
    decode = cast("Callable[[Sequence[object]], E]", function("decode", source, namespace))
    places = [[column.name for column in model.columns].index(name) for name in model.key]

    def checked(record: Sequence[object]) -> E:
        try:
            return decode(record)
        # A null where there is none, and an infinite time, which the driver gives no zone, can't be compared.
        except (KeyError, TypeError, InvalidValue) as error:
            raise RowUnreadable(model.name, (row_key(model, [record[place] for place in places]),)) from error

    return checked


def _read(name: str, column: Column) -> tuple[str, str | None]:
    """How the value of a column is read, and what is true of a value that can't be, if reading it does not fail."""
    match column.type:
        case ColumnType.ENUMERATION:
            return f"members_{name}[{name}]", None
        case ColumnType.JSON:
            return f"parse({name})", None
        case ColumnType.UUIDS:
            return f"listed({name})", None
        case ColumnType.TIME:
            beyond = f"not EARLIEST <= {name} <= LATEST"
            return name, f"{name} is not None and {beyond}" if column.nullable else beyond
        case _:
            return name, None if column.nullable else f"{name} is None"


def _listed(value: Iterable[object]) -> tuple[object, ...]:
    """The list that a column holds; the driver gives a list of lists for an array of more dimensions."""
    listed = tuple(value)
    if not is_tuple_of_uuids(listed):
        raise InvalidValue("uuids", "That is no list of ids.")
    return listed


def row_key(model: Model[E], values: Iterable[object]) -> RowKey:
    """Names a row by its table and what the columns of its key hold."""
    return RowKey(model.table, model.key, tuple(None if value is None else str(value) for value in values))

"""Converts rows for the driver and back: enumerations, JSON and lists go as text, every other value as it is."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, cast
from uuid import UUID

import attrs

from gapless.adapters.postgres.sql.column_types import STORED
from gapless.kit import Model
from gapless.kit.columns import EARLIEST, LATEST, ByType, Column, ColumnType
from gapless.kit.errors import InvalidValue, RowUnreadable
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.plain import UUID_PARTS, uuid_made, uuid_of
from gapless.kit.python_compiler import function
from gapless.kit.row_keys import RowKey

E = TypeVar("E", bound=Validated)


def encoded(value: object) -> object:
    """The value of a column as the driver accepts it."""
    if isinstance(value, enum.Enum):
        return value.value
    if type(value) is tuple:  # a tuple always has ids
        # The list goes as text, because the server would read an array of arrays as one longer array.
        return f"{{{','.join(f'{part.int:032x}' for part in value)}}}"
    return value.text if type(value) is JsonObject else value


def encoder(model: Model[E]) -> Callable[[E], tuple[object, ...]]:
    """Compiles a function that gives the values of a row in the order of the columns, as the driver accepts them."""
    values = ((f"o.{c.name}", STORED.of(c.type).is_converted) for c in model.columns)
    parts = (f"encoded({value}), " if is_converted else f"{value}, " for value, is_converted in values)
    source = f"encode = lambda o: ({''.join(parts)})"
    return cast("Callable[[E], tuple[object, ...]]", function("encode", source, {"encoded": encoded}))


def decoder(model: Model[E]) -> Callable[[Sequence[object]], E]:
    """A function that makes a row from a record; see `rows_decoder`."""
    decode_all = rows_decoder(model)
    return lambda record: decode_all((record,))[0]


def rows_decoder(model: Model[E]) -> Callable[[Iterable[Sequence[object]]], list[E]]:
    """Compiles a function that makes rows from records, in which JSON columns are text.

    The driver gives an id as an object of its own class, which other libraries don't know, so the function makes a
    plain UUID of it. The id of the root is mostly that of the record before, and then it is not made again.

    The compiled function raises RowUnreadable for the first record with a value that its column refuses (see
    `readable.kept_condition`), and also for a null or a text of an enumeration that the column refuses.
    """
    names = [f"v{place}" for place in range(len(model.columns))]
    parts, refused, ids = [], [], list[str]()
    namespace: dict[str, object] = {**_DECODING, **model.construction.namespace, "unreadable": _refusal(model)}
    for name, column in zip(names, model.columns, strict=True):
        part, fault = _read(name, column)
        namespace[f"members_{name}"] = column.members
        parts.append(f"(None if {name} is None else {part})" if column.nullable and part != name else part)
        refused += [] if fault is None else [fault]
        if column.type is ColumnType.UUID:
            repeated = bool(model.key) and column.name == model.tenant and not column.nullable
            # Other libraries don't know the driver's class of ids, so a plain UUID is made (decision 0035).
            ids += _id_read(name, nullable=column.nullable, repeated=repeated)
    lines = [
        f"{', '.join(names)}, = r",
        f"if {' or '.join(refused or ['False'])}: raise Refused('row', '')",
        *ids,
        *model.construction.lines(parts),
        "add(o)",
    ]
    source = _DECODE.format(record="\n      ".join(lines))
    return cast("Callable[[Iterable[Sequence[object]]], list[E]]", function("decode", source, namespace))


_DECODE = """\
def decode(records):
  rows, last = [], id_of(0)
  add = rows.append
  try:
    for r in records:
      {record}
  except (KeyError, TypeError, Refused) as error:
    # TypeError: a null can't be compared, and no infinite time either, because the driver gives it no zone.
    raise unreadable(r) from error
  return rows"""


def _refusal(model: Model[E]) -> Callable[[Sequence[object]], RowUnreadable]:
    """Makes the error for a record that can't be read."""
    places = [[column.name for column in model.columns].index(name) for name in model.key]
    return lambda record: RowUnreadable(model.name, (row_key(model, [record[place] for place in places]),))


def _read(name: str, column: Column) -> tuple[str, str | None]:
    """The expression that reads a value, and the condition that it can't be read; None if the expression fails then."""
    how = READ.of(column.type)
    read = how.read.format(name)
    if how.beyond is not None:
        beyond = how.beyond.format(name)
        return read, f"{name} is not None and {beyond}" if column.nullable else beyond
    return read, None if column.nullable or how.refuses_null else f"{name} is None"


@attrs.frozen(kw_only=True)
class Read:
    """How a value is read from what the driver gives.

    Attributes:
        read: the source of the value.
        beyond: the source of the condition that it can't be read, which fails for a null; None if the reading fails.
        refuses_null: whether the reading fails for a null.
    """

    read: str = "{0}"
    beyond: str | None = None
    refuses_null: bool = False


READ: ByType[Read] = ByType(
    interpreter="The decoder of PostgreSQL",
    place="adapters/postgres/statements/records.py",
    needed="how it is Read",
    by_type={
        ColumnType.TEXT: Read(),
        ColumnType.ENUMERATION: Read(read="members_{0}[{0}]", refuses_null=True),
        ColumnType.INTEGER: Read(),
        ColumnType.BIG_INTEGER: Read(),
        ColumnType.DECIMAL: Read(beyond="({0} is None or {0} != {0})"),  # NaN is no number that equals itself
        ColumnType.BOOLEAN: Read(),
        ColumnType.UUID: Read(),
        ColumnType.UUIDS: Read(read="listed({0})", refuses_null=True),
        ColumnType.TIME: Read(beyond="not EARLIEST <= {0} <= LATEST"),
        ColumnType.JSON: Read(read="parse({0})", refuses_null=True),
        ColumnType.KEY: Read(),
    },
)


def _listed(value: Iterable[object]) -> tuple[object, ...]:
    """The list of a column; an array of several dimensions, which the driver gives as a list of lists, is refused."""
    listed = tuple(value)
    if not all(isinstance(part, UUID) for part in listed):
        raise InvalidValue("uuids", "That is no list of ids.")
    return tuple(uuid_of(cast(UUID, part).int) for part in listed)


_DECODING: dict[str, object] = {
    **UUID_PARTS,
    "parse": JsonObject.parse,
    "listed": _listed,
    "Refused": InvalidValue,
    "EARLIEST": EARLIEST,
    "LATEST": LATEST,
    "id_of": uuid_of,
}
"""What the compiled function uses for every entity."""


def read_value(column: Column, value: object) -> object:
    """The value of a column that was read by itself, as a row has it.

    Raises:
        InvalidValue: no row could have it.
    """
    if column.enumeration is not None and type(value) is str:
        value = column.members.get(value, value)
    elif isinstance(value, UUID):
        value = uuid_of(value.int)
    if not column.fits(value):
        raise InvalidValue("column", "No row could have this value.")
    return value


def row_key(model: Model[E], values: Iterable[object]) -> RowKey:
    """Names a row by its table and the values of its key."""
    return RowKey(model.table, model.key, tuple(None if value is None else str(value) for value in values))


def _id_read(name: str, *, nullable: bool, repeated: bool) -> list[str]:
    """The statements that read an id; they are written out, because a call would cost as much as they do."""
    if repeated:
        return [f"n = {name}.int", "if last.int != n: last = id_of(n)", f"{name} = last"]
    made = f"{uuid_made(f'{name}.int')}; {name} = u"
    return [f"if {name} is not None: {made}" if nullable else made]

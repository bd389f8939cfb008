"""Rows on their way to the driver and back: enumerations, JSON and lists as text, everything else as it is."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from gapless.domain.errors import DatabaseTooNew, InvalidValue
from gapless.domain.json_object import JsonObject
from gapless.domain.plain import UUID_PARTS, uuid_of
from gapless.domain.rules import Model
from gapless.domain.rules.columns import ColumnType
from gapless.domain.rules.model import Judged
from gapless.domain.rules.python_compiler import function

E = TypeVar("E", bound=Judged)


def encoded(value: object) -> object:
    """A column's value as the driver takes it."""
    if isinstance(value, enum.Enum):
        return value.value
    if type(value) is tuple:  # of ids, for there is no other
        # As text, because an array of arrays would be read as one longer array.
        return f"{{{','.join(f'{part.int:032x}' for part in value)}}}"
    return value.text if type(value) is JsonObject else value


def encoder(model: Model[E]) -> Callable[[E], tuple[object, ...]]:
    """Compiles what gives the values of a row, in the order of the columns, as the driver takes them."""
    converted = (ColumnType.ENUMERATION, ColumnType.JSON, ColumnType.UUIDS)
    parts = (f"encoded(o.{c.name}), " if c.type in converted else f"o.{c.name}, " for c in model.columns)
    source = f"encode = lambda o: ({''.join(parts)})"
    return cast("Callable[[E], tuple[object, ...]]", function("encode", source, {"encoded": encoded}))


def decoder(model: Model[E]) -> Callable[[Sequence[object]], E]:
    """Compiles what makes a row of a record; JSON columns were selected as text.

    The driver reads an id as one of a class of its own, which other libraries do not know: it becomes a plain one. That
    of the organization is mostly the same as in the record before, and is made once.

    The compiled function raises DatabaseTooNew for a value that this version does not know: only a newer one wrote it.
    """
    namespace: dict[str, object] = {"hydrate": model.hydrate, "parse": JsonObject.parse}
    namespace |= {**UUID_PARTS, "id_of": uuid_of, "last": [uuid_of(0)]}
    lines, parts = [], []
    for place, column in enumerate(model.columns):
        part = f"r[{place}]"
        if column.type is ColumnType.UUID:
            lines.append(_id_read(place, nullable=column.nullable, repeated=column.name == model.tenant))
            parts.append(f"u{place}")
            continue
        if column.type is ColumnType.ENUMERATION:
            namespace[f"members{place}"] = column.members
            part = f"members{place}[{part}]"
        elif column.type is ColumnType.JSON:
            part = f"parse({part})"
        elif column.type is ColumnType.UUIDS:
            part = f"tuple([id_of(i.int) for i in {part}])"
        parts.append(f"(None if r[{place}] is None else {part})" if column.nullable and part != f"r[{place}]" else part)
    source = f"def decode(r):\n{''.join(lines)}  return hydrate(({', '.join(parts)},))"
    decode = cast("Callable[[Sequence[object]], E]", function("decode", source, namespace))

    def checked(record: Sequence[object]) -> E:
        try:
            return decode(record)
        except (KeyError, InvalidValue) as error:
            raise DatabaseTooNew(f"A row of {model.table} holds a value that this version does not know.") from error

    return checked


def _id_read(place: int, *, nullable: bool, repeated: bool) -> str:
    """The statements that read an id: written out, for a call would cost as much as they do."""
    if repeated:
        return f"  n = r[{place}].int\n  u{place} = last[0]\n  if u{place}.int != n: u{place} = last[0] = id_of(n)\n"
    made = f"u{place} = new(UUID); number(u{place}, r[{place}].int); safety(u{place}, UNKNOWN)"
    return f"  if r[{place}] is None: u{place} = None\n  else: {made}\n" if nullable else f"  {made}\n"

"""Rows on their way to the driver and back: enumerations, JSON and lists as text, everything else as it is."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from gapless.domain.errors import DatabaseTooNew, InvalidValue
from gapless.domain.json_object import JsonObject
from gapless.domain.plain import uuid_of
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

    The compiled function raises DatabaseTooNew for a value that this version does not know: only a newer one wrote it.
    """
    # The driver reads an id as one of a class of its own, which other libraries do not know.
    namespace: dict[str, object] = {"hydrate": model.hydrate, "parse": JsonObject.parse, "id_of": uuid_of}
    parts = []
    for place, column in enumerate(model.columns):
        part = f"r[{place}]"
        if column.type is ColumnType.ENUMERATION:
            namespace[f"members{place}"] = column.members
            part = f"members{place}[{part}]"
        elif column.type is ColumnType.JSON:
            part = f"parse({part})"
        elif column.type is ColumnType.UUID:
            part = f"id_of({part}.int)"
        elif column.type is ColumnType.UUIDS:
            part = f"tuple(id_of(i.int) for i in {part})"
        parts.append(f"(None if r[{place}] is None else {part})" if column.nullable and part != f"r[{place}]" else part)
    decode = cast(
        "Callable[[Sequence[object]], E]",
        function("decode", f"decode = lambda r: hydrate(({', '.join(parts)},))", namespace),
    )

    def checked(record: Sequence[object]) -> E:
        try:
            return decode(record)
        except (KeyError, InvalidValue) as error:
            raise DatabaseTooNew(f"A row of {model.table} holds a value that this version does not know.") from error

    return checked

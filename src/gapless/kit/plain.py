"""The plain value behind a value of a subclass, and what a message can safely say about any object.

A time of pendulum, pandas or freezegun, a member of a StrEnum, an id as a driver reads it: each belongs to a subclass
of a type that gapless knows, and has methods of its own. gapless uses the value as the built-in type keeps it: it reads
the slots by the descriptors of the built-in type, and calls nothing that the subclass defines. An object that only
claims by `__class__` to be of a type is not of that type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar, cast
from uuid import UUID, SafeUUID

import attrs

from gapless.kit.twins import twin_of

T = TypeVar("T")
MOST_SHOWN = 80
"""How many characters of a caller's value a message repeats at most."""
GREATEST_UUID = (1 << 128) - 1


def _reader(kind: type, name: str) -> Callable[[object], Any]:
    """A function that reads a slot of a built-in type, whatever a subclass has under that name."""
    found = next(vars(base)[name] for base in kind.__mro__ if name in vars(base))
    return cast("Callable[[object], Any]", found.__get__)


_FIELDS = ("year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo")


class BuiltIn:
    """The built-in class of times with its slots, also while a test has put another class in its place.

    They are attributes of a class, because freezegun replaces the names of a module.
    """

    time: type[datetime] = next(kind for kind in reversed(datetime.__mro__) if "hour" in vars(kind))
    read = tuple(map(_reader, [time] * len(_FIELDS), _FIELDS))
    read_fold = staticmethod(_reader(time, "fold"))


_EXACT = frozenset({str, int, float, bool, Decimal, type(None), UUID, tuple, list, dict, timedelta, BuiltIn.time})
_READ = (str, int, UUID, BuiltIn.time, list, tuple, float, timedelta, Decimal)
"""The types behind whose subclasses `plain` looks for a value."""
_READ_DURATION = tuple(_reader(timedelta, name) for name in ("days", "seconds", "microseconds"))
_read_name = _reader(type, "__name__")
_read_base = _reader(type, "__base__")
_read_number = _reader(UUID, "int")
_UNKNOWN = SafeUUID.unknown
_write_number = vars(UUID)["int"].__set__
_write_safety = vars(UUID)["is_safe"].__set__


_TWIN = twin_of(UUID)
UUID_PARTS: dict[str, object] = {
    "new": object.__new__,
    "UUID": UUID,
    "Twin": _TWIN,
    "number": _write_number,
    "safety": _write_safety,
    "UNKNOWN": _UNKNOWN,
}
"""What the statements of `uuid_made` use."""


def uuid_made(number: str) -> str:
    """The statements that make `u`, the UUID of this number; for compiled code, in which a call would cost too much."""
    if _TWIN is None:
        return f"u = new(UUID); number(u, {number}); safety(u, UNKNOWN)"
    return f"u = new(Twin); u.int = {number}; u.is_safe = UNKNOWN; u.__class__ = UUID"


def is_of(value: object, kind: type | tuple[type, ...]) -> bool:
    """Whether a value is of a type, or of one of several, or of a subclass, whatever its `__class__` says."""
    return issubclass(type(value), kind)


def plain(value: T) -> T:
    """The plain value behind a value of a subclass; any other object is returned as it is."""
    if type(value) in _EXACT or not is_of(value, _READ):
        return value
    for read in _READERS:
        found = read(value)
        if found is not None:
            return cast(T, found)
    return value


def settle(value: object) -> None:
    """Replaces the fields of a frozen attrs instance by their plain values, at the end of its constructor."""
    for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(value))):
        given = getattr(value, field.name)
        found = plain(given)
        if found is not given:
            object.__setattr__(value, field.name, found)


def plain_text(value: object) -> str | None:
    """The value as a plain text, also of a StrEnum's member; None if it is not a text."""
    if type(value) is str:
        return value
    return str.__str__(cast(str, value)) if is_of(value, str) else None


def plain_integer(value: object) -> int | None:
    """The value as a plain whole number; None if it is not one. True and False are not."""
    if type(value) is int:
        return value
    if is_of(value, int) and type(value) is not bool:
        return int.__index__(cast(int, value))
    return None


def plain_number(value: object) -> int | float | None:
    """The value as a plain number; None if it is not one. True and False are not."""
    if is_of(value, float):
        return float.__float__(cast(float, value))
    return plain_integer(value)


def plain_uuid(value: object) -> UUID | None:
    """The value as a plain UUID; None if it is not one."""
    if type(value) is UUID:
        return value
    if not is_of(value, UUID):
        return None
    try:
        # A driver's class may claim to be a UUID and keep its value elsewhere; it then lacks this slot.
        number = _read_number(value) if _is_made_of(value, UUID) else cast(UUID, value).int
    except Exception:  # noqa: BLE001  # the object may be of any class, and raise anything
        return None
    return uuid_of(number) if type(number) is int and 0 <= number <= GREATEST_UUID else None


def uuid_of(number: int) -> UUID:
    """The UUID of this number, which must fit; it is faster than the constructor, and runs for each id that is read."""
    made = object.__new__(UUID)
    _write_number(made, number)
    _write_safety(made, _UNKNOWN)
    return made


def plain_time(value: object) -> datetime | None:
    """The value as a plain time, to the microsecond, with its zone and its fold; None if it is not a time."""
    if type(value) is BuiltIn.time:
        return value
    if not is_of(value, BuiltIn.time):
        return None
    try:
        made = BuiltIn.time(*(read(value) for read in BuiltIn.read), fold=BuiltIn.read_fold(value))
        # pandas keeps years beyond datetime's range outside of the slots.
        return made if cast(datetime, value).year == made.year else None
    except Exception:  # noqa: BLE001  # the object may be of any class, and raise anything
        return None


def plain_duration(value: object) -> timedelta | None:
    """The value as a plain length of time; None if it is not one."""
    if type(value) is timedelta:
        return value
    return timedelta(*(read(value) for read in _READ_DURATION)) if is_of(value, timedelta) else None


def plain_decimal(value: object) -> Decimal | None:
    """The value as a plain decimal; None if it is not one."""
    if type(value) is Decimal:
        return value
    return Decimal(cast(Decimal, value)) if is_of(value, Decimal) else None  # it copies what the built-in type keeps


def plain_list(value: object) -> list[object] | None:
    """The parts of a list or a tuple; None if it is neither."""
    if is_of(value, list):
        return list.__getitem__(cast("list[object]", value), slice(None))
    return list(tuple.__getitem__(cast("tuple[object, ...]", value), slice(None))) if is_of(value, tuple) else None


def _plain_parts(value: object) -> list[object] | tuple[object, ...] | None:
    found = plain_list(value)
    return tuple(found) if found is not None and is_of(value, tuple) else found


def at_most(given: object, most: int) -> list[object] | None:
    """The parts of an iterable, at most one more than `most`; None if it can't be iterated."""
    found = plain_list(given)
    if found is not None:
        return found
    try:
        return list(islice(iter(given), most + 1))  # type: ignore[call-overload]  # this is how it is found out
    except Exception:  # noqa: BLE001  # the object may be of any class, and raise anything
        return None


def entries_of(given: object, most: int) -> dict[object, object] | None:
    """The keys and values of a mapping, at most one more than `most` unless it is a dict; None if it can't be read.

    A dict is read by the built-in type, whatever methods a subclass has.
    """
    if is_of(given, dict):
        return dict(dict.items(cast("dict[object, object]", given)))  # a copy would call methods of a subclass
    keys = at_most(given, most) if is_of(given, Mapping) else None
    try:
        return None if keys is None else {key: cast("Mapping[object, object]", given)[key] for key in keys}
    except Exception:  # noqa: BLE001  # the object may be of any class, and raise anything
        return None


_READERS: tuple[Callable[[object], object], ...] = (
    *(plain_text, plain_integer, plain_uuid, plain_time, _plain_parts, plain_number, plain_duration, plain_decimal),
)


def _is_made_of(value: object, kind: type) -> bool:
    """Whether a value has the slots of a type, and does not only claim to be of its class."""
    found: type | None = type(value)
    while found is not None and found is not kind:
        found = _read_base(found)
    return found is kind


def kind_of(value: object) -> str:
    """The type of an object, with an article: "a list", "an Actor", "None"; it calls nothing of the object."""
    if value is None or value is True or value is False:
        return str(value)
    if type(value) is str:
        return "a text"
    name = name_of(type(value))
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def name_of(kind: type) -> str:
    """The name of a class, or a stand-in if a message can't repeat that name."""
    name: str = _read_name(kind)
    return name if len(name) <= MOST_SHOWN and name.isidentifier() else "object"


def shown(value: object) -> str:
    """A caller's value as a message may repeat it: at most 80 characters of a plain value, otherwise its type."""
    value = plain(value)
    if type(value) is UUID:
        return f"{UUID.__str__(value)}"
    if type(value) is int and value.bit_length() <= 4 * MOST_SHOWN // 2:
        return str(value)
    if type(value) is str:
        return _cut(value)
    if type(value) is Decimal:
        return _cut(str(value))
    return kind_of(value)


def _cut(text: str) -> str:
    """The beginning of a text, with an escape for each character that can't be seen."""
    visible = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:MOST_SHOWN])
    return visible if len(text) <= MOST_SHOWN and len(visible) <= MOST_SHOWN else f"{visible[: MOST_SHOWN - 1]}…"


def said(error: BaseException) -> str:
    """What anybody's error says, as a message may repeat it; "" if it can't say it."""
    try:
        text = plain_text(str(error))
    except Exception:  # noqa: BLE001  # the error may be of any class, and raise anything
        return ""
    return _cut(text or "")

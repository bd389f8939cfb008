"""The plain value behind a value of a subclass, and what can safely be said of any object.

A time of pendulum, pandas or freezegun, a member of a StrEnum, an id as a driver reads it: each is one of a subclass of
a type that gapless knows, with methods of its own. What counts is the value that it is, as the built-in type keeps it:
its slots are read by the built-in type's own descriptors, and what the subclass defines is not asked. What merely says
that it is of a type, by `__class__`, is not of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar, cast
from uuid import UUID, SafeUUID

import attrs

T = TypeVar("T")
MOST_SHOWN = 80
"""How many characters of a caller's are repeated at most."""
GREATEST_UUID = (1 << 128) - 1


def _reader(kind: type, name: str) -> Callable[[object], Any]:
    """What reads a slot of a built-in type, whatever a subclass has under that name."""
    found = next(vars(base)[name] for base in kind.__mro__ if name in vars(base))
    return cast("Callable[[object], Any]", found.__get__)


_FIELDS = ("year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo")


class BuiltIn:
    """The built-in class of times with its slots, also while another stands in its place.

    They are attributes of a class, because freezegun replaces what the names of a module hold.
    """

    time: type[datetime] = next(kind for kind in reversed(datetime.__mro__) if "hour" in vars(kind))
    read = tuple(map(_reader, [time] * len(_FIELDS), _FIELDS))
    read_fold = staticmethod(_reader(time, "fold"))


_EXACT = frozenset({str, int, float, bool, type(None), UUID, tuple, list, dict, timedelta, BuiltIn.time})
_READ_DURATION = tuple(_reader(timedelta, name) for name in ("days", "seconds", "microseconds"))
_read_name = _reader(type, "__name__")
_read_base = _reader(type, "__base__")
_read_number = _reader(UUID, "int")
_UNKNOWN = SafeUUID.unknown
_write_number = vars(UUID)["int"].__set__
_write_safety = vars(UUID)["is_safe"].__set__


UUID_PARTS: dict[str, object] = {
    "new": object.__new__,
    "UUID": UUID,
    "number": _write_number,
    "safety": _write_safety,
    "UNKNOWN": _UNKNOWN,
}
"""What `uuid_of` is made of, for code that is compiled where a call would cost too much."""


def is_of(value: object, kind: type) -> bool:
    """Whether a value is of a type or of a subclass, whatever it says of itself."""
    return issubclass(type(value), kind)


def plain(value: T) -> T:
    """The plain value behind a value of a subclass; what has none is returned as it is."""
    if type(value) in _EXACT:
        return value
    for read in (plain_text, plain_integer, plain_uuid, plain_time, _plain_parts, plain_number, plain_duration):
        found: object = read(value)
        if found is not None:
            return cast(T, found)
    return value


def settle(value: object) -> None:
    """Brings the fields of a frozen attrs instance to plain values, at the end of its constructor."""
    for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(value))):
        object.__setattr__(value, field.name, plain(getattr(value, field.name)))


def plain_text(value: object) -> str | None:
    """The text that a value is, as a member of a StrEnum is one; None if it is none."""
    if type(value) is str:
        return value
    return str.__str__(cast(str, value)) if is_of(value, str) else None


def plain_integer(value: object) -> int | None:
    """The whole number that a value is; True and False are none."""
    if type(value) is int:
        return value
    if is_of(value, int) and type(value) is not bool:
        return int.__index__(cast(int, value))
    return None


def plain_number(value: object) -> int | float | None:
    """The number that a value is; True and False are none."""
    if is_of(value, float):
        return float.__float__(cast(float, value))
    return plain_integer(value)


def plain_uuid(value: object) -> UUID | None:
    """The id that a value is; None if it is none."""
    if type(value) is UUID:
        return value
    if not is_of(value, UUID):
        return None
    try:
        # A driver's class may say that it is one of UUID and keep its value in another form: that has no such slot.
        number = _read_number(value) if _is_made_of(value, UUID) else cast(UUID, value).int
    except Exception:  # noqa: BLE001  # it may be anybody's, and unfinished
        return None
    return uuid_of(number) if type(number) is int and 0 <= number <= GREATEST_UUID else None


def uuid_of(number: int) -> UUID:
    """The id of this number, which fits; faster than the constructor, for every id of every row that is read."""
    made = object.__new__(UUID)
    _write_number(made, number)
    _write_safety(made, _UNKNOWN)
    return made


def plain_time(value: object) -> datetime | None:
    """The time that a value is, to the microsecond, with its zone and its fold; None if it is none."""
    if type(value) is BuiltIn.time:
        return value
    if not is_of(value, BuiltIn.time):
        return None
    try:
        made = BuiltIn.time(*(read(value) for read in BuiltIn.read), fold=BuiltIn.read_fold(value))
        # pandas keeps years that datetime does not have beside the slots.
        return made if cast(datetime, value).year == made.year else None
    except Exception:  # noqa: BLE001  # it may be anybody's
        return None


def plain_duration(value: object) -> timedelta | None:
    """The length of time that a value is; None if it is none."""
    if type(value) is timedelta:
        return value
    return timedelta(*(read(value) for read in _READ_DURATION)) if is_of(value, timedelta) else None


def plain_list(value: object) -> list[object] | None:
    """The parts of a list or a tuple; None if it is neither."""
    if is_of(value, list):
        return list.__getitem__(cast("list[object]", value), slice(None))
    return list(tuple.__getitem__(cast("tuple[object, ...]", value), slice(None))) if is_of(value, tuple) else None


def _plain_parts(value: object) -> list[object] | tuple[object, ...] | None:
    found = plain_list(value)
    return tuple(found) if found is not None and is_of(value, tuple) else found


def at_most(given: object, most: int) -> list[object] | None:
    """The parts of what can be iterated, one more than `most` at most; None if nobody can iterate it to its end."""
    found = plain_list(given)
    if found is not None:
        return found
    try:
        return list(islice(iter(given), most + 1))  # type: ignore[call-overload]  # that is asked here
    except Exception:  # noqa: BLE001  # it may be anybody's
        return None


def entries_of(given: object, most: int) -> dict[object, object] | None:
    """The keys and values of a mapping, one more than `most` at most unless it is a dict; None if nobody can read them.

    Those of a dict are read by the built-in type, whatever a subclass makes of them.
    """
    if is_of(given, dict):
        return dict(dict.items(cast("dict[object, object]", given)))  # not a copy, which would ask a subclass
    keys = at_most(given, most) if is_of(given, Mapping) else None
    try:
        return None if keys is None else {key: cast("Mapping[object, object]", given)[key] for key in keys}
    except Exception:  # noqa: BLE001  # it may be anybody's
        return None


def _is_made_of(value: object, kind: type) -> bool:
    """Whether a value has the slots of a type, and not only says by its class that it is one."""
    found: type | None = type(value)
    while found is not None and found is not kind:
        found = _read_base(found)
    return found is kind


def kind_of(value: object) -> str:
    """What an object is, with an article: "a list", "an Actor", "None"; nothing of the object itself is asked."""
    if value is None or value is True or value is False:
        return str(value)
    if type(value) is str:
        return "a text"
    name = name_of(type(value))
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def name_of(kind: type) -> str:
    """The name of a class, unless it is one that a message can't repeat."""
    name: str = _read_name(kind)
    return name if len(name) <= MOST_SHOWN and name.isidentifier() else "object"


def shown(value: object) -> str:
    """A value of the caller's as a message may repeat it: at most 80 characters of a plain value, else what it is."""
    value = plain(value)
    if type(value) is UUID:
        return f"{UUID.__str__(value)}"
    if type(value) is int and value.bit_length() <= 4 * MOST_SHOWN // 2:
        return str(value)
    if type(value) is str:
        return _cut(value)
    return kind_of(value)


def _cut(text: str) -> str:
    """The beginning of a text, with an escape for each character that can't be seen."""
    visible = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:MOST_SHOWN])
    return visible if len(text) <= MOST_SHOWN and len(visible) <= MOST_SHOWN else f"{visible[: MOST_SHOWN - 1]}…"


def said(error: BaseException) -> str:
    """What an error of anybody's says, as a message may repeat it; "" if it can't be asked."""
    try:
        text = plain_text(str(error))
    except Exception:  # noqa: BLE001  # it may be anybody's
        return ""
    return _cut(text or "")

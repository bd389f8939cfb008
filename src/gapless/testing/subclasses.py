"""Values of subclasses, as hosts have them and worse: for tests that ask what becomes of them.

A quiet subclass adds nothing. A lying one answers every question wrongly, and a raising one answers none.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from gapless.domain.plain import uuid_of

LIE = "'; DROP TABLE organizations; --"
# Without these no value could be made, or its class be asked.
_SPARED = frozenset(
    (
        *("__new__", "__init__", "__class__", "__getattribute__", "__setattr__", "__delattr__", "__dir__", "__doc__"),
        *("__init_subclass__", "__subclasshook__", "__class_getitem__", "__sizeof__", "__getnewargs__", "__slots__"),
        *("__dict__", "__weakref__", "__module__", "__getstate__", "__setstate__", "int", "is_safe", "year"),
    )
)


class Manner(enum.Enum):
    """How a subclass behaves."""

    QUIET = "quiet"
    LYING = "lying"
    RAISING = "raising"


class Untouchable(Exception):
    """Somebody asked a value of a subclass by one of its own methods."""


def disguised(value: object, manner: Manner) -> object:
    """The same value as one of a subclass; what can't have one, such as True, as it is.

    Args:
        value: a plain text, number, time, id, length of time, list, tuple or dict.
        manner: how the subclass behaves.
    """
    kind = type(value)
    if kind not in _MAKERS:
        return value
    members = {} if manner is Manner.QUIET else {name: _member(kind, name, manner) for name in _overridable(kind)}
    return _MAKERS[kind](type(f"{manner.name.title()}{kind.__name__.title()}", (kind,), members), value)


def _overridable(kind: type) -> list[str]:
    return [name for name in dir(kind) if name not in _SPARED]


def _member(kind: type, name: str, manner: Manner) -> object:
    def method(*_: object, **__: object) -> object:
        if manner is Manner.RAISING:
            raise Untouchable(name)
        return 0 if name == "__hash__" else True if name in _TRUE else LIE

    return method if callable(getattr(kind, name)) else property(method)


_TRUE = frozenset(("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__len__", "__bool__", "__contains__"))


def _time(kind: type, value: Any) -> object:
    fields = value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, value.tzinfo
    return datetime.__new__(kind, *fields, fold=value.fold)


def _id(kind: type, value: Any) -> object:
    made = object.__new__(kind)
    cast(Any, UUID).int.__set__(made, value.int)
    cast(Any, UUID).is_safe.__set__(made, uuid_of(0).is_safe)
    return made


def _list(kind: type, value: Any) -> object:
    made = list.__new__(kind)
    list.extend(made, value)
    return made


def _dict(kind: type, value: Any) -> object:
    made = dict.__new__(kind)
    dict.update(made, value)
    return made


_MAKERS: dict[type, Callable[[type, Any], object]] = {
    str: lambda kind, value: str.__new__(kind, value),
    int: lambda kind, value: int.__new__(kind, value),
    float: lambda kind, value: float.__new__(kind, value),
    tuple: lambda kind, value: tuple.__new__(kind, value),
    timedelta: lambda kind, value: timedelta.__new__(kind, value.days, value.seconds, value.microseconds),
    datetime: _time,
    UUID: _id,
    list: _list,
    dict: _dict,
}

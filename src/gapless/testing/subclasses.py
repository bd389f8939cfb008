"""Values of subclasses, as hosts have them and worse, for tests of what becomes of them.

A quiet subclass adds nothing. A lying one answers every question wrongly, and a raising one answers none.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

LIE = "'; DROP TABLE organizations; --"
# Without these no value could be made, and nobody could ask for its class.
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
    """The error that a raising value raises when one of its methods is called."""


class PretendedText:
    """A value that pretends to have another class, and raises when it is asked for anything else."""

    def __init__(self, kind: type) -> None:
        object.__setattr__(self, "kind", kind)

    @property
    def __class__(self) -> Any:  # noqa: ANN401  # whatever it pretends
        """Another class."""
        return object.__getattribute__(self, "kind")

    @__class__.setter
    def __class__(self, kind: type) -> None:
        raise Untouchable

    def __str__(self) -> str:
        raise Untouchable

    __repr__ = __str__

    def __format__(self, form: str) -> str:
        raise Untouchable

    def __eq__(self, other: object) -> bool:
        raise Untouchable

    def __hash__(self) -> int:
        raise Untouchable

    def __bool__(self) -> bool:
        raise Untouchable


def disguised(value: object, manner: Manner) -> object:
    """The value as a value of a subclass; a value whose class can have no subclass, such as True, as it is.

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


def _of_fields(*names: str) -> Callable[[type, object], object]:
    """What makes a value of a subclass from fields of the plain one."""
    return lambda kind, value: kind.__new__(kind, *(getattr(value, name) for name in names))


def _time(kind: type[datetime], value: datetime) -> object:
    fields = value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, value.tzinfo
    return datetime.__new__(kind, *fields, fold=value.fold)


def _id(kind: type[UUID], value: UUID) -> object:
    made: UUID = object.__new__(kind)
    for slot in ("int", "is_safe"):
        vars(UUID)[slot].__set__(made, getattr(value, slot))
    return made


def _list(kind: type[list[object]], value: list[object]) -> object:
    made: list[object] = list.__new__(kind)
    list.extend(made, value)
    return made


def _dict(kind: type[dict[object, object]], value: dict[object, object]) -> object:
    made: dict[object, object] = dict.__new__(kind)
    dict.update(made, value)
    return made


_MAKERS: dict[type, Callable[..., object]] = {
    str: str.__new__,
    int: int.__new__,
    float: float.__new__,
    tuple: tuple.__new__,
    timedelta: _of_fields("days", "seconds", "microseconds"),
    datetime: _time,
    UUID: _id,
    list: _list,
    dict: _dict,
}

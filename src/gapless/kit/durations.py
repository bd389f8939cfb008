"""Lengths of time as whole microseconds, in which every store holds them exactly."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from gapless.kit.columns import EARLIEST, LATEST
from gapless.kit.errors import DeclarationError
from gapless.kit.plain import kind_of, plain_duration

T = TypeVar("T", datetime, timedelta)
ONLY_TIMES = (
    "A time is subtracted from another one, and a timedelta is added to a time or taken from it; nothing else is "
    "calculated with times."
)
MICROSECOND = timedelta(microseconds=1)


def microseconds(duration: timedelta) -> int:
    """How many microseconds a length of time has."""
    return duration // MICROSECOND


def microseconds_between(value: object) -> int:
    """The microseconds of the timedelta with which a difference of times is compared.

    Raises:
        DeclarationError: it is no timedelta, or times never lie so far apart.
    """
    given = plain_duration(value)
    if given is None:
        raise DeclarationError(f"A difference of times is compared with a timedelta, not with {kind_of(value)}.")
    if abs(given) > LATEST - EARLIEST:
        raise DeclarationError("A difference of times is compared with more than any two times lie apart.")
    return microseconds(given)


def moved(value: T, by: int) -> T:
    """A time, or a length of time, with so many microseconds more.

    Raises:
        DeclarationError: there is none.
    """
    try:
        return value + timedelta(microseconds=by)
    except OverflowError as error:
        raise DeclarationError("No time is later or earlier than another one by so much.") from error

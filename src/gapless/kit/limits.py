"""How long things may take in a store, how many connections it may have, and how far clocks may differ."""

from __future__ import annotations

from typing import cast

import attrs

from gapless.kit.errors import InvalidValue
from gapless.kit.plain import is_of, kind_of, plain_integer, plain_number, settle, shown

LEAST_SECONDS = 0.001
GREATEST_SECONDS = 2_147_483.0
"""The longest time that PostgreSQL's own limits hold, some 24 days."""
GREATEST_POOL_SIZE = 1000


def require_seconds(seconds: float) -> float:
    """A unit's time in seconds, as a plain number; none at all is a time that is over.

    Raises:
        InvalidValue: it is no number, not finite, or more than 24 days.
    """
    number = plain_number(seconds)
    if number is None or not abs(number) <= GREATEST_SECONDS:
        raise InvalidValue(
            "seconds",
            f"The time of a unit of work is a number of at most {GREATEST_SECONDS:.0f} seconds.",
            fields=("seconds",),
        )
    return number


def _seconds(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    number = plain_number(value)
    if number is None or not LEAST_SECONDS <= number <= GREATEST_SECONDS:
        raise InvalidValue(
            attribute.name,
            f"The limit {attribute.name} is a number of seconds from {LEAST_SECONDS:g} to {GREATEST_SECONDS:.0f}.",
            fields=(attribute.name,),
        )


def _seconds_or_none(_: object, attribute: attrs.Attribute[float | None], value: float | None) -> None:
    if value is not None:
        _seconds(_, cast("attrs.Attribute[float]", attribute), value)


@attrs.frozen(kw_only=True)
class Limits:
    """How long things may take in a store, and how far clocks may differ, in seconds.

    Attributes:
        lock: how long a unit of work waits for the lock of its organization.
        unit: how long a unit of work may take that is not told otherwise, from its opening to its end; also a snapshot,
            and each request of a reading without one.
        clock: by how much the machine's clock may differ from the server's when a store is opened, and the clock of a
            cleanup be ahead of the store's own; None for one that is meant to differ, as a test's that is turned.

    Raises:
        InvalidValue: one of these is no time.
    """

    # Beside that of the unit, because whoever waited for the lock in vain was not slow: others were in the way, and
    # that is a conflict (decision 0005).
    lock: float = attrs.field(default=5.0, validator=_seconds)
    unit: float = attrs.field(default=10.0, validator=_seconds)
    clock: float | None = attrs.field(default=cast("float | None", 60.0), validator=_seconds_or_none)

    def __attrs_post_init__(self) -> None:
        settle(self)


DEFAULT_LIMITS = Limits()


def require_limits(given: object) -> Limits:
    """What was given as limits, if it is that.

    Raises:
        InvalidValue: it is none, whatever it says of itself.
    """
    if not is_of(given, Limits):
        raise InvalidValue("limits", f"limits is a Limits, not {kind_of(given)}.", fields=("limits",))
    return cast(Limits, given)


def pool_size_of(given: object) -> int:
    """The number of connections that a pool may have, as a plain number.

    Raises:
        InvalidValue: it is no whole number from 1 to 1000.
    """
    number = plain_integer(given)
    if number is None or not 1 <= number <= GREATEST_POOL_SIZE:
        said = f"A pool has 1 to {GREATEST_POOL_SIZE} connections, not {shown(given)}."
        raise InvalidValue("pool_size", said, fields=("pool_size",))
    return number

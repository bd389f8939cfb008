"""How long things may take in a store, how many connections it may have, and how far clocks may differ."""

from __future__ import annotations

from typing import cast

import attrs

from gapless.kit.errors import InvalidValue
from gapless.kit.plain import is_of, kind_of, plain_integer, plain_number, settle, shown

LEAST_SECONDS = 0.001
GREATEST_SECONDS = 2_147_483.0
"""The longest time that PostgreSQL's own limits can hold: some 24 days."""
GREATEST_POOL_SIZE = 1000


def require_seconds(seconds: float) -> float:
    """The time of a unit of work in seconds, as a plain number; zero and less is a time that is over.

    Raises:
        InvalidValue: it is not a number, not finite, or more than 24 days.
    """
    number = plain_number(seconds)
    if number is None or not abs(number) <= GREATEST_SECONDS:
        raise InvalidValue(
            "seconds",
            f"`seconds` must be a number of at most {GREATEST_SECONDS:.0f}: how long the unit of work may take.",
            fields=("seconds",),
        )
    return number


def _seconds(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    number = plain_number(value)
    if number is None or not LEAST_SECONDS <= number <= GREATEST_SECONDS:
        raise InvalidValue(
            attribute.name,
            f"The limit {attribute.name} must be a number of seconds from {LEAST_SECONDS:g} to {GREATEST_SECONDS:.0f}.",
            fields=(attribute.name,),
        )


def _seconds_or_none(_: object, attribute: attrs.Attribute[float | None], value: float | None) -> None:
    if value is not None:
        _seconds(_, cast("attrs.Attribute[float]", attribute), value)


@attrs.frozen(kw_only=True)
class Limits:
    """How long things may take in a store, and how far clocks may differ, in seconds.

    Attributes:
        lock: how long a unit of work waits for the lock of its root.
        unit: how long a unit of work may take from its opening to its end, if its caller does not say; also a snapshot,
            and each read without a snapshot.
        clock: how far the clock of this machine may differ from the server's when a store is opened, and be ahead of it
            in a cleanup; None allows any difference, for a test that turns its clock.

    Raises:
        InvalidValue: one of them is not a time that is allowed.
    """

    # It has a limit beside the unit's, because who waited for a lock in vain was not slow: others were in the way, and
    # that is a conflict (decision 0005).
    lock: float = attrs.field(default=5.0, validator=_seconds)
    unit: float = attrs.field(default=10.0, validator=_seconds)
    clock: float | None = attrs.field(default=cast("float | None", 60.0), validator=_seconds_or_none)

    def __attrs_post_init__(self) -> None:
        settle(self)


DEFAULT_LIMITS = Limits()


def require_limits(given: object) -> Limits:
    """Gives back the limits that were passed.

    Raises:
        InvalidValue: they are not a Limits, even if their class says so.
    """
    if not is_of(given, Limits):
        raise InvalidValue("limits", f"limits must be a Limits, not {kind_of(given)}.", fields=("limits",))
    return cast(Limits, given)


def pool_size_of(given: object) -> int:
    """The number of connections that a pool may have, as a plain number.

    Raises:
        InvalidValue: it is not a whole number from 1 to 1000.
    """
    number = plain_integer(given)
    if number is None or not 1 <= number <= GREATEST_POOL_SIZE:
        said = f"pool_size must be a number of connections from 1 to {GREATEST_POOL_SIZE}, not {shown(given)}."
        raise InvalidValue("pool_size", said, fields=("pool_size",))
    return number

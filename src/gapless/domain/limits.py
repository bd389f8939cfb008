"""How long things may take in a store."""

from __future__ import annotations

import attrs

from gapless.domain.errors import InvalidValue
from gapless.domain.rules.writes import GREATEST_SECONDS

LEAST_SECONDS = 0.001


def _seconds(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if type(value) not in (int, float) or not LEAST_SECONDS <= value <= GREATEST_SECONDS:
        raise InvalidValue(
            attribute.name,
            f"The limit {attribute.name} is a number of seconds from {LEAST_SECONDS:g} to {GREATEST_SECONDS:.0f}.",
        )


@attrs.frozen(kw_only=True)
class Limits:
    """How long things may take in a store, in seconds.

    Attributes:
        lock: how long a unit of work waits for the lock of its organization.
        unit: how long a unit of work may take that is not told otherwise, from its opening to its end; also a snapshot,
            and each request of a reading without one.

    Raises:
        InvalidValue: one of these is no time.
    """

    lock: float = attrs.field(default=5.0, validator=_seconds)
    unit: float = attrs.field(default=10.0, validator=_seconds)


DEFAULT_LIMITS = Limits()

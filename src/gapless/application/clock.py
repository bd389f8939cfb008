"""The clock of a host, whose times are plain ones in UTC that can be counted on from."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from gapless.application.arguments import instant
from gapless.kit.columns import EARLIEST
from gapless.kit.errors import InvalidValue
from gapless.kit.ports import Clock

LAST = datetime(9998, 1, 1, tzinfo=UTC)
"""Later than this no clock is believed: what expires after it would lie beyond the last time that there is."""


@attrs.frozen
class UtcClock:
    """Tells what a clock says, in UTC; a use case asks no other.

    Args:
        clock: the host's, whose times may be of a subclass, and in any zone.
    """

    _clock: Clock

    def now(self) -> datetime:
        """The time in UTC.

        Raises:
            InvalidValue: the clock says what is no time, has no time zone, or is no time that anybody can live in.
        """
        moment = instant("clock", self._clock.now())
        if not EARLIEST <= moment <= LAST:
            said = f"The clock says {moment.isoformat()}: set it, for what follows from that time could not be stored."
            raise InvalidValue("time", said, fields=("clock",))
        return moment

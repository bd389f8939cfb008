"""The clock of a host, which gives plain times in UTC that leave room to add to them."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from gapless.application.arguments import instant
from gapless.kit.columns import EARLIEST
from gapless.kit.errors import InvalidValue
from gapless.kit.ports import Clock

LAST = datetime(9998, 1, 1, tzinfo=UTC)
"""The latest time that a clock may tell: after it, an expiry would be later than any time that can be stored."""


@attrs.frozen
class UtcClock:
    """Gives the time of a clock in UTC; all use cases ask this one.

    Args:
        clock: the clock of the host; its times may be of a subclass, and in any zone.
    """

    _clock: Clock

    def now(self) -> datetime:
        """Gives the time in UTC.

        Raises:
            InvalidValue: the clock gives no time, a time without a zone, or one that can't be right.
        """
        moment = instant("clock", self._clock.now())
        if not EARLIEST <= moment <= LAST:
            said = f"The clock says {moment.isoformat()}: set it, because times that follow from it can't be stored."
            raise InvalidValue("time", said, fields=("clock",))
        return moment

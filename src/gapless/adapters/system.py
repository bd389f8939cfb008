"""The clock and the id factory that an application gets unless it brings its own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID


class SystemClock:
    """Tells the time of the machine."""

    def now(self) -> datetime:
        """Gives the time in UTC."""
        return datetime.now(UTC)


class UuidV7Factory:
    """Makes UUIDs of version 7 (RFC 9562), which sort in the order in which one factory has made them.

    The 12 bits after the 48 bits of the milliseconds are the fraction of the millisecond (section 6.2, method 3). They
    count on if the clock stands still or goes back. The other 62 bits are random.

    Args:
        nanoseconds: gives the time since 1970; by default the clock of the machine.
    """

    def __init__(self, nanoseconds: Callable[[], int] = time.time_ns) -> None:
        self._nanoseconds = nanoseconds
        self._ticks = -1

    def new(self) -> UUID:
        """Makes a new id, greater than the last one."""
        self._ticks = ticks = max(self._nanoseconds() * 4096 // 1_000_000, self._ticks + 1)
        return UUID(int=ticks >> 12 << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62))

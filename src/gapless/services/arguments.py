"""What use cases ask of their arguments before they ask a store; everything else the entities judge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gapless.domain.errors import InvalidValue
from gapless.domain.rules.columns import in_utc

A_QUARTER, TEN_YEARS = timedelta(days=92), timedelta(days=3653)
AHEAD: Mapping[str, timedelta] = {
    "period_start": A_QUARTER,  # a period that has begun keeps every earlier one away
    "period_end": TEN_YEARS,
    "due_at": TEN_YEARS,
}
"""How far ahead of the clock each time may lie that a caller says, by the name of the argument."""


def require_ids(*ids: object) -> None:
    """Refuses an id that is none, so that no store is asked for it.

    Raises:
        InvalidValue: one of them is no `uuid.UUID`.
    """
    for given in ids:
        if not isinstance(given, UUID):
            raise InvalidValue(
                "uuid", f"An id is a uuid.UUID, not a {type(given).__name__}; parse_id reads one from a text."
            )


def require_near(now: datetime, **times: datetime | None) -> None:
    """Refuses times so far ahead of the clock that nobody can have meant them: a wrong year, milliseconds for seconds.

    What is no time, or has no zone, is left to those who judge the values.

    Args:
        now: the time by the clock, in UTC.
        times: what a caller has said, by the names of the arguments; each is in `AHEAD`.

    Raises:
        InvalidValue: one of them lies further ahead than is allowed; it names the argument, the bound and the remedy.
    """
    for name, given in times.items():
        moment = in_utc(given) if isinstance(given, datetime) else None
        if moment is not None and moment.tzinfo is UTC and moment - now > AHEAD[name]:
            raise InvalidValue(
                name,
                f"{name} is {moment.isoformat()}, more than {AHEAD[name].days} days ahead of the clock, which says "
                f"{now.isoformat()}: correct the one that is wrong.",
            )


def require_boolean(kind: str, given: object) -> None:
    """Refuses what is neither True nor False, because anything else would count as one of them.

    Args:
        kind: what it says, as the error names it.
        given: the argument.

    Raises:
        InvalidValue: it is no `bool`.
    """
    if not isinstance(given, bool):
        raise InvalidValue(kind, f"{kind} is True or False, not a {type(given).__name__}.")

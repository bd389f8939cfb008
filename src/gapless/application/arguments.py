"""What use cases ask of their arguments before they ask a store; everything else the entities check.

What a use case works with itself, and does not only hand on to an entity or a query, is brought to the plain value
here. The errors name the parameter, in `fields`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast
from uuid import UUID

from gapless.kit.columns import in_utc
from gapless.kit.errors import InvalidValue
from gapless.kit.plain import (
    at_most,
    is_of,
    kind_of,
    plain_duration,
    plain_integer,
    plain_text,
    plain_time,
    plain_uuid,
    shown,
)

Id = TypeVar("Id", bound=UUID)
MOST_IDS = 10_000

# Further off are wrong years, and milliseconds that were read as seconds (decision 0033).
A_QUARTER, TEN_YEARS = timedelta(days=92), timedelta(days=3653)
AHEAD: Mapping[str, timedelta] = {
    "period_start": A_QUARTER,  # a period that has begun keeps every earlier one away
    "period_end": TEN_YEARS,
    "due_at": TEN_YEARS,
}
"""How far ahead of the clock each time may lie that a caller says, by the name of the argument."""


def require_ids(**ids: object) -> None:
    """Refuses an id that is none, so that no store is asked for it.

    Args:
        ids: what was given, by the names of the parameters.

    Raises:
        InvalidValue: one of them is no `uuid.UUID`.
    """
    for name, given in ids.items():
        plain_id(name, given)


def plain_id(name: str, given: object) -> UUID:
    """The id that was given for a parameter.

    Raises:
        InvalidValue: it is no `uuid.UUID`.
    """
    found = plain_uuid(given)
    if found is None:
        hint = "; parse_id reads one from a text" if plain_text(given) is not None else ""
        raise InvalidValue("uuid", f"An id is a uuid.UUID, and {name} is {kind_of(given)}{hint}.", fields=(name,))
    return found


def plain_ids(name: str, given: Sequence[Id]) -> tuple[Id, ...]:
    """The ids that were given as a sequence for a parameter.

    Raises:
        InvalidValue: they are no sequence, more than 10,000, or one of them is no `uuid.UUID`.
    """
    parts = at_most(given, MOST_IDS) if is_of(given, Sequence) else None
    if parts is None or len(parts) > MOST_IDS:
        found = kind_of(given) if parts is None else f"more than {MOST_IDS} of them"
        raise InvalidValue(name, f"{name} is a sequence of ids, not {found}.", fields=(name,))
    return tuple(cast(Id, plain_id(name, part)) for part in parts)


def require_kind(name: str, given: object, kind: type, such_as: str = "") -> None:
    """Refuses what is not of a class of gapless, whatever it says of itself.

    Args:
        name: the parameter.
        given: the argument.
        kind: the class.
        such_as: what follows its name in the message.

    Raises:
        InvalidValue: it is of another.
    """
    if not is_of(given, kind):
        raise InvalidValue(name, f"{name} is a {kind.__name__}{such_as}, not {kind_of(given)}.", fields=(name,))


def text(name: str, given: object) -> str:
    """The text that was given for a parameter.

    Raises:
        InvalidValue: it is none.
    """
    found = plain_text(given)
    if found is None:
        raise InvalidValue(name, f"{name} is a text, not {kind_of(given)}.", fields=(name,))
    return found


def instant(name: str, given: object) -> datetime:
    """The time that was given for a parameter, in UTC.

    Raises:
        InvalidValue: it is none, has no time zone, or lies beyond the years 1 to 9999.
    """
    found = plain_time(given)
    if found is None:
        raise InvalidValue("time", f"{name} is a datetime with a time zone, not {kind_of(given)}.", fields=(name,))
    moment = in_utc(found)
    if moment.tzinfo is not UTC:
        reason = "no time zone" if moment.tzinfo is None else "a time zone that does not say its offset"
        raise InvalidValue("time", f"{name} has {reason}, so that nobody knows when it is.", fields=(name,))
    return moment


def near(name: str, given: object, now: datetime) -> datetime:
    """The time that was given for a parameter, in UTC, unless it lies so far ahead that nobody can have meant it.

    A wrong year does, and so do milliseconds that were read as seconds.

    Args:
        name: the parameter, one of those in `AHEAD`.
        given: the argument.
        now: the time by the clock, in UTC.

    Raises:
        InvalidValue: as `instant`; or it lies further ahead than is allowed: then the error names the bound and the
            remedy.
    """
    moment = instant(name, given)
    if moment - now > AHEAD[name]:
        raise InvalidValue(
            name,
            f"{name} is {moment.isoformat()}, more than {AHEAD[name].days} days ahead of the clock, which says "
            f"{now.isoformat()}: correct the one that is wrong.",
            fields=(name,),
        )
    return moment


def whole_number(name: str, given: object, least: int, greatest: int | None = None, of: str = "") -> int:
    """The whole number that was given for a parameter.

    Args:
        name: the parameter.
        given: the argument.
        least: the least that it can be.
        greatest: the greatest; None for any.
        of: what it is a number of, for the message.

    Raises:
        InvalidValue: it is none, or lies beyond these.
    """
    found = plain_integer(given)
    if found is None or found < least or (greatest is not None and found > greatest):
        bounds = f"from {least} on" if greatest is None else f"from {least} to {greatest}"
        wrong = kind_of(given) if found is None else shown(found)
        what = f"a whole number of {of}" if of else "a whole number"
        raise InvalidValue(name, f"{name} is {what} {bounds}, not {wrong}.", fields=(name,))
    return found


def duration(name: str, given: object, least: timedelta = timedelta(0)) -> timedelta:
    """The length of time that was given for a parameter.

    Args:
        name: the parameter.
        given: the argument.
        least: the least that it can be.

    Raises:
        InvalidValue: it is no `timedelta`, or a shorter one.
    """
    found = plain_duration(given)
    if found is None or found < least:
        bound = f"of at least {least.total_seconds():g} s" if least else "that is not negative"
        wrong = kind_of(given) if found is None else "a negative one" if found < timedelta(0) else "a shorter one"
        raise InvalidValue(name, f"{name} is a timedelta {bound}, not {wrong}.", fields=(name,))
    return found

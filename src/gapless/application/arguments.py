"""Checks of the arguments of use cases, before a store is asked; the entities check everything else.

An argument with which a use case itself works is brought to its plain value here; one that it only passes on to an
entity or a query is not. The errors name the parameter in `fields`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast
from uuid import UUID

from gapless.kit.catalogue import Catalogue
from gapless.kit.columns import GREATEST_KEY_LENGTH, ColumnType, in_utc
from gapless.kit.errors import InvalidValue
from gapless.kit.misfits import misfit, untimely
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

# A time further ahead is a wrong year, or milliseconds that were read as seconds (decision 0033).
A_QUARTER, TEN_YEARS = timedelta(days=92), timedelta(days=3653)
AHEAD: Mapping[str, timedelta] = {
    "period_start": A_QUARTER,  # a period that has begun refuses every earlier one
    "period_end": TEN_YEARS,
    "due_at": TEN_YEARS,
}
"""How far ahead of the clock a time that a caller passes may be, by the name of the argument."""


def require_ids(**ids: object) -> None:
    """Refuses arguments that are not ids, before a store is asked for them.

    Args:
        ids: what was passed, by the names of the parameters.

    Raises:
        InvalidValue: one of them is not a `uuid.UUID`.
    """
    for name, given in ids.items():
        plain_id(name, given)


def require_user_id(catalogue: Catalogue, user_id: object) -> None:
    """Refuses what can't be the id of a user of a catalogue, before a store is asked for it.

    Raises:
        InvalidValue: it is of another type than the ids of users, or beyond what they hold.
    """
    column = catalogue.trail.column("user_id")
    if column.type is ColumnType.UUID:
        plain_id("user_id", user_id)
        return
    found = column.normalised(user_id)
    reason = "is None" if found is None else misfit(column, found)
    if type(found) is str and not reason and len(found) > GREATEST_KEY_LENGTH:
        reason = f"has {len(found)} characters, at most {GREATEST_KEY_LENGTH}"
    if reason:
        raise InvalidValue("user_id", f"user_id is no id of a user: it {reason}.", fields=("user_id",))


def require_root_key(catalogue: Catalogue, root_id: object) -> None:
    """Refuses what can't be the key of a root of a catalogue, before a store is asked for it.

    Raises:
        InvalidValue: it is of another type than those keys, or beyond what they hold; or the catalogue has no root.
    """
    root = catalogue.first_root
    if root is None:
        raise InvalidValue("root_id", "root_id must be None: this catalogue has no root.", fields=("root_id",))
    (column,) = root.key_columns
    if column.type is ColumnType.UUID:
        plain_id("root_id", root_id)
    elif root.root_key(root_id) is None:
        reason = misfit(column, root_id) or "is None"
        raise InvalidValue("root_id", f"root_id is no key of a {root.name}: it {reason}.", fields=("root_id",))


def plain_id(name: str, given: object) -> UUID:
    """The id that was passed for a parameter.

    Raises:
        InvalidValue: it is not a `uuid.UUID`.
    """
    found = plain_uuid(given)
    if found is None:
        hint = "; parse_id reads one from a text" if plain_text(given) is not None else ""
        raise InvalidValue("uuid", f"An id is a uuid.UUID, and {name} is {kind_of(given)}{hint}.", fields=(name,))
    return found


def plain_ids(name: str, given: Sequence[Id]) -> tuple[Id, ...]:
    """The ids that were passed for a parameter, as a sequence.

    Raises:
        InvalidValue: it is not a sequence, it has more than 10,000 ids, or one of them is not a `uuid.UUID`.
    """
    parts = at_most(given, MOST_IDS) if is_of(given, Sequence) else None
    if parts is None or len(parts) > MOST_IDS:
        found = kind_of(given) if parts is None else f"more than {MOST_IDS} of them"
        raise InvalidValue(name, f"{name} is a sequence of ids, not {found}.", fields=(name,))
    return tuple(cast(Id, plain_id(name, part)) for part in parts)


def require_kind(name: str, given: object, kind: type, such_as: str = "") -> None:
    """Refuses an argument that is not of a class of gapless, even if its class says so.

    Args:
        name: the name of the parameter.
        given: what was passed for it.
        kind: the class that it must have.
        such_as: what the message says after the name of the class.

    Raises:
        InvalidValue: it is of another class.
    """
    if not is_of(given, kind):
        raise InvalidValue(name, f"{name} is a {kind.__name__}{such_as}, not {kind_of(given)}.", fields=(name,))


def text(name: str, given: object) -> str:
    """The text that was passed for a parameter, as a plain one.

    Raises:
        InvalidValue: it is not a text.
    """
    found = plain_text(given)
    if found is None:
        raise InvalidValue(name, f"{name} is a text, not {kind_of(given)}.", fields=(name,))
    return found


def instant(name: str, given: object) -> datetime:
    """The time that was passed for a parameter, in UTC.

    Raises:
        InvalidValue: it is not a datetime, has no time zone, or lies outside of the years 1 to 9999.
    """
    found = plain_time(given)
    if found is None:
        raise InvalidValue("time", f"{name} is a datetime with a time zone, not {kind_of(given)}.", fields=(name,))
    moment = in_utc(found)
    if moment.tzinfo is not UTC:
        raise InvalidValue("time", f"{name} {untimely(moment)}.", fields=(name,))
    return moment


def near(name: str, given: object, now: datetime) -> datetime:
    """The time that was passed for a parameter, in UTC, unless it is so far ahead that nobody can have meant it.

    A wrong year is so far ahead, and so are milliseconds that were read as seconds.

    Args:
        name: the name of the parameter, one of those in `AHEAD`.
        given: what was passed for it.
        now: the time by the clock, in UTC.

    Raises:
        InvalidValue: as `instant`; or it is further ahead than allowed, and the message says how far that is.
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
    """The whole number that was passed for a parameter.

    Args:
        name: the name of the parameter.
        given: what was passed for it.
        least: the least number that is allowed.
        greatest: the greatest number that is allowed; None for any.
        of: what is counted, for the message.

    Raises:
        InvalidValue: it is not a whole number, or it is less or more than allowed.
    """
    found = plain_integer(given)
    if found is None or found < least or (greatest is not None and found > greatest):
        bounds = f"from {least} on" if greatest is None else f"from {least} to {greatest}"
        wrong = kind_of(given) if found is None else shown(found)
        what = f"a whole number of {of}" if of else "a whole number"
        raise InvalidValue(name, f"{name} is {what} {bounds}, not {wrong}.", fields=(name,))
    return found


def duration(name: str, given: object, least: timedelta = timedelta(0)) -> timedelta:
    """The length of time that was passed for a parameter.

    Args:
        name: the name of the parameter.
        given: what was passed for it.
        least: the least length that is allowed.

    Raises:
        InvalidValue: it is not a `timedelta`, or it is shorter than allowed.
    """
    found = plain_duration(given)
    if found is None or found < least:
        bound = f"of at least {least.total_seconds():g} s" if least else "that is not negative"
        wrong = kind_of(given) if found is None else "a negative one" if found < timedelta(0) else "a shorter one"
        raise InvalidValue(name, f"{name} is a timedelta {bound}, not {wrong}.", fields=(name,))
    return found

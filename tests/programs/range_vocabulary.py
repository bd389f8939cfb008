"""What random programs speak of: rooms that are booked, at times that overlap or don't, are empty or open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from gapless.domain.users import User
from gapless.kit.model import Validated
from gapless.testing.differential.conditions import Condition
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.vocabulary import Vocabulary, numbered
from tests.programs.small_organizations import small_organization
from tests.voice.hosted import HOSTED, Booking
from tests.voice.rows import NOW, a_booking, a_user, an_owner

USERS, BOOKINGS = (numbered(kind + 1, places) for kind, places in enumerate((2, 4)))
HOURS = [NOW + timedelta(hours=hour) for hour in range(5)]
ALL = Condition("==", "created_at", NOW)


def hours(start: int | None, end: int | None) -> dict[str, object]:
    """A range in hours from now; None for none on that side."""
    first, last = (None if hour is None else HOURS[hour] for hour in (start, end))
    return {"starts_at": first, "ends_at": last}


RANGES_OF_HOURS = (
    *((0, 1), (1, 2), (2, 3), (3, 4), (1, 3), (0, 4)),
    *((1, 1), (2, 2)),
    *((2, None), (None, 1), (None, None)),
)


def prepared(home: UUID) -> Sequence[Validated]:
    """An owner, and a room that is booked for an hour."""
    owner = an_owner(home, id=USERS[0], email="a@acme.org")
    return small_organization(home), owner, a_booking(home, id=BOOKINGS[0], **hours(1, 2))


RANGES = Vocabulary(
    catalogue=HOSTED,
    choices={
        Booking: {
            "room": [*["Blue", "Blue", "blue", "Red"] * 3, None, ""],
            "starts_at": [*HOURS, None],
            "ends_at": [*HOURS, None],
            "is_cancelled": [False, False, True],
            "first_seat": [0, 1, 2**31 - 1, 2**31],
            "next_seat": [0, 1, None],
        },
        User: {"is_active": [True, False]},
    },
    together={Booking: [{**hours(start, end), "room": "Blue"} for start, end in RANGES_OF_HOURS], User: []},
    places={User: USERS, Booking: BOOKINGS},
    ordered={Booking: ["starts_at", "ends_at", "room"], User: ["email"]},
    fresh={
        User: lambda home, own, place: a_user(home, id=own, email=f"{place}@acme.org"),
        Booking: lambda home, own, place: a_booking(home, id=own, **hours(place % 4, place % 4 + 1)),
    },
    prepared=prepared,
    weights=(*(Booking,) * 9, User),
    kinds={},
    breaking=(
        *(Operation("put", Booking, 1, hours(start, end)) for start, end in RANGES_OF_HOURS),
        Operation("put", Booking, 2, {"is_cancelled": True, **hours(None, None)}),
        Operation("put", Booking, 2, {"is_cancelled": False}),
        Operation("add_all", Booking, 1, hours(1, 3)),
        Operation("update_where", Booking, values={"room": "Blue"}, where=ALL),
        Operation("update_where", Booking, values={"is_cancelled": False}, where=ALL),
        Operation("update_where", Booking, values=hours(0, 4), where=ALL),
        Operation("update_where", Booking, values=hours(2, 2), where=ALL),
        Operation("remove", Booking, 0),
    ),
)

"""Bookings of a workspace: rooms for a time, and seats at desks that other workspaces use as well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless.kit import (
    AuditedEntity,
    Check,
    Entity,
    Exclusion,
    Names,
    OnDelete,
    Reference,
    Rule,
    between,
    camel_case,
    length,
    negate,
    nullable,
    rules_of,
)
from gapless.testing.laws.workspaces import Workspace

BookingId = NewType("BookingId", UUID)


@attrs.frozen(kw_only=True, slots=True)
class Booking(Entity):
    """A room that is booked for a time, and perhaps seats at a desk that several workspaces use.

    A null start means since ever, and a null end means for ever.
    """

    organization_id: UUID
    id: BookingId
    created_at: datetime
    room: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_cancelled: bool = False
    desk_id: UUID | None = None
    first_seat: int = 0
    next_seat: int | None = None
    version: int = 0


def rules_for_bookings(booking: Booking, root: type[AuditedEntity]) -> Iterator[Rule]:
    """The rules of bookings below any root.

    Args:
        booking: a symbolic row.
        root: the class of the root.
    """
    yield Check(
        "bookings_room_length", "A room has 1 to 20 characters.", between(length(nullable(booking.room)), 1, 20)
    )
    yield Check(
        "bookings_seats_in_order",
        "The next seat is not before the first.",
        booking.first_seat <= nullable(booking.next_seat),
    )
    yield Check(
        "bookings_times_in_order",
        "A booking does not end before it begins.",
        nullable(booking.starts_at) <= nullable(booking.ends_at),
    )
    yield Exclusion(
        "bookings_room_is_free",
        "The room is booked at that time.",
        (booking.organization_id, booking.room),
        start=booking.starts_at,
        end=booking.ends_at,
        where=negate(booking.is_cancelled),
    )
    yield Exclusion(
        "bookings_seats_are_free",
        "Somebody has one of these seats.",
        booking.desk_id,
        start=booking.first_seat,
        end=booking.next_seat,
    )
    yield Reference(
        "bookings_organization_id_fkey",
        "A booking belongs to a tenant that is there.",
        booking.organization_id,
        root,
        OnDelete.CASCADE,
    )


@rules_of(Booking, "bookings", belongs_to=lambda booking: booking.organization_id, names=Names("Booking", camel_case))
def booking_rules(booking: Booking) -> Iterator[Rule]:
    """What holds for bookings: a room is booked once at a time, and one workspace has a seat at a desk."""
    yield from rules_for_bookings(booking, Workspace)

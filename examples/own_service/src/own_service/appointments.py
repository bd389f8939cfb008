"""Appointments: when somebody calls back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless import GAPLESS, Organization, OrganizationId, User
from gapless.kit import (
    AtMost,
    Check,
    Entity,
    OnDelete,
    Reference,
    Rule,
    UserId,
    between,
    length,
    negate,
    predicate,
    rules_of,
)

AppointmentId = NewType("AppointmentId", UUID)


@attrs.frozen(kw_only=True, slots=True)
class Appointment(Entity):
    """A time at which a user calls somebody back.

    Attributes:
        subject: what it is about.
        starts_at: when it begins, in UTC.
        ends_at: when it is over, in UTC.
        host_id: the user who calls; None once that user is gone.
        is_cancelled: whether nobody will call.
    """

    organization_id: OrganizationId
    id: AppointmentId
    created_at: datetime
    subject: str
    starts_at: datetime
    ends_at: datetime
    host_id: UserId | None = None
    is_cancelled: bool = False
    version: int = 0

    @predicate
    def is_planned(self) -> bool:
        """Whether it stands."""
        return negate(self.is_cancelled)


@rules_of(Appointment, "appointments", belongs_to=lambda appointment: appointment.organization_id)
def appointment_rules(appointment: Appointment) -> Iterator[Rule]:
    """What holds for every appointment."""
    yield Check(
        "appointments_subject_length", "A subject has 3 to 80 characters.", between(length(appointment.subject), 3, 80)
    )
    yield Check(
        "appointments_period", "An appointment ends after it starts.", appointment.starts_at < appointment.ends_at
    )
    yield Reference(
        "appointments_host_fkey",
        "The host is a user of the organization.",
        (appointment.organization_id, appointment.host_id),
        User,
        OnDelete.SET_NULL,
    )
    home = Reference(
        "appointments_organization_id_fkey",
        "An appointment belongs to an organization that is there.",
        appointment.organization_id,
        Organization,
        OnDelete.CASCADE,
    )
    yield home
    yield AtMost(
        "appointments_planned_most", "Three appointments at most stand.", home, of=appointment.is_planned, limit=3
    )


CALENDAR = GAPLESS + appointment_rules
"""The catalogue of this service: the entities of gapless and its own."""

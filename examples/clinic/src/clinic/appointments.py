"""Shifts and appointments: who sees whom, when and where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from clinic.clinics import DOOR, SHORT_NAME, Clinic, Doctor, Room
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    AuditedEntity,
    Check,
    Entity,
    Exclusion,
    OnDelete,
    Reference,
    Rule,
    between,
    length,
    matches,
    negate,
    predicate,
    row,
    rules_of,
)

MOST_A_DAY = 8
"""How many appointments a doctor has in a day; 12 until the second revision."""


DAY = "20[0-9]{2}-[01][0-9]-[0-3][0-9]"
"""How a day is written."""


@attrs.frozen(kw_only=True, slots=True)
class Shift(Entity):
    """A day on which a doctor works, written as in 2026-03-02; once it is closed, nobody more comes to it."""

    clinic: int
    doctor: str
    day: str
    is_open: bool = True
    version: int = 0


@rules_of(Shift, "shifts", belongs_to=lambda shift: shift.clinic, key=("clinic", "doctor", "day"))
def shift_rules(shift: Shift) -> Iterator[Rule]:
    """What holds for every shift."""
    yield Reference("shifts_clinic_fkey", "A shift is in a clinic.", shift.clinic, Clinic, OnDelete.CASCADE)
    yield Reference(
        "shifts_doctor_fkey", "The doctor works there.", (shift.clinic, shift.doctor), Doctor, OnDelete.CASCADE
    )
    yield Check("shifts_doctor_form", "A short name is 2 to 8 small letters.", matches(shift.doctor, SHORT_NAME))
    yield Check("shifts_day_form", "A day is written as in 2026-03-02.", matches(shift.day, DAY))


@attrs.frozen(kw_only=True, slots=True)
class Appointment(AuditedEntity):
    """A time at which a doctor sees a patient in a room.

    Attributes:
        number: its number in the clinic.
        doctor: the short name of the doctor.
        day: the day of her shift.
        room: what the door says.
        patient: how the patient is called.
        starts_at: when it begins, in UTC.
        ends_at: when it is over, in UTC.
        is_cancelled: whether nobody will come.
    """

    clinic: int
    number: int
    doctor: str
    day: str
    room: str
    patient: str
    starts_at: datetime
    ends_at: datetime
    is_cancelled: bool = False
    version: int = 0

    @predicate
    def stands(self) -> bool:
        """Whether the patient is expected."""
        return negate(self.is_cancelled)


@rules_of(Appointment, "appointments", belongs_to=lambda appointment: appointment.clinic, key=("clinic", "number"))
def appointment_rules(appointment: Appointment) -> Iterator[Rule]:
    """What holds for every appointment."""
    here, stands = appointment.clinic, appointment.stands
    shift = Reference(
        "appointments_shift_fkey",
        "The doctor has a shift on that day.",
        (here, appointment.doctor, appointment.day),
        Shift,
        OnDelete.RESTRICT,
    )
    room = Reference("appointments_room_fkey", "The room is there.", (here, appointment.room), Room, OnDelete.RESTRICT)
    yield Reference("appointments_clinic_fkey", "It is in a clinic.", here, Clinic, OnDelete.CASCADE)
    yield from (shift, room)
    yield Check("appointments_doctor_form", "A short name is small letters.", matches(appointment.doctor, SHORT_NAME))
    yield Check("appointments_room_form", "A door says a letter and a number.", matches(appointment.room, DOOR))
    yield Check(
        "appointments_patient_length", "A name has 2 to 80 characters.", between(length(appointment.patient), 2, 80)
    )
    yield Check("appointments_period", "It ends after it starts.", appointment.starts_at < appointment.ends_at)
    starts, ends = appointment.starts_at, appointment.ends_at
    yield Exclusion(
        "appointments_doctor_is_free",
        "The doctor sees somebody.",
        (here, appointment.doctor),
        start=starts,
        end=ends,
        where=stands,
    )
    yield Exclusion(
        "appointments_room_is_free",
        "The room is taken.",
        (here, appointment.room),
        start=starts,
        end=ends,
        where=stands,
    )
    yield AtMost("appointments_a_day", "The doctor has no time on that day.", shift, of=stands, limit=MOST_A_DAY)
    yield AdmissionGuard(
        "appointments_open", "The day of the doctor is closed.", shift, row(Shift).is_open, of=stands, added=True
    )

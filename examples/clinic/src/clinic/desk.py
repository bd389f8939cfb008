"""What the desk of a clinic does: use cases, each a function of a unit of work that its caller opens and commits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import attrs

from clinic.appointments import Appointment, Shift
from gapless import Actor, Recorder
from gapless.kit import Json, Reading, UnitOfWork, all_of


class Ids:
    """Makes the ids of audit records and events."""

    def new(self) -> UUID:
        """An id that nobody has used."""
        return uuid4()


@attrs.frozen
class AppointmentMade:
    """The event that a patient is expected; a handler writes to her."""

    appointment: Appointment
    kind = "appointment.made"

    def payload(self) -> dict[str, Json]:
        """What the handler needs to know."""
        return {"number": self.appointment.number, "starts_at": self.appointment.starts_at.isoformat()}


@attrs.frozen
class AppointmentMoved:
    """The event that a patient is expected at another time."""

    appointment: Appointment
    kind = "appointment.moved"

    def payload(self) -> dict[str, Json]:
        """What the handler needs to know."""
        return {"number": self.appointment.number, "starts_at": self.appointment.starts_at.isoformat()}


@attrs.frozen
class AppointmentCancelled:
    """The event that a patient need not come."""

    appointment: Appointment
    kind = "appointment.cancelled"

    def payload(self) -> dict[str, Json]:
        """What the handler needs to know."""
        return {"number": self.appointment.number}


def recorder_of(person: str, now: datetime) -> Recorder:
    """Makes the records of what a person does.

    Args:
        person: her number in the register.
        now: the time, in UTC.
    """
    return Recorder(Ids(), now, Actor.user(person))


async def make(unit: UnitOfWork, appointment: Appointment, recorder: Recorder) -> Appointment:
    """Makes an appointment; the doctor gets a shift on that day, if she has none.

    Raises:
        RuleViolated: doctor or room are taken or not there, or that day of the doctor is closed. That she has no time
            on it is said by the commit.
    """
    shift = Shift(clinic=appointment.clinic, doctor=appointment.doctor, day=appointment.day)
    if not await unit.of(Shift).count(lambda row: all_of(row.doctor == shift.doctor, row.day == shift.day)):
        await unit.of(Shift).add(shift)
    events = recorder.events(appointment.clinic, [AppointmentMade(appointment)])
    return await unit.of(Appointment).add(appointment, recorder.audit("appointment.made", None, appointment), events)


async def cancel(unit: UnitOfWork, number: int, recorder: Recorder) -> Appointment:
    """Cancels an appointment, which gives its time to others; one that is cancelled already stays as it is.

    Raises:
        NotFound: there is no such appointment in the clinic of the unit.
    """
    before = await unit.of(Appointment).get(number)
    if before.is_cancelled:
        return before
    after = attrs.evolve(before, is_cancelled=True)
    events = recorder.events(after.clinic, [AppointmentCancelled(after)])
    return await unit.of(Appointment).save(after, recorder.audit("appointment.cancelled", before, after), events)


async def move(unit: UnitOfWork, number: int, starts_at: datetime, recorder: Recorder) -> Appointment:
    """Moves an appointment within its day; it takes as long as before.

    Raises:
        NotFound: there is no such appointment in the clinic of the unit.
        RuleViolated: doctor or room are taken then.
    """
    before = await unit.of(Appointment).get(number)
    after = attrs.evolve(before, starts_at=starts_at, ends_at=starts_at + (before.ends_at - before.starts_at))
    events = recorder.events(after.clinic, [AppointmentMoved(after)])
    return await unit.of(Appointment).save(after, recorder.audit("appointment.moved", before, after), events)


async def expected(reading: Reading, doctor: str, day: str) -> tuple[Appointment, ...]:
    """The appointments of a doctor on a day that stand, in the order of their times."""
    return await reading.of(Appointment).find(
        lambda row: all_of(row.doctor == doctor, row.day == day, row.stands), order=lambda row: row.starts_at
    )

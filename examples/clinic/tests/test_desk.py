"""What the desk does, each on the in-memory store and on PostgreSQL."""

from datetime import timedelta

import attrs
import pytest
from clinic import desk
from clinic.appointments import MOST_A_DAY, Appointment, Shift
from clinic.clinics import Clinic, Room
from clinic.people import Person
from slots import ANN, BOB, DAY, MORNING, NORTH, SOUTH, slot

from gapless import NotFound, RuleViolated
from gapless.kit import AuditRecord, OutboxEvent, Store

RECORDER = desk.recorder_of(BOB, MORNING)


async def made(store: Store, *appointments: Appointment) -> None:
    """Makes appointments in one unit of work, all or none."""
    async with store.unit(appointments[0].clinic) as unit:
        for appointment in appointments:
            await desk.make(unit, appointment, RECORDER)
        await unit.commit()


async def built(store: Store, room: str) -> None:
    """Adds a room to the first clinic."""
    async with store.unit(NORTH) as unit:
        await unit.of(Room).add(Room(clinic=NORTH, code=room))
        await unit.commit()


async def gone(store: Store, person: str) -> None:
    """Removes a person, in a unit of no clinic."""
    async with store.unit() as unit:
        await unit.of(Person).remove(await unit.of(Person).get(person))
        await unit.commit()


async def test_an_appointment_is_kept_with_who_made_it(clinics: Store) -> None:
    """The row, the record of who did it, and the event that tells the patient are kept together."""
    await made(clinics, slot(0))
    async with clinics.reading(NORTH) as reading:
        assert await desk.expected(reading, "ann", DAY) == (attrs.evolve(slot(0), version=1),)
        (record,) = await reading.of(AuditRecord).find()
        (event,) = await reading.of(OutboxEvent).find()
    assert (record.user_id, record.action, record.resource_id, record.number) == (BOB, "appointment.made", "0", 1)
    assert (event.root_id, event.kind, event.payload.to_dict()["number"]) == (NORTH, "appointment.made", 0)


async def test_nobody_is_in_two_places(clinics: Store) -> None:
    """Neither a doctor nor a room is taken twice at one time; a cancelled appointment takes nothing."""
    await made(clinics, slot(0))
    overlapping = attrs.evolve(slot(0), number=7, starts_at=MORNING + timedelta(minutes=10))
    with pytest.raises(RuleViolated, match="appointments_doctor_is_free"):
        await made(clinics, attrs.evolve(overlapping, room="A2"))
    with pytest.raises(RuleViolated, match="appointments_room_is_free"):
        await made(clinics, attrs.evolve(overlapping, doctor="bob"))
    async with clinics.unit(NORTH) as unit:
        await desk.cancel(unit, 0, RECORDER)
        await unit.commit()
    await made(clinics, overlapping)


async def test_a_day_is_full(clinics: Store) -> None:
    """Beyond so many appointments the commit refuses a doctor's day, and nothing of its unit is kept."""
    await made(clinics, *map(slot, range(MOST_A_DAY)))
    with pytest.raises(RuleViolated, match="appointments_a_day"):
        await made(clinics, slot(30), slot(31))
    await made(clinics, slot(32, day="2026-03-03"), attrs.evolve(slot(33), doctor="bob"))
    async with clinics.reading(NORTH) as reading:
        assert len(await desk.expected(reading, "ann", DAY)) == MOST_A_DAY


async def moved(store: Store, number: int, minutes: int) -> Appointment:
    """Moves an appointment so many minutes behind the morning's begin."""
    async with store.unit(NORTH) as unit:
        found = await desk.move(unit, number, MORNING + timedelta(minutes=minutes), RECORDER)
        await unit.commit()
    return found


async def test_the_patient_is_told_once_of_each_change(clinics: Store) -> None:
    """Moving and cancelling are kept with who did it and with an event, and cancelling again is no change."""
    await made(clinics, slot(0))
    await moved(clinics, 0, 60)
    for _ in range(2):
        async with clinics.unit(NORTH) as unit:
            await desk.cancel(unit, 0, RECORDER)
            await unit.commit()
    async with clinics.reading(NORTH) as reading:
        records, events = await reading.of(AuditRecord).find(), await reading.of(OutboxEvent).find()
    done = {"appointment.made", "appointment.moved", "appointment.cancelled"}
    assert ({record.action for record in records}, {event.kind for event in events}) == (done, done)
    assert len(records) == len(events) == len(done)


async def test_an_appointment_is_moved(clinics: Store) -> None:
    """It keeps its length, and goes only where doctor and room are free."""
    await made(clinics, slot(0), slot(1))
    with pytest.raises(RuleViolated, match="appointments_doctor_is_free"):
        await moved(clinics, 0, 40)
    assert (await moved(clinics, 0, 60)).ends_at == MORNING + timedelta(minutes=90)


async def test_a_closed_day_gets_no_more_patients(clinics: Store) -> None:
    """The appointments that it has stay, and no new one comes."""
    await made(clinics, slot(0))
    async with clinics.unit(NORTH) as unit:
        shift = await unit.of(Shift).get(("ann", DAY))
        await unit.of(Shift).save(attrs.evolve(shift, is_open=False))
        await unit.commit()
    with pytest.raises(RuleViolated, match="appointments_open"):
        await made(clinics, slot(1))


async def test_quotas_are_those_of_the_clinic(clinics: Store) -> None:
    """One more room or doctor than the clinic may have is refused, until its own row says more."""
    with pytest.raises(RuleViolated, match="rooms_quota"):
        await built(clinics, "B1")
    async with clinics.unit(NORTH) as unit:
        clinic = await unit.of(Clinic).get(NORTH)
        await unit.of(Clinic).save(attrs.evolve(clinic, rooms_quota=3))
        await unit.commit()
    await built(clinics, "B1")


async def test_clinics_do_not_see_each_other(clinics: Store) -> None:
    """Whoever works in two clinics has two lives there, and each number of an appointment too."""
    await made(clinics, slot(0))
    await made(clinics, slot(0, clinic=SOUTH))
    async with clinics.unit(SOUTH) as unit:
        with pytest.raises(NotFound):
            await desk.cancel(unit, 1, RECORDER)
    with pytest.raises(RuleViolated, match="shifts_doctor_fkey"):
        await made(clinics, slot(5, doctor="bob", clinic=SOUTH))
    with pytest.raises(RuleViolated, match="doctors_person_fkey"):
        await gone(clinics, ANN)

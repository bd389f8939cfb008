"""The rules of appointments, each on the in-memory store and on PostgreSQL."""

from uuid import uuid4

import attrs
import pytest
from own_service.appointments import Appointment, AppointmentId

from gapless import OrganizationId, RuleViolated, User
from gapless.kit import Store, UserId


def another(appointment: Appointment) -> Appointment:
    """The same appointment once more, with an id of its own."""
    return attrs.evolve(appointment, id=AppointmentId(uuid4()))


async def add(store: Store, *appointments: Appointment) -> None:
    """Adds appointments in one unit of work, and commits."""
    async with store.unit(appointments[0].organization_id) as unit:
        await unit.of(Appointment).add_all(appointments)
        await unit.commit()


async def test_appointment_is_kept(gapless_store: Store, appointment: Appointment) -> None:
    """What was committed is read back as it was written, in its first version."""
    await add(gapless_store, appointment)
    async with gapless_store.reading(appointment.organization_id) as reading:
        assert await reading.of(Appointment).find() == (attrs.evolve(appointment, version=1),)


async def test_three_appointments_at_most_stand(gapless_store: Store, appointment: Appointment) -> None:
    """A fourth is refused by the commit, and nothing of its unit is kept; a cancelled one does not count."""
    await add(gapless_store, *[another(appointment) for _ in range(3)])
    with pytest.raises(RuleViolated, match="appointments_planned_most"):
        await add(gapless_store, appointment)
    await add(gapless_store, attrs.evolve(appointment, is_cancelled=True))
    async with gapless_store.reading(appointment.organization_id) as reading:
        assert await reading.of(Appointment).count(lambda row: row.is_planned) == 3
        assert await reading.of(Appointment).count() == 4


async def test_host_is_a_user(gapless_store: Store, appointment: Appointment) -> None:
    """Somebody unknown can't be the host of an appointment."""
    with pytest.raises(RuleViolated, match="appointments_host_fkey"):
        await add(gapless_store, attrs.evolve(appointment, host_id=UserId(uuid4())))


async def test_hosts_are_found(gapless_store: Store, home: OrganizationId, appointment: Appointment) -> None:
    """The owner of the organization may be the host, and the appointments of a host can be asked for."""
    async with gapless_store.reading(home) as reading:
        (owner,) = await reading.of(User).find()
    await add(gapless_store, another(appointment), attrs.evolve(appointment, host_id=owner.id))
    async with gapless_store.reading(home) as reading:
        (found,) = await reading.of(Appointment).find(lambda row: row.host_id == owner.id)
    assert found.id == appointment.id


def test_period_is_checked(appointment: Appointment) -> None:
    """An appointment that ends when it starts can't even be made."""
    with pytest.raises(RuleViolated, match="appointments_period"):
        attrs.evolve(appointment, ends_at=appointment.starts_at)

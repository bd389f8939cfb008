"""Several roots in one catalogue, and rows of a root or of nobody."""

from __future__ import annotations

from uuid import UUID

import attrs
import pytest

from gapless.application.pages import page_of
from gapless.kit import assign, one_of
from gapless.kit.errors import (
    InvalidValue,
    NotFound,
    QueryRefused,
    TenantMismatch,
    UnitOfWorkNested,
)
from gapless.kit.ports import UnitOfWork
from gapless.testing.laws.rows import an_audit_record, an_event
from tests.clinics.networks import (
    Clinic,
    Country,
    Device,
    Form,
    Job,
    Lab,
    Person,
    Probe,
    Room,
)
from tests.clinics.worlds import Work, World, added, trail_of_nobody

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_unit_sees_one_root_and_what_is_shared(world: World) -> None:
    """A unit reads and writes rows of its root and shared ones; rows of other roots are refused by name."""
    work = added(world.job(world.ann), Probe(clinic=world.first, id=world.first, lab=world.first))
    assert await world.refusal(work) == "kept"
    async with world.store.reading(world.first, of=Clinic) as reading:
        assert (await reading.of(Country).get(world.country)).name == "Ours"
        assert (await reading.of(Person).get(world.ann)).version == 1
        assert (await reading.of(Job).get(world.ann)).place == 2  # behind the clinic's own audit record
        assert await reading.of(Clinic).count() == 1
        for entity in (Device, Lab):
            with pytest.raises(QueryRefused, match="in a unit of Lab, not in one of Clinic"):
                reading.of(entity)
    async with world.store.unit(world.first, of=Lab) as unit:
        assert await unit.of(Device).count() == 2
        with pytest.raises(QueryRefused, match="in a unit of Clinic, not in one of Lab"):
            unit.of(Job)
    async with world.store.unit() as unit:
        assert (await unit.of(Person).get(world.bob)).id == world.bob
        with pytest.raises(QueryRefused, match="in a unit of Clinic, not in one without a root"):
            unit.of(Job)


async def test_of_says_which_root(world: World, alone: World) -> None:
    """A unit is of the first root unless `of` names another; the error for anything else names the roots."""
    for wrong in (Device, 5):
        with pytest.raises(InvalidValue, match="of= is the root of the unit: Clinic or Lab") as caught:
            world.store.unit(world.first, of=wrong)  # type: ignore[arg-type]  # that is the point
        assert caught.value.fields == ("of",)
    for opening in (alone.store.unit, alone.store.creating, alone.store.reading):
        with pytest.raises(InvalidValue, match="this catalogue has no root"):
            opening(5)
    async with world.store.unit(world.first) as unit, world.store.unit(world.first, of=Lab) as lab:
        assert (await unit.of(Clinic).count(), await lab.of(Lab).count()) == (1, 1)  # the first root, unless it is said
    for unknown in (world.first + 1, "nobody", None):
        with pytest.raises(NotFound) as missing:
            async with world.store.unit(unknown, of=Lab):
                pass
        assert missing.value.details()["entity"] == "Lab"


async def test_roots_with_one_number_are_two(world: World) -> None:
    """Units of a clinic and of a laboratory with its number wait for nothing, and have numbers of their own."""
    async with world.unit() as clinic, world.store.unit(world.first, of=Lab) as lab:
        with pytest.raises(UnitOfWorkNested):
            async with world.unit():
                pass
        device = await lab.of(Device).add(Device(lab=world.first, name="third"))
        job = await clinic.of(Job).add(world.job(world.ann))
        assert (device.place, job.place) == (3, 2)
        await lab.commit()
        await clinic.commit()
    async with world.store.unit(world.first, of=Lab) as unit:
        await unit.of(Lab).remove(await unit.of(Lab).get(world.first), an_audit_record(None))
        await unit.commit()
    async with world.unit() as unit:
        assert (await unit.of(Job).add(world.job(world.bob))).place == 3
        assert await unit.of(Job).count() == 2
    with pytest.raises(NotFound):
        async with world.store.unit(world.first, of=Lab):
            pass


async def test_references_lead_across_roots(world: World) -> None:
    """Rows refer by whole keys to shared rows, to other roots and to rows of these, and keep what they refer to."""
    home, probe = world.first, Probe(clinic=world.first, id=world.first, lab=world.first, device="scale")

    found = {
        "no such person": await world.refusal(added(world.job(UUID(int=1 << 100)))),
        "no such laboratory": await world.refusal(added(attrs.evolve(probe, lab=home + 1, device=None))),
        "no such device": await world.refusal(added(attrs.evolve(probe, device="none"))),
        "a device of it": await world.refusal(added(probe, world.job(world.ann))),
    }
    assert found == {
        "no such person": "jobs_person_fkey",
        "no such laboratory": "probes_lab_fkey",
        "no such device": "probes_device_fkey",
        "a device of it": "kept",
    }


async def test_what_others_refer_to_stays(world: World) -> None:
    """Shared rows, other roots and rows of these can't be removed as long as a row refers to them."""
    home = world.first
    probe = Probe(clinic=home, id=home, lab=home, device="scale")

    def removed(entity: type[Person | Lab | Device], key: object) -> Work:
        async def work(unit: UnitOfWork) -> None:
            rows = unit.of(entity)
            record = (an_audit_record(None),) if entity is Lab else ()
            await rows.remove(await rows.get(key), *record)  # type: ignore[arg-type]  # of several kinds

        return work

    def lab() -> UnitOfWork:
        return world.store.unit(home, of=Lab)

    assert await world.refusal(added(probe, world.job(world.ann))) == "kept"
    works = {
        "a person who works": (removed(Person, world.ann), world.store.unit(), "jobs_person_fkey"),
        "one who does not": (removed(Person, world.bob), world.unit(), "kept"),
        "a laboratory in use": (removed(Lab, home), lab(), "probes_lab_fkey"),
        "a device in use": (removed(Device, "scale"), lab(), "probes_device_fkey"),
        "another device": (removed(Device, "scope"), lab(), "kept"),
    }
    for name, (work, unit, expected) in works.items():
        assert (name, await world.refusal(work, unit)) == (name, expected)


async def test_records_and_events_go_to_the_root_of_the_unit(world: World) -> None:
    """Those of shared rows belong to the root of the unit, with its numbers, and to no other."""
    home = world.first

    async def renamed(unit: UnitOfWork, root: int | None, name: str) -> None:
        country = await unit.of(Country).get(world.country)
        await unit.of(Country).save(attrs.evolve(country, name=name), an_audit_record(root), [an_event(root)])

    async with world.unit() as unit:
        await renamed(unit, home, "Mine")
        await unit.commit()
    for root, opened in ((home + 1, world.unit()), (None, world.unit()), (home, world.store.unit())):
        with pytest.raises(TenantMismatch):
            async with opened as unit:
                await renamed(unit, root, "Nobody's")
    async with world.store.reading(home, of=Clinic) as reading:
        assert [record.number for record in await reading.audit_trail.find()] == [1, 2]
        assert await reading.outbox.count() == 1


async def test_records_of_nobody(world: World, alone: World) -> None:
    """Records and events of a unit without a root have no number; a second root writes such ones, and reads none."""
    for each in (world, alone):
        async with each.store.reading() as reading:
            records = await reading.audit_trail.find()
            assert records
            assert {(record.root_id, record.number) for record in records} == {(None, 0)}
            assert {event.root_id for event in await reading.outbox.find()} == {None}
            assert await reading.audit_trail.get(records[0].id) == records[0]
    async with world.store.reading(world.first, of=Lab) as reading:
        # Those of other laboratories would be among them.
        with pytest.raises(QueryRefused, match="Rows of AuditRecord are read and written in a unit of Clinic"):
            await reading.audit_trail.count()


async def test_a_unit_finds_only_the_rows_of_its_root(world: World) -> None:
    """A search by what is there once, or below a shared row, finds no row of another root, and changes none."""
    for number in (0, 1):
        room = Room(clinic=world.first + number, id=1, plate=world.first + number)
        await world.refusal(added(room, world.job(world.ann, number)), world.unit(number))

    async def looked(unit: UnitOfWork) -> None:
        rooms, plates = unit.of(Room), (world.first, world.first + 1)
        assert await rooms.find(lambda room: room.plate == plates[1]) == ()
        assert await rooms.count(lambda room: room.plate == plates[1]) == 0
        assert [room.plate for room in await rooms.find(lambda room: one_of(room.plate, *plates))] == [plates[0]]
        assert await unit.of(Job).count(lambda job: job.person == world.ann) == 1
        assert (
            await rooms.update_where(lambda room: room.plate == plates[1], lambda room: (assign(room.plate, 0),)) == 0
        )
        assert await rooms.delete_where(lambda room: one_of(room.plate, *plates)) == 1

    assert await world.refusal(looked) == "kept"
    async with world.store.system() as unit:
        assert [room.plate for room in await unit.of(Room).find(lambda room: room.plate == world.first + 1)] != []


async def test_a_row_may_be_lent_by_another_row_of_its_root(world: World) -> None:
    """A reference beside that of `belongs_to` leads to any row of that root, which then stays."""
    room = Room(clinic=world.first, id=2, plate=-world.first, lender=world.first + 1)
    assert await world.refusal(added(attrs.evolve(room, lender=-1))) == "rooms_lender_fkey"
    assert await world.refusal(added(room)) == "kept"

    async def removed(unit: UnitOfWork) -> None:
        clinic = await unit.of(Clinic).get(world.first + 1)
        await unit.of(Clinic).remove(clinic, an_audit_record(world.first + 1))

    assert await world.refusal(removed, world.unit(1)) == "rooms_lender_fkey"


async def test_a_row_may_belong_to_nobody(world: World) -> None:
    """Rows without a root are seen by units without one alone: in reads, pages and writes of one or of many."""
    home, number = world.first, 100 * world.first
    mine = [Form(id=number + place, clinic=home, title=title) for place, title in enumerate("abc")]
    free = [Form(id=number + 50 + place, title="same") for place in range(3)]
    assert await world.refusal(added(*mine)) == "kept"
    assert await world.refusal(added(*free), world.store.unit()) == "kept"
    assert await world.refusal(added(free[0])) == "TenantMismatch"
    assert await world.refusal(added(mine[0]), world.store.unit()) == "TenantMismatch"
    assert await world.refusal(added(attrs.evolve(free[0], title="x")), world.store.unit()) == "forms_id_unique"
    assert await world.refusal(added(attrs.evolve(mine[0], id=number + 9))) == "forms_title_unique"


async def test_rows_of_nobody_are_read_and_written(world: World) -> None:
    """Reads, pages and writes of one row or of many keep to the rows of a root, or to those of nobody."""
    home, number = world.first, 100 * world.first
    await world.refusal(added(*(Form(id=number + i, clinic=home, title=title) for i, title in enumerate("abc"))))
    await world.refusal(added(*(Form(id=number + 50 + i, title="same") for i in range(3))), world.store.unit())

    async def retitled(unit: UnitOfWork) -> None:
        forms = unit.of(Form)
        assert await forms.update_where(lambda row: row.id >= number, lambda row: (assign(row.title, "new"),)) == 3
        assert await forms.delete_where(lambda row: row.id == number + 51) == 1
        row = await forms.get(number + 50)
        assert await forms.save(attrs.evolve(row, title="newest")) == attrs.evolve(row, title="newest", version=3)
        await forms.remove(await forms.get(number + 52))

    assert await world.refusal(retitled, world.store.unit()) == "kept"
    async with world.store.system() as unit:
        assert await unit.of(Form).count(lambda row: row.title == "newest") >= 1
    async with world.store.reading() as nobody, world.store.reading(home, of=Clinic) as clinic:
        for reading, ours, theirs in ((nobody, number + 50, number), (clinic, number, number + 50)):
            assert (await reading.of(Form).get(ours)).id == ours
            with pytest.raises(NotFound):
                await reading.of(Form).get(theirs)
        assert [form.title for form in await clinic.of(Form).find()] == ["a", "b", "c"]


async def test_pages_keep_to_a_root_or_to_nobody(world: World) -> None:
    """A cursor of a root's listing leads on in it, and begins no page of what belongs to nobody."""
    home, number = world.first, 100 * world.first
    await world.refusal(added(*(Form(id=number + i, clinic=home, title=title) for i, title in enumerate("abc"))))
    async with world.store.reading() as nobody, world.store.reading(home, of=Clinic) as clinic:
        page = await page_of(clinic.of(Form), None, lambda row: row.title, None, 2)
        rest = await page_of(clinic.of(Form), None, lambda row: row.title, page.next, 2)
        assert [form.title for form in (*page.items, *rest.items)] == ["a", "b", "c"]
        with pytest.raises(InvalidValue, match="another root"):
            await page_of(nobody.of(Form), None, lambda row: row.title, page.next, 2)


async def test_what_goes_with_a_root(world: World) -> None:
    """The removal of a clinic takes its jobs, tests, forms and records along, and no shared row and nobody's."""
    home = world.first
    rows = [world.job(world.ann), Probe(clinic=home, id=home, lab=home), Form(id=-home, clinic=home, title="t")]
    assert await world.refusal(added(*rows)) == "kept"
    before = await trail_of_nobody(world)

    async def removes(unit: UnitOfWork) -> None:
        await unit.of(Clinic).remove(await unit.of(Clinic).get(home), an_audit_record(home))

    assert await world.refusal(removes) == "kept"
    async with world.store.reading(home, of=Clinic) as reading:
        assert [await reading.of(entity).count() for entity in (Job, Probe, Form)] == [0, 0, 0]
        assert await reading.audit_trail.count() == 0
        assert (await reading.of(Person).get(world.ann)).version == 1
    assert await trail_of_nobody(world) == before
    assert await world.refusal(added(world.job(world.ann, 1)), world.unit(1)) == "kept"

"""Both stores serve a service whatever the keys of its tables are, and count below any row of a root."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import cast

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.application.audit_trail import AuditTrail
from gapless.application.pages import page_of
from gapless.kit import Entity, assign, descending, model_of, one_of
from gapless.kit.audit import ArchivedAuditRecord
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import InvalidValue, NotFound, QueryRefused, UnitOfWorkNested
from gapless.kit.ids import RootId, RowId
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.rows import a_command, an_audit_record, an_event
from tests.clinics.places import Place, added, field, removed, saved, with_beds
from tests.clinics.shapes import SHAPES, Shape, clinics
from tests.stores import STORES, store_of

SCHEMA = "clinics"
NUMBERS = count(1)
USUAL = ("uuid, clinic first", "number, code alone", "text, code alone, indexed", "big number, clinic last")
"""The shapes of a usual run: each type of a key, and each place of the root in another key."""
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=() if name in USUAL else pytest.mark.soak) for name in SHAPES],
)
def shape(request: pytest.FixtureRequest) -> Shape:
    """Each shape."""
    return SHAPES[request.param]


@pytest_asyncio.fixture(scope="module", params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine, shape: Shape) -> AsyncIterator[Store]:
    """A store of the shape; PostgreSQL has the tables in a schema of their own."""
    async with store_of(request.param, engine, clinics(shape).catalogue, SCHEMA) as found:
        yield found


@pytest_asyncio.fixture
async def place(store: Store, shape: Shape) -> Place:
    """Two clinics with a doctor each, ann and bob, and a first visit to either."""
    number = next(NUMBERS)
    place = Place(store, clinics(shape), shape.home(2 * number), shape.home(2 * number + 1), 1000 * number)
    for visit, (home, name) in enumerate(((place.home, "ann"), (place.other, "bob"))):
        async with store.creating(home) as unit:
            await unit.of(place.made.clinic).add(place.clinic(home), an_audit_record(home), [an_event(home)])
            await unit.of(place.made.doctor).add(place.doctor(name, home))
            await unit.of(place.made.visit).add(place.visit(visit, name, home, is_first=True))
            await unit.commit()
    return place


async def test_a_row_is_found_in_its_root_by_its_id(place: Place) -> None:
    """Nobody gets a row of another root, or by a value that is no id; one's own is got, listed and searched."""
    made, ann = place.made, place.code("ann")
    async with place.store.reading(place.home) as reading:
        doctors = reading.of(made.doctor)
        found = await doctors.get(ann)
        assert (getattr(found, "code"), getattr(found, "clinic")) == (ann, place.home)  # noqa: B009  # fields of a shape
        for wrong in (place.code("bob"), "nobody", 5, None):
            with pytest.raises(NotFound):
                await doctors.get(cast(RowId, wrong))
        with pytest.raises(QueryRefused, match="A Doctor is found by its code alone, not by a tuple"):
            await doctors.get((place.home, ann))
        assert await doctors.find(lambda row: one_of(field(row, "code"), ann, place.code("bob"))) == (found,)
        assert await doctors.count() == 1
        assert await reading.of(made.visit).count(lambda row: field(row, "doctor") == ann) == 1
        assert model_of(made.clinic).key_of(await reading.of(made.clinic).get(place.home)) == (place.home,)
        with pytest.raises(NotFound):
            await reading.of(made.clinic).get(place.other)


async def test_no_key_is_that_of_a_root(place: Place) -> None:
    """A unit of a root that is not there, or of a value that can be none, is refused; so is one inside its own."""
    for wrong in ("nobody", 10**6, None, 1.5, True):
        with pytest.raises(NotFound):
            async with place.store.unit(cast(RootId, wrong)):
                pass
    async with place.store.unit(place.home):
        with pytest.raises(UnitOfWorkNested):
            async with place.store.unit(place.home):
                pass


async def listed(place: Place, order: Callable[[Entity], object] | None) -> list[str]:
    """The codes of the doctors of the clinic, read in pages of two; a cursor of it is refused in the other one."""
    found: list[str] = []
    after = None
    async with place.store.reading(place.home) as here, place.store.reading(place.other) as there:
        while True:
            page = await page_of(here.of(place.made.doctor), None, order, after, 2)
            found += [field(doctor, "code") for doctor in page.items]
            if page.next is None:
                return found
            after = page.next
            with pytest.raises(InvalidValue, match="another root"):
                await page_of(there.of(place.made.doctor), None, order, after, 2)


async def test_pages_go_through_a_root(place: Place) -> None:
    """A cursor leads on in its root, in any order, and is refused in another one."""
    more = ["d1", "d2", "d3", "d4"]
    await place.committed(added(*(place.doctor(name, is_open=False) for name in more)))
    codes = [place.code(name) for name in ("ann", *more)]
    assert await listed(place, None) == codes
    assert await listed(place, lambda row: descending(field(row, "code"))) == codes[::-1]
    assert await listed(place, lambda row: (field(row, "most"), field(row, "code"))) == codes


async def test_rows_of_another_root_are_out_of_reach(place: Place) -> None:
    """No write of a unit changes, removes or moves a row of another root, whatever the row that it is given says."""
    doctors = place.made.doctor
    theirs = place.doctor("bob", most=9, version=1)

    async def of_all(unit: UnitOfWork) -> None:
        await unit.of(doctors).update_where(
            lambda row: field(row, "most") == 2,  # type: ignore[comparison-overlap]  # it is a number
            lambda row: (assign(cast(int, field(row, "most")), 7),),
        )

    assert await place.refusal(lambda unit: unit.of(doctors).save(theirs)) == "NotFound"
    assert await place.refusal(lambda unit: unit.of(doctors).remove(theirs)) == "NotFound"
    assert await place.refusal(saved(doctors, place.code("ann"), clinic=place.other)) == "TenantMismatch"
    assert await place.refusal(of_all) == "kept"
    async with place.store.reading(place.other) as reading:
        assert await reading.of(doctors).get(place.code("bob")) == place.doctor("bob", place.other, version=1)


async def test_a_key_without_the_root_is_there_once(place: Place, shape: Shape) -> None:
    """Two roots may have one code only if the key of doctors has the clinic as well."""
    there = await place.refusal(added(place.doctor("bob", is_open=False)))
    assert there == ("kept" if "clinic" in shape.doctor else "doctors_code_unique")
    again = await place.refusal(added(place.doctor("ann", is_open=False)))
    assert again == f"doctors_{'_'.join(shape.doctor)}_unique"


async def test_no_row_refers_to_one_of_another_root(place: Place) -> None:
    """A reference by the id alone finds rows of its own root: in an insert, in a bulk of them, and in a change."""
    doctors = place.made.doctor
    works = {
        "to another root": (added(place.visit(7, "bob")), "visits_doctor_fkey"),
        "to nobody": (added(place.visit(7, "nobody")), "visits_doctor_fkey"),
        "one of several": (added(place.visit(7, "ann"), place.visit(8, "bob")), "visits_doctor_fkey"),
        "to a boss of another root": (
            added(place.doctor("eve", is_open=False, boss=place.code("bob"))),
            "doctors_boss_fkey",
        ),
        "to a boss": (added(place.doctor("eve", is_open=False, boss=place.code("ann"))), "kept"),
        "a changed one": (saved(doctors, place.code("eve"), boss=place.code("bob")), "doctors_boss_fkey"),
        "to oneself": (saved(doctors, place.code("eve"), boss=place.code("eve")), "kept"),
        "to nobody any more": (saved(doctors, place.code("eve"), boss=None), "kept"),
        "from nobody to one": (saved(doctors, place.code("eve"), boss=place.code("bob")), "doctors_boss_fkey"),
    }
    assert {name: await place.refusal(work) for name, (work, _) in works.items()} == {
        name: expected for name, (_, expected) in works.items()
    }


async def test_a_reference_comes_before_a_rule_over_the_change(place: Place) -> None:
    """A row that breaks both is refused by its reference, whether that is to nobody or to a row of another root."""
    refused = {"nobody": "visits_doctor_fkey", "bob": "visits_doctor_fkey", "ann": "visits_counted"}
    for name, rule in refused.items():
        assert await place.refusal(added(place.visit(-2 * place.first, name))) == rule


async def test_what_a_removal_does_stays_in_its_root(place: Place) -> None:
    """Rows that refer to a removed row are removed or lose their link, those of another root stay as they are."""
    doctors, visits = place.made.doctor, place.made.visit
    await place.committed(added(place.doctor("eve", is_open=False, boss=place.code("ann"))))
    await place.committed(removed(doctors, place.code("ann")))
    async with place.store.reading(place.home) as reading:
        assert await reading.of(doctors).find() == (place.doctor("eve", is_open=False, version=1),)
        assert await reading.of(visits).count() == 0
    async with place.store.reading(place.other) as reading:
        assert await reading.of(visits).count() == 1


async def test_rules_count_below_any_row(place: Place) -> None:
    """Limits of a doctor and of a clinic hold, a first visit stays, and a doctor who is not there lets nobody in."""
    visits, doctors = place.made.visit, place.made.doctor
    works = {
        "a doctor without a visit": (added(place.doctor("eve")), "visits_first"),
        "the first visit goes": (removed(visits, place.first), "visits_first"),
        "a doctor with one": (added(place.doctor("eve", most=1), place.visit(11, "eve", is_first=True)), "kept"),
        "one more for her": (added(place.visit(12, "eve")), "visits_of_doctor"),
        "a visit changes its doctor": (saved(visits, place.first, doctor=place.code("eve")), "visits_of_doctor"),
        "one more for him": (added(place.visit(12, "ann")), "kept"),
        "both are full": (added(place.visit(13, "ann")), "visits_of_clinic"),
        "he is not there": (saved(doctors, place.code("ann"), is_open=False), "kept"),
        "nobody comes in": (added(place.visit(13, "ann")), "visits_open"),
    }
    assert {name: await place.refusal(work) for name, (work, _) in works.items()} == {
        name: expected for name, (_, expected) in works.items()
    }


async def test_rows_of_another_root_do_not_count(place: Place, shape: Shape) -> None:
    """Doctors of two clinics may have one code, if the key has the clinic; each has visits of her own."""
    name = "bob" if "clinic" in shape.doctor else "eve"
    work = added(place.doctor(name, most=1), place.visit(11, name, is_first=True))
    assert await place.refusal(work) == "kept"
    assert await place.refusal(removed(place.made.visit, place.first + 11)) == "visits_first"
    assert await place.refusal(added(place.visit(12, name))) == "visits_of_doctor"


async def test_rules_of_several_tables_come_in_the_order_of_the_catalogue(place: Place) -> None:
    """Whatever was put in question first, the error names the first rule: those of a doctor before that of a clinic."""

    async def both(unit: UnitOfWork) -> None:
        await with_beds(place, 1)(unit)
        await added(place.visit(12, "ann"))(unit)
        await added(place.visit(13, "ann"))(unit)

    async def one(unit: UnitOfWork) -> None:
        await added(place.visit(12, "ann"))(unit)
        await with_beds(place, 1)(unit)
        await added(place.doctor("eve", most=1), place.visit(13, "eve", is_first=True))(unit)

    async def without_a_first(unit: UnitOfWork) -> None:
        await with_beds(place, 1)(unit)
        await added(place.doctor("eve"), place.visit(12, "ann"))(unit)

    async def of_two_doctors(unit: UnitOfWork) -> None:
        await added(place.doctor("eve"), place.visit(12, "ann"), place.visit(13, "ann"))(unit)

    assert await place.refusal(both) == "visits_of_clinic"
    assert await place.refusal(one) == "visits_of_clinic"
    assert await place.refusal(without_a_first) == "visits_of_clinic"
    assert await place.refusal(of_two_doctors) == "visits_of_doctor"


async def test_who_writes_over_all_roots_leaves_what_rules_ask_for(place: Place) -> None:
    """A unit over all roots takes no lock, so it writes neither rows that are counted nor those that say the limit."""
    for entity in (place.made.visit, place.made.doctor, place.made.clinic):
        async with place.store.system() as unit:
            assert await unit.of(entity).count() >= 2
            with pytest.raises(QueryRefused, match="in the unit of work of one root"):
                await unit.of(entity).delete_where(lambda row: field(row, "version") != 0)  # type: ignore[comparison-overlap]  # as above


async def test_the_parts_of_the_kit_take_any_key(place: Place) -> None:
    """Records, events and commands belong to the clinic, are numbered in it, and its trail is archived with its key."""
    home = place.home
    await place.committed(with_beds(place, 5))
    await place.committed(lambda unit: unit.of(ProcessedCommand).add(a_command(home)))
    assert await place.refusal(lambda unit: unit.audit_trail.add(an_audit_record(place.other))) == "TenantMismatch"
    async with place.store.reading(home) as reading:
        assert [(one.root_id, one.number) for one in await reading.audit_trail.find()] == [(home, 1), (home, 2)]
        assert await reading.outbox.count() == 2

    trail = AuditTrail(store=place.store, catalogue=place.made.catalogue)
    assert [record.number for record in (await trail.of_root(home)).items] == [2, 1]
    for listing in (trail.of_root, trail.of_purged_root):
        with pytest.raises(InvalidValue) as caught:
            await listing(cast(RootId, 1.5))
        assert caught.value.fields == ("root_id",)

    async def gone(unit: UnitOfWork) -> None:
        clinics_of = unit.of(place.made.clinic)
        await clinics_of.remove(await clinics_of.get(home), an_audit_record(home))

    await place.committed(gone)
    assert [record.number for record in (await trail.of_purged_root(home)).items] == [3, 2, 1]
    async with place.store.reading(home) as reading:
        archived = await reading.of(ArchivedAuditRecord).find(order=lambda record: record.number)
        assert [(record.root_id, record.number) for record in archived] == [(home, 1), (home, 2), (home, 3)]
        assert await reading.of(place.made.doctor).count() == await reading.of(ProcessedCommand).count() == 0

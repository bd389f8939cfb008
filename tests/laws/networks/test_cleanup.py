"""A cleanup goes through every root of a catalogue: the second one is purged as the first is, and so are its rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from functools import partial

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.cleanup import Cleanup
from gapless.application.cleanup_outcomes import Blocked, CleanupReport, Purged
from gapless.application.cleanup_rights import uses_of
from gapless.application.root_deletion import delete_root
from gapless.cli.cleanup import as_text
from gapless.kit import Catalogue, all_of, deleted, processed_commands_of
from gapless.kit.errors import DeclarationError, InvalidState, InvalidValue
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from gapless.postgres import Profile
from gapless.testing.laws.rows import fresh_id
from tests.clinics.deletable import (
    DELETABLE,
    LABS_COMMANDS,
    MODELS,
    PARTS,
    Clinic,
    Contract,
    Device,
    Form,
    Lab,
    Line,
    Listing,
    Loan,
    Order,
    Report,
    Room,
    Seal,
)
from tests.laws.networks.laboratories import NUMBERS, Place, a_deletion, place_on, record_of_lab, recorder
from tests.roles import engine_of
from tests.stores import STORES, tables_of

SCHEMA = "deletable"
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", params=STORES)
async def store(
    request: pytest.FixtureRequest, engine: AsyncEngine, database_url: str, database_name: str
) -> AsyncIterator[Store]:
    """A store of both roots."""
    if request.param == "memory":
        yield MemoryStore(DELETABLE)
        return
    # The role has the rights of jobs and no others, those to the second root's commands among them.
    async with (
        tables_of(engine, DELETABLE, SCHEMA),
        engine_of(database_url, database_name, Profile.JOBS, DELETABLE, SCHEMA) as jobs,
    ):
        yield PostgresStore(jobs, DELETABLE, schema=SCHEMA)


@pytest_asyncio.fixture
async def place(store: Store) -> Place:
    """A clinic, and a laboratory of its own; what tests before have deleted is gone."""
    found = await place_on(store)
    await found.cleaned()
    return found


async def purges_a_second_root(place: Place) -> None:
    """The law: a deleted laboratory goes for good with all that it had, in units of its own, and that is told."""
    await place.delete_lab()
    report, told = await place.cleaned(batch=1)
    assert place.lab in report.roots
    assert report.roots_of["Lab"] == (place.lab,)
    assert report.roots_of["Clinic"] == ()
    assert (report.blocked, report.unfinished) == ((), ())
    assert [(purged.root, dict(purged.rows), purged.is_gone) for purged in told] == [
        ("Lab", {"reports": 1}, False),
        ("Lab", {"reports": 1}, False),
        ("Lab", {"devices": 1}, False),
        ("Lab", {"devices": 1}, True),
    ]
    async with place.store.system() as unit:
        assert await unit.of(Lab).count(lambda lab: lab.id == place.lab, include_deleted=True) == 0
        for entity in (Device, Line, Report):
            assert await unit.of(entity).count(include_deleted=True) == 0
        commands = unit.of(LABS_COMMANDS.entity)
        assert await commands.count() == 0


async def test_a_second_root_is_purged(place: Place) -> None:
    """A laboratory goes as a clinic does; what nobody's trail and outbox keep says so, and the clinic stays."""
    await purges_a_second_root(place)
    assert (await place.nobodys())[-1] == ("lab.purged", "lab")
    async with place.store.system() as unit:
        events = await unit.of(OutboxEvent).find(lambda event: event.kind == "lab.purged")
        assert (events[-1].root_id, events[-1].payload.to_dict()) == (None, {"lab_id": place.lab})
        assert await unit.of(Clinic).count(lambda clinic: clinic.id == place.clinic) == 1


async def test_a_cleanup_of_the_first_root_alone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a cleanup that goes through the first root, and through no other, leaves the laboratory."""
    first = DELETABLE.roots[:1]
    monkeypatch.setattr("gapless.application.cleanup.cleaned_roots", lambda _: first)
    place = await place_on(MemoryStore(DELETABLE))
    with pytest.raises((AssertionError, KeyError)):
        await purges_a_second_root(place)


async def test_rows_of_a_second_root_go_alone(place: Place) -> None:
    """A deleted device and a released line of a laboratory that stays go; what came by the line is unlinked."""
    async with place.store.unit(place.lab, of=Lab) as unit:
        await unit.of(Device).save(deleted(place.devices[0], a_deletion()), record_of_lab(place.lab))
        await unit.of(Line).save(attrs.evolve(place.line, is_released=True))
        await unit.commit()
    report, told = await place.cleaned()
    assert (report.blocked, report.roots) == ((), ())
    assert [(purged.root, dict(purged.rows), dict(purged.unlinked)) for purged in told] == [
        ("Lab", {"lines": 1}, {"reports": 2}),
        ("Lab", {"devices": 1}, {}),
    ]
    assert [await place.count(entity) for entity in (Device, Line, Report)] == [1, 0, 2]
    assert (await place.nobodys())[-1] == ("devices.purged", "lab")


async def test_a_second_root_is_restored(place: Place) -> None:
    """What was deleted with a laboratory comes back with it, and a released line does not."""
    with pytest.raises(InvalidState, match="is not deleted"):
        await place.restore_lab()
    await place.delete_lab()
    async with place.store.unit(place.lab, of=Lab) as unit:
        gone = await unit.of(Lab).get(place.lab, include_deleted=True)
        with pytest.raises(InvalidState, match="is deleted already"):
            await delete_root(unit, DELETABLE, gone, recorder())
        with pytest.raises(InvalidValue, match="soft-deleted, Clinic or Lab, and not a Device"):
            await delete_root(unit, DELETABLE, place.devices[0], recorder())
    assert await place.restore_lab() == {"devices": 2}
    assert (await place.nobodys())[-2:] == [("lab.deleted", "lab"), ("lab.restored", "lab")]
    async with place.store.reading(place.lab, of=Lab) as reading:
        assert await reading.of(Device).count() == 2
        assert await reading.of(Line).count() == 0


async def test_what_goes_for_good_with_a_root_is_in_its_record(place: Place) -> None:
    """The record of a laboratory's deletion keeps its contracts, which go for good, and those alone."""
    async with place.store.unit(place.lab, of=Lab) as unit:
        contracts = [Contract(lab=place.lab, id=number, text=f"contract {number}") for number in (1, 2)]
        await unit.of(Contract).add_all(contracts, record_of_lab(place.lab))
        await unit.commit()
    await place.delete_lab()
    async with place.store.reading() as reading:
        (record,) = await reading.audit_trail.find(
            lambda record: all_of(record.resource_id == place.lab, record.action == "lab.deleted")
        )
    assert record.before is not None
    before = record.before.to_dict()
    assert before["contracts"] == [{"lab": place.lab, "id": number, "text": f"contract {number}"} for number in (1, 2)]
    assert (before["is_deleted"], before.keys() & {"devices", "lines", "reports"}) == (False, set())
    async with place.store.reading(place.lab, of=Lab) as reading:
        assert await reading.of(Contract).count() == 0


async def test_a_purge_that_was_stopped_goes_on(place: Place) -> None:
    """The note that a purge has begun stands among the laboratory's own commands: the next run finishes it."""
    await place.delete_lab()

    def stop(_: Purged) -> None:
        raise InterruptedError

    cleanup = Cleanup(store=place.store, clock=SystemClock(), ids=UuidV7Factory(), catalogue=DELETABLE)
    with pytest.raises(InterruptedError):
        await cleanup.purge_expired(timedelta(0), batch=1, progress=stop)
    assert await place.count(Report) == 1
    with pytest.raises(InvalidState, match="is being removed for good"):
        await place.restore_lab()
    report = await cleanup.purge_expired(timedelta(days=365))
    assert report.roots_of == {"Clinic": (), "Lab": (place.lab,)}


async def lent(place: Place, owner: str) -> Loan:
    """What the laboratory keeps in a room for an owner."""
    async with place.store.unit(place.lab, of=Lab) as unit:
        room = await unit.of(Room).add(Room(lab=place.lab, id=next(NUMBERS)))
        loan = await unit.of(Loan).add(Loan(room=room.id, id=room.id, owner=owner))
        await unit.commit()
    return loan


REFERRING: Mapping[str, Callable[[Place], Order | Listing]] = {
    "orders_lab_fkey": lambda place: Order(clinic=place.clinic, id=fresh_id(), lab=place.lab),
    "listings_device_fkey": lambda place: Listing(id=fresh_id(), lab=place.lab, device=place.devices[0].id),
}
"""What makes a row that refers to a laboratory from elsewhere, by its reference."""


@pytest.mark.parametrize("rule", [*REFERRING, "loans_owner_fkey"])
async def test_what_refers_from_elsewhere_keeps_a_root(place: Place, store: Store, rule: str) -> None:
    """An order of a clinic, a line of a directory and a loan to another laboratory keep theirs, untouched, alone."""
    other, keeper = await place_on(store), await place_on(store)
    row: Order | Listing | Loan
    if rule in REFERRING:
        row, unit_of_row = REFERRING[rule](place), partial(store.unit, place.clinic)
        async with unit_of_row() as unit:
            row = await unit.of(type(row)).add(row)
            await unit.commit()
    else:
        row, unit_of_row = await lent(keeper, place.lab), partial(store.unit, keeper.lab, of=Lab)
    await place.delete_lab()
    await other.delete_lab()
    report, told = await place.cleaned(batch=1)
    label = place.lab
    assert report.blocked == (Blocked(root_id=place.lab, root="Lab", label=label, entity="Lab", rule=rule, count=1),)
    assert report.roots == (other.lab,)
    assert {table for purged in told for table in purged.rows} <= {"lines"}
    assert [await place.count(entity) for entity in (Device, Report)] == [2, 2]
    assert f"Blocked: lab {label} ({place.lab}) by {rule}, rows: 1" in as_text(report, DELETABLE)
    async with unit_of_row() as unit:
        await unit.of(type(row)).remove(row)
        await unit.commit()
    assert (await place.cleaned())[0].roots == (place.lab,)


async def test_what_belongs_through_a_row_keeps_its_own_root(place: Place) -> None:
    """A loan counts in its owner's own rooms too: it would go after its room, and refuses the removal before."""
    await lent(place, place.lab)
    await place.delete_lab()
    assert await kept(place) == [("loans_owner_fkey", 1)]


async def test_what_nobody_has_keeps_a_root(place: Place) -> None:
    """A form of nobody counts as one of another laboratory does."""
    other = await place_on(place.store)
    units = {None: partial(place.store.unit), other.lab: partial(place.store.unit, other.lab, of=Lab)}
    forms = [Form(id=next(NUMBERS), lab=lab, source=place.lab) for lab in units]
    for form, unit_of_form in zip(forms, units.values(), strict=True):
        async with unit_of_form() as unit:
            await unit.of(Form).add(form)
            await unit.commit()
    await place.delete_lab()
    assert await kept(place) == [("forms_source_fkey", 2)]
    for form, unit_of_form in zip(forms, units.values(), strict=True):
        async with unit_of_form() as unit:
            await unit.of(Form).remove(await unit.of(Form).get(form.id))
            await unit.commit()
    assert (await place.cleaned())[0].roots == (place.lab,)


async def test_what_was_released_elsewhere_keeps_a_root(place: Place) -> None:
    """A seal counts until the cleanup has removed it, which comes to it later; then its giver goes."""
    other = await place_on(place.store)
    async with place.store.unit(other.lab, of=Lab) as unit:
        seal = await unit.of(Seal).add(Seal(lab=other.lab, id=fresh_id(), giver=place.lab))
        await unit.of(Seal).save(attrs.evolve(seal, is_released=True))
        await unit.commit()
    await place.delete_lab()
    assert await kept(place) == [("seals_giver_fkey", 1)]
    assert (await place.cleaned())[0].roots == (place.lab,)


async def kept(place: Place) -> list[tuple[str, int | None]]:
    """What keeps a laboratory from being purged, and how many rows; it has lost nothing by the attempt."""
    report, told = await place.cleaned(batch=1)
    assert {table for purged in told for table in purged.rows} <= {"lines"}
    assert [await place.count(entity) for entity in (Device, Report)] == [2, 2]
    return [(blocked.rule, blocked.count) for blocked in report.blocked if blocked.root_id == place.lab]


async def test_a_cleanup_asks_for_the_rights_of_every_root() -> None:
    """Each root that has something to clean is locked, and each that can be deleted is removed."""
    locked = [(uses.entity, uses.removes) for uses in uses_of(DELETABLE) if uses.locks]
    assert locked == [(Clinic, True), (Lab, True)]
    assert {Device, Line, Report} <= {uses.entity for uses in uses_of(DELETABLE) if uses.removes}
    assert {Order, Listing} <= {uses.entity for uses in uses_of(DELETABLE) if uses.reads}


async def test_the_report_counts_each_root() -> None:
    """The report for people has a line for each root that can be removed."""
    report = CleanupReport(
        roots=(1, "a", "b"), rows={}, blocked=(), unfinished=(), roots_of={"Clinic": (1,), "Lab": ("a", "b")}
    )
    assert as_text(report, DELETABLE).splitlines() == ["Removed for good:", "clinics  1", "labs     2"]


async def test_a_second_root_needs_commands_of_its_own() -> None:
    """A root that can be soft-deleted has a place for the notes of its purge, and no other kind of rows is a root."""
    with pytest.raises(DeclarationError, match=r"Lab can be soft-deleted, .* \+ processed_commands_of\(Lab\)"):
        MemoryStore(Catalogue(MODELS) + PARTS)
    with pytest.raises(DeclarationError, match="Device is no root: name the entity to whose rows others belong"):
        processed_commands_of(Device)

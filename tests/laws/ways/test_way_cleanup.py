"""What a cleanup removes of rows that belong to a root through others, and what goes and comes back with a root."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import pytest

from gapless.adapters.system import SystemClock
from gapless.application import roots_of_rows
from gapless.application.audit_records import Recorder
from gapless.application.cleanup import Cleanup
from gapless.application.cleanup_outcomes import CLEANUP, CleanupReport
from gapless.application.root_deletion import delete_with_root, restore_with_root
from gapless.application.roots_of_rows import RootsOfRows
from gapless.kit import one_of
from gapless.kit.ids import DeletionId, RootId
from gapless.kit.soft_deletion import Deletion
from gapless.testing.laws.rows import IDS, an_audit_record
from tests.clinics.cases import CASES, Mark, Note, Scan, Shelf, Tag
from tests.clinics.networks import Clinic
from tests.clinics.offices import Office, added, saved

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOW = SystemClock().now()
OLD = NOW - timedelta(days=40)
RETENTION = timedelta(days=30)


def scan(number: int, note: int, deleted_at: datetime | None) -> Scan:
    """A scan of a note, deleted at this time."""
    return Scan(id=UUID(int=number), note=note, is_deleted=deleted_at is not None, deleted_at=deleted_at)


async def cleaned(office: Office) -> CleanupReport:
    """What a cleanup has removed."""
    cleanup = Cleanup(store=office.store, clock=SystemClock(), ids=IDS, catalogue=CASES)
    return await cleanup.purge_expired(RETENTION, batch=2)


async def test_expired_rows_go_in_each_root(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of which nobody says the root are found page by page, and go by units of their roots; the others stay."""
    monkeypatch.setattr(roots_of_rows, "PAGE", 3)
    home, other, first = office.home, office.other, office.home << 20
    expired = {home: [first + number for number in range(5)], other: [first + number for number in range(5, 9)]}
    for clinic, numbers in expired.items():
        kept = [scan(first + 100 + clinic, clinic, NOW), scan(first + 200 + clinic, clinic, None)]
        work = added(*(scan(number, clinic, OLD) for number in numbers), *kept)
        assert await office.refusal(work, home=clinic) == "kept"
    report = await cleaned(office)
    assert (report.rows["scans"], report.blocked, report.unreadable) == (9, (), ())
    for clinic, numbers in expired.items():
        async with office.store.reading(clinic) as reading:
            left = await reading.of(Scan).find(include_deleted=True)
            assert [row.id.int - first - clinic for row in left] == [100, 200]
            records = await reading.audit_trail.find(lambda record: record.action == "scans.purged")
            told = {str(each) for record in records for each in cast("list[str]", record.metadata.to_dict()["ids"])}
            assert told == {str(UUID(int=number)) for number in numbers}
            assert {(record.before, record.after) for record in records} == {(None, None)}


async def test_the_roots_of_rows_are_found_by_several_steps(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags lead by a key of two fields to marks, struck out or not, and on to two clinics; those alike do not count."""
    monkeypatch.setattr(roots_of_rows, "PAGE", 3)
    home, other, color = office.home, office.other, f"c{office.home}"
    for clinic, others in ((home, ["red"]), (other, [color, color])):
        marks = [Mark(note=clinic, place=2, is_struck=True)]
        tags = [Tag(id=clinic * 10 + n, note=clinic, place=1 + n % 2, color=each) for n, each in enumerate(others)]
        assert await office.refusal(added(*marks, *tags), home=clinic) == "kept"

    async def found(wanted: Callable[[Tag], bool]) -> list[RootId]:
        roots = RootsOfRows(
            store=office.store, catalogue=CASES, model=CASES.model(Tag), wanted=cast("Callable[..., bool]", wanted)
        )
        return [root async for root in roots.found(lambda _: None)]

    assert await found(lambda tag: tag.color == color) == [other]
    assert sorted(await found(lambda tag: one_of(tag.note, home, other))) == [home, other]
    assert await found(lambda tag: tag.color == "none") == []


async def test_released_rows_are_unlinked_by_a_cleanup(office: Office) -> None:
    """Notes on a shelf that was given up lose their link, and the shelf goes; those of another root stay."""
    home, other = office.home, office.other
    assert await office.refusal(added(office.note(1, shelf=home)), saved(Shelf, home, is_gone=True)) == "kept"
    report = await cleaned(office)
    assert (report.unlinked["notes"], report.rows["shelves"]) == (2, 1)
    for clinic, shelves in ((home, [None, None]), (other, [other])):
        async with office.store.reading(clinic) as reading:
            assert [note.shelf for note in await reading.of(Note).find()] == shelves
            assert await reading.of(Shelf).count() == len({*shelves} - {None})


async def test_rows_are_deleted_and_restored_with_their_root(office: Office) -> None:
    """What goes with a root comes back with it: its own rows, of one batch, and none of another root."""
    home, other, first = office.home, office.other, office.home << 20
    for clinic in (home, other):
        assert await office.refusal(added(scan(first + clinic, clinic, None)), home=clinic) == "kept"
    recorder = Recorder(IDS, NOW, CLEANUP)
    deletion = Deletion(id=DeletionId(IDS.new()), at=NOW, by=None)
    async with office.store.unit(home) as unit:
        await delete_with_root(unit, CASES, deletion, an_audit_record(home))
        assert (await unit.of(Scan).count(), await unit.of(Scan).count(include_deleted=True)) == (0, 1)
        await unit.commit()
    async with office.store.reading(other) as reading:
        assert await reading.of(Scan).count() == 1
    async with office.store.unit(home) as unit:
        clinic_now = await unit.of(Clinic).get(home)
        audit = recorder.audit("clinic.restored", clinic_now, clinic_now)
        assert await restore_with_root(unit, CASES, deletion.id, audit) == {"scans": 1}
        await unit.commit()
    async with office.store.reading(home) as reading:
        assert await reading.of(Scan).count() == 1

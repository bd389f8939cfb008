"""Rows that belong to a root through a reference: what rules promise of them, on both stores."""

from __future__ import annotations

from typing import cast

import pytest

from gapless.application.audit_records import Recorder
from gapless.application.cleanup_outcomes import CLEANUP
from gapless.kit import Entity, assign
from gapless.kit.audit import ArchivedAuditRecord
from gapless.kit.errors import InvalidValue, RuleViolated, UnitOfWorkFailed
from gapless.kit.ports import UnitOfWork
from gapless.testing.laws.rows import IDS, NOW, an_audit_record
from tests.clinics.cases import Case, Entry, Letter, Mark, Note, Shelf, Tag
from tests.clinics.networks import Clinic
from tests.clinics.offices import Office, added, removed, saved

pytestmark = pytest.mark.asyncio(loop_scope="session")
MANY = 1500
"""So many rows go by COPY."""


async def test_adding_refers_to_rows_of_the_root(office: Office) -> None:
    """A row that refers to a row of another root is refused as one that refers to none, among however many."""
    free, other = office.free, office.other
    many = [Tag(id=free + place, note=office.home, place=1) for place in range(MANY)]
    works = {
        "another root's": (added(office.note(1, case=other)), "notes_case_fkey"),
        "nobody's": (added(office.note(1, case=free)), "notes_case_fkey"),
        "through two": (added(Mark(note=other, place=2)), "marks_note_fkey"),
        "through three": (added(Tag(id=free, note=other, place=1)), "tags_mark_fkey"),
        "one of several": (added(office.note(1), office.note(2, case=other)), "notes_case_fkey"),
        "one of very many": (added(*many, Tag(id=free + MANY, note=other, place=1)), "tags_mark_fkey"),
        "very many": (added(*many), "kept"),
        "one": (added(office.note(1)), "kept"),
    }
    found = await office.refusals({name: work for name, (work, _) in works.items()})
    assert found == {name: expected for name, (_, expected) in works.items()}
    async with office.store.reading(office.home) as reading:
        assert (await reading.of(Tag).count(), await reading.of(Note).count()) == (MANY + 1, 2)
    async with office.store.reading(office.other) as reading:
        assert (await reading.of(Tag).count(), await reading.of(Note).count()) == (1, 1)


async def test_the_order_of_errors_is_that_of_the_contract(office: Office) -> None:
    """What is wrong with a row itself comes before its root, and what it may not do comes behind."""
    other, free = office.other, office.free
    await office.refusal(saved(Case, other, is_open=False), home=other)
    await office.refusal(saved(Shelf, office.home, is_gone=True))
    works = {
        "a check": (added(office.note(1, case=other, code="much too long")), "notes_code_length"),
        "a unique": (added(office.note(1, case=other, code=f"C{office.home}")), "notes_code_unique"),
        "a key": (added(office.note(office.home - free, case=other)), "notes_id_unique"),
        "another reference": (added(office.note(1, case=other, answers=free)), "notes_case_fkey"),
        "another one of the same root": (added(office.note(1, case=other, answers=office.home)), "notes_case_fkey"),
        "another reference of another row": (
            added(office.note(1, answers=free), office.note(2, case=other)),
            "notes_case_fkey",
        ),
        "a released row": (added(office.note(1, case=other, shelf=office.home)), "notes_case_fkey"),
        "a guard": (added(office.note(1, case=other)), "notes_case_fkey"),
        "a transition": (added(Mark(note=other, place=-1)), "marks_note_fkey"),
        "a transition alone": (added(Mark(note=office.home, place=-1)), "marks_placed"),
        "a released row alone": (added(office.note(1, shelf=office.home)), "notes_shelf_fkey"),
    }
    found = await office.refusals({name: work for name, (work, _) in works.items()})
    assert found == {name: expected for name, (_, expected) in works.items()}


async def test_a_row_stays_in_its_place(office: Office) -> None:
    """What a row belongs to a root through never changes: not to a row of another root, and not to one of its own."""
    await office.refusal(added(Case(id=office.free, clinic=office.home)))
    for case in (office.free, office.other, office.free + 1):
        assert await office.refusal(saved(Note, office.home, case=case)) == "notes_key_constant"

    async def of_all(unit: UnitOfWork, _: int) -> None:
        await unit.of(Note).update_where(
            lambda note: note.id > 0, lambda note: (assign(note.case, office.free),), an_audit_record(office.home)
        )

    assert await office.refusal(of_all) == "QueryRefused"


async def test_references_keep_to_the_root(office: Office) -> None:
    """Rows refer to rows of their own root, whichever of the two belongs to it through another one."""
    home, other, free = office.home, office.other, office.free
    works = {
        "note to note": (added(office.note(1, answers=other)), "notes_answers_fkey"),
        "note to a shelf": (added(office.note(1, shelf=other)), "notes_shelf_fkey"),
        "letter to note": (added(Letter(clinic=home, id=2, note=other)), "letters_note_fkey"),
        "to itself": (added(office.note(1, answers=free + 1)), "kept"),
        "to its own": (added(office.note(2, answers=home, shelf=home), Letter(clinic=home, id=2, note=home)), "kept"),
        "changed": (saved(Note, home, answers=other), "notes_answers_fkey"),
        "changed to another shelf": (saved(Note, home, shelf=other), "notes_shelf_fkey"),
        "changed to another note": (saved(Letter, 2, note=other), "letters_note_fkey"),
        "changed to its own": (saved(Note, home, answers=free + 2), "kept"),
        "to nobody any more": (saved(Note, home, answers=None), "kept"),
        "restricted": (removed(Note, home), "letters_note_fkey"),
    }
    found = await office.refusals({name: work for name, (work, _) in works.items()})
    assert found == {name: expected for name, (_, expected) in works.items()}


async def test_what_a_removal_does_goes_along_the_way(office: Office) -> None:
    """Rows go with the row through which they belong, links to them are set to null, and other roots stay."""
    home = office.home
    await office.refusal(added(Case(id=office.free, clinic=home), office.note(1, case=office.free, answers=home)))
    assert await office.refusal(removed(Case, home)) == "kept"
    async with office.store.reading(home) as reading:
        assert [note.answers for note in await reading.of(Note).find()] == [None]
        assert (await reading.of(Mark).count(), await reading.of(Tag).count()) == (0, 0)

    async def gone(unit: UnitOfWork, _: int) -> None:
        clinics = unit.of(Clinic)
        await clinics.remove(await clinics.get(home), an_audit_record(home))

    assert await office.refusal(gone) == "kept"
    async with office.store.reading(home) as reading:
        assert await reading.of(Note).count() == 0
        records = await reading.of(ArchivedAuditRecord).find(order=lambda record: record.number)
        assert [(record.root_id, record.number) for record in records] == [(home, number) for number in (1, 2, 3, 4)]
    async with office.store.reading(office.other) as reading:
        numbers = [await reading.of(cast("type[Entity]", entity)).count() for entity in (Note, Mark, Tag)]
        assert numbers == [1, 1, 1]


async def test_rules_count_below_and_through_such_rows(office: Office) -> None:
    """Limits hold below a case and below a note, an urgent note stays, and a closed case lets nobody in."""
    home, free = office.home, office.free
    works = {
        "two more": (added(office.note(1), office.note(2)), "kept"),
        "one more": (added(office.note(3)), "notes_of_case"),
        "a mark": (added(Mark(note=home, place=2)), "kept"),
        "one more mark": (added(Mark(note=home, place=3)), "marks_of_note"),
        "urgent": (saved(Case, home, is_urgent=True), "notes_urgent"),
        "a second urgent case": (
            added(Case(id=free, clinic=home, is_urgent=True), office.note(4, case=free, is_urgent=True)),
            "kept",
        ),
        "no more": (saved(Note, free + 4, is_urgent=False), "notes_urgent"),
        "it goes": (removed(Note, free + 4), "notes_urgent"),
        "closed": (saved(Case, free, is_open=False), "kept"),
        "nobody comes in": (added(office.note(5, case=free)), "notes_enter_open"),
        "one case more": (added(Case(id=free + 1, clinic=home)), "cases_of_clinic"),
    }
    found = await office.refusals({name: work for name, (work, _) in works.items()})
    assert found == {name: expected for name, (_, expected) in works.items()}
    async with office.store.unit(home) as unit:
        assert await unit.of(Note).count(lambda note: note.case == home) == 3
        await removed(Note, free + 1)(unit, home)
        assert await unit.of(Note).count(lambda note: note.case == home) == 2
        assert await unit.of(Mark).count(lambda mark: mark.note == home) == 2


async def test_records_belong_to_the_root_of_the_unit(office: Office) -> None:
    """A write of such a row needs an audit record of the unit's root; with a refused row, none is kept."""
    home, other = office.home, office.other

    async def unaudited(unit: UnitOfWork, _: int) -> None:
        await unit.of(Note).add(office.note(1))  # type: ignore[call-arg]  # that is the point

    async def of_another(unit: UnitOfWork, _: int) -> None:
        await unit.of(Note).add(office.note(1), an_audit_record(other))

    assert await office.refusal(unaudited) == "AuditRecordRequired"
    assert await office.refusal(of_another) == "TenantMismatch"
    assert await office.refusal(added(office.note(1, case=other))) == "notes_case_fkey"
    async with office.store.reading(home) as reading:
        assert [record.number for record in await reading.audit_trail.find(order=lambda record: record.number)] == [
            1,
            2,
        ]
        assert await reading.outbox.count() == 2
    async with office.store.reading(other) as reading:
        assert (await reading.audit_trail.count(), await reading.outbox.count()) == (2, 2)


async def test_a_recorder_is_told_the_root(office: Office) -> None:
    """The record of a row that does not say its root takes that of the unit, and none is made without it."""
    recorder, note = Recorder(IDS, NOW, CLEANUP), office.note(1)
    with pytest.raises(InvalidValue, match="A Note does not say to which root it belongs: pass root_id="):
        recorder.audit("note.added", None, note)
    async with office.store.unit(office.home) as unit:
        await unit.of(Note).add(note, recorder.audit("note.added", None, note, root_id=office.home))
        record = (await unit.audit_trail.find(lambda record: record.action == "note.added"))[0]
        assert (record.root_id, record.resource_type, record.resource_id) == (office.home, "note", str(note.id))


async def test_a_refused_row_fails_the_unit(office: Office) -> None:
    """Nothing of a unit is kept once a row of it was refused because of its root."""
    async with office.store.unit(office.home) as unit:
        await unit.of(Tag).add(Tag(id=office.free, note=office.home, place=1))
        with pytest.raises(RuleViolated):
            await unit.of(Tag).add(Tag(id=office.free + 1, note=office.other, place=1))
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    async with office.store.reading(office.home) as reading:
        assert await reading.of(Tag).count() == 1
    async with office.store.reading(office.other) as reading:
        assert await reading.of(Tag).count() == 1


async def test_append_only_rows_go_with_the_row_on_their_way(office: Office) -> None:
    """Nobody changes or removes such a row; it goes with the row through which it belongs to its root."""
    home, free = office.home, office.free
    entry = Entry(id=free, note=home, place=1)

    async def of_all(unit: UnitOfWork, _: int) -> None:
        await unit.of(Entry).delete_where(lambda entry: entry.place == 1)

    works = {
        "added": (added(entry), "kept"),
        "another root's": (added(Entry(id=free + 1, note=office.other, place=1)), "entries_mark_fkey"),
        "changed": (saved(Entry, free, text="undone"), "entries_kept"),
        "removed": (removed(Entry, free), "entries_kept"),
        "removed by a condition": (of_all, "entries_kept"),
        "with its mark": (removed(Mark, (home, 1)), "kept"),
        "again": (added(Mark(note=home, place=1), entry), "kept"),
        "with the case": (removed(Case, home), "kept"),
    }
    found = await office.refusals({name: work for name, (work, _) in works.items()})
    assert found == {name: expected for name, (_, expected) in works.items()}
    async with office.store.reading(home) as reading:
        assert await reading.of(Entry).count() == 0


async def test_a_release_concerns_such_rows(office: Office) -> None:
    """Nothing new comes to lie on a shelf that was given up; what lies there stays, and is unlinked later."""
    assert await office.refusal(saved(Shelf, office.home, is_gone=True)) == "kept"
    assert await office.refusal(saved(Note, office.home, code="x")) == "kept"
    assert await office.refusal(added(office.note(1, shelf=office.home))) == "notes_shelf_fkey"
    assert await office.refusal(saved(Note, office.home, shelf=None)) == "kept"
    assert await office.refusal(saved(Note, office.home, shelf=office.home)) == "notes_shelf_fkey"

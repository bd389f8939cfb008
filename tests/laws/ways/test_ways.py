"""Rows that belong to a root through a reference: a unit reaches those of its root, and no others, on both stores."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

import attrs
import pytest

from gapless.application.pages import page_of
from gapless.kit import Entity, assign, descending, one_of
from gapless.kit.errors import NotFound, QueryRefused
from gapless.kit.ports import UnitOfWork
from gapless.testing.laws.rows import an_audit_record
from tests.clinics.cases import Case, Mark, Note, Tag
from tests.clinics.networks import Lab
from tests.clinics.offices import Office, Work, added, removed, saved

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_unit_reads_the_rows_of_its_root(office: Office) -> None:
    """A row of the root is got, found, listed and counted; one of another root is not there, by whatever way."""
    async with office.store.reading(office.home) as reading:
        assert (await reading.of(Note).get(office.home)).case == office.home
        assert (await reading.of(Mark).get((office.home, 1))).note == office.home
        assert (await reading.of(Tag).get(office.home)).note == office.home
        for entity, wrong in ((Note, office.other), (Mark, (office.other, 1)), (Tag, office.other), (Note, "none")):
            with pytest.raises(NotFound):
                await reading.of(cast("type[Entity]", entity)).get(wrong)
        with pytest.raises(QueryRefused, match="A Mark is found by a tuple of its"):
            await reading.of(Mark).get(office.home)
        for entity in (Note, Mark, Tag):
            rows = reading.of(cast("type[Entity]", entity))
            found = await rows.find()
            assert (len(found), await rows.count()) == (1, 1)
            assert (await rows.find_readable()).rows == found
        both = (office.home, office.other)
        assert [note.id for note in await reading.of(Note).find(lambda note: one_of(note.id, *both))] == [office.home]
        assert await reading.of(Note).count(lambda note: one_of(note.case, *both)) == 1
        assert await reading.of(Note).count(lambda note: note.case == office.other) == 0
        assert await reading.of(Note).find(lambda note: note.code == f"C{office.other}") == ()
        assert await reading.of(Tag).count(lambda tag: tag.color == "red") == 1


async def test_only_a_unit_of_their_root_reaches_them(office: Office) -> None:
    """A unit without a root, and one of another kind of root, are refused by name."""
    async with office.store.reading() as reading:
        with pytest.raises(QueryRefused, match="in a unit of Clinic, not in one without a root"):
            reading.of(Note)
    async with office.store.creating(office.free, of=Lab) as unit:
        with pytest.raises(QueryRefused, match="in a unit of Clinic, not in one of Lab"):
            unit.of(Mark)


async def written_by_conditions(unit: UnitOfWork, clinic: int) -> None:
    """Changes and removes whatever satisfies conditions of which rows of all roots could be true."""
    notes, marks, tags = unit.of(Note), unit.of(Mark), unit.of(Tag)
    record = partial(an_audit_record, clinic)
    found = [
        await notes.update_where(lambda note: note.id > 0, lambda note: (assign(note.country, None),), record()),
        await tags.update_where(lambda tag: tag.id > 0, lambda tag: (assign(tag.color, "blue"),)),
        await tags.delete_where(lambda tag: tag.color == "blue"),
        await marks.delete_where(lambda mark: mark.place == 1),
        await notes.delete_where(lambda note: note.id > 0, record()),
    ]
    assert found == [1] * len(found)


async def test_rows_of_another_root_are_out_of_reach(office: Office) -> None:
    """No write of a unit changes or removes a row of another root, whether it is given one or a condition."""
    home, other = office.home, office.other
    note, mark = Note(id=other, case=other, version=1), Mark(note=other, place=1, version=1)
    works: dict[str, Work] = {
        "saved note": lambda unit, _: unit.of(Note).save(attrs.evolve(note, code="x"), an_audit_record(home)),
        "saved mark": lambda unit, _: unit.of(Mark).save(attrs.evolve(mark, text="x")),
        "removed note": lambda unit, _: unit.of(Note).remove(note, an_audit_record(home)),
        "removed mark": lambda unit, _: unit.of(Mark).remove(mark),
    }
    assert set((await office.refusals(works)).values()) == {"NotFound"}
    assert await office.refusal(written_by_conditions) == "kept"
    async with office.store.reading(office.other) as reading:
        numbers = [await reading.of(cast("type[Entity]", entity)).count() for entity in (Note, Mark, Tag)]
        assert numbers == [1, 1, 1]
        assert (await reading.of(Note).get(office.other)).version == 1
        assert (await reading.of(Tag).get(office.other)).color == "red"


async def test_a_unit_over_all_roots_finds_all(office: Office) -> None:
    """It finds and counts rows of every root, by any field, and in pages."""
    both = (office.home, office.other)
    async with office.store.system() as unit:
        tags = unit.of(Tag)
        found = await tags.find(lambda tag: one_of(tag.id, *both))
        assert [tag.id for tag in found] == [*both]
        behind = await tags.find(lambda tag: tag.id >= office.home, after=found[0], limit=1)
        assert [tag.id for tag in behind] == [office.other]
        assert await tags.count(lambda tag: one_of(tag.note, *both)) == len(both)
        assert await unit.of(Note).count(lambda note: one_of(note.case, *both)) == len(both)
        assert await unit.of(Mark).count(lambda mark: mark.note == office.home) == 1


async def test_a_unit_over_all_roots_writes_all(office: Office) -> None:
    """It changes and removes rows of every root, unless rules count them, and finds what it has written."""
    both = (office.home, office.other)

    def ours(tag: Tag) -> bool:
        return one_of(tag.id, *both)

    async with office.store.system() as unit:
        tags = unit.of(Tag)
        assert await tags.update_where(ours, lambda tag: (assign(tag.color, "blue"),)) == len(both)
        assert [tag.color for tag in await tags.find(ours)] == ["blue", "blue"]
        assert await tags.update_where(ours, lambda tag: (assign(tag.color, "grey"),)) == len(both)
        assert [tag.version for tag in await tags.find(lambda tag: one_of(tag.note, *both))] == [3, 3]
        assert await tags.delete_where(lambda tag: tag.id == office.other) == 1
        assert await tags.count(ours) == 1
        await unit.commit()
    async with office.store.system() as unit:
        with pytest.raises(QueryRefused, match="in the unit of work of one root"):
            await unit.of(Mark).delete_where(lambda mark: mark.place == 1)
    for clinic, colors in ((office.home, ["grey"]), (office.other, [])):
        async with office.store.reading(clinic) as reading:
            assert [tag.color for tag in await reading.of(Tag).find()] == colors


async def listed(office: Office, order: Callable[[Tag], object] | None) -> list[int]:
    """The tags of the clinic, read in pages of two."""
    found: list[int] = []
    after = None
    async with office.store.reading(office.home) as reading:
        while True:
            page = await page_of(reading.of(Tag), lambda tag: tag.id > 0, order, after, 2)
            found += [tag.id for tag in page.items]
            if page.next is None:
                return found
            after = page.next


async def test_pages_go_through_the_rows_of_a_root(office: Office) -> None:
    """Each row of the root is listed once, in any order, and none of another root."""
    ids = [office.free + number for number in range(5)]
    await office.refusal(added(*(Tag(id=tag, note=office.home, place=1, color=f"c{tag % 3}") for tag in ids)))
    await office.refusal(added(*(Tag(id=tag + 5, note=office.other, place=1) for tag in ids)), home=office.other)
    assert await listed(office, None) == [office.home, *ids]
    assert await listed(office, lambda tag: descending(tag.id)) == [*ids[::-1], office.home]
    by_color = sorted(ids, key=lambda tag: (tag % 3, tag))
    assert await listed(office, lambda tag: (tag.color, tag.id)) == [*by_color, office.home]


async def test_soft_deleted_rows_are_left_out(office: Office) -> None:
    """A struck mark is in no reading, unless it is asked for; a restore finds it."""
    mark = (office.home, 1)
    assert await office.refusal(saved(Mark, mark, is_struck=True)) == "kept"
    async with office.store.unit(office.home) as unit:
        with pytest.raises(NotFound):
            await unit.of(Mark).get(mark)
        assert (await unit.of(Mark).count(), await unit.of(Mark).count(include_deleted=True)) == (0, 1)
        struck = await unit.of(Mark).get(mark, include_deleted=True)
        await unit.of(Mark).save(attrs.evolve(struck, is_struck=False))
        assert await unit.of(Mark).count() == 1
        assert await unit.of(Mark).delete_where(lambda found: found.place == 1, include_deleted=True) == 1


async def test_a_snapshot_keeps_what_it_saw(office: Office) -> None:
    """What others commit meanwhile, in this root or in another one, changes nothing that a snapshot reads."""
    home = office.home
    async with office.store.reading(home, snapshot=True) as reading:
        before = (await reading.of(Note).find(), await reading.of(Tag).find())
        await office.refusal(added(office.note(1)), saved(Tag, home, color="blue"), saved(Note, home, shelf=None))
        await office.refusal(removed(Case, office.other), home=office.other)
        assert (await reading.of(Note).find(), await reading.of(Tag).find()) == before
        assert await reading.of(Note).get(home) == before[0][0]
        assert await reading.of(Tag).count(lambda tag: tag.color == "red") == 1
    async with office.store.reading(home) as reading:
        assert [tag.color for tag in await reading.of(Tag).find()] == ["blue"]

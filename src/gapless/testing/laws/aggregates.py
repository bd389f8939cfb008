"""Law 6, many rows at once: sums, greatest and least values, and numbers by value are those of the rows themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal, localcontext
from typing import Any, cast

import attrs
import pytest
from hypothesis import strategies as st

from gapless.kit import all_of
from gapless.kit.columns import BigInteger
from gapless.kit.cursors import Cursor
from gapless.kit.errors import QueryRefused
from gapless.kit.ids import RowId
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import ReadRepository, Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.laws.examples import every_example
from gapless.testing.laws.files import Document
from gapless.testing.laws.parts import Files, Lockers, Team
from gapless.testing.laws.rows import IDS, NOW, a_deletion, an_audit_record, an_event, fresh_id

GREATEST = BigInteger(2**63 - 1)
# Letters that locales, and UTF-16, sort in another order than their code points.
LETTERS = "aBbÄäzZ \u0301é\uffff\U0001f600_-1"
Documents = ReadRepository[Document, RowId]

values = st.fixed_dictionaries(
    {
        "title": st.text(LETTERS, max_size=3),
        "pages": st.none() | st.integers(1, 3),
        "size": st.none() | st.sampled_from([BigInteger(n) for n in (-(2**63), -1, 0, 2**53 + 1, 2**63 - 1)]),
        "price": st.none() | st.sampled_from([Decimal(text) for text in ("0.00", "0.01", "1.10", "9999999999.99")]),
        "created_at": st.sampled_from([NOW + timedelta(microseconds=n) for n in range(3)]),
    }
)


@attrs.frozen
class Asked:
    """The rows that there are, and which of them are asked about: those with at least so many pages, or all."""

    rows: list[dict[str, object]]
    least: int | None

    def where(self, row: Document) -> bool:
        """The condition, which a null does not satisfy."""
        return cast(int, row.pages) >= cast(int, self.least)


async def test_what_is_asked_of_many_rows(store: Store, team: Team, files: Files) -> None:
    """Whatever is asked of many rows is what the same rows have one by one, text by code point, nulls left out."""

    async def holds(asked: Asked) -> None:
        home = (await team.created(store)).id
        async with store.unit(home) as unit:
            folder = await unit.of(files.folder).add(files.a_folder(home))
            await unit.of(files.document).add_all([files.a_document(home, folder.id, **each) for each in asked.rows])
            documents = cast(Documents, unit.of(files.document))
            where = None if asked.least is None else asked.where
            found = await documents.find(where)
            assert await documents.exists(where) is bool(found)
            assert await documents.sum(lambda row: row.size, where) == sum(row.size or 0 for row in found)
            assert await documents.sum(lambda row: row.price, where) == sum(row.price or 0 for row in found)
            for of in OF:
                known = [of(row) for row in found if of(row) is not None]
                assert await documents.greatest(of, where) == max(known, default=None)
                assert await documents.least(of, where) == min(known, default=None)
                assert await documents.count_by(of, where) == Counter(map(of, found))
            by_status = await documents.count_by(lambda row: row.status, where)
            assert by_status == Counter(row.status for row in found)

    drawn = st.builds(Asked, st.lists(values, max_size=6), st.none() | st.integers(1, 4))
    await every_example(30, drawn, holds)


OF: tuple[Callable[[Document], Any], ...] = (
    lambda row: row.title,
    lambda row: row.pages,
    lambda row: row.size,
    lambda row: row.price,
    lambda row: row.created_at,
    lambda row: row.id,
    lambda row: row.original_id,
)
"""Columns by which rows are ordered, of each type, some of which may be null."""


async def test_sums_have_no_bound(store: Store, team: Team, files: Files) -> None:
    """A sum is exact beyond what a column can hold; of no rows it is 0, and the greatest and the least value None."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        documents = cast(Documents, unit.of(files.document))
        assert await documents.sum(lambda row: row.size) == 0
        assert (await documents.greatest(lambda row: row.id), await documents.least(lambda row: row.id)) == (None, None)
        assert await documents.count_by(lambda row: row.title) == {}
        assert not await documents.exists()
        folder = await unit.of(files.folder).add(files.a_folder(home))
        await unit.of(files.document).add_all([files.a_document(home, folder.id, size=GREATEST) for _ in range(5)])
        await unit.of(files.document).add(files.a_document(home, folder.id, size=None))
        found = await documents.sum(lambda row: row.size)
        assert (found, type(found)) == (5 * GREATEST, int)
        assert await documents.sum(lambda row: row.pages) == 0
        assert await documents.greatest(lambda row: row.pages) is None
        assert [*(await documents.count_by(lambda row: row.size)).items()] == [(GREATEST, 5), (None, 1)]


async def test_sums_of_decimals_are_exact(store: Store, team: Team, files: Files) -> None:
    """A sum of decimals has the digits of their scale and is not rounded, whatever the thread's context is."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        documents = cast(Documents, unit.of(files.document))
        nothing = await documents.sum(lambda row: row.price)
        assert str(nothing) == "0.00"
        folder = await unit.of(files.folder).add(files.a_folder(home))
        prices = [Decimal("9999999999.99"), Decimal("0.02"), None]
        await unit.of(files.document).add_all([files.a_document(home, folder.id, price=price) for price in prices])
        with localcontext(prec=3):
            assert str(await documents.sum(lambda row: row.price)) == "10000000000.01"


async def test_deleted_rows_count_for_nothing(store: Store, team: Team) -> None:
    """What is asked of many rows leaves deleted ones out, and sees them with `include_deleted`."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        audit = an_audit_record(home)
        gone = await unit.of(team.member).add(team.a_member(home, name="zz"), audit)
        gone = await unit.of(team.member).save(deleted(gone, a_deletion()), audit)
        await unit.commit()
    async with store.unit(home) as unit, store.reading(home) as reading:
        for users in (unit.of(team.member), reading.of(team.member)):
            assert not await users.exists(lambda row: row.name == "zz")
            assert await users.exists(lambda row: row.name == "zz", include_deleted=True)
            assert await users.find_by_ids([gone.id]) == ()
            assert await users.find_by_ids([gone.id], include_deleted=True) == (gone,)
            own = await users.sum(lambda row: row.version)
            assert await users.sum(lambda row: row.version, include_deleted=True) == own + gone.version
            assert await users.greatest(lambda row: row.name) != "zz"
            assert await users.greatest(lambda row: row.name, include_deleted=True) == "zz"
            assert await users.least(lambda row: row.deleted_at) is None
            assert await users.least(lambda row: row.deleted_at, include_deleted=True) == gone.deleted_at
            assert await users.count_by(lambda row: row.is_deleted) == {False: 1}
            assert await users.count_by(lambda row: row.is_deleted, include_deleted=True) == {False: 1, True: 1}


async def test_released_rows_count_for_nothing(store: Store, team: Team, lockers: Lockers) -> None:
    """What is asked of many rows leaves released ones out, unless its condition names the field that says so."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        rows, audit = unit.of(lockers.locker), an_audit_record(home)
        locker = await rows.add(lockers.a_locker(home), audit)
        await rows.save(attrs.evolve(locker, is_released=True), audit)
        for include_deleted in (False, True):
            assert not await rows.exists(include_deleted=include_deleted)
            assert await rows.find_by_ids([locker.id], include_deleted=include_deleted) == ()
            assert await rows.sum(lambda row: row.version, include_deleted=include_deleted) == 0
            assert await rows.count_by(lambda row: row.label, include_deleted=include_deleted) == {}
            assert await rows.greatest(lambda row: row.id, include_deleted=include_deleted) is None
        assert await rows.exists(lambda row: row.is_released)
        assert await rows.least(lambda row: row.id, lambda row: row.is_released) == locker.id
        assert await rows.count_by(lambda row: row.is_released, lambda row: row.is_released) == {True: 1}


async def test_jobs_ask_the_rows_of_all_roots(store: Store, team: Team) -> None:
    """In system scope it is the rows of all roots, and in a unit of one root those of no other."""
    homes, kind = [(await team.created(store)).id for _ in range(2)], f"law {fresh_id()}"
    for place, home in enumerate(homes):
        async with store.unit(home) as unit:
            events = [an_event(home, kind=kind, attempts=place + 1, id=IDS.new()) for _ in range(2)]
            await unit.outbox.add_all(events)
            await unit.commit()

    def ours(event: OutboxEvent) -> bool:
        return event.kind == kind

    async with store.system() as system, store.reading(homes[0]) as reading:
        everywhere, here = system.of(OutboxEvent), reading.outbox
        assert await everywhere.sum(lambda row: row.attempts, ours) == 6
        assert await here.sum(lambda row: row.attempts, ours) == 2
        assert await everywhere.exists(lambda row: all_of(ours(row), row.attempts == 2))
        assert not await here.exists(lambda row: all_of(ours(row), row.attempts == 2))
        assert await everywhere.greatest(lambda row: row.attempts, ours) == 2
        assert await here.greatest(lambda row: row.attempts, ours) == 1
        assert await everywhere.least(lambda row: row.attempts, ours) == 1
        assert await everywhere.count_by(lambda row: row.root_id, ours) == dict.fromkeys(homes, 2)
        assert await here.count_by(lambda row: row.root_id, ours) == {homes[0]: 2}


Wrong = Callable[[Any], Awaitable[object]]
WRONG: dict[str, Wrong] = {
    "sum of texts": lambda rows: rows.sum(lambda row: row.title),
    "sum of times": lambda rows: rows.sum(lambda row: row.created_at),
    "sum of conditions": lambda rows: rows.sum(lambda row: row.is_published),
    "sum of nothing": lambda rows: rows.sum(lambda _: None),
    "sum of a constant": lambda rows: rows.sum(lambda _: 1),
    "sum without a function": lambda rows: rows.sum("pages"),
    "sum of what is not there": lambda rows: rows.sum(lambda row: row.weight),
    "greatest member": lambda rows: rows.greatest(lambda row: row.status),
    "greatest document": lambda rows: rows.greatest(lambda row: row.content),
    "least list": lambda rows: rows.least(lambda row: row.readers),
    "least of two": lambda rows: rows.least(lambda row: (row.title, row.pages)),
    "count by documents": lambda rows: rows.count_by(lambda row: row.content),
    "count by lists": lambda rows: rows.count_by(lambda row: row.readers),
    "count by a condition": lambda rows: rows.count_by(lambda row: row.pages == 1),
    "exists by its place": lambda rows: rows.exists("row"),
    "ids of no number": lambda rows: rows.find_by_ids(1),
    "ids in one text": lambda rows: rows.find_by_ids("ab"),
    "ids of two values": lambda rows: rows.find_by_ids([(1, 2)]),
    "ids without an end": lambda rows: rows.find_by_ids(iter(int, 1)),
    "after and before": lambda rows: rows.find(after=Cursor(), before=Cursor()),
}
"""What no store answers."""


@pytest.mark.parametrize("ask", WRONG.values(), ids=WRONG.keys())
async def test_what_stores_do_not_agree_on_is_refused(store: Store, team: Team, files: Files, ask: Wrong) -> None:
    """What has no sum, no order, or can't be compared is refused, and the unit goes on."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit, store.reading(home) as reading:
        for rows in (unit.of(files.document), reading.of(files.document)):
            with pytest.raises(QueryRefused):
                await ask(rows)
            assert await rows.count() == 0

"""Laws 2, 4 and 11 for writes that count: each row gets what it has and a constant, or nothing changes at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

import attrs
import pytest

from gapless.kit import Check, DataType, all_of
from gapless.kit.assignments import assign, increment
from gapless.kit.columns import BigInteger
from gapless.kit.errors import ConcurrencyConflict, QueryRefused, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.files import Document
from gapless.testing.laws.parts import Files, Team, rule_of
from gapless.testing.laws.refusals import commit_is_refused, small_team
from gapless.testing.laws.rows import an_audit_record, an_event, at_once, fresh_id
from gapless.testing.laws.workspaces import Workspace

GREATEST, LEAST = BigInteger(2**63 - 1), BigInteger(-(2**63))
ATTEMPTS = 100
"""How often a unit is tried again that meets others."""


async def documents(unit: UnitOfWork, files: Files, home: RootId, *given: dict[str, object]) -> tuple[Document, ...]:
    """Adds documents with these values, in the order of their ids."""
    folder = await unit.of(files.folder).add(files.a_folder(home))
    return await unit.of(files.document).add_all([files.a_document(home, folder.id, **values) for values in given])


async def test_each_row_gets_what_it_has_and_a_constant(store: Store, team: Team, files: Files) -> None:
    """Rows of other numbers get other numbers, null stays null, and each that is written has the next version."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        rows = await documents(
            unit, files, home, {"pages": 1}, {"pages": 5, "size": BigInteger(-1)}, {"size": GREATEST}
        )
        left = await unit.of(files.document).update_where(
            lambda row: row.version == 1,
            lambda row: (increment(row.pages), increment(row.size, by=-(2**40)), assign(row.title, "counted")),
        )
        assert left == 3
        sizes = (None, BigInteger(-1 - 2**40), BigInteger(GREATEST - 2**40))
        pages = (2, 6, None)
        expected = tuple(
            attrs.evolve(row, title="counted", version=2, pages=count, size=size)
            for row, count, size in zip(rows, pages, sizes, strict=True)
        )
        assert await unit.of(files.document).find() == expected
        await unit.of(files.document).update_where(lambda row: row.pages == 6, lambda row: (increment(row.pages, -5),))
        again = await unit.of(files.document).get(rows[1].id)
        assert (again.pages, again.version) == (1, 3)
        await unit.commit()
    async with store.reading(home) as reading:
        assert await reading.of(files.document).find() == (expected[0], again, expected[2])


async def test_a_number_out_of_its_range_is_refused(store: Store, team: Team, files: Files) -> None:
    """The rule of the data type refuses what its column can't hold, names the field, and nothing has changed."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        rows = await documents(
            unit, files, home, {"pages": 2**31 - 1}, {"size": GREATEST}, {"size": LEAST}, {"pages": 1, "size": LEAST}
        )
        await unit.commit()
    tries: list[tuple[str, Callable[[Document], Any]]] = [
        ("pages", lambda row: (increment(row.pages),)),
        ("pages", lambda row: (increment(row.pages, 2**40), increment(row.size, 0))),
        ("size", lambda row: (increment(row.size),)),
        ("size", lambda row: (increment(row.pages, 0), increment(row.size, by=-1))),
        ("size", lambda row: (assign(row.title, "x"), increment(row.size, LEAST))),
    ]
    for field, counted in tries:
        async with store.unit(home) as unit:
            with pytest.raises(RuleViolated) as caught:
                await unit.of(files.document).update_where(lambda row: row.version >= 0, counted)
            assert (caught.value.rule, caught.value.fields) == (rule_of(files.document, DataType, field), (field,))
        async with store.reading(home) as reading:
            assert await reading.of(files.document).find() == rows


async def test_checks_and_changes_are_looked_at(store: Store, team: Team, files: Files) -> None:
    """What a row would become has to keep its checks and the rules over its change."""
    workspace = await team.created(store, storage_quota=BigInteger(10), used_storage=BigInteger(9))
    home = workspace.id
    async with store.unit(home) as unit:
        await documents(unit, files, home, {"pages": 2}, {"pages": 1})
        with pytest.raises(RuleViolated, match=rule_of(files.document, Check, "pages")):
            await unit.of(files.document).update_where(
                lambda row: row.version == 1, lambda row: (increment(row.pages, -1),)
            )

    async def use(unit: UnitOfWork, storage: int) -> int:
        audit = an_audit_record(home)
        return await unit.of(team.root).update_where(
            lambda row: row.id == home, lambda row: (increment(row.used_storage, storage),), audit
        )

    async with store.unit(home) as unit:
        assert await use(unit, 1) == 1
        with pytest.raises(RuleViolated, match=team.storage_rule):
            await use(unit, 1)
    async with store.unit(home) as unit:
        assert await use(unit, 1) == 1
        await unit.commit()
    async with store.reading(home) as reading:
        found = await reading.of(team.root).get(home)
        assert (found.used_storage, found.version) == (10, 2)


async def test_a_limit_that_counts_down_is_checked_at_commit(store: Store, team: Team) -> None:
    """A limit that a write lowers holds for who comes in the same unit, and one that it raises lets others in."""
    home = (await small_team(store, team, 1)).id

    async def seats(unit: UnitOfWork, by: int) -> None:
        where, counted = (lambda row: row.id == home), (lambda row: (increment(row.team_members_quota, by),))
        assert await unit.of(team.root).update_where(where, counted, an_audit_record(home)) == 1

    async with store.unit(home) as unit:
        await seats(unit, 1)
        await unit.of(team.member).add(team.a_member(home), an_audit_record(home))
        await seats(unit, -1)
        await commit_is_refused(unit, team.seats_rule)
    async with store.unit(home) as unit:
        await unit.of(team.member).add(team.a_member(home), an_audit_record(home))
        await seats(unit, 1)
        await unit.commit()
    assert len(await team.members(store, home)) == 2


def is_workspace(home: RootId, version: int, row: Workspace) -> bool:
    """The condition that a row is this root in this version."""
    return all_of(row.id == home, row.version == version)


async def test_counting_is_audited(store: Store, team: Team) -> None:
    """A write that counts in rows of an audited entity keeps its audit record, also if it finds no row."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        number = await unit.audit_trail.count()
        for version, found in ((1, 1), (7, 0)):
            where = partial(is_workspace, home, version)
            counted = await unit.of(team.root).update_where(
                where, lambda row: (increment(row.team_members_quota),), an_audit_record(home)
            )
            assert counted == found
        assert await unit.audit_trail.count() == number + 2


Wrong = Callable[[Any], object]
WRONG: dict[str, Wrong] = {
    "the version": lambda row: (increment(row.version),),
    "a text": lambda row: (increment(row.title),),
    "a time": lambda row: (increment(row.created_at),),
    "a truth": lambda row: (increment(row.pages == 1),),
    "a constant": lambda _: (increment(1),),
    "by a text": lambda row: (increment(row.pages, cast(int, "1")),),
    "by a truth": lambda row: (increment(row.pages, True),),
    "by a field": lambda row: (increment(row.pages, row.pages),),
    "by a fraction": lambda row: (increment(row.pages, cast(int, 1.0)),),
    "by too much": lambda row: (increment(row.pages, 2**63),),
    "twice": lambda row: (increment(row.pages), increment(row.pages)),
    "and assigned": lambda row: (increment(row.pages), assign(row.pages, 1)),
}


@pytest.mark.parametrize("counted", WRONG.values(), ids=WRONG.keys())
async def test_what_can_not_be_counted_is_refused(store: Store, team: Team, files: Files, counted: Wrong) -> None:
    """Only whole numbers count, each once, and by whole numbers of eight bytes; whatever else fails the write."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        with pytest.raises(QueryRefused):
            await unit.of(files.document).update_where(lambda row: row.version >= 0, counted)  # type: ignore[arg-type]  # callers make such mistakes


async def test_units_at_once_lose_no_count(store: Store, team: Team) -> None:
    """Units that count at the same time, in one root and in all, have each counted; who meets another tries again."""
    home, kind = (await team.created(store)).id, f"law {fresh_id()}"
    async with store.unit(home) as unit:
        await unit.outbox.add_all([an_event(home, kind=kind), an_event(home, kind=kind, attempts=5)])
        await unit.commit()

    async def count(rows: Any) -> None:  # noqa: ANN401  # a repository of a unit, or of all roots
        assert await rows.update_where(lambda row: row.kind == kind, lambda row: (increment(row.attempts),)) == 2

    async def here() -> None:
        async with store.unit(home) as unit:
            await count(unit.outbox)
            await asyncio.sleep(0)
            await unit.commit()

    async def everywhere() -> None:
        async with store.system() as unit:
            await count(unit.of(OutboxEvent))
            await asyncio.sleep(0)
            await unit.commit()

    await at_once(*[again(each) for each in (here, everywhere) * 4])
    async with store.reading(home) as reading:
        found = await reading.outbox.find(order=lambda event: event.attempts)
    assert [(event.attempts, event.version) for event in found] == [(8, 9), (13, 9)]


async def again(attempt: Callable[[], Awaitable[None]]) -> None:
    """Tries a unit until it meets nobody."""
    for _ in range(ATTEMPTS):
        try:
            return await attempt()
        except ConcurrencyConflict:
            await asyncio.sleep(0)
    raise AssertionError("A unit that is tried again comes to its end.")

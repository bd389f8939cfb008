"""Law 6, pages: each goes on after the values of the last row before, whatever has become of that row."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.application.pages import Listable, Page, page_of
from gapless.kit import all_of, descending
from gapless.kit.cursors import Cursor
from gapless.kit.errors import InvalidValue, QueryRefused, TenantMismatch
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.queries import cursor_behind
from gapless.testing.laws.examples import every_example
from gapless.testing.laws.files import Document
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Files, Team
from gapless.testing.laws.rows import IDS, an_audit_record, an_event, fresh_id
from gapless.testing.laws.walking import (
    RandomWalk,
    Row,
    Writing,
    changed,
    documents_of,
    following,
    members_of,
    place_of,
    walks,
)


async def walked(unit: UnitOfWork, writing: Writing, entity: type[Row], walk: RandomWalk) -> None:
    """Asserts that the pages of a walk hold the right rows, while rows change between them."""
    rows: dict[UUID, Row] = {row.id: row for row in [await writing.add(values) for values in walk.rows]}
    untouched, listed, changes = set(rows), list[Row](), iter(walk.changes)
    repository, order = cast("Listable[Row]", unit.of(entity)), walk.asked if walk.order else None
    page = await page_of(repository, None, order, None, walk.limit)
    assert page.items == tuple(following([*rows.values()], None, walk.order)[: walk.limit])
    while page.next is not None:
        listed += page.items
        untouched -= await changed(writing, rows, next(changes, ()))
        rest = following([*rows.values()], listed[-1], walk.order)
        page = await page_of(repository, None, order, page.next, walk.limit)
        assert (page.items, page.next is None) == (tuple(rest[: walk.limit]), len(rest) <= walk.limit)
    listed += page.items
    places = [place_of(row, walk.order) for row in listed]
    assert len({*places}) == len(places)
    assert untouched <= {row.id for row in listed}
    await walked_back(repository, [*rows.values()], page, walk)


async def walked_back(repository: Listable[Row], rows: list[Row], page: Page[Row], walk: RandomWalk) -> None:
    """Asserts that the pages in front of a page hold all rows before it, those next to it first, until none is left."""
    order, everything = walk.asked if walk.order else None, following(rows, None, walk.order)
    assert not page.items or page.previous is not None or page.items[0] == everything[0]
    while page.previous is not None:
        first = everything.index(page.items[0])
        page = await page_of(repository, None, order, None, walk.limit, before=page.previous)
        assert page.items == tuple(everything[max(first - walk.limit, 0) : first])
        assert (page.previous is None) is (not page.items or page.items[0] == everything[0])


async def test_pages_while_members_change(store: Store, team: Team) -> None:
    """Each page has the rows after the place of the last one; a row that is not changed is listed exactly once."""

    async def holds(walk: RandomWalk) -> None:
        home = (await team.created(store)).id
        async with store.unit(home) as unit:
            await walked(unit, await members_of(team, unit, home), team.member, walk)

    await every_example(30, walks(Member, team.member), holds)


async def test_pages_while_documents_change(store: Store, team: Team, files: Files) -> None:
    """The same holds for rows that are not audited, also in an order by numbers."""

    async def holds(walk: RandomWalk) -> None:
        home = (await team.created(store)).id
        async with store.unit(home) as unit:
            await walked(unit, await documents_of(files, unit, home), files.document, walk)

    await every_example(30, walks(Document, files.document), holds)


async def test_pages_over_all_organizations_while_rows_go(store: Store, team: Team) -> None:
    """In system scope a page goes on as well, also among rows of the same time, and after a row that is gone."""
    homes, kind = [(await team.created(store)).id for _ in range(3)], f"law {fresh_id()}"
    ids, listed, after = [IDS.new(), IDS.new()], list[OutboxEvent](), None
    for home in homes:
        async with store.unit(home) as unit:
            await unit.outbox.add_all([an_event(home, id=event_id, kind=kind) for event_id in ids])
            await unit.commit()
    while not listed or after is not None:
        async with store.system() as unit:
            events = unit.of(OutboxEvent)
            page = await page_of(events, lambda event: event.kind == kind, lambda event: event.due_at, after, 2)
            await events.delete_where(is_one(page.items[-1]))
            await unit.commit()
        listed += page.items
        after = page.next
    seen = [(event.id, event.root_id) for event in listed]
    assert seen == [(event_id, home) for event_id in sorted(ids) for home in sorted(homes)]


def is_one(given: OutboxEvent) -> Callable[[OutboxEvent], bool]:
    """A function that says whether an event is this one."""
    return lambda event: all_of(event.id == given.id, event.root_id == given.root_id)


def last_seen_first(user: Member) -> object:
    """An order."""
    return descending(user.last_seen_at)


NEXT: dict[str, Callable[[Member], Cursor]] = {
    "another listing": lambda user: attrs.evolve(cursor_behind(user, None, "another"), listing=""),
    "no listing": lambda user: attrs.evolve(cursor_behind(user, None), listing="another"),
    "another order": lambda user: cursor_behind(user, lambda row: row.name),
    "another direction": lambda user: cursor_behind(user, lambda row: descending(row.id)),
    "more columns": lambda user: cursor_behind(user, lambda row: (row.id, row.created_at)),
    "another entity": lambda user: cursor_behind(an_event(user.organization_id), None),
    "another organization": lambda user: cursor_behind(attrs.evolve(user, organization_id=fresh_id()), None),
    "an id": lambda user: Cursor(str(user.id)),
    "nothing": lambda _: Cursor(""),
    "no text": lambda user: Cursor(cast(str, user.id)),
    "one letter less": lambda user: Cursor(cast(str, cursor_behind(user, None).text)[:-1]),
    "one letter more": lambda user: Cursor(f"{cursor_behind(user, None).text}A"),
    "padded": lambda user: Cursor(f"{cursor_behind(user, None).text}="),
    "damaged": lambda user: Cursor(cast(str, cursor_behind(user, None).text).swapcase()),
}


@pytest.mark.parametrize("cursor", NEXT.values(), ids=NEXT.keys())
async def test_a_cursor_of_something_else_is_refused(
    store: Store, team: Team, cursor: Callable[[Member], Cursor]
) -> None:
    """A cursor is taken only in its own listing, order and root; any other cursor or text is refused."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit, store.reading(home) as reading:
        user = await unit.of(team.member).add(team.a_member(home), an_audit_record(home))
        for users in (unit.of(team.member), reading.of(team.member)):
            with pytest.raises(InvalidValue) as caught:
                await users.find(after=cursor(user))
            assert caught.value.kind == "cursor"
        await unit.commit()
    async with store.system() as system:
        with pytest.raises(InvalidValue):
            await system.of(team.member).find(after=cursor(user), order=last_seen_first)


async def test_a_row_of_another_organization_is_no_place(store: Store, team: Team) -> None:
    """A page can't begin after a row of another root, except in system scope."""
    home = (await team.created(store)).id
    stranger = team.a_member((await team.created(store)).id)
    async with store.reading(home) as reading:
        with pytest.raises(TenantMismatch):
            await reading.of(team.member).find(after=stranger)
    async with store.system() as system:
        assert await system.of(team.member).find(lambda user: user.organization_id == home, after=stranger) == ()


async def test_a_text_without_a_bound_has_no_pages(store: Store, team: Team, files: Files) -> None:
    """`find` can order by a text that no check bounds, but pages can't: the text may be too long for a cursor."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(home, label="a" * 1000))
        assert await unit.of(files.folder).find(order=lambda row: row.label) == (folder,)
        with pytest.raises(QueryRefused, match="label"):
            await page_of(unit.of(files.folder), None, lambda row: row.label, None, 10)
        assert (await page_of(unit.of(files.folder), None, lambda row: row.name, None, 10)).items == (folder,)

"""What is asked of many rows, and counted in them: the field decides of which type the answer is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import assert_type

from examples.tickets import Ticket
from gapless import OrganizationId, page_of
from gapless.kit import Cursor, Store, UserId, assign, increment


async def right(store: Store, home: OrganizationId, ticket: Ticket) -> None:
    """Programs that are meant so."""
    async with store.reading(home) as reading:
        tickets = reading.of(Ticket)
        assert_type(await tickets.find_by_ids([ticket.id, ticket.id]), tuple[Ticket, ...])
        assert_type(await tickets.find(before=ticket, limit=2), tuple[Ticket, ...])
        assert_type(await tickets.find(before=Cursor()), tuple[Ticket, ...])
        assert_type(await tickets.exists(lambda it: it.is_open), bool)
        assert_type(await tickets.sum(lambda it: it.effort, lambda it: it.is_open), int)
        assert_type(await tickets.greatest(lambda it: it.created_at), datetime | None)
        assert_type(await tickets.least(lambda it: it.title), str | None)
        assert_type(await tickets.count_by(lambda it: it.assignee_id), Mapping[UserId | None, int])
        assert_type(await tickets.count_by(lambda it: it.is_closed), Mapping[bool, int])
        page = await page_of(tickets, None, None, None, 50, before="next")
        assert_type(page.previous, str | None)
    async with store.system() as jobs:
        assert_type(await jobs.of(Ticket).sum(lambda it: it.effort), int)
        assert_type(await jobs.of(Ticket).count_by(lambda it: it.title), Mapping[str, int])
        counted = jobs.of(Ticket).update_where(
            lambda it: it.is_open, lambda it: (increment(it.effort, by=-2), assign(it.title, "?"))
        )
        assert_type(await counted, int)


async def wrong(store: Store, home: OrganizationId, ticket: Ticket) -> None:
    """Programs that can't be meant so."""
    async with store.reading(home) as reading:
        tickets = reading.of(Ticket)
        await tickets.sum(lambda it: it.title)  # error: [type-var] reportArgumentType
        await tickets.greatest(lambda _: ticket)  # error: [type-var] reportArgumentType
        await tickets.find_by_ids(ticket.created_at)  # error: [arg-type] reportArgumentType
        increment(ticket.title)  # error: [arg-type] reportArgumentType
        increment(ticket.effort, by="1")  # error: [arg-type] reportArgumentType

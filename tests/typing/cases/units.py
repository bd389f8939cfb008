"""What a unit of work takes and gives: the entity decides which repository it is, and of what."""

from __future__ import annotations

from typing import assert_type
from uuid import UUID

from examples.tickets import Ticket, TicketId
from gapless import OrganizationId, Page, User, page_of
from gapless.kit import (
    AuditedRepository,
    AuditRecord,
    Found,
    ReadRepository,
    Repository,
    RowId,
    SelectedRows,
    Store,
    UnitOfWork,
    assign,
    descending,
)


async def right(store: Store, home: OrganizationId, ticket: Ticket, audit: AuditRecord) -> None:
    """Programs that are meant so."""
    async with store.unit(home, seconds=3) as unit:
        assert_type(unit, UnitOfWork)
        tickets = unit.of(Ticket)
        assert_type(tickets, Repository[Ticket, RowId])
        assert_type(unit.of(User), AuditedRepository[User, RowId])
        assert_type(await tickets.add(ticket), Ticket)
        assert_type(await tickets.get(TicketId(UUID(int=0))), Ticket)
        assert_type(
            await tickets.find(lambda it: it.is_open, order=lambda it: descending(it.title)), tuple[Ticket, ...]
        )
        assert_type(await tickets.update_where(lambda it: it.is_open, lambda it: [assign(it.title, "?")]), int)
        await unit.of(User).save(await unit.of(User).get(UUID(int=0)), audit)
        await unit.commit()
    async with store.reading(home, snapshot=True) as reading:
        assert_type(reading.of(Ticket), ReadRepository[Ticket, RowId])
        assert_type(await reading.connection.scalar("SELECT 1"), object)
        assert_type(await reading.connection.execute("SELECT 1", {"at": 1}), SelectedRows)
        assert_type(await reading.of(Ticket).find_readable(), Found[Ticket])
        found = await page_of(reading.of(Ticket), lambda it: it.is_open, lambda it: it.title, None, 50)
        assert_type(found, Page[Ticket])
        assert_type(found.items, tuple[Ticket, ...])


async def wrong(store: Store, home: OrganizationId, ticket: Ticket, user: User) -> None:
    """Programs that can't be meant so."""
    store.unit(1.5)  # error: [arg-type] reportArgumentType
    async with store.unit(home) as unit:
        tickets = unit.of(Ticket)
        await tickets.add(user)  # error: [arg-type] reportArgumentType
        await tickets.get(1.5)  # error: [arg-type] reportArgumentType
        await tickets.find(lambda it: it.subject == "a")  # error: [attr-defined] reportAttributeAccessIssue
        await tickets.find(lambda it: it.title)  # error: [arg-type] reportArgumentType
        await tickets.find(is_open=True)  # error: [call-arg] reportCallIssue
        await tickets.update_where(lambda it: it.is_open, lambda _: ["?"])  # error: [list-item] reportArgumentType
        await unit.of(User).save(user)  # error: [call-arg] reportCallIssue
        unit.of(str)  # error: [type-var] reportArgumentType
        ticket.title = "?"  # error: [misc] reportAttributeAccessIssue
    async with store.reading(home) as reading:
        await reading.of(Ticket).add(ticket)  # error: [attr-defined] reportAttributeAccessIssue
    with store.unit(home):  # error: [attr-defined] reportGeneralTypeIssues
        pass

"""A host's own entity: tickets, declared with the rules of gapless and kept by both of its stores.

Run it with `python examples/tickets.py memory:`, or with the URL of a migrated database in which `create_tables` has
made the table, as a migration of a host's own does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NewType
from uuid import UUID, uuid4

import attrs

import gapless
from gapless import GAPLESS, Gapless, Organization, OrganizationId, Page, User, page_of
from gapless.kit import (
    AtMost,
    Check,
    Entity,
    OnDelete,
    Reference,
    Rule,
    UserId,
    between,
    descending,
    increment,
    length,
    negate,
    one_of,
    predicate,
    rules_of,
)
from gapless.postgres import create_engine, create_statements

TicketId = NewType("TicketId", UUID)


@attrs.frozen(kw_only=True, slots=True)
class Ticket(Entity):
    """Something that a customer asked for."""

    organization_id: OrganizationId
    id: TicketId
    created_at: datetime
    title: str
    assignee_id: UserId | None = None
    is_closed: bool = False
    effort: int = 0
    version: int = 0

    @predicate
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return negate(self.is_closed)


@rules_of(Ticket, "tickets", belongs_to=lambda ticket: ticket.organization_id)
def ticket_rules(ticket: Ticket) -> Iterator[Rule]:
    """What holds for every ticket."""
    yield Check("tickets_title_length", "A title has 3 to 80 characters.", between(length(ticket.title), 3, 80))
    assignee = (ticket.organization_id, ticket.assignee_id)
    yield Reference(
        "tickets_assignee_fkey", "An assignee is a user of the organization.", assignee, User, OnDelete.SET_NULL
    )
    home = Reference(
        "tickets_organization_id_fkey",
        "A ticket belongs to an organization that is there.",
        ticket.organization_id,
        Organization,
        OnDelete.CASCADE,
    )
    yield home
    yield AtMost("tickets_open_quota", "Three tickets at most are open.", home, of=ticket.is_open, limit=3)


HELP_DESK = GAPLESS + ticket_rules


async def create_tables(url: str) -> None:
    """Creates the table of tickets with its rules; a host does this in a migration of its own."""
    engine = create_engine(url)
    async with engine.begin() as connection:
        for statement in create_statements(HELP_DESK, "gapless", beyond=GAPLESS):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


async def list_tickets(
    app: Gapless, home: OrganizationId, after: str | None = None, before: str | None = None
) -> Page[Ticket]:
    """A page of the open tickets, the newest first."""
    async with app.store.reading(home) as reading:
        tickets = reading.of(Ticket)
        return await page_of(
            tickets, lambda row: row.is_open, lambda row: descending(row.created_at), after, 50, before=before
        )


@attrs.frozen
class Overview:
    """What there is of tickets: whether one is open, their effort, the newest, and how many open ones who has."""

    has_open: bool
    effort: int
    newest: datetime | None
    by_assignee: Mapping[UserId | None, int]


async def overview(app: Gapless, home: OrganizationId) -> Overview:
    """What there is of tickets, for the first page of the help desk."""
    async with app.store.reading(home, snapshot=True) as reading:
        tickets = reading.of(Ticket)
        return Overview(
            has_open=await tickets.exists(lambda row: row.is_open),
            effort=await tickets.sum(lambda row: row.effort),
            newest=await tickets.greatest(lambda row: row.created_at),
            by_assignee=await tickets.count_by(lambda row: row.assignee_id, lambda row: row.is_open),
        )


async def worked(app: Gapless, home: OrganizationId, ids: Sequence[TicketId], hours: int) -> int:
    """Adds hours to the effort of some tickets, and returns to how many."""
    async with app.store.unit(home) as unit:
        number = await unit.of(Ticket).update_where(
            lambda row: one_of(row.id, *ids), lambda row: (increment(row.effort, by=hours),)
        )
        await unit.commit()
    return number


async def main(url: str) -> list[str]:
    """Opens tickets until the rules say no; returns what they said."""
    clerk = gapless.Actor.system("help-desk")
    refusals: list[str] = []
    async with gapless.open(url, catalogue=HELP_DESK) as app:
        acme = await app.organizations.create("Acme", "acme", "ann@example.com", "Ann", actor=clerk)
        home, ann = acme.organization.id, acme.owner.id
        for title in ("No dial tone", "Wrong number", "?", "Echo", "Noise on the line"):
            try:
                ticket = new_ticket(home, title, assignee_id=ann)
                async with app.store.unit(home) as unit:
                    await unit.of(Ticket).add(ticket)
                    await unit.commit()
            except gapless.RuleViolated as refusal:
                refusals.append(f"{title}: {refusal.rule}")
        still_open = await list_tickets(app, home)
        await worked(app, home, [ticket.id for ticket in still_open.items[:2]], 3)
        found = await overview(app, home)
    return [*refusals, f"{len(still_open.items)} open", f"{found.effort} hours"]


def new_ticket(organization_id: OrganizationId, title: str, *, assignee_id: UserId | None = None) -> Ticket:
    """A ticket that nobody has stored yet."""
    return Ticket(
        organization_id=organization_id,
        id=TicketId(uuid4()),
        created_at=datetime.now(UTC),
        title=title,
        assignee_id=assignee_id,
    )


if __name__ == "__main__":
    print("\n".join(asyncio.run(main(sys.argv[1]))))

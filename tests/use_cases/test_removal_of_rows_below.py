"""Rows that belong to an organization through others go, come back and are purged with it, on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from uuid import UUID, uuid4

import attrs
import pytest
import pytest_asyncio

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import AuditedEntity, Catalogue, Entity, Index, OnDelete, Reference, Rule, rules_of
from gapless.kit.audit import ArchivedAuditRecord
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import soft_deletion_rules
from tests.stores import STORES
from tests.use_cases.deletions import blocked_in, deleted_long_ago, purge
from tests.use_cases.hosts import host_store
from tests.use_cases.worlds import World, world_on


@attrs.frozen(kw_only=True, slots=True)
class Ticket(Entity):
    """Something that an organization was asked for; a purge removes it by itself."""

    id: UUID
    organization_id: OrganizationId
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Reply(AuditedEntity):
    """What was replied to a ticket; it can be deleted softly."""

    id: UUID
    ticket: UUID
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Receipt(Entity):
    """What has to be kept of a reply, and so keeps the reply."""

    id: UUID
    reply: UUID


@rules_of(Ticket, "tickets", belongs_to=lambda ticket: ticket.organization_id, key=("id",))
def ticket_rules(ticket: Ticket) -> Iterator[Rule]:
    """A ticket belongs to an organization."""
    home = ticket.organization_id
    yield Reference("tickets_organization_fkey", "It is somebody's.", home, Organization, OnDelete.CASCADE)


@rules_of(Reply, "replies", belongs_through=lambda reply: reply.ticket, soft_deleted=lambda reply: reply.is_deleted)
def reply_rules(reply: Reply) -> Iterator[Rule]:
    """A reply is to a ticket."""
    yield Reference("replies_ticket_fkey", "The ticket is there.", reply.ticket, Ticket, OnDelete.CASCADE)
    yield Index("idx_replies_ticket", "Finds the replies to a ticket.", reply.ticket)
    yield from soft_deletion_rules(reply, "replies")


@rules_of(Receipt, "receipts", belongs_through=lambda receipt: receipt.reply)
def receipt_rules(receipt: Receipt) -> Iterator[Rule]:
    """A receipt is of a reply, which stays as long."""
    yield Reference("receipts_reply_fkey", "The reply is there.", receipt.reply, Reply, OnDelete.RESTRICT)
    yield Index("idx_receipts_reply", "Finds the receipt of a reply.", receipt.reply)


CATALOGUE: Catalogue = GAPLESS + ticket_rules + reply_rules + receipt_rules


@pytest_asyncio.fixture(params=STORES)
async def hosted(
    request: pytest.FixtureRequest, server_url: str, template: str, database_name: str
) -> AsyncIterator[World]:
    """An application of a host with a ticket that has five replies, on both stores."""
    async with host_store(request.param, CATALOGUE, server_url, template, f"{database_name}_below") as store:
        yield await hosted_on(store)


async def hosted_on(store: Store) -> World:
    """The application on a store, with the host's catalogue and rows."""
    world = await world_on(store, f"acme-{uuid4().hex}", catalogue=CATALOGUE)
    ticket = Ticket(id=world.new_id(), organization_id=world.home)
    replies = [Reply(id=world.new_id(), ticket=ticket.id) for _ in range(5)]
    async with store.unit(world.home) as unit:
        await unit.of(Ticket).add(ticket)
        audit = world.record().audit("replies.added", None, replies[0], root_id=world.home)
        await unit.of(Reply).add_all(replies, audit)
        await unit.commit()
    return world


async def numbers(world: World) -> tuple[int, ...]:
    """How many live replies there are, and how many with those that are deleted."""
    async with world.store.reading(world.home) as reading:
        return await reading.of(Reply).count(), await reading.of(Reply).count(include_deleted=True)


@pytest.mark.asyncio
async def test_they_go_and_come_back_with_the_organization(hosted: World) -> None:
    """A deletion of the organization deletes them, and a restore brings them back and counts them."""
    await hosted.app.organizations.delete(hosted.home, actor=hosted.actor)
    assert await numbers(hosted) == (0, 5)
    restored = await hosted.app.organizations.restore(hosted.home, actor=hosted.actor)
    assert restored.rows["replies"] == 5
    assert await numbers(hosted) == (5, 5)


@pytest.mark.asyncio
async def test_they_are_purged_in_batches(hosted: World) -> None:
    """A purge removes them in units of a bounded size, reports them by table, and the archive keeps their records."""
    await deleted_long_ago(hosted)
    told: list[dict[str, int]] = []
    report = await purge(hosted, batch=2, progress=lambda purged: told.append(dict(purged.rows)))
    assert hosted.home in report.roots
    assert report.rows["replies"] == 5
    assert [rows["replies"] for rows in told if rows.get("replies")] == [2, 2, 1]
    async with hosted.store.reading(hosted.home) as reading:
        assert await reading.of(Ticket).count() == 0
        archived = await reading.of(ArchivedAuditRecord).find(lambda record: record.action == "replies.added")
        assert [record.root_id for record in archived] == [hosted.home]
    async with hosted.store.system() as unit:
        assert await unit.of(Reply).count(include_deleted=True) == 0


@pytest.mark.asyncio
async def test_a_row_below_that_restricts_keeps_the_organization(hosted: World) -> None:
    """A receipt keeps its reply, and so the organization: the report says by which rule, and how many keep it."""
    async with hosted.store.unit(hosted.home) as unit:
        reply = (await unit.of(Reply).find())[0]
        await unit.of(Receipt).add(Receipt(id=hosted.new_id(), reply=reply.id))
        await unit.commit()
    await deleted_long_ago(hosted)
    report = await purge(hosted)
    assert hosted.home not in report.roots
    assert blocked_in(hosted, report) == [("Organization", "receipts_reply_fkey", 1)]
    assert await numbers(hosted) == (0, 5)

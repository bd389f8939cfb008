"""Jobs over all organizations, and listings, go past a row that can't be read, and say which it was."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import attrs
import pytest

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.system import SystemClock
from gapless.application.outbox import OutboxRelay
from gapless.application.pages import Page
from gapless.bootstrap import Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.domain.subscriptions import SubscriptionStatus
from gapless.domain.users import User
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.model import Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.row_keys import RowKey
from tests.integration.unreadable import IDS, MOMENT, Row, good_row, poisoned, spoil, write
from tests.use_cases.listings import every_listing
from tests.use_cases.worlds import world_on

EVENTS = next(model for model in GAPLESS.models if model.entity is OutboxEvent)
AUDIT_RECORDS = next(model for model in GAPLESS.models if model.entity is AuditRecord)
FAULTS_OF_AUDIT_RECORDS: list[dict[str, str | None]] = [
    *({"created_at": at} for at in ("infinity", "-infinity", "4713-01-01 BC", None)),
    *({"metadata": text} for text in ("[]", None)),
]
NEVER_DUE = {("due_at", text) for text in ("infinity", "10000-01-01", None)}
REFUSED = [("version", str(2**31 - 1)), ("kind", ""), ("kind", "x" * 101), ("attempts", "-1")]
"""What can be read, and yet not be changed: a number that can't grow, and what the checks refuse."""


def event(organization: UUID, name: str = "kind", text: str | None = "x", *, due_at: datetime = MOMENT) -> Row:
    """An event that is due, and holds this."""
    row = good_row(EVENTS, organization)
    return Row(EVENTS, row.values | {"claim": None, "due_at": due_at.isoformat(), "version": "1"} | {name: text}, name)


@attrs.frozen
class Delivery:
    """A relay, and what it has delivered."""

    relay: OutboxRelay
    delivered: list[UUID]


def delivery(store: PostgresStore) -> Delivery:
    """A relay that keeps what it delivers."""
    delivered: list[UUID] = []

    async def handler(event: OutboxEvent) -> None:
        delivered.append(event.id)

    return Delivery(OutboxRelay(store=store, clock=SystemClock(), ids=IDS, handler=handler), delivered)


async def deliver_all(given: Delivery, limit: int) -> None:
    """Lets the relay work until nothing is due."""
    while await given.relay.deliver_due(limit):
        pass


@pytest.mark.asyncio
async def test_the_relay_sets_events_aside(
    unchecked: PostgresStore, plain: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """More unreadable events than a relay claims don't keep back the others; each is told of once, and then mended."""
    await plain.execute("DELETE FROM gapless.outbox")
    faults = [*sorted({*poisoned(EVENTS)} - NEVER_DUE, key=str), *REFUSED]
    early = MOMENT - timedelta(days=1)
    bad = [event(uuid4(), *fault, due_at=early) for fault in faults for _ in range(3)]
    good = [event(uuid4()) for _ in range(12)]
    await write(plain, *bad, *good)
    given = delivery(unchecked)
    with caplog.at_level(logging.WARNING):
        await deliver_all(given, limit=3)
        told = [record.getMessage() for record in caplog.records]
        assert sorted(given.delivered) == sorted(row.id for row in good)
        untold = [row for row in bad if not any(str(row.key) in line for line in told)]
        assert [(row.fault, row.values[str(row.fault)]) for row in untold] == []
        assert len(told) == len(bad)
        assert await given.relay.deliver_due(limit=3) == 0
        assert len(caplog.records) == len(bad)
    assert await plain.fetchval("SELECT count(*) FROM gapless.outbox") == len(bad)
    for row in bad:
        await spoil(plain, row.key, str(row.fault), event(uuid4()).values[str(row.fault)])
    await deliver_all(given, limit=50)
    assert sorted(given.delivered) == sorted(row.id for row in (*good, *bad))


@pytest.mark.asyncio
async def test_an_event_that_the_database_refuses_to_change(
    unchecked: PostgresStore, plain: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """An event whose claim is refused, here by a constraint that nobody declared, is found among the others."""
    await plain.execute("DELETE FROM gapless.outbox")
    rows = [event(uuid4()) for _ in range(9)]
    await write(plain, *rows)
    await plain.execute(f"ALTER TABLE gapless.outbox ADD CONSTRAINT mine CHECK (id <> '{rows[4].id}') NOT VALID")
    given = delivery(unchecked)
    try:
        assert await given.relay.deliver_due() == 8
    finally:
        await plain.execute("ALTER TABLE gapless.outbox DROP CONSTRAINT mine")
    assert sorted(given.delivered) == sorted(row.id for row in rows if row is not rows[4])
    assert [record.getMessage() for record in caplog.records if str(rows[4].key) in record.getMessage()]
    assert await given.relay.deliver_due() == 1


REFERRING = "SELECT root_id, id FROM gapless.outbox WHERE due_at < '2024-03-01'"
UNNOTED = {
    "version": "SELECT 1",
    "attempts": "ALTER TABLE gapless.outbox ADD CONSTRAINT mine CHECK (attempts <= 1) NOT VALID",
    "reference": f"CREATE TABLE gapless.mine AS {REFERRING}; "
    "ALTER TABLE gapless.mine ADD FOREIGN KEY (root_id, id) REFERENCES gapless.outbox",
}
"""What lets an event be claimed and delivered, and refuses to note what came of that."""
NOTED = {
    "version": "SELECT 1",
    "attempts": "ALTER TABLE gapless.outbox DROP CONSTRAINT mine",
    "reference": "DROP TABLE gapless.mine",
}
"""What ends it."""


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", UNNOTED)
async def test_an_event_whose_delivery_the_database_refuses_to_note(
    unchecked: PostgresStore, plain: asyncpg.Connection, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """Whether it was delivered or not, those behind it are delivered at once, and the log names it."""
    await plain.execute("DELETE FROM gapless.outbox")
    bad = [event(uuid4(), "version", str(2**31 - 2 if fault == "version" else 1)) for _ in range(3)]
    good = [event(uuid4(), due_at=MOMENT + timedelta(days=1)) for _ in range(3)]
    await write(plain, *bad, *good)
    await plain.execute(UNNOTED[fault])
    tried: list[UUID] = []

    async def handler(given: OutboxEvent) -> None:
        tried.append(given.id)
        if fault != "reference" and given.id in {row.id for row in bad}:
            raise ValueError(given.kind)

    relay = OutboxRelay(store=unchecked, clock=SystemClock(), ids=IDS, handler=handler)
    try:
        delivered = await relay.deliver_due()
    finally:
        await plain.execute(NOTED[fault])
    assert tried == [row.id for row in (*bad, *good)]
    assert delivered == (6 if fault == "reference" else 3)
    assert {row["id"] for row in await plain.fetch("SELECT id FROM gapless.outbox")} == {row.id for row in bad}
    untold = [row for row in bad if not any(str(row.key) in record.getMessage() for record in caplog.records)]
    assert untold == []


def key_of(row: Validated) -> RowKey:
    """How a row is named."""
    model = next(model for model in GAPLESS.models if isinstance(row, model.entity))
    return RowKey(model.table, model.key, tuple(map(str, model.key_of(row))))


async def purged_beside(
    store: PostgresStore, plain: asyncpg.Connection, table: str, *, whole: bool
) -> tuple[set[RowKey], set[RowKey], bool]:
    """Spoils a row of one of two organizations that are due for a purge; says what was spoiled, told, and is left."""
    worlds = [await world_on(store, f"acme-{uuid4().hex}") for _ in range(2)]
    for world in worlds:
        world.clock.time = datetime(2024, 1, 1, tzinfo=UTC)
        member = await world.member()
        await world.app.members.remove(world.home, member.id, actor=world.actor)
        if whole:
            await world.app.organizations.delete(world.home, actor=world.actor)
    spoiled, other = worlds
    rows: tuple[Validated, ...] = await spoiled.rows(User) if table == "users" else (await spoiled.current(),)
    if not whole:
        rows = tuple(row for row in rows if isinstance(row, User) and row.is_deleted)
    for row in rows:
        await spoil(plain, key_of(row), "created_at", "4713-01-01 BC")
    report = await other.app.cleanup.purge_expired(timedelta(0), batch=1)
    gone = (
        "SELECT NOT EXISTS (SELECT FROM gapless.organizations WHERE id = $1)"
        if whole
        else "SELECT NOT EXISTS (SELECT FROM gapless.users WHERE organization_id = $1 AND is_deleted)"
    )
    return {key_of(row) for row in rows}, {*report.unreadable}, await plain.fetchval(gone, other.home)


@pytest.mark.asyncio
@pytest.mark.parametrize(("table", "whole"), [("organizations", True), ("users", True), ("users", False)])
async def test_a_cleanup_goes_on(unchecked: PostgresStore, plain: asyncpg.Connection, table: str, whole: bool) -> None:
    """An organization whose row, or one of whose users, can't be read stays and is named; the others are purged."""
    spoiled, told, is_gone = await purged_beside(unchecked, plain, table, whole=whole)
    assert is_gone
    assert spoiled & told


@pytest.mark.asyncio
async def test_subscriptions_of_others_are_found(
    unchecked: PostgresStore, plain: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """A subscription that can't be read is left out of what ends, and the log names it."""
    long_ago = datetime(1999, 1, 1, tzinfo=UTC)
    made, begin = [], long_ago - timedelta(days=9)
    world = await world_on(unchecked, f"acme-{uuid4().hex}")
    for days in range(3):
        world = await world_on(unchecked, f"acme-{uuid4().hex}")
        end = long_ago + timedelta(days=days)
        made.append(await world.app.subscriptions.subscribe(world.home, "large", begin, end, actor=world.actor))
    await spoil(plain, key_of(made[1]), "created_at", "infinity")
    at = long_ago + timedelta(days=9)
    page = await world.app.subscriptions.ending_before(SubscriptionStatus.ACTIVE, at)
    assert (page.items, page.left_out) == ((made[0], made[2]), (key_of(made[1]),))
    assert str(key_of(made[1])) in caplog.text


@pytest.mark.asyncio
@pytest.mark.parametrize("column", ["language", "created_at", "name"])
async def test_pages_of_a_use_case(unchecked: PostgresStore, plain: asyncpg.Connection, column: str) -> None:
    """A listing of members, and the trail, go on behind what they left out, whatever the size of a page."""
    world = await world_on(unchecked, f"acme-{uuid4().hex}")
    members = [await world.member(f"Bob{place}") for place in range(3)]
    for member in members[1:]:
        await spoil(plain, key_of(member), column, None)
    trail = await world.trail()
    audit = good_row(AUDIT_RECORDS, world.home)
    spoiled = [Row(AUDIT_RECORDS, audit.values | fault | {"id": str(uuid4())}) for fault in FAULTS_OF_AUDIT_RECORDS]
    await write(plain, *spoiled)
    team, trails = world.app.members, world.app.audit_trail
    for limit in (1, 2, 50):
        found, left_out = await listed(partial(team.list_members, world.home, limit=limit))
        assert found == [world.owner.id, members[0].id]
        assert left_out == {key_of(member) for member in members[1:]}
        found, left_out = await listed(partial(trails.of_root, world.home, limit=limit))
        assert sorted(found) == sorted(told.id for told in trail)
        assert left_out == {row.key for row in spoiled}


@pytest.mark.asyncio
async def test_every_listing_leaves_out(unchecked: PostgresStore, plain: asyncpg.Connection) -> None:
    """A page of any listing of any service has the others, and names the row that can't be read."""
    for listing in await every_listing(assembled(unchecked, Parts()), unchecked, unchecked):
        rows = (await listing.ask(limit=1000)).items
        async with spoiled_copy(plain, rows[1]) as bad:
            page = await listing.ask(limit=1000)
            assert bad in page.left_out, listing.name
            assert page.items == tuple(row for row in rows if key_of(row) != bad), listing.name
            assert len(page.items) >= len(rows) - 1


@asynccontextmanager
async def spoiled_copy(connection: asyncpg.Connection, row: Validated) -> AsyncIterator[RowKey]:
    """Spoils a row for a while; of what nobody can change, one more with the same subject is written, and stays."""
    if not isinstance(row, AuditRecord | ArchivedAuditRecord):
        created_at: datetime = cast(Any, row).created_at
        await spoil(connection, key_of(row), "created_at", "infinity")
        yield key_of(row)
        await spoil(connection, key_of(row), "created_at", created_at.isoformat())
        return
    about = {"resource_type": row.resource_type, "resource_id": row.resource_id}
    by = {"user_id": None if row.user_id is None else str(row.user_id)}
    other = good_row(GAPLESS.model(type(row)), row.root_id)
    written = Row(other.model, {**other.values, **about, **by, "created_at": "infinity"}, "created_at")
    await write(connection, written)
    yield written.key


async def listed(ask: Callable[..., Awaitable[Page[Any]]]) -> tuple[list[UUID], set[RowKey]]:
    """The ids of what the pages of a listing give, and what they say they left out."""
    found, left_out, after = [], set[RowKey](), None
    while True:
        page = await ask(after=after)
        found += [row.id for row in page.items]
        left_out |= {*page.left_out}
        after = page.next
        if after is None:
            return found, left_out

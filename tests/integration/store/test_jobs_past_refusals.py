"""What the database refuses for one organization, whatever its reason, keeps no job from the others and is named."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from gapless.adapters.postgres import PostgresStore
from gapless.application.cleanup_outcomes import CleanupReport, Purged
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import DatabaseFull, RuleViolated, StatementRefused
from tests.integration.store.test_jobs_past_unreadable_rows import delivery, event
from tests.integration.unreadable import MOMENT, write
from tests.use_cases.belongings import call_to, owned_number
from tests.use_cases.deletions import (
    LONG_AGO,
    add_calls,
    add_command,
    add_items,
    deleted_long_ago,
    purge,
    removed_long_ago,
)
from tests.use_cases.worlds import World, world_on

SILENT = "RETURN NULL"
REFUSALS = {
    SILENT: "concurrency_conflict",
    "RAISE EXCEPTION 'no'": "statement_refused",
    **{
        f"RAISE EXCEPTION 'no' USING ERRCODE = '{state}'": code
        for state, code in {
            "XX000": "statement_refused",
            "22003": "invalid_value",
            "23514": "unnamed_23514",
            "42501": "access_denied",
            "42P01": "database_not_migrated",
        }.items()
    },
}
"""What a trigger of a host's does instead of letting a row go, and how it is told."""
KEPT = ("organizations", "calls", "users", "knowledge_items", "handled_commands")
ENDLESS = 20.0


@asynccontextmanager
async def kept_by(plain: asyncpg.Connection, table: str, event: str, which: str, body: str) -> AsyncIterator[None]:
    """A trigger of a host's that keeps some rows of a table."""
    row = "OLD" if event == "DELETE" else "NEW"
    await plain.execute(
        f"CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN IF {which} THEN {body}; END IF; RETURN {row}; END$$; "
        f"CREATE TRIGGER a_host BEFORE {event} ON gapless.{table} FOR EACH ROW EXECUTE FUNCTION public.keep()"
    )
    try:
        yield
    finally:
        await plain.execute("DROP FUNCTION public.keep() CASCADE")


async def emptied(plain: asyncpg.Connection) -> None:
    """Leaves nothing that a cleanup or a relay finds."""
    async with plain.transaction():
        await plain.execute("SET LOCAL session_replication_role = replica")
        for table in ("outbox", *KEPT):
            await plain.execute(f"DELETE FROM gapless.{table}")  # noqa: S608  # our own names


async def expired(store: PostgresStore, *, whole: bool) -> World:
    """An organization with everything that a cleanup removes, deleted itself or not."""
    world = await world_on(store, f"acme-{uuid4().hex}")
    for name in ("Bob", "Eve", "Kim"):
        await removed_long_ago(world, await world.member(name))
    await add_items(world, 1, LONG_AGO)
    await add_command(world, "over", LONG_AGO)
    if whole:
        await add_calls(world, 2)
        await deleted_long_ago(world)
    return world


def owner_of(table: str) -> str:
    """The column of a table that says to which organization a row belongs."""
    return next(model.named_tenant for model in GAPLESS.models if model.table == table)


async def left(plain: asyncpg.Connection, table: str, world: World, *, whole: bool) -> int:
    """How many rows are there that should have gone."""
    if whole:
        return int(await plain.fetchval("SELECT count(*) FROM gapless.organizations WHERE id = $1", world.home))
    which = {"handled_commands": "true"}.get(table, "is_deleted")
    asked = f"SELECT count(*) FROM gapless.{table} WHERE {owner_of(table)} = $1 AND {which}"  # noqa: S608  # our own names
    return int(await plain.fetchval(asked, world.home))


def named(report: CleanupReport, world: World) -> list[str]:
    """Why something of an organization stays, as the report has it."""
    blocked = [found.rule for found in report.blocked if found.root_id == world.home]
    return blocked + [found.code for found in report.unfinished if found.root_id == world.home]


@pytest.mark.asyncio
@pytest.mark.parametrize("table", KEPT)
async def test_a_cleanup_goes_on_past_what_is_refused(
    unchecked: PostgresStore, plain: asyncpg.Connection, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    """A host's trigger keeps rows of some organizations, by errors or in silence: they are named, the others go."""
    whole = table in ("organizations", "calls")
    await emptied(plain)
    first, *kept, last = [await expired(unchecked, whole=whole) for _ in range(len(REFUSALS) + 2)]
    cases = [f"OLD.{owner_of(table)} = '{world.home}' THEN {body}" for world, body in zip(kept, REFUSALS, strict=True)]
    async with kept_by(plain, table, "DELETE", cases[0].partition(" THEN ")[0], "; ELSIF ".join([SILENT, *cases[1:]])):
        report = await asyncio.wait_for(purge(last, batch=2), ENDLESS)
    assert [await left(plain, table, world, whole=whole) for world in (first, last)] == [0, 0]
    assert named(report, first) + named(report, last) == []
    for world, (body, reason) in zip(kept, REFUSALS.items(), strict=True):
        assert await left(plain, table, world, whole=whole) > 0, body
        is_call = table == "calls" and body == SILENT
        assert named(report, world)[:1] == ["calls_organization_id_fkey" if is_call else reason], body
        assert str(world.home) in caplog.text or body == SILENT, body
    if not whole:
        for rows, each in (("users", 3), ("handled_commands", 1)):
            assert report.rows[rows] == each * (2 if table == rows else len(REFUSALS) + 2)
    rest = await purge(last)
    assert [await left(plain, table, world, whole=whole) for world in kept] == [0] * len(kept)
    assert (rest.blocked, rest.unfinished) == ((), ())


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("table", "event", "body", "reason"),
    [
        ("phone_numbers", "DELETE", "RAISE EXCEPTION USING ERRCODE = '23514'", "unnamed_23514"),
        ("phone_numbers", "DELETE", SILENT, "concurrency_conflict"),
        ("calls", "UPDATE", SILENT, "concurrency_conflict"),
    ],
    ids=["the number by an error", "the number in silence", "the link in silence"],
)
async def test_a_cleanup_goes_on_past_a_released_row_that_is_kept(
    unchecked: PostgresStore, plain: asyncpg.Connection, table: str, event: str, body: str, reason: str
) -> None:
    """A host's trigger keeps the released number of one organization, or a link: it is named, and the next one goes."""
    await emptied(plain)
    kept, behind = [await world_on(unchecked, f"acme-{uuid4().hex}") for _ in range(2)]
    for world in (kept, behind):
        number = await owned_number(world)
        await world.add(call_to(world, number))
        await world.app.phone_numbers.release(world.home, number.id, actor=world.actor)
    async with kept_by(plain, table, event, f"OLD.organization_id = '{kept.home}'", body):
        report = await purge(behind)
    assert (named(report, kept), named(report, behind), report.rows["phone_numbers"]) == ([reason], [], 1)
    assert (await purge(behind)).rows["phone_numbers"] == 1


FULL: dict[str, str] = {
    "number of audit records": "UPDATE gapless.organizations SET last_number = 9223372036854775807 WHERE id = $1",
    "version of the purge": "UPDATE gapless.handled_commands SET version = 2147483647 WHERE root_id = $1",
}
"""What can't grow any more, so that a purge can't be noted."""
REMEMBERED = ('{"calls": "many"}', '{"calls": null}', '{"calls": [1]}', '{"calls": -1}', '{"calls": 9007199254740991}')


class Stopped(Exception):
    """Somebody stops a run."""


async def begun(store: PostgresStore) -> World:
    """An organization whose purge has begun."""
    world = await expired(store, whole=True)

    def stop(_: Purged) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        await purge(world, batch=1, progress=stop)
    return world


@pytest.mark.asyncio
@pytest.mark.parametrize("what", FULL)
async def test_a_cleanup_goes_on_past_what_can_not_grow(
    unchecked: PostgresStore, plain: asyncpg.Connection, what: str
) -> None:
    """An organization whose purge can't be noted is named, and the next one goes."""
    await emptied(plain)
    kept = await begun(unchecked)
    behind = await expired(unchecked, whole=True)
    async with plain.transaction():
        await plain.execute("SET LOCAL session_replication_role = replica")
        await plain.execute(FULL[what], kept.home)
    report = await purge(behind, batch=1)
    assert (named(report, kept), report.roots) == (["invalid_value"], (behind.home,))


@pytest.mark.asyncio
@pytest.mark.parametrize("result", REMEMBERED)
async def test_a_purge_goes_on_whatever_it_finds_of_its_beginning(
    unchecked: PostgresStore, plain: asyncpg.Connection, result: str
) -> None:
    """What somebody wrote in the place of the numbers of an earlier run keeps no purge from its end."""
    await emptied(plain)
    world = await begun(unchecked)
    await plain.execute("UPDATE gapless.handled_commands SET result = $1 WHERE root_id = $2", result, world.home)
    assert (await purge(world, batch=1)).roots == (world.home,)


@pytest.mark.asyncio
async def test_what_concerns_the_whole_store_ends_a_cleanup(
    unchecked: PostgresStore, plain: asyncpg.Connection
) -> None:
    """A full disk is nobody's in particular: the run ends with its error."""
    await emptied(plain)
    world = await expired(unchecked, whole=True)
    async with kept_by(plain, "organizations", "DELETE", "true", "RAISE EXCEPTION 'no' USING ERRCODE = '53100'"):
        with pytest.raises(DatabaseFull):
            await purge(world)


@pytest.mark.asyncio
@pytest.mark.parametrize("moment", ["UPDATE", "DELETE"])
async def test_the_relay_goes_on_past_what_a_trigger_refuses(
    unchecked: PostgresStore, plain: asyncpg.Connection, caplog: pytest.LogCaptureFixture, moment: str
) -> None:
    """Events that a trigger keeps from being claimed, or forgotten, are named, and those behind are delivered."""
    for body in [body for body, code in REFUSALS.items() if code in ("statement_refused", "invalid_value")]:
        await plain.execute("DELETE FROM gapless.outbox")
        bad, good = [event(uuid4()) for _ in range(2)], [event(uuid4(), due_at=MOMENT + timedelta(1)) for _ in range(5)]
        await write(plain, *bad, *good)
        given = delivery(unchecked)
        caplog.clear()
        async with kept_by(plain, "outbox", moment, f"OLD.id IN ('{bad[0].id}', '{bad[1].id}')", body):
            await given.relay.deliver_due()
        assert {row.id for row in good} <= {*given.delivered}, body
        told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        assert [row for row in bad if not any(str(row.key) in line for line in told)] == [], body


@pytest.mark.asyncio
@pytest.mark.parametrize("table", ["audit_logs", "users"])
async def test_nothing_is_added_in_silence(unchecked: PostgresStore, plain: asyncpg.Connection, table: str) -> None:
    """What a trigger drops without a word was not added: an error says so, and nothing is kept."""
    world = await world_on(unchecked, f"acme-{uuid4().hex}")
    before = await world.everything(GAPLESS)

    async def noted() -> None:
        async with unchecked.unit(world.home) as unit:
            await unit.audit_trail.add(world.record().audit("test", world.owner, world.owner))

    async with kept_by(plain, table, "INSERT", "true", SILENT):
        with pytest.raises(StatementRefused, match="kept no"):
            await (world.member("Eve") if table == "users" else noted())
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
async def test_a_violation_without_a_name_is_told_by_its_state(
    unchecked: PostgresStore, plain: asyncpg.Connection
) -> None:
    """A trigger that raises a violation and names no constraint breaks a rule called after the SQLSTATE."""
    world = await world_on(unchecked, f"acme-{uuid4().hex}")
    async with kept_by(plain, "users", "INSERT", "true", "RAISE check_violation"):
        with pytest.raises(RuleViolated) as caught:
            await world.member("Eve")
    assert (caught.value.rule, caught.value.entity) == ("unnamed_23514", "unknown")

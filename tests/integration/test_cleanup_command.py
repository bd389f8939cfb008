"""The cleanup from the command line, on PostgreSQL."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.application.cleanup_outcomes import Blocked, CleanupReport, Unfinished
from gapless.cli import cleanup
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from tests.commands import run, run_beside
from tests.conftest import SCHEMA
from tests.integration.databases import connected
from tests.use_cases.deletions import add_calls, add_invoice, deleted_long_ago
from tests.use_cases.worlds import World, world_on

NOBODY = "postgresql://gapless@127.0.0.1:1/gapless"
# A job in the background is started with Ctrl-C ignored, and hands that on: the command has to hear it all the same.
HEARING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
PROGRAM = f"{HEARING}; from gapless.cli import main; main()"
# What was deleted in the year 2000 is older than that for some decades; what other tests delete is not.
DAYS = "7300"
PATIENCE = 120.0
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest_asyncio.fixture
async def world(engine: AsyncEngine) -> AsyncIterator[World]:
    """An organization in the database of this test process."""
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    yield await world_on(store, f"acme-{uuid4().hex}")
    await store.aclose()


def started(*arguments: str) -> subprocess.Popen[str]:
    """Starts the command in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, "cleanup", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.asyncio
async def test_cleanup_removes_and_reports(world: World, database_url: str) -> None:
    """Progress goes to stderr, the report to stdout, and the organization is gone."""
    await add_calls(world, 3)
    await deleted_long_ago(world)
    done = await run_beside("cleanup", "--retention-days", DAYS, "--database-url", database_url)
    assert done.exit_code == 0, done.stderr
    assert f"organization {world.home}: calls 3, users 1, removed for good" in done.stderr.splitlines()
    first, *lines = done.stdout.splitlines()
    assert first == "Removed for good:"
    assert [re.split(" {2,}", line)[0] for line in lines[:7]] == [
        "organizations",
        "users",
        "knowledge items",
        "calls",
        "phone numbers",
        "handled commands",
        "calls, unlinked",
    ]
    async with world.store.reading(world.home) as reading:
        assert await reading.of(Organization).count(include_deleted=True) == 0


@pytest.mark.asyncio
async def test_what_is_blocked_is_said_and_no_failure(world: World, database_url: str) -> None:
    """An organization with an invoice stays, is named for people and for programs, and the exit status is 0."""
    await add_invoice(world)
    await deleted_long_ago(world)
    done = await run_beside("cleanup", "--retention-days", DAYS, "--database-url", database_url)
    slug, rule = world.organization.slug, "invoices_organization_id_fkey"
    assert done.exit_code == 0, done.stderr
    assert f"Blocked: organization {slug} ({world.home}) by {rule}, rows: 1" in done.stdout.splitlines()
    done = await run_beside("cleanup", "--retention-days", DAYS, "--database-url", database_url, "--json")
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert list(report) == [field.name for field in attrs.fields(CleanupReport)]
    assert {
        "root_id": str(world.home),
        "root": "Organization",
        "label": slug,
        "entity": "Organization",
        "rule": rule,
        "count": 1,
    } in report["blocked"]
    assert (await world.current()).is_deleted


def test_no_server_ends_with_3() -> None:
    """A server that does not answer ends with 3 and one sentence with its code."""
    result = run("cleanup", "--retention-days", "30", "--database-url", NOBODY)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.endswith(" [database_unreachable]\n")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--retention-days", "30"),
        ("--database-url", NOBODY),
        ("--retention-days", "-1", "--database-url", NOBODY),
        ("--retention-days", "1.5", "--database-url", NOBODY),
        ("--retention-days", "9999999999", "--database-url", NOBODY),
    ],
)
def test_usage_is_refused_with_2(arguments: tuple[str, ...]) -> None:
    """No database, no retention, or one that is no number of days ends with 2 and prints nothing on stdout."""
    result = run("cleanup", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr


@pytest.mark.asyncio
async def test_an_interruption_loses_nothing(world: World, database_url: str) -> None:
    """Ctrl-C in the middle of a unit of work ends the command without a traceback, and leaves everything as it was."""
    await add_calls(world, 3)
    await deleted_long_ago(world)
    before = await world.everything(GAPLESS)
    async with connected(database_url) as connection, world.store.unit(world.home, seconds=PATIENCE):
        with started("--retention-days", DAYS, "--database-url", database_url) as running:
            async with asyncio.timeout(PATIENCE):
                while not await connection.fetchval(WAITING):
                    assert running.poll() is None
            running.send_signal(signal.SIGINT)
            output, told = running.communicate(timeout=PATIENCE)
    assert (running.returncode, output) == (1, "")
    assert told.splitlines()[-1] == "Aborted!"
    assert "Traceback" not in told
    assert await world.everything(GAPLESS) == before


def _report(home: OrganizationId) -> CleanupReport:
    """The report of a run that has left much."""
    blocked = Blocked(
        root_id=home, root="Organization", label="acme", entity="User", rule="badges_user_id_fkey", count=2
    )
    unknown = attrs.evolve(blocked, entity="Organization", rule="badges_fkey", count=None)
    return CleanupReport(
        roots=(home,),
        rows={"users": 12, "knowledge_items": 0, "calls": 1000, "handled_commands": 7},
        blocked=(blocked, unknown),
        unfinished=(
            Unfinished(root_id=home, root="Organization", code="deadline_exceeded"),
            Unfinished(root_id=None, code="concurrency_conflict"),
        ),
    )


def test_report_for_people() -> None:
    """What stays has a line each: what, by which rule, how many rows, or that the next run finishes it."""
    home = OrganizationId(uuid4())
    report = _report(home)
    assert cleanup.as_text(report).splitlines() == [
        "Removed for good:",
        "organizations     1",
        "users             12",
        "knowledge items   0",
        "calls             1000",
        "handled commands  7",
        f"Blocked: User of organization acme ({home}) by badges_user_id_fkey, rows: 2",
        f"Blocked: organization acme ({home}) by badges_fkey",
        f"Left for the next run: organization {home} [deadline_exceeded]",
        "Left for the next run: handled commands [concurrency_conflict]",
    ]
    assert json.loads(cleanup.to_json(report))["unfinished"][1] == {
        "root_id": None,
        "root": None,
        "code": "concurrency_conflict",
    }

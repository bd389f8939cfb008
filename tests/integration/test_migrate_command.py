"""The migrations from the command line, on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from click.testing import Result
from sqlalchemy import make_url

from tests.commands import run_beside
from tests.integration.databases import connected, copied_database


@pytest_asyncio.fixture
async def empty_url(server_url: str, database_name: str) -> AsyncIterator[str]:
    """Address of a database that was never migrated."""
    async with copied_database(server_url, "template0", f"{database_name}_cli") as url:
        yield url


async def migrate(url: str, *options: str) -> Result:
    """Runs the command on a database."""
    return await run_beside("migrate", *options, "--database-url", url)


@pytest.mark.asyncio
async def test_migrations_from_the_command_line(empty_url: str) -> None:
    """A plan, a script and a check change nothing; the migrations do what the plan said, and nothing is left to do."""
    assert (await migrate(empty_url, "--check")).exit_code == 4
    plan = await migrate(empty_url, "--plan")
    assert (plan.exit_code, plan.stderr) == (0, "Schema gapless: 1 revision pending.\n")
    assert plan.stdout.startswith("gapless_0001  ")
    assert "CREATE TABLE" in (await migrate(empty_url, "--sql")).stdout
    assert (await migrate(empty_url, "--check")).exit_code == 4
    done = await migrate(empty_url)
    assert (done.exit_code, done.stdout) == (0, plan.stdout)
    for option in ("--check", "--plan", "--sql"):
        after = await migrate(empty_url, option)
        assert (after.exit_code, after.stdout, after.stderr) == (0, "", "Schema gapless is up to date.\n")


@pytest.mark.asyncio
async def test_the_script_is_a_migration(empty_url: str) -> None:
    """The script that is printed brings a database up to date as it stands, in a schema of another name."""
    script = (await migrate(empty_url, "--sql", "--schema", "other")).stdout
    async with connected(empty_url) as connection:
        await connection.execute(script)
    assert (await migrate(empty_url, "--check", "--schema", "other")).exit_code == 0
    assert (await migrate(empty_url, "--check")).exit_code == 4


@pytest.mark.asyncio
async def test_who_holds_the_lock_is_said(empty_url: str) -> None:
    """Somebody who holds what the migrations need is named on stderr, at once and at the end, which comes with 3."""
    async with connected(empty_url) as other:
        async with other.transaction():
            await other.execute("CREATE SCHEMA gapless")
            await other.execute("CREATE TABLE gapless.mine (id int)")
            done = await migrate(empty_url, "--seconds", "0.2")
        who = f"process {other.get_server_pid()} of role "
    assert (done.exit_code, done.stdout) == (3, "")
    waiting, error = done.stderr.splitlines()
    assert waiting.startswith(f"Waiting for a lock in schema gapless, for 0.2 s at most: {who}")
    assert error.startswith("Error: A lock in schema gapless was not to be had within 0.2 seconds")
    assert who in error
    assert error.endswith("[migration_blocked]")
    assert (await migrate(empty_url, "--check")).exit_code == 4


@pytest.mark.asyncio
async def test_a_database_that_is_newer_or_refuses_ends_with_3(empty_url: str) -> None:
    """A database that a newer version has migrated, or a role that is refused, ends with 3 and one sentence."""
    assert (await migrate(empty_url)).exit_code == 0
    async with connected(empty_url) as connection:
        await connection.execute("UPDATE gapless.alembic_version SET version_num = 'gapless_9999'")
    stranger = make_url(empty_url).set(username="nobody_of_gapless").render_as_string(hide_password=False)
    for url, code in ((empty_url, "database_too_new"), (stranger, "access_denied")):
        done = await migrate(url)
        assert done.exit_code == 3
        assert done.stderr.endswith(f" [{code}]\n")
        assert done.stderr.count("\n") == 1

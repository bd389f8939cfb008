"""The migrations from the command line, on PostgreSQL."""

import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import Result
from sqlalchemy import make_url

from gapless.postgres import frozen_revision
from tests.commands import run, run_beside
from tests.integration.databases import connected, copied_database
from tests.integration.postgres.studios import FIRST, kept, second_revision

SERVICE = """
from gapless.kit import Revisions
from tests.integration.postgres.studios import NOW

REVISIONS = Revisions(package=__name__, catalogue=NOW, schema="studio", version_table="studio_version")
GAPPY = Revisions(package="gappy", catalogue=NOW)
"""


@pytest_asyncio.fixture
async def empty_url(server_url: str, database_name: str) -> AsyncIterator[str]:
    """Address of a database that was never migrated."""
    async with copied_database(server_url, "template0", f"{database_name}_cli") as url:
        yield url


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The current directory of a service with a root and revisions of its own; the name of its package."""
    package = f"studio_{secrets.token_hex(4)}"
    kept(tmp_path / package, frozen_revision(FIRST, "Studios and their lessons."), second_revision())
    (tmp_path / package / "__init__.py").write_text(SERVICE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return package


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
    assert error.startswith("Error: The migration did not get a lock in schema gapless within 0.2 seconds")
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


@pytest.mark.asyncio
async def test_revisions_of_a_service_of_its_own(empty_url: str, service: str) -> None:
    """The chain of a service is planned, carried out in its own schema, and compared, by the name that it has there."""
    named = ("--revisions", f"{service}:REVISIONS")
    assert (await migrate(empty_url, *named, "--check")).exit_code == 4
    plan = await migrate(empty_url, *named, "--plan")
    assert plan.stdout.splitlines() == [
        "studio_0001  Studios and their lessons.",
        "studio_0002  Lessons have a room and longer titles, and there are teachers.",
    ]
    assert plan.stderr == "Schema studio: 2 revisions pending.\n"
    checked = await run_beside("check", *named, "--database-url", empty_url)
    assert (checked.exit_code, checked.stderr) == (1, "Schema studio: 1 difference.\n")
    assert (await migrate(empty_url, *named)).stderr == "Schema studio is up to date; it lacked 2 revisions.\n"
    checked = await run_beside("check", *named, "--database-url", empty_url)
    assert (checked.exit_code, checked.stderr) == (0, "Schema studio enforces every rule of the catalogue.\n")
    assert (await migrate(empty_url, "--check")).exit_code == 4  # gapless itself is not there


def test_grants_and_script_of_a_service_of_its_own(service: str) -> None:
    """Rights are those of its tables and of its record, and its script makes its schema, without a search path."""
    named = ("--revisions", f"{service}:REVISIONS")
    granted = run("grants", "app", *named).stdout
    assert 'GRANT SELECT ON studio.studio_version TO "app";' in granted
    assert "gapless" not in granted
    script = run("migrate", "--sql", *named).stdout
    assert script.startswith(
        "SELECT pg_catalog.set_config('search_path', '', false), pg_catalog.set_config('row_security', 'off', false);\n"
    )
    assert "\n\nCREATE SCHEMA IF NOT EXISTS studio;\n" in script


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonsense", "does not name revisions: write package.module:NAME."),
        ("NOW", "is a Catalogue, not a chain of revisions"),
        ("NOTHING", "There is no NOTHING in module"),
        ("GAPPY", "studio_0002.sql where studio_0001.sql should be"),
    ],
)
def test_what_is_no_chain_is_a_wrong_call(service: str, name: str, said: str) -> None:
    """Revisions that are not there, or that can't be carried out, end with 2 and a sentence."""
    (Path.cwd() / "gappy").mkdir()
    (Path.cwd() / "gappy" / "studio_0002.sql").write_text("-- Second.\nSELECT 1;")
    done = run("migrate", "--sql", "--revisions", name if name == "nonsense" else f"{service}:{name}")
    assert done.exit_code == 2
    assert said in done.stderr

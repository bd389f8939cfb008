"""The comparison of a database with a catalogue from the command line."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import indent

import pytest
import pytest_asyncio

from tests.commands import run, run_beside
from tests.integration.databases import connected, copied_database

MODULE = """
from collections.abc import Iterator
from uuid import UUID

import attrs

from gapless import GAPLESS
from gapless.domain.organizations import Organization
from gapless.kit import Entity, OnDelete, Reference, Rule, rules_of


@attrs.frozen(kw_only=True, slots=True)
class Badge(Entity):
    organization_id: UUID
    id: UUID


@rules_of(Badge, "badges", belongs_to=lambda badge: badge.organization_id)
def badge_rules(badge: Badge) -> Iterator[Rule]:
    yield Reference("badges_home", "A home.", badge.organization_id, Organization, OnDelete.CASCADE)


DESK = GAPLESS + badge_rules
"""
ENDINGS = {
    "exiting": "import sys; sys.exit(0)",
    "quitting": "raise SystemExit",
    "cancelled": "import asyncio; raise asyncio.CancelledError",
    "own_error": "class Own(BaseException): ...\nraise Own('of their own')",
    "plain": "raise ValueError('of their own')",
    "no_recursion": "def f(): f()\nf()",
}
"""What a module may do instead of being imported, or of giving a name."""
NOWHERE = "postgresql://gapless@127.0.0.1:1/gapless"


@pytest_asyncio.fixture
async def url(server_url: str, template: str, database_name: str) -> AsyncIterator[str]:
    """Address of a migrated database of its own."""
    async with copied_database(server_url, template, f"{database_name}_check") as url:
        yield url


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current directory of a host, with a module of rules, one that is broken, and one that lacks another."""
    (tmp_path / "desk_of_check").mkdir()
    (tmp_path / "desk_of_check" / "__init__.py").touch()
    (tmp_path / "desk_of_check" / "rules.py").write_text(MODULE)
    (tmp_path / "broken_for_check.py").write_text("raise ValueError('of their own')")
    (tmp_path / "lacking_for_check.py").write_text("import nothing_of_the_kind")
    for name, statement in ENDINGS.items():
        (tmp_path / f"{name}_for_check.py").write_text(statement)
        function = f"def __getattr__(name):\n    if name == 'DESK':\n{indent(statement, '        ')}"
        (tmp_path / f"late_{name}_for_check.py").write_text(function)
    (tmp_path / "talking_for_check.py").write_text("from gapless import GAPLESS\nprint('hello')\nDESK = GAPLESS")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.asyncio
async def test_check_of_gapless(url: str) -> None:
    """A whole database ends with 0; each difference is a line and ends with 1, as an array for programs."""
    done = await run_beside("check", "--database-url", url)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "Schema gapless enforces every rule of the catalogue.\n"
    assert json.loads((await run_beside("check", "--json", "--database-url", url)).stdout) == []
    async with connected(url) as connection:
        await connection.execute("ALTER TABLE gapless.users DROP CONSTRAINT check_email_length")
        await connection.execute("DROP INDEX gapless.users_email_unique")
    done = await run_beside("check", "--database-url", url)
    lines = ["check_email_length is not in the database", "users_email_unique is not in the database"]
    assert (done.exit_code, done.stdout.splitlines(), done.stderr) == (1, lines, "Schema gapless: 2 differences.\n")
    done = await run_beside("check", "--json", "--database-url", url)
    assert (done.exit_code, json.loads(done.stdout)) == (1, lines)


@pytest.mark.asyncio
@pytest.mark.usefixtures("service")
async def test_check_of_a_host(url: str) -> None:
    """The catalogue of a host is found in the current directory, as `python -m` finds a module."""
    done = await run_beside("check", "--catalogue", "desk_of_check.rules:DESK", "--database-url", url)
    assert done.exit_code == 1
    assert done.stdout.startswith("table badges is not there: it is the application's own")
    done = await run_beside("check", "--catalogue", "desk_of_check.rules:GAPLESS", "--database-url", url)
    assert done.exit_code == 0


@pytest.mark.asyncio
async def test_check_of_what_was_never_migrated(url: str) -> None:
    """Pending migrations are a finding; no server, and a database of a newer version, end with 3."""
    done = await run_beside("check", "--schema", "elsewhere", "--database-url", url)
    assert (done.exit_code, done.stdout) == (
        1,
        "migrations of schema elsewhere are pending: run `gapless migrate --schema elsewhere`\n",
    )
    done = await run_beside("check", "--database-url", NOWHERE)
    assert (done.exit_code, done.stdout) == (3, "")
    async with connected(url) as connection:
        await connection.execute("UPDATE gapless.alembic_version SET version_num = 'gapless_9999'")
    assert (await run_beside("check", "--database-url", url)).exit_code == 3


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere_to_check:DESK", "There is no module nowhere_to_check"),
        ("desk_of_check.none:DESK", "There is no module desk_of_check.none"),
        ("desk_of_check.rules:NONE", "There is no NONE in module desk_of_check.rules"),
        ("desk_of_check.rules:Badge", "is a type, not a Catalogue"),
        ("desk_of_check.rules:badge_rules", "is a Model, not a Catalogue"),
        ("desk_of_check.rules", "write package.module:NAME"),
        ("", "write package.module:NAME"),
        ("../x:y", "write package.module:NAME"),
        ("broken_for_check:DESK", "can't be imported: ValueError: of their own"),
        ("lacking_for_check:DESK", "nothing_of_the_kind is not installed"),
    ],
)
def test_wrong_catalogue_is_named(named: str, said: str) -> None:
    """A catalogue that can't be found is a wrong call, and what is wrong with it is said before anything is asked."""
    done = run("check", "--catalogue", named, "--database-url", NOWHERE)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("when", ["", "late_"])
def test_module_that_ends_the_program(name: str, when: str) -> None:
    """A module that ends the program, at its import or when a name is asked for, is a wrong call."""
    done = run("check", "--catalogue", f"{when}{name}_for_check:DESK", "--database-url", NOWHERE)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "can't be" in done.stderr


@pytest.mark.asyncio
@pytest.mark.usefixtures("service")
async def test_what_a_module_prints(url: str) -> None:
    """What a module prints when it is imported does not stand before the array."""
    done = await run_beside("check", "--json", "--catalogue", "talking_for_check:DESK", "--database-url", url)
    assert (done.exit_code, done.stdout, done.stderr.splitlines()[0]) == (0, "[]\n", "hello")


def test_a_database_has_to_be_named() -> None:
    """Without a database there is nothing to compare."""
    assert run("check").exit_code == 2

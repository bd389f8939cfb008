"""Every command that takes the address of a database, through a pooler of which the address tells."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from gapless.demo import runner
from gapless.kit.errors import MigrationBlocked
from gapless.postgres import migrate
from gapless.testing.parity import command as parity
from tests.commands import commands, run_beside
from tests.engines.conftest import Databases
from tests.engines.rows import EngineRow
from tests.integration.databases import connected
from tests.pooler import Pooler

FEW = 5
# At the server all rules are asked about by the commands' own tests.
STEPS = (20, 1)
# What a command is told besides, so that it has little to do.
ARGUMENTS = {
    "migrate": (),
    "cleanup": ("--retention-days", "7300"),
    "demo": ("--organizations", "1"),
    "parity": ("--examples", "1000"),
    "check": (),
}
COMMANDS = [
    name
    for name, command in commands().items()
    if any("--database-url" in parameter.opts for parameter in command.params)
]


def some_of(everything: Callable[..., Sequence[object]], step: int) -> Callable[..., Sequence[object]]:
    """What takes one in so many of what a function finds."""
    return lambda *given, **named: everything(*given, **named)[::step]


@pytest.fixture
def part(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the commands that go through all rules take one in so many."""
    for module, name in ((runner, "attempts"), (parity, "questions")):
        everything = getattr(module, name)
        monkeypatch.setattr(module, name, some_of(everything, step))


@pytest.mark.asyncio
@pytest.mark.usefixtures("part")
@pytest.mark.rows("step", STEPS)
@pytest.mark.parametrize("command", COMMANDS)
async def test_command_behind_a_pooler(command: str, databases: Databases, pooler: Pooler) -> None:
    """A command comes to a good end through a pooler, as it does at the server."""
    async with databases.made({}) as url:
        address = pooler.address(url, pooler="true")
        done = await run_beside(command, *ARGUMENTS[command], "--database-url", address)
        assert done.exit_code == 0, done.output


@pytest.mark.asyncio
async def test_migrations_behind_a_pooler(databases: Databases, pooler: Pooler) -> None:
    """Several that migrate at once through a pooler take turns, and leave no lock to a backend that others use next."""
    locks = (
        "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database WHERE l.locktype = 'advisory'"
    )
    async with databases.made({}) as url, EngineRow(own=True).engine(pooler.address(url), pooler=True) as engine:
        for schema in ("one", "other"):
            await asyncio.gather(*[migrate(engine, schema=schema) for _ in range(FEW)])
        async with connected(url) as connection:
            assert await connection.fetchval(f"{locks} AND d.datname = current_database()") == 0
            assert await connection.fetchval("SELECT count(*) FROM one.alembic_version") == 1


@pytest.mark.asyncio
async def test_migration_behind_a_pooler_says_who_holds_the_lock(databases: Databases, pooler: Pooler) -> None:
    """Through a pooler, too, a migration that waits names who holds the lock, ends, and leaves nothing."""
    async with databases.made({}) as url, EngineRow(own=True).engine(pooler.address(url), pooler=True) as engine:
        async with connected(url) as other, other.transaction():
            await other.execute("CREATE SCHEMA held; CREATE TABLE held.mine (id int)")
            with pytest.raises(MigrationBlocked, match=f"process {other.get_server_pid()} of role"):
                await migrate(engine, schema="held", seconds=0.1, report=lambda _: None)
        await migrate(engine, schema="elsewhere", seconds=0)
        async with connected(url) as connection:
            assert await connection.fetchval("SELECT to_regclass('held.organizations')") is None

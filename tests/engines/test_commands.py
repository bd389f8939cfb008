"""Every command that takes the address of a database, through a pooler of which the address tells."""

import pytest

from gapless.cli.commands import gapless
from tests.commands import run_beside
from tests.engines.conftest import Databases
from tests.pooler import Pooler

# What a command is told besides, so that it has little to do.
ARGUMENTS = {
    "migrate": (),
    "cleanup": ("--retention-days", "7300"),
    "demo": ("--data", "examples/data"),
    "parity": ("--examples", "100"),
    "check": (),
}
COMMANDS = [
    name
    for name, command in gapless.commands.items()
    if any("--database-url" in parameter.opts for parameter in command.params)
]


@pytest.mark.asyncio
@pytest.mark.parametrize("command", COMMANDS)
async def test_command_behind_a_pooler(
    command: str, databases: Databases, pooler: Pooler, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """A command does through a pooler what it does at the server."""
    monkeypatch.chdir(pytestconfig.rootpath)
    async with databases.made({}) as url:
        direct = await run_beside(command, *ARGUMENTS[command], "--database-url", url)
        assert direct.exit_code == 0, direct.output
        address = pooler.address(url, pooler="true")
        done = await run_beside(command, *ARGUMENTS[command], "--database-url", address)
        assert done.exit_code == 0, done.output

"""The command line, run in this process: one of its own takes two seconds to start, and says no more."""

import asyncio

from click.testing import CliRunner, Result

from gapless.cli.commands import gapless


def run(*arguments: str) -> Result:
    """Runs a command, with no database in the environment."""
    return CliRunner().invoke(gapless, arguments, env={"GAPLESS_DATABASE_URL": None})


async def run_beside(*arguments: str) -> Result:
    """The same for a test that is a coroutine: in a thread, since a command has a loop of its own."""
    return await asyncio.to_thread(run, *arguments)

"""The command line, run in this process: one of its own takes two seconds to start, and says no more."""

import asyncio
import json
import shutil
from pathlib import Path

import click
from click.testing import CliRunner, Result

import gapless.demo
from gapless.cli.commands import gapless as command_line

EXAMPLES = Path(gapless.demo.__file__).parent / "files"
"""What the demonstration plays."""


def commands() -> dict[str, click.Command]:
    """All commands by their names, as the command line finds them."""
    context = click.Context(command_line)
    found = {name: command_line.get_command(context, name) for name in command_line.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def run(*arguments: str) -> Result:
    """Runs a command, with no database in the environment."""
    return CliRunner().invoke(command_line, arguments, env={"GAPLESS_DATABASE_URL": None})


async def run_beside(*arguments: str) -> Result:
    """The same for a test that is a coroutine: in a thread, since a command has a loop of its own."""
    return await asyncio.to_thread(run, *arguments)


def first_companies(count: int, folder: Path) -> Path:
    """A folder with the first companies of the examples, their members, and all numbers and questions."""
    companies = (EXAMPLES / "organizations.jsonl").read_text("utf-8").split("\n")[:count]
    slugs = {json.loads(company)["slug"] for company in companies}
    people = (EXAMPLES / "members.jsonl").read_text("utf-8").split("\n")
    members = [line for line in people if line and json.loads(line)["organization"] in slugs]
    for name in ("numbers.jsonl", "knowledge.jsonl"):
        shutil.copy(EXAMPLES / name, folder / name)
    (folder / "organizations.jsonl").write_text("\n".join(companies), "utf-8")
    (folder / "members.jsonl").write_text("\n".join(members), "utf-8")
    return folder

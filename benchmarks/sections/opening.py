"""A process that opens an application, beside one that only imports the third-party packages which that takes.

Each step starts a process anew, and all of its life counts. Bytecode is there, because the first round does not count.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import Mapping

import attrs

from benchmarks.comparisons import Comparison, Goal
from benchmarks.context import Context
from benchmarks.measurement import Side, SidesDiffer, round_medians

NAME = "opening"
OURS, OTHER = "gapless.open", "imports alone"
MEMORY = "memory:"
ROUNDS = 20
OPENING = """\
import asyncio, sys
import gapless
async def main():
    async with gapless.open(sys.argv[1]):
        pass
asyncio.run(main())
"""
IMPORTS = "import asyncio, attrs, punq"
IMPORTS_OF_POSTGRESQL = f"{IMPORTS}, asyncpg, sqlalchemy.ext.asyncio, sqlalchemy.dialects.postgresql.asyncpg"
TELL = """
import sys
from pathlib import Path
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
folders = [Path(file).parts for file in files if "site-packages" in file]
print(*sorted({parts[parts.index("site-packages") + 1] for parts in folders}))
"""
"""What a process says at its end if it is asked: the packages of others that it has imported."""
GOAL = Goal(ours=OURS, other=OTHER, greatest=1.3, reason="what is ours is a small part of the start of a service")
MICROSECONDS = 1_000_000


async def measured(context: Context) -> list[Comparison]:
    """Measures the store in memory and PostgreSQL, with a database that is migrated and empty."""
    async with context.database() as url:
        return [
            await _opened(context, "in memory", MEMORY, IMPORTS),
            await _opened(context, "on PostgreSQL", url, IMPORTS_OF_POSTGRESQL),
        ]


async def _opened(context: Context, where: str, url: str, imports: str) -> Comparison:
    programs = {OURS: Program(OPENING, url), OTHER: Program(imports, url)}
    await require_same_packages(programs)
    sides = {name: Side(step=program.run) for name, program in programs.items()}
    found = await round_medians(sides, context.effort(rounds=ROUNDS, steps=1))
    return Comparison(
        section=NAME,
        name=f"a process that opens an application {where}",
        ground=context.ground(with_server=url != MEMORY),
        wall_us={name: rounds.wall_us for name, rounds in found.items()},
        cpu_us={name: program.cpu_us[1:] for name, program in programs.items()},
        goals=[GOAL],
    )


@attrs.frozen
class Program:
    """A program for processes of their own.

    Attributes:
        text: in Python.
        url: its argument.
        cpu_us: what the CPU had to do for each run, in microseconds.
    """

    text: str
    url: str
    cpu_us: list[float] = attrs.field(factory=list, init=False)

    async def run(self, _: int) -> None:
        """Runs it once.

        Raises:
            SidesDiffer: it failed.
        """
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        await self._output(self.text)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.cpu_us.append(seconds * MICROSECONDS)

    async def packages(self) -> str:
        """The packages of others that it imports."""
        return (await self._output(self.text + TELL)).strip()

    async def _output(self, text: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", text, self.url, stdout=asyncio.subprocess.PIPE
        )
        told, _ = await process.communicate()
        if process.returncode:
            raise SidesDiffer(f"open an application: a process ended with {process.returncode}.")
        return told.decode()


async def require_same_packages(programs: Mapping[str, Program]) -> None:
    """Sees to it that who opens imports no package of others that the other side does not import, and none less.

    Raises:
        SidesDiffer: one of them imports another.
    """
    ours, other = [await program.packages() for program in programs.values()]
    if ours != other:
        raise SidesDiffer(f"open an application: it imports {ours}, and the other side {other}.")

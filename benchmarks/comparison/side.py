"""The decide's end of a worker: starts it, tells it what to do, and ends it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs

from benchmarks.comparison.checkout import Source
from benchmarks.comparison.works.work import Plain
from tests.proxy import Proxy, proxied

ROOT = Path(__file__).parents[2]
GREATEST_ANSWER = 2**28


class SideFailed(Exception):
    """A side could not do what it was told."""


class WorkUnavailable(Exception):
    """A commit lacks something that a piece of work uses."""


@attrs.frozen(kw_only=True)
class Side:
    """One commit, in a process of its own.

    Attributes:
        name: how it is called.
        process: runs its worker.
        proxy: counts its requests to the server.
    """

    name: str
    process: asyncio.subprocess.Process
    proxy: Proxy

    async def ask(self, command: str, *arguments: str | int) -> Plain:
        """Lets the worker carry out a command, and returns its answer.

        Raises:
            SideFailed: it could not, or it has ended.
            WorkUnavailable: the commit lacks something.
        """
        assert self.process.stdin and self.process.stdout  # noqa: S101, PT018  # the process has both pipes
        with contextlib.suppress(ConnectionError):  # it has ended, and the empty answer says so
            self.process.stdin.write(json.dumps([command, *arguments]).encode() + b"\n")
            await self.process.stdin.drain()
        line = await self.process.stdout.readline()
        if not line:
            raise SideFailed(
                f"The worker of {self.name} has ended at {command} {arguments}; it may have said why above."
            )
        answer: dict[str, Plain] = json.loads(line)
        if "failed" in answer:
            raise SideFailed(f"{self.name} failed at {command} {arguments}:\n{answer['failed']}")
        if "unavailable" in answer:
            raise WorkUnavailable(str(answer["unavailable"]))
        return answer["done"]

    async def requests(self, work: str, steps: int) -> float:
        """How many requests a step of a piece of work takes, on average; it has to be warm."""
        self.proxy.messages.clear()
        await self.ask("count", work, steps)
        return self.proxy.requests / steps


@asynccontextmanager
async def opened_side(source: Source, url: str) -> AsyncIterator[Side]:
    """Starts the worker of a source for the time of a block.

    Args:
        source: which gapless it imports.
        url: an empty database of its own.

    Raises:
        SideFailed: it does not start, or imports another gapless.
    """
    async with proxied(url) as proxy:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.comparison.worker"),
            cwd=ROOT,  # the benchmarks of this checkout, whatever gapless they run
            env=_environment(source, url, proxy),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=GREATEST_ANSWER,
            start_new_session=True,  # the terminal's Ctrl-C is for the verdict, who ends the workers
        )
        try:
            side = Side(name=source.name, process=process, proxy=proxy)
            imported = await side.ask("hello")
            if imported != str(source.folder / "gapless"):
                raise SideFailed(f"The worker of {source.name} imports gapless from {imported}, not {source.folder}.")
            yield side
        finally:
            await _ended(process)


def _environment(source: Source, url: str, proxy: Proxy) -> dict[str, str]:
    """Of both sides alike but for where they find gapless and their database."""
    return {
        **os.environ,
        "PYTHONPATH": str(source.folder),
        "PYTHONHASHSEED": "0",
        "BENCH_DIRECT_URL": url,
        "BENCH_COUNTED_URL": proxy.url.render_as_string(hide_password=False),
    }


async def _ended(process: asyncio.subprocess.Process) -> None:
    """A worker has nothing to put away but connections, so it need not be asked."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()

"""One side of a comparison: does pieces of work with the gapless of its commit, as it is told line by line.

Each line that comes in is a command in JSON, each that goes out its answer: `{"done": ...}`, `{"unavailable": why}` if
the commit lacks what the work uses, or `{"failed": why}`. When nothing comes in any more, the worker ends; so it never
outlives whoever started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import os
import sys
import time
import traceback
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TextIO

import attrs
from sqlalchemy.ext.asyncio import create_async_engine

import gapless
from benchmarks.comparison.works.work import Plain, Work

WORKS = Path(__file__).with_name("works")


class Unavailable(Exception):
    """This commit lacks something that a piece of work uses."""


@attrs.define
class Prepared:
    """A piece of work on one application, and how often it was done."""

    work: Work
    steps: int = 0

    async def run(self, steps: int) -> float:
        """Does it so often; returns the CPU of this process for one step, in microseconds.

        The garbage collector runs before and not meanwhile.
        """
        first, self.steps = self.steps, self.steps + steps
        gc.collect()
        gc.disable()
        try:
            begun = time.process_time_ns()
            for place in range(first, self.steps):
                await self.work.step(place)
            return (time.process_time_ns() - begun) / steps / 1000
        finally:
            gc.enable()


class Worker:
    """What the commands do.

    Args:
        stack: closes what the worker opens.
        direct: the URL of a database of this side alone, which it migrates itself.
        counted: the same through a proxy that counts requests.
    """

    def __init__(self, stack: AsyncExitStack, direct: str, counted: str) -> None:
        self._stack = stack
        self._urls = {"direct": direct, "counted": counted}
        self._apps: dict[str, gapless.Gapless] = {}
        self._prepared: dict[tuple[str, str], Prepared] = {}

    async def hello(self) -> Plain:
        """Where the gapless comes from that this worker has imported."""
        return str(Path(gapless.__file__).parent)

    async def prepare(self, work: str) -> Plain:
        """Makes a piece of work ready, and does it twice on every way that it will be done.

        Returns:
            Whether requests can be counted.

        Raises:
            Unavailable: the commit lacks something.
        """
        try:
            module = importlib.import_module(f"benchmarks.comparison.works.{work}")
            ways = ("direct", "counted") if module.STORE == "postgresql" else ("memory",)
            for way in ways:
                prepared = Prepared(await module.prepared(await self._app(way), f"{work.replace('_', '-')}-{way}"))
                await prepared.run(2)
                self._prepared[work, way] = prepared
        except (ImportError, AttributeError, TypeError) as error:
            if not _is_ours(error):
                raise
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        return len(ways) > 1

    async def run(self, work: str, steps: int) -> Plain:
        """Does a round of a piece of work; returns the CPU of a step in microseconds."""
        return await self._on(work, "direct", "memory").run(steps)

    async def count(self, work: str, steps: int) -> Plain:
        """Does steps through the proxy."""
        return await self._on(work, "counted").run(steps)

    async def outcome(self, work: str) -> Plain:
        """What a piece of work has left, on each way."""
        return {way: await each.work.outcome() for (name, way), each in self._prepared.items() if name == work}

    def _on(self, work: str, *ways: str) -> Prepared:
        return next(self._prepared[work, way] for way in ways if (work, way) in self._prepared)

    async def _app(self, way: str) -> gapless.Gapless:
        """The application of a way; in memory each piece of work has one of its own."""
        if way == "memory":
            return await self._stack.enter_async_context(gapless.open("memory:"))
        if not self._apps:
            await _migrated(self._urls["direct"])
        if way not in self._apps:
            self._apps[way] = await self._stack.enter_async_context(gapless.open(self._urls[way]))
        return self._apps[way]


async def _migrated(url: str) -> None:
    engine = create_async_engine(url)
    # An older commit has it in `gapless`.
    face = gapless if hasattr(gapless, "migrate") else importlib.import_module("gapless.postgres")
    try:
        await face.migrate(engine)
    finally:
        await engine.dispose()


def _is_ours(error: BaseException) -> bool:
    """Whether a piece of work itself raised it, because a name or an argument is unknown to this commit."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).is_relative_to(WORKS)


async def answered(worker: Worker, line: str) -> str:
    """Carries out one command; returns the line of its answer."""
    try:
        command, *arguments = json.loads(line)
        return json.dumps({"done": await getattr(worker, command)(*arguments)})
    except Unavailable as error:
        return json.dumps({"unavailable": str(error)})
    except Exception:  # noqa: BLE001  # whatever it was, the verdict says it and ends
        return json.dumps({"failed": traceback.format_exc()})


async def served(direct: str, counted: str, answers: TextIO) -> None:
    """Carries out commands until no more come."""
    async with AsyncExitStack() as stack:
        worker = Worker(stack, direct, counted)
        for line in iter(sys.stdin.readline, ""):  # nothing else happens meanwhile, so waiting here blocks nobody
            answers.write(await answered(worker, line) + "\n")
            answers.flush()


def main() -> None:
    """Serves on the pipes of this process, with the URLs of its environment, which other users can't see."""
    # A broken pipe is the other way to learn that whoever started this is gone.
    with contextlib.suppress(BrokenPipeError), os.fdopen(os.dup(1), "w") as pipe:
        os.dup2(2, 1)  # what the code of a commit prints must not be taken for an answer
        asyncio.run(served(os.environ["BENCH_DIRECT_URL"], os.environ["BENCH_COUNTED_URL"], pipe))


if __name__ == "__main__":
    main()

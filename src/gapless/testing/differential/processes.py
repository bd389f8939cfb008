"""Batches of random programs, which processes run until one of them finds a failure."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import attrs
from hypothesis import strategies as st

from gapless.testing.differential.runner import PreparationError
from gapless.testing.differential.search import search
from gapless.testing.differential.shrinker import shrunk

S = TypeVar("S")
FailureOf = Callable[[Sequence[S]], Awaitable[BaseException | None]]
"""Runs a program, and returns how it fails; None if it does not."""
PROCESSES = 2
SEEDS = 1 << 32


@attrs.frozen
class Batch:
    """Some programs of one kind.

    Attributes:
        kind: what they speak of.
        seed: what they are drawn from.
        programs: how many.
        url: the database.
        schema: where the tables are in it.
        catalogue: how a process finds the catalogue, as the command line names it; None for that of gapless.
    """

    kind: str
    seed: int
    programs: int
    url: str
    schema: str
    catalogue: str | None = None


@attrs.frozen
class Finding:
    """The result of a batch.

    Attributes:
        programs: how many were run.
        steps: how many steps they had.
        failure: what was wrong, with the smallest program that shows it; None if nothing was.
        blocks: how many blocks of memory the process has at the end, where somebody counts them.
        unprepared: why the rows could not be prepared with which programs begin; None if they were.
    """

    programs: int
    steps: int
    failure: str | None
    blocks: int = 0
    unprepared: str | None = None


def batches_of(
    kinds: Sequence[str], programs: int, size: int, seed: int, url: str, schema: str, *, catalogue: str | None = None
) -> Iterator[Batch]:
    """The batches of a run.

    Args:
        kinds: what they speak of, in turn.
        programs: how many programs all batches have together.
        size: how many a batch has at most.
        seed: what they are drawn from.
        url: the database.
        schema: where the tables are in it.
        catalogue: how a process finds the catalogue.
    """
    for number, first in enumerate(range(0, programs, size)):
        each = min(size, programs - first)
        yield Batch(kinds[number % len(kinds)], seed * SEEDS + number, each, url, schema, catalogue)


def run_batches(batches: Iterable[Batch], run: Callable[[Batch], Finding]) -> list[Finding]:
    """Runs batches until one fails; those whose rows could not be prepared don't stop the others.

    Args:
        batches: what is run.
        run: runs one of them, in a process of its own: a function of a module.

    Returns:
        What came of each batch.
    """
    found: list[Finding] = []
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for finding in pool.map(run, batches):
            found.append(finding)
            if finding.failure is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    return found


def run_programs(
    loop: asyncio.Runner,
    batch: Batch,
    drawn: st.SearchStrategy[tuple[S, ...]],
    failure_of: FailureOf[S],
    said: Callable[[BaseException | None], str],
) -> Finding:
    """Runs the programs of a batch until one fails, and makes that as small as it can be made.

    Args:
        loop: where they are run.
        batch: how many there are, and what they are drawn from.
        drawn: what draws a program.
        failure_of: runs one.
        said: what is said of the failure of the smallest, behind its steps.
    """

    async def fails(program: tuple[S, ...]) -> bool:
        return await failure_of(program) is not None

    async def told(program: tuple[S, ...]) -> str:
        smallest = await shrunk(program, fails)
        return "\n".join((*map(repr, smallest), said(await failure_of(smallest))))

    try:
        found = search(drawn, lambda program: loop.run(fails(program)), programs=batch.programs, seed=batch.seed)
    except PreparationError as error:
        return Finding(0, 0, None, unprepared=f"{batch.kind}: {error}")
    return Finding(found.programs, found.steps, None if found.failing is None else loop.run(told(found.failing)))

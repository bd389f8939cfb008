"""Lets two commits take turns at each piece of work, and compares what they needed."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import attrs

from benchmarks.comparison.checkout import Source
from benchmarks.comparison.comparison import LIMIT, Comparison
from benchmarks.comparison.side import Side, SideFailed, WorkUnavailable, opened_side
from benchmarks.comparison.works import MODULES
from benchmarks.measurement import SidesDiffer, where_they_differ
from tests.integration.databases import connected, url_of

HERE = Source(name="this checkout", folder=Path(__file__).parents[2] / "src")
COUNTED = 4


class Pair(NamedTuple):
    """Both sides."""

    here: Side
    there: Side


@attrs.frozen(kw_only=True)
class Extent:
    """What is compared, and how much of it.

    Attributes:
        works: the modules of the pieces of work.
        rounds: how many rounds count.
        processes: how many processes each side gets, one after the other, that share the rounds: a process may be a
            little faster or slower than the next as long as it lives, by where its memory lies and its core. One more
            round of each comes first to warm it up, and does not count.
        steps: how many steps each side takes in a round; None for as many as each piece of work says itself.
        limit: how many times the other's client CPU is still no worse.
    """

    works: Sequence[str] = MODULES
    rounds: int = 40
    processes: int = 4
    steps: int | None = None
    limit: float = LIMIT

    @property
    def shares(self) -> list[int]:
        """How many rounds each process takes."""
        processes = min(self.processes, self.rounds)
        return [self.rounds // processes + (place < self.rounds % processes) for place in range(processes)]


@attrs.frozen(kw_only=True)
class Sample:
    """What one process of each side took for a piece of work.

    Attributes:
        requests: how many one step takes, here and there; None if there is no server.
        rounds: the client CPU of a step in each round, here and there, in microseconds.
    """

    requests: tuple[float, float] | None
    rounds: Sequence[tuple[float, float]]


@attrs.frozen(kw_only=True)
class Decision:
    """What came out.

    Attributes:
        against: how the other commit is called.
        server: the version of PostgreSQL.
        comparisons: of the pieces of work that both have.
        unavailable: why the other commit can't do the others, by name.
    """

    against: str
    server: str
    comparisons: Sequence[Comparison]
    unavailable: dict[str, str]

    @property
    def complaints(self) -> list[str]:
        """In what this checkout is worse, in sentences; none if it is no worse."""
        return [complaint for comparison in self.comparisons for complaint in comparison.complaints]


async def decided(here: Source, there: Source, server_url: str, extent: Extent) -> Decision:
    """Compares two sources piece by piece of work.

    Args:
        here: what is decided.
        there: what it is compared with.
        server_url: the maintenance database of a server, where each side gets a database for the time.
        extent: what is compared.

    Raises:
        SidesDiffer: the two have not done the same, so that comparing them says nothing.
        SideFailed: one could not do its work, or they have no piece of work in common.
    """
    samples: dict[str, list[Sample]] = {work: [] for work in extent.works}
    unavailable: dict[str, str] = {}
    for rounds in extent.shares:
        async with _pair(here, there, server_url) as pair:
            for work in [work for work in samples if work not in unavailable]:
                try:
                    samples[work].append(await _sample(pair, work, rounds, extent.steps))
                except WorkUnavailable as missing:
                    unavailable[work] = str(missing)
    if len(unavailable) == len(samples):
        raise SideFailed(f"{there.name} can do none of the work, so nothing can be compared: {unavailable}")
    return Decision(
        against=there.name,
        server=await _version(server_url),
        comparisons=[_comparison(work, samples[work], there.name, extent) for work in samples if samples[work]],
        unavailable={_module(work).NAME: why for work, why in unavailable.items()},
    )


def _module(work: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.comparison.works.{work}")


async def _version(server_url: str) -> str:
    async with connected(server_url) as server:
        return str(await server.fetchval("SHOW server_version")).split(maxsplit=1)[0]


def _comparison(work: str, samples: Sequence[Sample], against: str, extent: Extent) -> Comparison:
    counted = [sample.requests for sample in samples if sample.requests is not None]
    rounds = [each for sample in samples for each in sample.rounds]
    return Comparison(
        name=_module(work).NAME,
        against=against,
        requests=(max(here for here, _ in counted), max(there for _, there in counted)) if counted else None,
        here_us=[here for here, _ in rounds],
        there_us=[there for _, there in rounds],
        limit=extent.limit,
    )


@asynccontextmanager
async def _pair(here: Source, there: Source, server_url: str) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        sides = [
            await stack.enter_async_context(opened_side(source, await stack.enter_async_context(_database(server_url))))
            for source in (here, there)
        ]
        yield Pair(*sides)


@asynccontextmanager
async def _database(server_url: str) -> AsyncIterator[str]:
    """An empty database, which is dropped at the end, whoever is still connected."""
    name = f"bench_{secrets.token_hex(6)}"
    async with connected(server_url) as server:
        await server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield url_of(server_url, name)
    finally:
        async with connected(server_url) as server:
            await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _sample(pair: Pair, work: str, rounds: int, steps: int | None) -> Sample:
    is_counted = await _prepared(pair, work)
    requests = await _requests(pair, work) if is_counted else None
    taken = [await _round(pair, work, steps or _module(work).STEPS, place) for place in range(rounds + 1)]
    await _require_equal(pair, work)
    return Sample(requests=requests, rounds=taken[1:])


async def _prepared(pair: Pair, work: str) -> bool:
    """Makes both ready; returns whether requests can be counted. What this checkout lacks, the verdict has to learn."""
    try:
        is_counted = bool(await pair.here.ask("prepare", work))
    except WorkUnavailable as missing:
        raise SideFailed(
            f"{pair.here.name} can't do {work} ({missing}): benchmarks/comparison/works has to follow what has changed."
        ) from missing
    await pair.there.ask("prepare", work)
    return is_counted


async def _requests(pair: Pair, work: str) -> tuple[float, float]:
    for side in pair:  # until every statement is prepared
        await side.ask("count", work, COUNTED)
    return await pair.here.requests(work, COUNTED), await pair.there.requests(work, COUNTED)


async def _round(pair: Pair, work: str, steps: int, place: int) -> tuple[float, float]:
    """One turn of each, in an order that changes from round to round."""
    taken: dict[str, float] = {}
    for key in ("here", "there")[:: -1 if place % 2 else 1]:
        side: Side = getattr(pair, key)
        taken[key] = float(str(await side.ask("run", work, steps)))
    return taken["here"], taken["there"]


async def _require_equal(pair: Pair, work: str) -> None:
    here, there = await pair.here.ask("outcome", work), await pair.there.ask("outcome", work)
    if here != there:
        first, second = where_they_differ(str(here), str(there))
        raise SidesDiffer(
            f"{_module(work).NAME}: {pair.here.name} and {pair.there.name} have not done the same, so comparing "
            f"them says nothing. {pair.here.name} left {first}; {pair.there.name} left {second}."
        )

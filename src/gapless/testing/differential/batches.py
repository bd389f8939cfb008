"""Many random programs on the in-memory store and on PostgreSQL; the same seed draws the same programs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from hypothesis import strategies as st

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.kit.limits import Limits
from gapless.testing.differential.comparing import Stores, compare
from gapless.testing.differential.processes import Batch, Finding, batches_of, run_programs
from gapless.testing.differential.programs import Shape, Step, programs_of
from gapless.testing.differential.range_vocabulary import RANGES
from gapless.testing.differential.service_vocabulary import SERVICE
from gapless.testing.differential.team_vocabulary import TEAM
from gapless.testing.differential.use_case_programs import use_case_programs
from gapless.testing.differential.use_cases import compare_use_cases
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.voice.hosted import HOSTED

S = TypeVar("S")
Comparing = Callable[[Stores, Sequence[S]], Awaitable[None]]
BATCH = 100
LOCK_SECONDS = 0.05
KINDS = ("team", "service", "ranges", "team", "service", "use cases")
"""What the batches speak of, in turn: a sixth are about ranges, and a sixth are sequences of use cases."""
LONG = Shape(units=10)
LEAST_USE_CASES = 10


def batches(programs: int, seed: int, url: str, schema: str) -> Iterator[Batch]:
    """The batches of a run.

    Args:
        programs: how many programs all batches have together.
        seed: what they are drawn from.
        url: the database.
        schema: where the tables are in it.
    """
    return batches_of(KINDS, programs, BATCH, seed, url, schema)


def run_batch(batch: Batch) -> Finding:
    """Runs a batch, in a loop and with connections of its own.

    Returns:
        How much was run, and the first disagreement, if there is one, as small as it can be made.
    """
    with asyncio.Runner() as loop:
        engine = create_engine(batch.url)
        store = PostgresStore(engine, HOSTED, schema=batch.schema, limits=Limits(lock=LOCK_SECONDS))
        try:
            if batch.kind == "use cases":
                return _run(loop, store, batch, use_case_programs(least=LEAST_USE_CASES), compare_use_cases)
            words = {"team": TEAM, "service": SERVICE, "ranges": RANGES}[batch.kind]
            return _run(loop, store, batch, programs_of(words, LONG), _comparing(words))
        finally:
            loop.run(engine.dispose())


def _comparing(words: Vocabulary) -> Comparing[Step]:
    async def comparing(stores: Stores, program: Sequence[Step]) -> None:
        await compare(stores, words, tuple(program))

    return comparing


def _run(
    loop: asyncio.Runner,
    store: PostgresStore,
    batch: Batch,
    drawn: st.SearchStrategy[tuple[S, ...]],
    comparing: Comparing[S],
) -> Finding:
    async def failure_of(program: Sequence[S]) -> Exception | None:
        try:
            await comparing((MemoryStore(HOSTED, limits=Limits(lock=LOCK_SECONDS)), store), program)
        except Exception as error:  # noqa: BLE001  # a crash of one store is a disagreement, too
            return error
        return None

    return run_programs(loop, batch, drawn, failure_of, lambda error: f"{type(error).__name__}: {error}")

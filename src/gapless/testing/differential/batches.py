"""Many random programs on the in-memory store and on PostgreSQL; the same seed draws the same programs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import TypeVar

import attrs
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.cli.declarations import declared
from gapless.kit import Catalogue
from gapless.kit.errors import DeclarationError
from gapless.kit.limits import Limits
from gapless.testing.differential.comparison import Stores, compare
from gapless.testing.differential.databases import database, meets_itself
from gapless.testing.differential.derived.vocabulary import vocabulary_of
from gapless.testing.differential.processes import Batch, Finding, batches_of, run_programs
from gapless.testing.differential.programs import Shape, Step, programs_of
from gapless.testing.differential.runner import PreparationError
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.emptying import empty

S = TypeVar("S")
Comparing = Callable[[Stores, Sequence[S]], Awaitable[None]]
BATCH = 100
LOCK_SECONDS = 0.05
LONG = Shape(units=10)


def batches(
    programs: int, seed: int, url: str, schema: str, catalogue: Catalogue, reference: str | None
) -> Iterator[Batch]:
    """The batches of a run, about one entity of a catalogue after the other.

    Args:
        programs: how many programs all batches have together.
        seed: what they are drawn from.
        url: the database.
        schema: where the tables are in it.
        catalogue: the entities.
        reference: how processes find it, as the command line names it; None for that of gapless.
    """
    kinds = tuple(model.name for model in catalogue.models)
    size = min(BATCH, max(1, programs // len(kinds)))
    return batches_of(kinds, programs, size, seed, url, schema, catalogue=reference)


def run_batch(batch: Batch) -> Finding:
    """Runs a batch, in a loop and with connections of its own.

    Returns:
        How much was run, and the first disagreement, if there is one, as small as it can be made.
    """
    catalogue = declared(batch.catalogue, None).catalogue
    try:
        words = words_about(catalogue, batch.kind)
    except DeclarationError as error:
        return Finding(0, 0, None, unprepared=f"{batch.kind}: {error}")
    return run_on_stores(batch, catalogue, programs_of(words, LONG), comparing(words))


@lru_cache(maxsize=64)
def words_about(catalogue: Catalogue, name: str) -> Vocabulary:
    """The vocabulary about the entity of this name."""
    return vocabulary_of(catalogue, next(model.entity for model in catalogue.models if model.name == name))


def comparing(words: Vocabulary) -> Comparing[Step]:
    """Makes the function that compares two stores by programs of a vocabulary."""

    async def compared(stores: Stores, program: Sequence[Step]) -> None:
        await compare(stores, words, tuple(program))

    return compared


def run_on_stores(
    batch: Batch, catalogue: Catalogue, drawn: st.SearchStrategy[tuple[S, ...]], compared: Comparing[S]
) -> Finding:
    """Runs programs on an in-memory store and on the tables of a batch, whose units hardly wait for a lock.

    Args:
        batch: how many there are, what they are drawn from, and where the tables are.
        catalogue: that of the stores.
        drawn: what draws a program.
        compared: runs one on both stores, and raises an error if they disagree.
    """
    with schema_of(batch, catalogue) as schema, asyncio.Runner() as loop:
        engine = create_engine(batch.url)
        failure_of = partial(_failure_of, Tables(engine, catalogue, schema, Limits(lock=LOCK_SECONDS)), compared)
        try:
            return run_programs(loop, batch, drawn, failure_of, lambda error: f"{type(error).__name__}: {error}")
        finally:
            loop.run(engine.dispose())


@contextmanager
def schema_of(batch: Batch, catalogue: Catalogue) -> Iterator[str]:
    """The schema of a batch: that of the run, or one of its own where programs of other processes would be met."""
    if not meets_itself(catalogue):
        yield batch.schema
        return
    with database(batch.url, catalogue) as (_, schema):
        yield schema


@attrs.frozen
class Tables:
    """The tables of a catalogue on which programs are run one after the other.

    Attributes:
        engine: of the database.
        catalogue: what they keep.
        schema: where they are.
        limits: those of the stores; the units of programs hardly wait for a lock, for some wait in vain.
    """

    engine: AsyncEngine
    catalogue: Catalogue
    schema: str
    limits: Limits

    async def stores(self) -> Stores:
        """An in-memory store and one on the tables, which are emptied before if programs could meet in them."""
        return await self.emptied() if meets_itself(self.catalogue) else self._stores()

    async def emptied(self) -> Stores:
        """An in-memory store and one on the tables, which are emptied before."""
        async with self.engine.begin() as connection:
            await empty(connection, self.catalogue, self.schema)
        return self._stores()

    def _stores(self) -> Stores:
        store = PostgresStore(self.engine, self.catalogue, schema=self.schema, limits=self.limits)
        return MemoryStore(self.catalogue, limits=self.limits), store


async def _failure_of(tables: Tables, compared: Comparing[S], program: Sequence[S]) -> Exception | None:
    try:
        await compared(await tables.stores(), program)
    except PreparationError:
        raise
    except Exception as error:  # noqa: BLE001  # a crash of one store is a disagreement, too
        return error
    return None

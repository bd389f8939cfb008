"""Many hostile programs on the in-memory store and on PostgreSQL; the same seed draws the same programs."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import NoReturn, TypeVar

import attrs
import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres import create_engine
from gapless.cli.declarations import declared
from gapless.kit import Catalogue
from gapless.kit.errors import DeclarationError
from gapless.kit.limits import Limits
from gapless.testing.differential.batches import Tables, schema_of, words_about
from gapless.testing.differential.comparison import Stores
from gapless.testing.differential.processes import Batch, Finding, batches_of, run_programs
from gapless.testing.differential.runner import PreparationError
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.fuzzing.comparison import compare_port_calls
from gapless.testing.fuzzing.function_calls import (
    FunctionCall,
    Functions,
    constructors,
    function_calls,
    make_function_calls,
)
from gapless.testing.fuzzing.hostile import hostile_values
from gapless.testing.fuzzing.hostile_classes import NeverStopped
from gapless.testing.fuzzing.port_calls import PortCall, port_calls

S = TypeVar("S")
Playing = Callable[[Stores, Sequence[S]], Awaitable[None]]
CALLS = 25
"""How many calls a program has."""
PROGRAMS = 40
"""How many programs a batch has."""
SECONDS = 20
"""How long one program may take: what hangs the event loop can't be cancelled by it."""
PORTS, CONSTRUCTORS = "ports of ", "constructors about "


def batches(
    calls: int, seed: int, url: str, schema: str, catalogue: Catalogue, reference: str | None
) -> Iterator[Batch]:
    """The batches of a run: calls of the ports, and of constructors, about one entity after the other.

    Args:
        calls: how many calls all batches make together at least.
        seed: what they are drawn from.
        url: the database.
        schema: where the tables are in it.
        catalogue: the entities.
        reference: how processes find it, as the command line names it; None for that of gapless.
    """
    kinds = tuple(f"{what}{model.name}" for model in catalogue.models for what in (PORTS, CONSTRUCTORS))
    return batches_of(kinds, -(-calls // CALLS), PROGRAMS, seed, url, schema, catalogue=reference)


def run_batch(batch: Batch) -> Finding:
    """Runs a batch, in a loop and with connections of its own.

    Returns:
        How much was called, and the first failure, if there is one, as small as it can be made.
    """
    catalogue = declared(batch.catalogue, None).catalogue
    try:
        words = words_about(catalogue, batch.kind.rpartition(" ")[2])
    except DeclarationError as error:
        return Finding(0, 0, None, unprepared=f"{batch.kind}: {error}")
    if batch.kind.startswith(PORTS):
        return run_on_stores(batch, catalogue, port_calls(words, CALLS, least=CALLS), playing_ports(words))
    functions = Functions(constructors(words))
    hostile = st.sampled_from(hostile_values(catalogue))
    drawn = function_calls(functions, CALLS, least=CALLS, hostile=hostile)
    return run_on_stores(batch, catalogue, drawn, playing_functions(functions))


def playing_ports(words: Vocabulary) -> Playing[PortCall]:
    """What makes calls of the ports of two stores."""
    return lambda stores, program: compare_port_calls(stores, words, program)


def playing_functions(functions: Functions) -> Playing[FunctionCall]:
    """What calls functions, which need no store."""

    async def playing(_: Stores, program: Sequence[FunctionCall]) -> None:
        make_function_calls(functions, program)

    return playing


def run_on_stores(
    batch: Batch, catalogue: Catalogue, drawn: st.SearchStrategy[tuple[S, ...]], playing: Playing[S]
) -> Finding:
    """Runs programs on an in-memory store and on the tables of a batch.

    Args:
        batch: how many there are, what they are drawn from, and where the tables are.
        catalogue: that of the stores.
        drawn: what draws a program.
        playing: runs one on both stores.

    Returns:
        How much was called, how much memory is taken at the end, and the first failure, if there is one.
    """
    with schema_of(batch, catalogue) as schema, asyncio.Runner() as loop:
        engine = create_engine(batch.url)
        try:
            failure_of = partial(_failure_of, playing, Tables(engine, catalogue, schema, Limits()))
            found = run_programs(loop, batch, drawn, failure_of, _said)
            injected = loop.run(_has_become_sql(engine))
        finally:
            loop.run(engine.dispose())
    gc.collect()
    failure = found.failure or ("a text has become SQL: there is a table injected" if injected else None)
    return attrs.evolve(found, failure=failure, blocks=sys.getallocatedblocks())


async def _failure_of(playing: Playing[S], tables: Tables, program: Sequence[S]) -> BaseException | None:
    stores = await tables.stores()
    try:
        with time_limit(SECONDS):
            await playing(stores, program)
    except PreparationError:
        raise
    except (Exception, NeverStopped, TimeLimitReached) as error:  # noqa: BLE001  # whatever is no error of gapless is a failure
        return error
    return None


async def is_injected(connection: AsyncConnection) -> bool:
    """Whether a database has the table that a hostile text makes once it becomes SQL."""
    return bool(await connection.scalar(sa.text("SELECT count(*) FROM pg_class WHERE relname = 'injected'")))


async def _has_become_sql(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return await is_injected(connection)


def _said(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error!s:.2000}\n{_where(error)}"


def _where(error: BaseException | None) -> str:
    """The line of ours that raised it."""
    trace = None if error is None else error.__traceback__
    line = ""
    while trace is not None:
        if "gapless" in (name := trace.tb_frame.f_code.co_filename) and "testing" not in name:
            line = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return line


class TimeLimitReached(BaseException):
    """What was called has not ended; it is no Exception, so that nobody takes it for an error of his own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Ends what takes longer by TimeLimitReached, also where it does not give way to the event loop, but to Python.

    Args:
        seconds: how long it may take; only in the main thread of a process.
    """

    def end(_: int, __: FrameType | None) -> NoReturn:
        raise TimeLimitReached(f"it has not ended within {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

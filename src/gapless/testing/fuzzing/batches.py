"""Many hostile programs on the in-memory store and on PostgreSQL; the same seed draws the same programs."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, TypeVar

import attrs
import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.testing.differential.comparing import Stores
from gapless.testing.differential.processes import Batch, Finding, batches_of, run_programs
from gapless.testing.differential.service_vocabulary import SERVICE
from gapless.testing.fuzzing.comparing import compare_hostile_use_cases, compare_port_calls
from gapless.testing.fuzzing.function_calls import FunctionCall, function_calls, make_function_calls
from gapless.testing.fuzzing.hostile_classes import NeverStopped
from gapless.testing.fuzzing.port_calls import PortCall, port_calls
from gapless.testing.fuzzing.use_case_calls import hostile_use_cases
from gapless.testing.voice.hosted import HOSTED

S = TypeVar("S")
Playing = Callable[[Stores, Sequence[S]], Awaitable[None]]
CALLS = 25
"""How many calls a program has."""
PROGRAMS = 40
"""How many programs a batch has."""
SECONDS = 20
"""How long one program may take: what hangs the event loop can't be cancelled by it."""
KINDS = ("use cases", "ports", "use cases", "ports", "functions")


def batches(calls: int, seed: int, url: str, schema: str) -> Iterator[Batch]:
    """The batches of a run.

    Args:
        calls: how many calls all batches make together at least.
        seed: what they are drawn from.
        url: the database.
        schema: where the tables are in it.
    """
    return batches_of(KINDS, -(-calls // CALLS), PROGRAMS, seed, url, schema)


def run_batch(batch: Batch) -> Finding:
    """Runs a batch, in a loop and with connections of its own.

    Returns:
        How much was called, and the first failure, if there is one, as small as it can be made.
    """
    with asyncio.Runner() as loop:
        engine = create_engine(batch.url)
        store = PostgresStore(engine, HOSTED, schema=batch.schema)
        try:
            found = _run_kind(loop, store, batch)
            injected = loop.run(_has_become_sql(engine))
        finally:
            loop.run(engine.dispose())
    gc.collect()
    failure = found.failure or ("a text has become SQL: there is a table injected" if injected else None)
    return attrs.evolve(found, failure=failure, blocks=sys.getallocatedblocks())


def _run_kind(loop: asyncio.Runner, store: PostgresStore, batch: Batch) -> Finding:
    match batch.kind:
        case "use cases":
            return _run(loop, store, batch, hostile_use_cases(CALLS, least=CALLS), compare_hostile_use_cases)
        case "ports":
            return _run(loop, store, batch, port_calls(SERVICE, CALLS, least=CALLS), _compare_port_calls)
        case _:
            return _run(loop, store, batch, function_calls(CALLS, least=CALLS), _make_function_calls)


async def _compare_port_calls(stores: Stores, program: Sequence[PortCall]) -> None:
    await compare_port_calls(stores, SERVICE, program)


async def _make_function_calls(_: Stores, program: Sequence[FunctionCall]) -> None:
    make_function_calls(program)


async def is_injected(connection: AsyncConnection) -> bool:
    """Whether a database has the table that a hostile text makes once it becomes SQL."""
    return bool(await connection.scalar(sa.text("SELECT count(*) FROM pg_class WHERE relname = 'injected'")))


async def _has_become_sql(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return await is_injected(connection)


def _run(
    loop: asyncio.Runner,
    store: PostgresStore,
    batch: Batch,
    drawn: st.SearchStrategy[tuple[S, ...]],
    playing: Playing[S],
) -> Finding:
    async def failure_of(program: Sequence[S]) -> BaseException | None:
        try:
            with time_limit(SECONDS):
                await playing((MemoryStore(HOSTED), store), program)
        except (Exception, NeverStopped, TimeLimitReached) as error:  # noqa: BLE001  # whatever is no error of gapless is a failure
            return error
        return None

    return run_programs(loop, batch, drawn, failure_of, _said)


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

"""Runs the demonstration: opens both stores on a fresh schema, plays, breaks, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import bootstrap
from gapless.adapters.postgres import create_engine
from gapless.adapters.system import UuidV7Factory
from gapless.cli.databases import database_errors_translated, given_or_temporary
from gapless.cli.progress import progress
from gapless.demo.attacks import AttackedServer, Enforcers, broken, indexes
from gapless.demo.data import Company, load, shipped
from gapless.demo.main_job import ended, main_job
from gapless.demo.report import Report
from gapless.demo.violations import PLACE, WRITTEN
from gapless.domain.catalogue import GAPLESS
from gapless.postgres import migrate
from gapless.stores import MEMORY
from gapless.testing.factories import Factories
from gapless.testing.violations import attempts


def run(
    data: Path | None, database_url: str | None, *, organizations: int | None = None, pooler: bool = False
) -> Report:
    """Runs the whole demonstration.

    Args:
        data: the folder with the input; None for that which gapless brings along.
        database_url: a PostgreSQL server to use; None for a temporary one.
        organizations: how many of the companies are played, the first ones; None for all.
        pooler: whether a pooler in transaction mode stands before the server.

    Raises:
        InvalidValue: the data can't be read.
        StoreUnavailable: there is no server to work on.
    """
    companies = load(shipped() if data is None else data)[:organizations]
    with given_or_temporary(database_url) as url:
        return asyncio.run(_on_server(companies, url, pooler=pooler))


async def _on_server(companies: Sequence[Company], url: str, *, pooler: bool) -> Report:
    with database_errors_translated():
        async with _opened(url, pooler=pooler) as enforcers:
            return await demonstrated(companies, enforcers)


@asynccontextmanager
async def _opened(url: str, *, pooler: bool) -> AsyncIterator[Enforcers]:
    """Both stores; PostgreSQL's in a schema of its own, which is dropped at the end."""
    engine = create_engine(url, pooler=pooler)
    schema = f"gapless_demo_{secrets.token_hex(4)}"
    try:
        await migrate(engine, schema=schema)
        async with (
            bootstrap.open(MEMORY) as memory,
            bootstrap.open(engine=engine, schema=schema) as postgres,
            _connected(engine) as connection,
        ):
            yield Enforcers(memory=memory.store, postgres=postgres.store, server=AttackedServer(connection, schema))
    finally:
        await _drop(engine, schema)
        await engine.dispose()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    async with engine.connect() as connection:
        pooled = await connection.get_raw_connection()
        yield cast("asyncpg.Connection", pooled.driver_connection)


async def _drop(engine: AsyncEngine, schema: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))


async def demonstrated(companies: Sequence[Company], enforcers: Enforcers) -> Report:
    """Plays the main job on both stores, and tries to break every rule.

    Args:
        companies: the input.
        enforcers: the stores, open and empty.
    """
    begin = time.monotonic()
    with progress("organizations", len(companies)) as advance:
        played = await main_job(companies, enforcers.memory, enforcers.postgres, advance)
    with progress("compared after the purge", len(played.created)) as advance:
        job = await ended(played, enforcers.memory, enforcers.postgres, advance)
    factories = Factories(GAPLESS)
    made = attempts(factories, written=WRITTEN, place=PLACE)
    with progress("violations", len(made)) as advance:
        rules = await broken(made, factories, enforcers, UuidV7Factory(), advance)
    found = await indexes(GAPLESS, enforcers.server)
    return Report(job=job, rules=rules, indexes=found, seconds=time.monotonic() - begin)

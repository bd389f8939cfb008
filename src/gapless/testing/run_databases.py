"""The databases of one test run: a migrated template, a copy of it for each process, and how a copy is emptied.

One copy is emptied before each test, because a further copy for each would take several times as long.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.connections.engine import create_unpooled_engine
from gapless.adapters.postgres.migrations.blocking import is_locked
from gapless.adapters.postgres.migrations.runner import connected
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.adapters.postgres.sql.text import quoted
from gapless.bootstrap import DEFAULT_REVISIONS, default_revisions
from gapless.kit import Catalogue, Revisions
from gapless.kit.errors import StoreUnavailable
from gapless.postgres import differences, migrate
from gapless.testing.emptying import empty

T = TypeVar("T")
SCHEMA = DEFAULT_REVISIONS.schema
LOCK_SECONDS = 5


def run_apart(work: Coroutine[object, object, T]) -> T:
    """Runs a coroutine to its end in a thread of its own, so that the event loop of the tests is left alone."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(asyncio.run, work).result()


async def prepared_database(server_url: str, run: str, process: str, catalogue: Catalogue) -> str:
    """Copies the template of the run, which is made when the first process asks; the others wait for that.

    Args:
        server_url: the address of a database of the server, for SQLAlchemy with asyncpg; its role may create others.
        run: how the names of all databases of the run begin.
        process: the one that the copy is for.
        catalogue: what the database is prepared for: the migrations of gapless, and what a host declares beyond them,
            or the tables of a service of another root.

    Returns:
        The address of the copy.

    Raises:
        StoreUnavailable: the server can't be reached or used, or refused something.
    """
    made = default_revisions(catalogue)
    statements = create_statements(catalogue, SCHEMA, beyond=None if made is None else made.catalogue)
    if made is None:  # a service of another root, whose tables no migration of gapless makes
        statements.insert(0, f"CREATE SCHEMA {quoted(SCHEMA)}")
    template = f"{run}_{hashlib.sha256(chr(10).join(statements).encode()).hexdigest()[:8]}"
    copy = f"{template}_{process}"
    async with connected(_server_engine(server_url)) as server:
        # The lock belongs to the session, which ends with this block.
        await server.execute(sa.text("SELECT pg_advisory_lock(hashtext(:template))"), {"template": template})
        await _ensure_template(server, server_url, template, made, statements)
        await server.exec_driver_sql(f"CREATE DATABASE {quoted(copy)} TEMPLATE {quoted(template)}")
    url = _url_of(server_url, copy)
    await opened_store(url, catalogue).check()
    return url


async def dropped_databases(server_url: str, run: str) -> None:
    """Drops every database of a run, whoever is still connected.

    Args:
        server_url: the address of a database of the server.
        run: how the names of all databases of the run begin.

    Raises:
        StoreUnavailable: the server can't be reached.
    """
    names = sa.text("SELECT datname FROM pg_database WHERE starts_with(datname, :run)")
    async with connected(_server_engine(server_url)) as server:
        for name in (await server.scalars(names, {"run": f"{run}_"})).all():
            await server.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")


async def made_empty(url: str, catalogue: Catalogue) -> None:
    """Removes every row of a catalogue's tables, and of what refers to them, in one transaction.

    Append-only tables refuse that to everybody; here their owner lifts the guards and puts them back as they were.

    Args:
        url: the address of the database.
        catalogue: whose tables they are.

    Raises:
        StoreUnavailable: something still uses the rows, such as a unit of work that an earlier test left open.
    """
    try:
        async with create_unpooled_engine(url).begin() as connection:
            await connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            await empty(connection, catalogue, SCHEMA)
    except DBAPIError as error:
        if not is_locked(error):
            raise
        raise StoreUnavailable(
            "The database can't be emptied: an earlier test has left a unit of work open."
        ) from error


async def database_differences(url: str, catalogue: Catalogue) -> tuple[str, ...]:
    """What a database lacks of a catalogue, or has otherwise, one sentence each; a host's migrations may have made it.

    Args:
        url: the address of the database.
        catalogue: what it has to enforce.

    Raises:
        StoreUnavailable: the server can't be reached, or a newer gapless has migrated the database.
    """
    return await differences(create_unpooled_engine(url), schema=SCHEMA, catalogue=catalogue)


def opened_store(url: str, catalogue: Catalogue) -> PostgresStore:
    """A store on a database; no connection outlives its unit, so that nothing is bound to an event loop."""
    return PostgresStore(create_unpooled_engine(url), catalogue, schema=SCHEMA)


async def _ensure_template(
    server: AsyncConnection, server_url: str, template: str, made: Revisions | None, statements: list[str]
) -> None:
    there = sa.text("SELECT true FROM pg_database WHERE datname = :name")
    if await server.scalar(there, {"name": template}):
        return
    # It gets its name when it is ready: a process that is killed meanwhile leaves no half of a template.
    unready = f"{template}_unready"
    await server.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted(unready)} WITH (FORCE)")
    await server.exec_driver_sql(f"CREATE DATABASE {quoted(unready)}")
    engine = create_unpooled_engine(_url_of(server_url, unready))
    if made is not None:
        await migrate(engine, schema=SCHEMA, revisions=made)
    async with engine.begin() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
    await server.exec_driver_sql(f"ALTER DATABASE {quoted(unready)} RENAME TO {quoted(template)}")


def _server_engine(url: str) -> AsyncEngine:
    # Databases are made and dropped outside of any transaction.
    return create_unpooled_engine(url).execution_options(isolation_level="AUTOCOMMIT")


def _url_of(server_url: str, database: str) -> str:
    return sa.make_url(server_url).set(database=database).render_as_string(hide_password=False)

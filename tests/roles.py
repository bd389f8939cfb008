"""Roles of a test server that have exactly the rights which a test gives them, or those of a profile."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import asyncpg
from sqlalchemy import AsyncAdaptedQueuePool, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import create_engine
from gapless.kit import Catalogue
from gapless.kit.rights import Uses
from gapless.postgres import Profile, grants
from tests.conftest import SCHEMA
from tests.integration.databases import connected


@asynccontextmanager
async def engine_of(
    database_url: str, database_name: str, profile: Profile, catalogue: Catalogue, schema: str = SCHEMA
) -> AsyncIterator[AsyncEngine]:
    """An engine by a role that has the rights of a profile and no others; at the end every connection has come back."""
    name = f"{database_name}_{profile.value}_{secrets.token_hex(3)}"  # roles are the server's, not a database's
    statements = grants(name, profile=profile, schema=schema, catalogue=catalogue)
    async with role_with(database_url, name, statements) as url:
        engine = create_engine(url)
        yield engine
        left = cast(AsyncAdaptedQueuePool, engine.pool).checkedout()
        await engine.dispose()
        assert left == 0, "a test has not given its connection back"


def needed(catalogue: Catalogue, jobs: Iterable[Uses]) -> Iterator[tuple[str, str]]:
    """Each right that jobs need, with the table that it is about."""
    for job in jobs:
        model = catalogue.by_entity[job.entity]
        if job.adds:
            yield from ((f'INSERT ("{column.stored}")', model.stored) for column in model.given)
        if job.changes:
            names = (model.column(name).stored for name in (*job.changes, *(["version"] if model.versioned else [])))
            yield from ((f'UPDATE ("{name}")', model.stored) for name in names)
        if job.locks:
            yield f'UPDATE ("{model.key_columns[0].stored}")', model.stored  # a right to any column will do
        if job.removes:
            yield "DELETE", model.stored
        if job.reads or job.changes or job.removes or (job.adds and model.filled):
            yield "SELECT", model.stored


def exactly(role: str, rights: Iterable[tuple[str, str]], schema: str = SCHEMA) -> list[str]:
    """The statements that give a role these rights, and no others."""
    return [
        f'GRANT USAGE ON SCHEMA {schema} TO "{role}"',
        *(f'GRANT {right} ON {schema}."{table}" TO "{role}"' for right, table in rights),
    ]


@asynccontextmanager
async def role_with(database_url: str, name: str, statements: Sequence[str] = ()) -> AsyncIterator[str]:
    """Makes a role; yields the address by which it comes to the database, and drops it at the end.

    Args:
        database_url: the database, by a role that may make others.
        name: the role's; one that is left of another run is dropped first.
        statements: what gives it its rights.
    """
    password = secrets.token_hex(16)
    async with connected(database_url) as owner:
        await _dropped(owner, name)
        await owner.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}'")
        for statement in statements:
            await owner.execute(statement)
    try:
        yield make_url(database_url).set(username=name, password=password).render_as_string(hide_password=False)
    finally:
        async with connected(database_url) as owner:
            await _dropped(owner, name)


async def _dropped(owner: asyncpg.Connection, name: str) -> None:
    if await owner.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name):
        await owner.execute(f'DROP OWNED BY "{name}"')
        await owner.execute(f'DROP ROLE "{name}"')

"""Stores of a host's catalogue, whose tables stand beside those of gapless."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue
from gapless.kit.ports import Store
from gapless.postgres import Profile
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.roles import engine_of


@asynccontextmanager
async def host_store(
    kind: str, catalogue: Catalogue, server_url: str, template: str, name: str
) -> AsyncIterator[Store]:
    """A store in memory, or on PostgreSQL, by a role that may do what jobs do in a database of its own.

    Args:
        kind: one of `STORES`.
        catalogue: gapless with the host's entities.
        server_url: the address of the server's maintenance database.
        template: the migrated database, of which one with this `name` is a copy.
        name: that of the database, as long as the store is there.
    """
    if kind == "memory":
        yield MemoryStore(catalogue)
        return
    async with copied_database(server_url, template, name) as url:
        async with connected(url) as owner:
            for statement in create_statements(catalogue, SCHEMA, beyond=GAPLESS):
                await owner.execute(statement)
        async with engine_of(url, name, Profile.JOBS, catalogue) as engine:
            yield PostgresStore(engine, catalogue, schema=SCHEMA)

"""What the sections of the benchmarks are given: a server, and how much they are to measure."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.ground import OURS, Ground, ground
from benchmarks.measurement import Effort
from gapless.embedded import EmbeddedServer
from gapless.postgres import migrate
from tests.integration.databases import connected, url_of

QUICK_ROUNDS = 1


@attrs.frozen(kw_only=True)
class Context:
    """How a run of the benchmarks goes.

    Attributes:
        server: a server that belongs to the run.
        version: of that server.
        rounds: how many rounds each section measures; None for as many as it takes itself.
        is_quick: whether sections only show that they work, with few rows and steps.
        own_load: how much of the load of the machine the run makes itself.
    """

    server: EmbeddedServer
    version: str
    rounds: int | None = None
    is_quick: bool = False
    own_load: float = OURS

    def effort(self, *, rounds: int, steps: int) -> Effort:
        """How much is measured.

        Args:
            rounds: how many rounds a section measures unless it is told otherwise.
            steps: how many steps each side takes in one.
        """
        if self.is_quick:
            return Effort(rounds=self.rounds or QUICK_ROUNDS, steps=min(steps, 2))
        return Effort(rounds=self.rounds or rounds, steps=steps)

    def size(self, usual: int, quick: int) -> int:
        """How many rows there are: as usual, or few where it is only shown that the section works."""
        return quick if self.is_quick else usual

    def ground(self, *, with_server: bool) -> Ground:
        """What is measured on, with the load of the machine now.

        Args:
            with_server: whether the server is part of what is measured.
        """
        return ground(self.version if with_server else None, own_load=self.own_load)

    @asynccontextmanager
    async def database(self, *, is_migrated: bool = True) -> AsyncIterator[str]:
        """A database of the server for the time of a block; yields its address.

        Args:
            is_migrated: whether it has gapless's tables, in the schema `gapless`.
        """
        name, maintenance = f"bench_{secrets.token_hex(6)}", self.server.url()
        async with connected(maintenance) as server:
            await server.execute(f'CREATE DATABASE "{name}"')
        try:
            if is_migrated:
                await migrated(url_of(maintenance, name))
            yield url_of(maintenance, name)
        finally:
            async with connected(maintenance) as server:
                await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def migrated(url: str, *schemas: str) -> None:
    """Makes gapless's tables in a database: in the schema `gapless`, or in each of these."""
    engine = create_async_engine(url)
    try:
        for schema in schemas or ("gapless",):
            await migrate(engine, schema=schema)
    finally:
        await engine.dispose()


async def version_of(server: EmbeddedServer) -> str:
    """The version of PostgreSQL."""
    async with connected(server.url()) as connection:
        return str(await connection.fetchval("SHOW server_version")).split(maxsplit=1)[0]

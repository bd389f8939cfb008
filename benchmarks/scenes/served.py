"""An application on a database of its own, with an organization, and a connection that loads rows past it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import attrs

import gapless
from benchmarks.context import Context
from benchmarks.scenes.companies import PLANS, RoomyCompany, company_of
from benchmarks.scenes.loading import Load, load
from gapless.bootstrap import Gapless
from tests.integration.databases import connected


@attrs.define
class Served:
    """A database that grows.

    Attributes:
        app: the application.
        company: its organization.
        connection: past the application.
        stored: how many rows were loaded.
    """

    app: Gapless
    company: RoomyCompany
    connection: asyncpg.Connection
    stored: int = 0

    async def grow(self, rows: Load, size: int, *values: object) -> None:
        """Loads rows until there are so many."""
        await load(self.connection, rows, self.stored, size, *values)
        self.stored = size


@asynccontextmanager
async def served(context: Context) -> AsyncIterator[Served]:
    """Opens them for the time of a block."""
    async with (
        context.database() as url,
        connected(url) as connection,
        gapless.open(url, plans=PLANS) as app,
    ):
        yield Served(app=app, company=await company_of(app), connection=connection)

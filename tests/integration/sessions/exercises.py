"""What is done in a session, tame or hostile: use cases, plain SQL that every rule refuses, and what a check asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache

import asyncpg
import attrs
import sqlalchemy as sa
from sqlalchemy import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.domain.catalogue import GAPLESS
from gapless.postgres import Profile, differences
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.differential.search import search
from gapless.testing.enforcers import ask_sql
from gapless.testing.fixtures import Fixture
from tests.conftest import SCHEMA
from tests.engines.operations import PORTS
from tests.integration.sessions.shadows import TELLING
from tests.privileges.using import BY_JOBS
from tests.programs.use_case_programs import UseCase, use_case_programs
from tests.programs.use_cases import compare_use_cases
from tests.violations import TABLES, attempts_of, named

SEED = 5
PROGRAMS, LONGEST = 2, 12
OWN_LIMITS = "SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0"


@attrs.frozen
class Session:
    """How sessions of a role begin.

    Attributes:
        url: the address of the database, by the role.
        begins: the statements with which each session begins.
        heard: which of its objects ran with the rights of somebody else, as the server told.
    """

    url: str
    begins: Sequence[str] = ()
    heard: set[str] = attrs.field(factory=set, eq=False)

    def hear(self, _: object, message: asyncpg.PostgresLogMessage) -> None:
        """Listens to what the server says."""
        said = str(message.message)
        if said.startswith(TELLING):
            self.heard.add(said)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """One of the driver's."""
        connection = await asyncpg.connect(
            make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        )
        try:
            await self._begin(connection)
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[AsyncEngine]:
        """An engine with few connections, each of which is such a session."""
        engine = create_engine(self.url, pool_size=2)

        def begin(connection: DBAPIConnection, _: object) -> None:
            connection.run_async(self._begin)

        sa.event.listen(engine.sync_engine, "connect", begin)
        try:
            yield engine
        finally:
            await engine.dispose()

    async def _begin(self, connection: asyncpg.Connection) -> None:
        connection.add_log_listener(self.hear)
        for statement in self.begins:
            await connection.execute(statement)


@cache
def programs() -> tuple[tuple[UseCase, ...], ...]:
    """A few sequences of use cases, the same in each run."""
    drawn: list[tuple[UseCase, ...]] = []

    def kept(program: tuple[UseCase, ...]) -> bool:
        drawn.append(program)
        return False

    search(use_case_programs(LONGEST, least=LONGEST), kept, programs=PROGRAMS, seed=SEED)
    return tuple(drawn)


async def perform(session: Session, profile: Profile) -> None:
    """Asserts that a store in such sessions does what the store in memory does, whichever way it is opened.

    Args:
        session: how they begin.
        profile: what its role may do.
    """
    async with session.engine() as engine:
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        for port in PORTS.values():
            await port(store)
        for program in programs():
            allowed = [call for call in program if profile is Profile.JOBS or call.name not in BY_JOBS]
            await compare_use_cases((MemoryStore(GAPLESS), store), allowed, GAPLESS)
        assert await differences(engine, schema=SCHEMA) == ()


@cache
def one_for_each_rule() -> Mapping[str, Attempt]:
    """An attempt by plain SQL at each rule that has one."""
    attempts = [attempt for case in TABLES for attempt in attempts_of(case.values[0]) if attempt.sql]
    return {attempt.rule.name: attempt for attempt in reversed(attempts)}


@attrs.frozen
class Led:
    """A connection whose search path stays what the session has made of it."""

    connection: asyncpg.Connection

    async def execute(self, query: str, *args: object) -> str:
        """Runs a statement, unless it sets the search path."""
        return "" if "search_path" in query else str(await self.connection.execute(query, *args))


async def refusals(session: Session, fixture: Fixture) -> dict[str, str]:
    """What becomes of plain SQL that breaks each rule, in such a session that gives itself the time for it."""
    async with session.connection() as connection:
        await connection.execute(OWN_LIMITS)
        return {
            named(attempt): (await ask_sql(attempt, Led(connection), SCHEMA, fixture)).words
            for attempt in one_for_each_rule().values()
        }

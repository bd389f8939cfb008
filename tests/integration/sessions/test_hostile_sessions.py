"""Whatever a session brings along, its answers are those of any other, and nothing of it runs as somebody else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.connections import scripts
from gapless.adapters.postgres.sql.objects import SEARCH_PATH
from gapless.adapters.postgres.verification import found
from gapless.adapters.system import UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit.errors import DatabaseDiffers, GaplessError
from gapless.postgres import Profile, grants
from gapless.testing.additions import stored
from gapless.testing.fixtures import Fixture
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.integration.postgres.attacking import functions_of
from tests.integration.sessions.exercises import Session, perform, refusals
from tests.integration.sessions.settings import as_begun, as_owned, other_values
from tests.integration.sessions.shadows import SHADOWS, schema_objects, temporary_objects
from tests.integration.store.conftest import own_engine
from tests.roles import role_with
from tests.violations import FACTORIES

pytestmark = pytest.mark.asyncio(loop_scope="session")
TAME = f"SET search_path = {SCHEMA}"
SHADOWED = f"SET search_path = {SHADOWS}, pg_catalog, {SCHEMA}"


@attrs.frozen
class Laboratory:
    """A database with a role for each profile.

    Attributes:
        owner: a connection of the tables' owner.
        name: the name of the database.
        roles: its address by each role.
        settings: other values of the settings of a session.
        temporary: what makes the temporary objects of a session.
        fixture: rows for plain SQL.
        tame: what becomes of plain SQL in a session that brings nothing along.
    """

    owner: asyncpg.Connection
    name: str
    roles: dict[Profile, str]
    settings: dict[str, str]
    temporary: str
    fixture: Fixture
    tame: dict[Profile, dict[str, str]]

    def with_types(self, profile: Profile) -> Session:
        """Sessions with temporary types, and views of the names of tables."""
        return Session(self.roles[profile], [self.temporary, TAME])

    def with_functions(self, profile: Profile) -> Session:
        """Sessions whose search path leads to other functions and operators before the server's own."""
        return Session(self.roles[profile], [SHADOWED])

    async def answers_alike(self, session: Session, profile: Profile) -> None:
        """Asserts that plain SQL and the store answer as ever, and that nothing has run as somebody else."""
        assert await refusals(session, self.fixture) == self.tame[profile]
        await perform(session, profile)
        assert session.heard == set()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def laboratory(server_url: str, template: str, database_name: str) -> AsyncIterator[Laboratory]:
    """A database of these tests' own, with everything that a hostile session may bring along."""
    name = f"{database_name}_sessions"
    async with copied_database(server_url, template, name) as url, AsyncExitStack() as stack:
        roles = {
            profile: await stack.enter_async_context(
                role_with(url, f"{name}_{profile.value}", grants(f"{name}_{profile.value}", profile=profile))
            )
            for profile in Profile
        }
        async with connected(url) as owner, own_engine(url) as engine:
            await owner.execute(f"CREATE SCHEMA {SHADOWS}; GRANT USAGE ON SCHEMA {SHADOWS} TO PUBLIC")
            await owner.execute(";\n".join(await schema_objects(owner)))
            fixture = await stored(FACTORIES, PostgresStore(engine, GAPLESS, schema=SCHEMA), UuidV7Factory())
            tame = {profile: await refusals(Session(role, [TAME]), fixture) for profile, role in roles.items()}
            temporary = ";\n".join(await temporary_objects(owner))
            yield Laboratory(owner, name, roles, await other_values(owner), temporary, fixture, tame)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.rows("whose", ["ROLE", "DATABASE", "session"])
async def test_settings_change_no_answer(laboratory: Laboratory, profile: Profile, whose: str) -> None:
    """With another value of every setting, of the role, the database or the session, every answer is the same."""
    url = laboratory.roles[profile]
    if whose == "session":
        await laboratory.answers_alike(Session(url, as_begun(laboratory.settings)), profile)
        return
    named = f'{whose} "{laboratory.name if whose == "DATABASE" else make_url(url).username}"'
    await laboratory.owner.execute(";\n".join(as_owned(laboratory.settings, named)))
    await laboratory.answers_alike(Session(url), profile)
    await laboratory.owner.execute(f"ALTER {named} RESET ALL")


@pytest.mark.parametrize("profile", Profile)
async def test_types_and_tables_change_no_answer(laboratory: Laboratory, profile: Profile) -> None:
    """With temporary types and tables of the names that our functions use, every answer is the same.

    None of them is asked with the rights of somebody else.
    """
    await laboratory.answers_alike(laboratory.with_types(profile), profile)


@pytest.mark.parametrize("profile", Profile)
async def test_functions_and_operators_change_no_answer(laboratory: Laboratory, profile: Profile) -> None:
    """So it is with functions and operators that come before the server's own."""
    await laboratory.answers_alike(laboratory.with_functions(profile), profile)


@asynccontextmanager
async def with_search_path(owner: asyncpg.Connection, path: str) -> AsyncIterator[None]:
    """All our functions have another search path meanwhile: `SET search_path = …` or RESET."""
    functions = [f"{SCHEMA}.{item.name}({item.arguments})" for item in functions_of(GAPLESS)]
    await owner.execute(";".join(f"ALTER FUNCTION {name} {path}" for name in functions))
    yield
    await owner.execute(";".join(f"ALTER FUNCTION {name} SET search_path = {SEARCH_PATH}" for name in functions))


async def test_functions_that_look_for_temporary_types_are_noticed(laboratory: Laboratory) -> None:
    """Planted: without pg_temp at the end of their search path, our functions run what a session has made."""
    session = laboratory.with_types(Profile.REQUESTS)
    async with with_search_path(laboratory.owner, "SET search_path = pg_catalog"):
        await refusals(session, laboratory.fixture)
    assert any("type uuid as" in told for told in session.heard)


async def test_functions_with_the_path_of_the_session_are_noticed(laboratory: Laboratory) -> None:
    """Planted: without a search path of their own they run functions and operators of the session."""
    session = laboratory.with_functions(Profile.REQUESTS)
    async with with_search_path(laboratory.owner, "RESET search_path"):
        await refusals(session, laboratory.fixture)
    assert {told.split()[1] for told in session.heard} == {"function", "operator"}


SHORT = {"lock_timeout": "1ms", "idle_in_transaction_session_timeout": "1ms"}
PAUSE = 0.05
"""Seconds, many times as long as the session allows."""
LOCKING = f"SELECT 1 FROM {SCHEMA}.organizations WHERE id = $1 FOR UPDATE"  # noqa: S608  # our own schema
BLOCKS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"


async def waits_and_pauses(laboratory: Laboratory) -> None:
    """Asserts that a unit waits for somebody's lock and pauses for longer than its session allows."""
    session, home = Session(laboratory.roles[Profile.REQUESTS], as_begun(SHORT)), laboratory.fixture.root_key
    async with session.engine() as engine:
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA)

        async def waiting() -> None:
            async with store.unit(home) as unit:
                await asyncio.sleep(PAUSE)
                await unit.of(User).count()
                await unit.commit()

        async with laboratory.owner.transaction():
            await laboratory.owner.execute(LOCKING, home)
            unit = asyncio.create_task(waiting())
            while not unit.done() and not await laboratory.owner.fetchval(BLOCKS):
                pass
            await asyncio.wait((unit,), timeout=PAUSE)  # for longer than the session would let it wait
        await unit


async def test_limits_are_those_of_the_unit(laboratory: Laboratory) -> None:
    """A unit has the time that it was given, to wait for a lock and between two statements, whatever a session sets."""
    await waits_and_pauses(laboratory)


@pytest.mark.parametrize("setting", SHORT)
async def test_a_limit_of_the_session_is_noticed(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """Planted: a unit that leaves one of these limits to the session fails."""
    begun = scripts.unit(10, 5)
    left = re.sub(rf"SET LOCAL {setting} = \d+", "SELECT 1", begun)
    assert left != begun
    monkeypatch.setattr(scripts, "unit", lambda *_: left)
    with pytest.raises(GaplessError):
        await waits_and_pauses(laboratory)


async def test_an_isolation_of_the_session_is_noticed(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a unit that leaves its isolation to the session is not what it is elsewhere."""
    begun = scripts.unit(1, 1).replace("BEGIN ISOLATION LEVEL READ COMMITTED", "BEGIN")
    monkeypatch.setattr(scripts, "unit", lambda *_: begun)
    session = Session(laboratory.roles[Profile.REQUESTS], as_begun(laboratory.settings))
    with pytest.raises(AssertionError):
        await perform(session, Profile.REQUESTS)


async def test_a_check_with_the_path_of_the_session_is_noticed(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a check that has no search path of its own takes the server's own operators for somebody else's."""
    question = found._QUESTION
    monkeypatch.setattr(found, "_QUESTION", question.replace("'search_path', 'pg_catalog, pg_temp'", "'a.path', ''"))
    assert question != found._QUESTION
    with pytest.raises(DatabaseDiffers):
        await perform(laboratory.with_functions(Profile.REQUESTS), Profile.REQUESTS)

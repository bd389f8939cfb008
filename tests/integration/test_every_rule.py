"""Every rule against PostgreSQL: through the store, with the same error as everywhere, and in plain SQL, by name."""

from collections.abc import AsyncIterator
from typing import cast

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.system import UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.testing.attempts import Attempt, PlainSql
from gapless.testing.enforcers import Verdict, ask_sql, ask_store
from gapless.testing.scenes import Scene, staged
from tests.conftest import SCHEMA
from tests.violations import ATTEMPTS, named, of_tables

IDS = UuidV7Factory()
ASKED_IN_SQL = [attempt for attempt in ATTEMPTS if attempt.sql]


@pytest_asyncio.fixture(scope="module")
async def store(engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    """The store on PostgreSQL."""
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    yield store
    await store.aclose()


@pytest_asyncio.fixture(scope="module")
async def connection(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the driver's, outside of any transaction."""
    async with engine.connect() as leased:
        yield cast("asyncpg.Connection", (await leased.get_raw_connection()).driver_connection)


@pytest_asyncio.fixture(scope="module")
async def scene(store: PostgresStore) -> Scene:
    """One scene for all that is tried in plain SQL: what is refused leaves nothing behind."""
    return await staged(store, IDS)


@pytest.mark.asyncio
@pytest.mark.parametrize("tried", of_tables(attempt for attempt in ATTEMPTS if attempt.store))
async def test_the_store_refuses(tried: list[Attempt], store: PostgresStore) -> None:
    """The store refuses with exactly the error that the entity and the in-memory store raise."""
    answers = {named(attempt): (await ask_store(attempt, store, await staged(store, IDS))).words for attempt in tried}
    assert {name: words for name, words in answers.items() if words != "refused"} == {}


@pytest.mark.asyncio
@pytest.mark.parametrize("tried", of_tables(ASKED_IN_SQL))
async def test_the_server_refuses(tried: list[Attempt], scene: Scene, connection: asyncpg.Connection) -> None:
    """PostgreSQL itself refuses plain SQL, and names the rule."""
    answers = {named(attempt): (await ask_sql(attempt, connection, SCHEMA, scene)).words for attempt in tried}
    assert {name: words for name, words in answers.items() if words != "refused"} == {}


@pytest.mark.asyncio
async def test_what_breaks_nothing_is_accepted(store: PostgresStore, connection: asyncpg.Connection) -> None:
    """What breaks no rule is let through when the server is asked, and no other refusal is taken for the rule's."""
    scene = await staged(store, IDS)
    rename = PlainSql("UPDATE users SET name = 'Anna' WHERE id = $1", (scene.owner.id,))
    shorten = PlainSql("UPDATE users SET name = 'A' WHERE id = $1", (scene.owner.id,))
    attempt = next(attempt for attempt in ATTEMPTS if attempt.rule.name == "check_email_length")
    accepted = await ask_sql(attrs.evolve(attempt, sql=lambda _: (rename,)), connection, SCHEMA, scene)
    assert accepted.verdict is Verdict.ACCEPTED
    other = await ask_sql(attrs.evolve(attempt, sql=lambda _: (shorten,)), connection, SCHEMA, scene)
    assert other.words == "SQL: check_name_length"
    async with store.reading(scene.organization.id) as reading:
        assert (await reading.of(User).get(scene.owner.id)).name == "Anna"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "name",
    [
        "check_name_length",
        "users_email_unique",
        "last_owner",
        "audit_logs_append_only",
        "audit_archive_append_only",
        "phone_numbers_number_unique",
        "phone_numbers_quota",
        "calls_active_needs_number",
        "calls_organization_id_fkey",
        "call_minutes_quota",
        "no_active_calls",
        "storage_quota",
    ],
)
async def test_a_server_that_has_forgotten_the_rule_is_noticed(
    name: str, store: PostgresStore, connection: asyncpg.Connection
) -> None:
    """A planted fault is caught: without its constraint, index or triggers the server no longer refuses."""
    scene = await staged(store, IDS)
    attempt = next(attempt for attempt in ASKED_IN_SQL if attempt.rule.name == name)
    statements = attempt.sql(scene) if attempt.sql else ()
    await connection.execute("BEGIN")
    try:
        await connection.execute(f"SET LOCAL search_path TO {SCHEMA}")
        await connection.execute(await _dropping(connection, attempt))
        for statement in statements:
            await connection.execute(statement.text, *statement.values)
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        await connection.execute("ROLLBACK")


async def _dropping(connection: asyncpg.Connection, attempt: Attempt) -> str:
    """What takes a rule out of the database: its check or its index, or else all triggers but those of references."""
    table, name = attempt.model.table, attempt.rule.name
    if await connection.fetchval("SELECT 1 FROM pg_constraint WHERE conname = $1", name):
        return f"ALTER TABLE {table} DROP CONSTRAINT {name}"
    if await connection.fetchval("SELECT 1 FROM pg_class WHERE relname = $1", name):
        return f"DROP INDEX {name}"
    return "; ".join(f"ALTER TABLE {model.table} DISABLE TRIGGER USER" for model in GAPLESS.models)

"""Every rule against PostgreSQL: through the store, with the same error as everywhere, and in plain SQL, by name."""

from collections.abc import AsyncIterator

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit.model import Model, Validated
from gapless.testing.additions import stored
from gapless.testing.counterexamples.attempts import Attempt, PlainSql
from gapless.testing.enforcers import Verdict, ask_sql
from gapless.testing.fixtures import Fixture
from tests.conftest import SCHEMA
from tests.integration.databases import driver_of
from tests.violations import FACTORIES, IDS, TABLES, Stage, attempt_at, attempts_of, named


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
        yield await driver_of(leased)


@pytest_asyncio.fixture(scope="module")
async def fixture(store: PostgresStore) -> Fixture:
    """The rows for all that is tried in plain SQL: what is refused leaves nothing behind."""
    return await stored(FACTORIES, store, IDS)


@pytest.mark.asyncio
@pytest.mark.parametrize("model", TABLES)
async def test_the_store_refuses(model: Model[Validated], store: PostgresStore) -> None:
    """The store refuses with exactly the error that the entity and the in-memory store raise."""
    stage = Stage(store)
    answers = {named(attempt): (await stage.ask(attempt)).words for attempt in attempts_of(model) if attempt.store}
    assert {name: words for name, words in answers.items() if words != "refused"} == {}


@pytest.mark.asyncio
@pytest.mark.parametrize("model", TABLES)
async def test_the_server_refuses(model: Model[Validated], fixture: Fixture, connection: asyncpg.Connection) -> None:
    """PostgreSQL itself refuses plain SQL, and names the rule."""
    answers = {
        named(attempt): (await ask_sql(attempt, connection, SCHEMA, fixture)).words
        for attempt in attempts_of(model)
        if attempt.sql
    }
    assert {name: words for name, words in answers.items() if words != "refused"} == {}


@pytest.mark.asyncio
async def test_what_breaks_nothing_is_accepted(store: PostgresStore, connection: asyncpg.Connection) -> None:
    """What breaks no rule is let through when the server is asked, and no other refusal is taken for the rule's."""
    fixture = await stored(FACTORIES, store, IDS)
    owner = fixture.there(User)
    rename = PlainSql("UPDATE users SET name = 'Anna' WHERE id = $1", (owner.id,))
    shorten = PlainSql("UPDATE users SET name = 'A' WHERE id = $1", (owner.id,))
    attempt = attempt_at("check_email_length")
    accepted = await ask_sql(attrs.evolve(attempt, sql=lambda _: (rename,)), connection, SCHEMA, fixture)
    assert accepted.verdict is Verdict.ACCEPTED
    other = await ask_sql(attrs.evolve(attempt, sql=lambda _: (shorten,)), connection, SCHEMA, fixture)
    assert other.words == "SQL: check_name_length"
    async with store.reading(fixture.root_key) as reading:
        assert (await reading.of(User).get(owner.id)).name == "Anna"


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
    fixture, attempt = await stored(FACTORIES, store, IDS), attempt_at(name)
    statements = attempt.sql(fixture) if attempt.sql else ()
    assert statements
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

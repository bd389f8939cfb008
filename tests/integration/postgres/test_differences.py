"""How a difference between a database and its catalogue is told, and what is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy import NullPool, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import gapless
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.postgres.verification.comparison import Declaration, differences_of
from gapless.bootstrap import DEFAULT_REVISIONS
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import DatabaseDiffers, DatabaseNotMigrated, DatabaseTooNew
from gapless.postgres import comment_statements, differences
from tests.integration.databases import connected, copied_database
from tests.integration.postgres.changes import BOUND, DISABLED_CHECK, NONE, SINCE_18, TOLD
from tests.integration.postgres.comparing import told
from tests.proxy import proxied

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture(scope="module")
async def compared_engine(server_url: str, template: str, database_name: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a migrated database in which everything that is done is taken back; it keeps no connection."""
    async with copied_database(server_url, template, f"{database_name}_compared") as url:
        engine = create_async_engine(url, poolclass=NullPool)
        yield engine
        await engine.dispose()


@pytest.mark.parametrize("change", TOLD)
async def test_difference_is_told(compared_engine: AsyncEngine, change: str) -> None:
    """The sentence says what it is about, by the name of the rule or the column, and how it differs."""
    statements, sentence = TOLD[change]
    assert (await told(compared_engine, statements))[0] == sentence


@pytest.mark.parametrize("change", NONE)
async def test_what_others_do_is_no_difference(compared_engine: AsyncEngine, change: str) -> None:
    """What is added beside the catalogue, or weakens nothing, is not told; nor does a setting of the session matter."""
    assert await told(compared_engine, NONE[change]) == []


@pytest.mark.parametrize("change", SINCE_18)
async def test_what_came_with_postgresql_18(compared_engine: AsyncEngine, change: str) -> None:
    """What a newer server lets somebody do is told as well; an older one does not know the words."""
    statements, sentence = SINCE_18[change]
    async with compared_engine.connect() as connection:
        version = (await connection.exec_driver_sql("SELECT current_setting('server_version_num')::int")).scalar_one()
    if version >= 180000:
        assert (await told(compared_engine, statements))[0] == sentence
    else:
        with pytest.raises(sa.exc.ProgrammingError):
            await told(compared_engine, statements)


async def test_comments_that_are_lost(own_engine: AsyncEngine) -> None:
    """A database without any of its comments is told in one sentence; the statements that it names bring them back."""
    async with own_engine.begin() as connection:
        for statement in comment_statements(GAPLESS, "gapless"):
            await connection.exec_driver_sql(f"{statement.rpartition(' IS ')[0]} IS NULL")
    (sentence,) = await differences(own_engine)
    assert sentence.startswith("none of the ")
    assert "gapless.postgres.comment_statements" in sentence
    async with own_engine.begin() as connection:
        for statement in comment_statements(GAPLESS, "gapless"):
            await connection.exec_driver_sql(statement)
    assert await differences(own_engine) == ()


async def test_opening_refuses_unless_told_otherwise(own_database: str, own_engine: AsyncEngine) -> None:
    """gapless.open refuses a database that differs, with every difference; with verify=False it opens."""
    async with own_engine.begin() as connection:
        await connection.exec_driver_sql(DISABLED_CHECK)
        await connection.exec_driver_sql(BOUND)
    with pytest.raises(DatabaseDiffers) as caught:
        async with gapless.open(own_database):
            pytest.fail("it was opened")
    assert caught.value.differences == (TOLD["missing check"][1], TOLD["disabled trigger"][1])
    async with gapless.open(own_database, verify=False) as app:
        assert not (await app.cleanup.purge_expired(timedelta(days=30))).blocked


async def test_missing_table_of_gapless_is_not_migrated(own_engine: AsyncEngine) -> None:
    """A table of gapless that is missing though the migrations are recorded is DatabaseNotMigrated, by name."""
    async with own_engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE gapless.handled_commands")
    with pytest.raises(DatabaseNotMigrated, match=r"Table handled_commands .* `gapless migrate`"):
        await PostgresStore(own_engine, GAPLESS, revisions=DEFAULT_REVISIONS).check()


async def test_states_of_migrations(own_engine: AsyncEngine, empty_engine: AsyncEngine) -> None:
    """Pending migrations are a difference; a database of a newer version can't be compared."""
    assert await differences(empty_engine) == ("migrations of schema gapless are pending: run `gapless migrate`",)
    async with own_engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE gapless.alembic_version SET version_num = 'gapless_9999'")
    with pytest.raises(DatabaseTooNew):
        await differences(own_engine)


@asynccontextmanager
async def reader(database: str, role: str) -> AsyncIterator[AsyncEngine]:
    """An engine of a role that may read the version table, and nothing else."""
    async with connected(database) as server:
        await server.execute(f"CREATE ROLE {role} LOGIN")
        await server.execute(
            f"GRANT USAGE ON SCHEMA gapless TO {role}; GRANT SELECT ON gapless.alembic_version TO {role}"
        )
        await server.execute(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    engine = create_async_engine(make_url(database).set(username=role))
    try:
        yield engine
    finally:
        await engine.dispose()
        async with connected(database) as server:
            await server.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_who_may_only_read_can_ask(own_database: str, database_name: str) -> None:
    """A role without a right to any table, whose transactions are read only, is told the same as everybody."""
    async with reader(own_database, f"{database_name}_reader") as engine:
        assert await differences(engine) == ()
        async with connected(own_database) as server:
            await server.execute(DISABLED_CHECK)
        assert await differences(engine) == (TOLD["disabled trigger"][1],)


async def test_comparison_takes_few_requests(own_database: str) -> None:
    """The comparison asks the server twice at most, whatever it finds: to prepare one query, and to run it."""
    async with proxied(own_database) as proxy:
        engine = create_engine(proxy.url.render_as_string(hide_password=False))
        counts = []
        for statement in ("SELECT 1", DISABLED_CHECK, BOUND):
            async with connected(own_database) as server:
                await server.execute(statement)
            for verify in (False, True):
                async with engine.connect() as connection:
                    await connection.execute(sa.text("SELECT 1"))
                    proxy.messages.clear()
                    if verify:
                        await differences_of(connection, Declaration.of(GAPLESS, "gapless"))
                    counts.append(proxy.requests)
        await engine.dispose()
    assert counts[::2] == [0, 0, 0]
    assert max(counts) <= 3

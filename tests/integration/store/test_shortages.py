"""What a server runs out of: room on its disk, connections; each is an error of its own, and nothing is half done."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import make_url

from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit.errors import DatabaseFull, TooManyConnections, UnitOfWorkFailed
from gapless.postgres import grants
from tests.conftest import SCHEMA
from tests.integration.databases import connected
from tests.integration.store.conftest import checked_out, own_engine
from tests.voice.rows import a_user, an_audit_record, assert_untouched, created

pytestmark = pytest.mark.asyncio

# A device that is always full answers each write as a full disk does.
FULL_DISK = f"""
CREATE FUNCTION {SCHEMA}.fill_the_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'COPY (SELECT repeat(''x'', 100000)) TO ''/dev/full''';
    RETURN NEW;
END
$$;
CREATE TRIGGER fill_the_disk BEFORE INSERT ON {SCHEMA}.users FOR EACH ROW
WHEN (NEW.name = 'Full') EXECUTE FUNCTION {SCHEMA}.fill_the_disk();
"""


@pytest_asyncio.fixture
async def full_disk(database_url: str) -> AsyncIterator[None]:
    """A database whose disk is full when a user of the name Full is added."""
    async with connected(database_url) as server:
        await server.execute(FULL_DISK)
        yield
        await server.execute(f"DROP FUNCTION {SCHEMA}.fill_the_disk() CASCADE")


@pytest.mark.usefixtures("full_disk")
async def test_full_disk(store: PostgresStore) -> None:
    """A write for which the server has no room is DatabaseFull, which no other try mends, and keeps nothing."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        with pytest.raises(DatabaseFull, match="disk is full") as caught:
            await unit.of(User).add(a_user(organization.id, name="Full"), an_audit_record(organization.id))
        assert not caught.value.retryable
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    await assert_untouched(store, organization.id)


async def test_too_many_connections(store: PostgresStore, database_url: str, database_name: str) -> None:
    """A role that has as many connections as it may is told so, and goes on when one of them has ended."""
    organization, role = await created(store), f"{database_name}_limited"
    url = make_url(database_url).set(username=role)
    async with connected(database_url) as server:
        await server.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 1")
        await server.execute(";".join(grants(role, schema=SCHEMA)))
    async with own_engine(url) as first, own_engine(url) as second:
        one, other = PostgresStore(first, GAPLESS, schema=SCHEMA), PostgresStore(second, GAPLESS, schema=SCHEMA)
        async with one.reading(organization.id) as reading:
            assert await reading.of(User).count() == 1
            with pytest.raises(TooManyConnections, match="limit") as caught:
                async with other.unit(organization.id):
                    pytest.fail("it was opened")
            assert caught.value.retryable
            assert checked_out(second) == 0
        async with connected(database_url) as server:
            await server.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1", role
            )
        async with other.unit(organization.id) as unit:
            await unit.commit()
    async with connected(database_url) as server:
        await server.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")

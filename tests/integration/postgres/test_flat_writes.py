"""What a use case writes costs the same however much is stored: the server reads as many rows for it, counted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import attrs
import pytest
import pytest_asyncio

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.bootstrap import Gapless, Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.users import Role, User
from gapless.kit.audit import Actor
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.integration.postgres.filling import filling
from tests.integration.postgres.test_plans import HOME, id_of

pytestmark = pytest.mark.asyncio

SMALL = OrganizationId(id_of(300))
ROWS, SLACK = 6_000, 2
"""How many rows most tables have, and by how many two plans of the same work may differ."""
JOB = Actor.system("test")
READ = "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE schemaname = $1"
# No index holds what is counted, so each row is read, also after a vacuum.
COUNTING = """
CREATE FUNCTION gapless.counts_all() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    PERFORM count(before) FROM gapless.audit_logs WHERE root_id = NEW.root_id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER counts_all AFTER INSERT ON gapless.outbox
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gapless.counts_all()
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@attrs.frozen
class Place:
    """An organization that is worked in, with what there is to change in it."""

    app: Gapless
    home: OrganizationId
    user: User
    number: PhoneNumber


async def use(place: Place) -> None:
    """Changes something of each kind; whatever counts rows up to a limit of theirs is left out."""
    app, home = place.app, place.home
    call = await app.calls.start(home, place.number.id, "+15551234567")
    await app.calls.take_over(home, call.id, place.user.id)
    await app.calls.finish(home, call.id, outcome="sold")
    await app.calls.rate(home, call.id, call_quality=3)
    await app.call_notes.annotate(home, call.id, place.user.id, "Spoke to Ann.")
    item = await app.knowledge.add(home, "When are you open?", "From nine to six.", "hours", actor=JOB)
    await app.knowledge.use(home, item.id)
    await app.knowledge.delete(home, item.id, actor=JOB)
    await app.phone_numbers.label(home, place.number.id, "Desk", actor=JOB)
    await app.organizations.rename(home, "Acme", actor=JOB)
    await app.members.change_role(home, place.user.id, Role.OPERATOR, actor=JOB)
    await app.members.deactivate(home, place.user.id, actor=JOB)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(server_url: str, template: str, database_name: str) -> AsyncIterator[str]:
    """The address of the filled database."""
    async with copied_database(server_url, template, f"{database_name}_flat") as url:
        async with connected(url) as connection:
            await connection.execute(f"SET search_path = {SCHEMA}; {filling(ROWS)}")
            await connection.execute("UPDATE gapless.organizations SET call_minutes_quota = 1000000")
            await connection.execute("ANALYZE")
        yield url


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Gapless]:
    """An application with connections of its own, which tell what they have read when they are closed."""
    engine = create_engine(url)
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    yield assembled(store, Parts())
    await store.aclose()
    await engine.dispose()


async def rows_read(connection: asyncpg.Connection) -> dict[str, int]:
    """How many rows of each table were read, once nobody else is connected who has not told yet."""
    others = 1
    while others:
        others = await connection.fetchval(OTHERS)
    return {table: int(number) for table, number in await connection.fetch(READ, SCHEMA)}


async def reads_of(url: str, home: OrganizationId) -> dict[str, int]:
    """How many rows of each table are read for changes in an organization."""
    async with opened(url) as app:
        user = await app.members.invite(home, f"{uuid4().hex}@acme.org", "Bob", Role.MANAGER, actor=JOB)
        number = await app.phone_numbers.add(home, f"+9{uuid4().int % 10**14:014}", Provider.VAPI, actor=JOB)
    async with connected(url) as connection:
        before = await rows_read(connection)
        async with opened(url) as app:
            await use(Place(app, home, user, number))
        after = await rows_read(connection)
    return {table: number - before[table] for table, number in after.items() if number > before[table]}


async def growing(url: str) -> dict[str, tuple[int, int]]:
    """The tables of which more rows are read where thousands are stored, with the numbers of few and of many."""
    few, many = await reads_of(url, SMALL), await reads_of(url, HOME)
    assert {"organizations", "users", "calls", "audit_logs", "phone_numbers", "knowledge_items"} <= set(few)
    return {table: (few.get(table, 0), number) for table, number in many.items() if number > few.get(table, 0) + SLACK}


async def test_writes_are_flat(database: str) -> None:
    """As many rows are read where thousands are stored as where hardly any are, by checks at commit too.

    A check that reads all rows of an organization would be noticed.
    """
    assert await growing(database) == {}
    async with connected(database) as connection:
        await connection.execute(COUNTING)
    assert set(await growing(database)) == {"audit_logs"}

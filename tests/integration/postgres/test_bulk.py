"""The work of a bulk statement stays linear, also on a connection that has planned for single rows."""

import time
from uuid import UUID, uuid4

import asyncpg
import pytest

from gapless.adapters.postgres.definitions.ddl import create_statements
from gapless.domain.catalogue import GAPLESS
from tests.integration.databases import connected
from tests.integration.postgres.rows import add_organizations, add_users

ORGANIZATIONS, MEMBERS = 50, 20_000
SLOWER = 10
"""How many times slower a connection that planned for one row may be than one that planned for all; a join is 100."""
FOUND = "UPDATE gapless.users SET is_active = $1 WHERE role = 'OPERATOR'"
JOINED = """
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE new_rows.is_active AND NOT old_rows.is_active)
    INTO parents_team_members_quota
    FROM old_rows JOIN new_rows USING (organization_id, id);
"""


async def populate(connection: asyncpg.Connection) -> list[UUID]:
    """Add organizations with an owner each, and many operators who take no seat; return the organizations."""
    organizations = [uuid4() for _ in range(ORGANIZATIONS)]
    async with connection.transaction():
        await add_organizations(connection, organizations, seats=MEMBERS)
        await add_users(connection, [(organization, uuid4()) for organization in organizations])
    operators = [(organizations[number % ORGANIZATIONS], uuid4()) for number in range(MEMBERS)]
    await add_users(connection, operators, role="OPERATOR", is_active=False)
    return organizations


async def seconds_to_activate(connection: asyncpg.Connection) -> float:
    """Activate all operators in one statement, and say how long it took; then take it back."""
    started = time.perf_counter()
    async with connection.transaction():
        await connection.execute(FOUND, True)
    taken = time.perf_counter() - started
    await connection.execute(FOUND, False)
    await connection.execute("VACUUM gapless.users")
    return taken


async def require_linear(url: str) -> None:
    """Fail if a connection that planned for single rows needs much longer for many than one that planned for many."""
    async with connected(url) as planned_for_many:
        expected = await seconds_to_activate(planned_for_many)
    async with connected(url) as planned_for_one:
        for _ in range(7):
            operator = await planned_for_one.fetchval("SELECT id FROM gapless.users WHERE role = 'OPERATOR' LIMIT 1")
            await planned_for_one.execute("UPDATE gapless.users SET is_active = NOT is_active WHERE id = $1", operator)
        await planned_for_one.execute(f"SET statement_timeout = {int(expected * SLOWER * 1000)}")
        await seconds_to_activate(planned_for_one)


@pytest.mark.asyncio
async def test_bulk_statement_touches_each_organization_once(connection: asyncpg.Connection) -> None:
    """However many rows of an organization a statement changes, the organization is touched once for each rule."""
    organizations = await populate(connection)
    count = "SELECT DISTINCT touches FROM gapless.organizations"
    (before,) = [row[0] for row in await connection.fetch(count)]
    await connection.execute(FOUND, True)
    assert [row[0] for row in await connection.fetch(count)] == [before + 1]
    await connection.execute("DELETE FROM gapless.users WHERE role = 'OPERATOR'")
    assert [row[0] for row in await connection.fetch(count)] == [before + 1]
    with pytest.raises(asyncpg.CheckViolationError, match="last_owner"):
        await connection.execute("UPDATE gapless.users SET role = 'ADMIN' WHERE organization_id = $1", organizations[7])


@pytest.mark.asyncio
async def test_plan_for_one_row_serves_many(connection: asyncpg.Connection, own_database: str) -> None:
    """A connection that has changed single users changes 20,000 as fast as a new one, within a factor of ten."""
    await populate(connection)
    await require_linear(own_database)


@pytest.mark.asyncio
async def test_check_notices_a_join_of_the_transition_tables(connection: asyncpg.Connection, own_database: str) -> None:
    """A trigger that joins the rows before and after is quadratic on such a connection, and the check says so."""
    await populate(connection)
    (text,) = [text for text in create_statements(GAPLESS, "gapless") if "users_updated() RETURNS" in text]
    start, end = text.index("    SELECT organization_id"), text.index(") AS changed;")
    start = text.rindex("    SELECT array_agg", 0, start)
    joined = text[:start] + JOINED + text[end + len(") AS changed;") :]
    await connection.execute(joined.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    with pytest.raises(asyncpg.QueryCanceledError):
        await require_linear(own_database)

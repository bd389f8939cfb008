"""The work of a bulk statement stays linear, also on a connection that has planned for single rows."""

import json
from collections.abc import Iterator
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from tests.integration.databases import connected
from tests.integration.postgres.rows import add_organizations, add_users

ORGANIZATIONS, MEMBERS = 10, 1000
MOST_PASSES = 4
"""How often a plan may go through the rows of a statement; a join of those before and after goes once for each row."""
ACTIVATE = "UPDATE gapless.users SET is_active = $1 WHERE role = 'OPERATOR'"
EXPLAINED = """
    LOAD 'auto_explain';
    SET auto_explain.log_min_duration = 0;
    SET auto_explain.log_analyze = on;
    SET auto_explain.log_timing = off;
    SET auto_explain.log_nested_statements = on;
    SET auto_explain.log_format = json;
    SET client_min_messages = log;
"""
JOINED = """
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE new_rows.is_active AND NOT old_rows.is_active)
    INTO parents_team_members_quota
    FROM old_rows JOIN new_rows USING (organization_id, id);
"""
Node = dict[str, object]


async def populate(connection: asyncpg.Connection) -> list[UUID]:
    """Add organizations with an owner each, and many operators who take no seat; return the organizations."""
    organizations = [uuid4() for _ in range(ORGANIZATIONS)]
    async with connection.transaction():
        await add_organizations(connection, organizations, seats=MEMBERS)
        await add_users(connection, [(organization, uuid4()) for organization in organizations])
    operators = [(organizations[number % ORGANIZATIONS], uuid4()) for number in range(MEMBERS)]
    await add_users(connection, operators, role="OPERATOR", is_active=False)
    return organizations


def nodes_of(plan: Node) -> Iterator[Node]:
    """A node of a plan and all below it."""
    yield plan
    for part in cast("list[Node]", plan.get("Plans", [])):
        yield from nodes_of(part)


def rows_met(node: Node) -> float:
    """How many rows a node has met, all times that it ran: those that it gave on, and those that it left out."""
    removed = sum(cast(float, value) for name, value in node.items() if name.startswith("Rows Removed"))
    return (cast(float, node["Actual Rows"]) + removed) * cast(float, node["Actual Loops"])


async def greatest_work(connection: asyncpg.Connection) -> float:
    """Activate all operators in one statement; how many rows the busiest node met, of its plan and of its triggers'."""
    told: list[str] = []
    connection.add_log_listener(lambda _, message: told.append(str(message.message)))
    await connection.execute(EXPLAINED)
    await connection.execute(ACTIVATE, True)
    await connection.execute("SET client_min_messages = warning")
    plans = [json.loads(text[text.index("{") :])["Plan"] for text in told if "plan:\n" in text]
    assert len(plans) > 1, "the statements of the triggers are not among those explained"
    return max(rows_met(node) for plan in plans for node in nodes_of(plan))


async def greatest_work_after_single_rows(url: str) -> float:
    """The same on a connection that has planned what its triggers ask for single rows."""
    async with connected(url) as connection:
        for _ in range(7):
            operator = await connection.fetchval("SELECT id FROM gapless.users WHERE role = 'OPERATOR' LIMIT 1")
            await connection.execute("UPDATE gapless.users SET is_active = NOT is_active WHERE id = $1", operator)
        return await greatest_work(connection)


@pytest.mark.asyncio
async def test_bulk_statement_touches_each_organization_once(connection: asyncpg.Connection) -> None:
    """However many rows of an organization a statement changes, the organization is touched once for each rule."""
    organizations = await populate(connection)
    count = "SELECT DISTINCT touches FROM gapless.organizations"
    (before,) = [row[0] for row in await connection.fetch(count)]
    await connection.execute(ACTIVATE, True)
    assert [row[0] for row in await connection.fetch(count)] == [before + 1]
    await connection.execute("DELETE FROM gapless.users WHERE role = 'OPERATOR'")
    assert [row[0] for row in await connection.fetch(count)] == [before + 1]
    with pytest.raises(asyncpg.CheckViolationError, match="last_owner"):
        await connection.execute("UPDATE gapless.users SET role = 'ADMIN' WHERE organization_id = $1", organizations[7])


@pytest.mark.asyncio
async def test_plan_for_one_row_serves_many(connection: asyncpg.Connection, own_database: str) -> None:
    """A connection that has changed single users goes through those of a bulk statement as seldom as a new one."""
    await populate(connection)
    assert MEMBERS <= await greatest_work_after_single_rows(own_database) <= MOST_PASSES * MEMBERS


@pytest.mark.asyncio
async def test_join_of_the_transition_tables_is_noticed(connection: asyncpg.Connection, own_database: str) -> None:
    """A trigger that joins the rows before and after is quadratic on such a connection, and the count says so."""
    await populate(connection)
    (text,) = [text for text in create_statements(GAPLESS, "gapless") if "users_updated() RETURNS" in text]
    start, end = text.index("    SELECT organization_id"), text.index(") AS changed;")
    start = text.rindex("    SELECT array_agg", 0, start)
    joined = text[:start] + JOINED + text[end + len(") AS changed;") :]
    await connection.execute(joined.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    assert await greatest_work_after_single_rows(own_database) > 100 * MEMBERS

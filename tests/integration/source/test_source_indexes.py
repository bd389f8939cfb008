"""Each index of the source and ours of the same name: the same columns in the same order, on the same rows."""

from collections.abc import AsyncIterator

import asyncpg
import attrs
import pytest
import pytest_asyncio

from gapless.domain.catalogue import GAPLESS
from tests.conftest import SCHEMA
from tests.integration.source.statements import INDEXES

THEIRS = "source"
CASES = [
    pytest.param("idx_users_organization_role", marks=pytest.mark.gap("GAP-192")),
    pytest.param("idx_users_last_seen", marks=pytest.mark.gap("GAP-193")),
    pytest.param("idx_calls_org_date", marks=pytest.mark.gap("GAP-194")),
    pytest.param("idx_calls_caller_date", marks=pytest.mark.gap("GAP-195")),
    pytest.param("idx_calls_outcome_date", marks=pytest.mark.gap("GAP-196")),
    pytest.param("idx_calls_handled_by", marks=pytest.mark.gap("GAP-197")),
    pytest.param("idx_calls_sentiment", marks=pytest.mark.gap("GAP-198")),
    pytest.param("idx_knowledge_category", marks=pytest.mark.gap("GAP-199")),
    pytest.param("idx_knowledge_usage", marks=pytest.mark.gap("X-03")),
    pytest.param("idx_subscriptions_status", marks=pytest.mark.gap("GAP-200")),
    pytest.param("idx_invoices_org_date", marks=pytest.mark.gap("GAP-201")),
    pytest.param("idx_users_deleted", marks=pytest.mark.gap("X-04")),
    pytest.param("idx_organizations_deleted", marks=pytest.mark.gap("X-05")),
    pytest.param("idx_knowledge_deleted", marks=pytest.mark.gap("X-06")),
    pytest.param("idx_audit_org_date", marks=pytest.mark.gap("X-07")),
    pytest.param("idx_audit_resource", marks=pytest.mark.gap("X-08")),
]
# Every value of the column that a condition speaks of, as far as the condition tells them apart.
VALUES = {
    "idx_users_last_seen": "(VALUES (true), (false), (NULL::boolean)) AS row (is_active)",
    "idx_calls_sentiment": "(VALUES (''), ('good'), (NULL::text)) AS row (sentiment)",
}
PLANTED = {
    "columns in another order": ("idx_users_organization_role", "users (role, organization_id)"),
    "oldest first": ("idx_calls_org_date", "calls (organization_id, started_at)"),
    "nulls last": ("idx_knowledge_usage", "knowledge_items (usage_count DESC, last_used_at DESC NULLS LAST)"),
    "one column less": ("idx_calls_handled_by", "calls (handled_by)"),
    "one column more": ("idx_subscriptions_status", "subscriptions (status, current_period_end, id)"),
    "another collation": ("idx_audit_resource", 'audit_logs (resource_type COLLATE "POSIX", resource_id)'),
    "another table": ("idx_knowledge_deleted", "users (is_deleted, organization_id)"),
    "without its condition": ("idx_users_last_seen", "users (last_seen_at)"),
    "with a condition": ("idx_invoices_org_date", "invoices (organization_id, created_at DESC) WHERE paid_at IS NULL"),
    "the opposite condition": ("idx_users_last_seen", "users (last_seen_at) WHERE NOT is_active"),
    "a condition that also holds of null": ("idx_users_last_seen", "users (last_seen_at) WHERE is_active IS NOT FALSE"),
    "a narrower condition": ("idx_calls_sentiment", "calls (sentiment) WHERE sentiment > ''"),
    "another method": ("idx_organizations_deleted", "organizations USING hash (is_deleted)"),
}
every_index = pytest.mark.parametrize("name", CASES)


@attrs.frozen(kw_only=True)
class Made:
    """An index as the server has it.

    Attributes:
        keys: all that it says of itself but its condition, with the schema left out: table, method, columns, order.
        condition: which rows are in it, as the server writes it, or None for all.
    """

    keys: str
    condition: str | None


_MADE = """
SELECT pg_get_indexdef(x.indexrelid) AS definition, pg_get_expr(x.indpred, x.indrelid) AS condition
FROM pg_index AS x WHERE x.indexrelid = to_regclass($1) AND x.indisvalid
"""


@pytest_asyncio.fixture
async def undone(scratch: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a migrated database, in a transaction that is rolled back after the test."""
    transaction = scratch.transaction()
    await transaction.start()
    yield scratch
    await transaction.rollback()


async def made(connection: asyncpg.Connection, schema: str, name: str) -> Made:
    """The index of this name in a schema."""
    found = await connection.fetchrow(_MADE, f"{schema}.{name}")
    assert found is not None, f"{schema} has no index {name}"
    keys = str(found["definition"]).partition(" WHERE ")[0].replace(f" ON {schema}.", " ON ")
    return Made(keys=keys, condition=found["condition"])


async def make_theirs(connection: asyncpg.Connection, name: str) -> None:
    """Carries out the source's statement on a table with the columns of ours, of which one has another name there."""
    statement = INDEXES[name]
    await connection.execute(f"CREATE SCHEMA {THEIRS}")
    await connection.execute(f"CREATE TABLE {THEIRS}.{statement.table} (LIKE {SCHEMA}.{statement.table})")
    await connection.execute(f"SET LOCAL search_path TO {THEIRS}")
    renamed = next(model.tenant for model in GAPLESS.models if model.table == statement.table) == "root_id"
    if renamed:
        await connection.execute(f"ALTER TABLE {statement.table} RENAME root_id TO organization_id")
    await connection.execute(statement.text)
    if renamed:
        await connection.execute(f"ALTER TABLE {statement.table} RENAME organization_id TO root_id")
    await connection.execute("SET LOCAL search_path TO pg_catalog")  # so that every name is written with its schema


async def differences(connection: asyncpg.Connection, name: str) -> list[str]:
    """How our index differs from that of the source: in its keys, or in the rows that it holds.

    The server keeps a condition as it was written (`is_active = true`, `is_active`), so that conditions are not
    compared as texts: of every value is asked whether a row with it is in the index.
    """
    await make_theirs(connection, name)
    theirs, ours = await made(connection, THEIRS, name), await made(connection, SCHEMA, name)
    found = [] if theirs.keys == ours.keys else [f"{ours.keys} instead of {theirs.keys}"]
    if name in VALUES:
        return found + await told_apart(connection, theirs.condition or "true", ours.condition or "true", VALUES[name])
    return found if theirs.condition == ours.condition else [*found, f"only where {ours.condition}"]


async def told_apart(connection: asyncpg.Connection, theirs: str, ours: str, values: str) -> list[str]:
    """The values of which one condition is true and the other is not: rows that are in one index alone."""
    question = f"SELECT row::text FROM {values} WHERE ({theirs}) IS TRUE <> ({ours}) IS TRUE"  # noqa: S608  # of this file
    return [f"{value} is in one and not in the other" for (value,) in await connection.fetch(question)]


def test_every_index_of_the_source_is_asked_about() -> None:
    """The source has 16 indexes; each is a case here, marked with the id that stands above it there."""
    marked = {str(name): mark.args[0] for param in CASES for name, mark in zip(param.values, param.marks, strict=True)}
    assert len(INDEXES) == 16
    assert marked.keys() == INDEXES.keys()
    assert {name: gap for name, gap in marked.items() if gap.startswith("GAP")} == {
        name: statement.gap for name, statement in INDEXES.items() if statement.gap
    }


@pytest.mark.asyncio
@every_index
async def test_ours_is_the_index_that_was_asked_for(undone: asyncpg.Connection, name: str) -> None:
    """Our index of this name has the table, the columns, the order and the rows of the source's."""
    assert await differences(undone, name) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", PLANTED)
async def test_another_index_of_the_name_is_noticed(undone: asyncpg.Connection, fault: str) -> None:
    """A planted fault is found: an index of the right name that is another one."""
    name, instead = PLANTED[fault]
    await undone.execute(f"DROP INDEX {SCHEMA}.{name}; CREATE INDEX {name} ON {SCHEMA}.{instead}")
    assert await differences(undone, name) != []


@pytest.mark.asyncio
@pytest.mark.parametrize("condition", ["is_active", "is_active = true"])
async def test_either_spelling_of_a_condition_uses_the_index(undone: asyncpg.Connection, condition: str) -> None:
    """A query for active users is served by our index, however it says that they are active."""
    await undone.execute("SET LOCAL enable_seqscan = off")
    active = f"FROM {SCHEMA}.users WHERE {condition}"
    plan = [line for (line,) in await undone.fetch(f"EXPLAIN SELECT id {active} AND last_seen_at < now()")]
    assert any("idx_users_last_seen" in line for line in plan), plan

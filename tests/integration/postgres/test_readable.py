"""Whatever plain SQL writes can be read: values that have no counterpart in Python are refused by name."""

from uuid import uuid4

import asyncpg
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.kit import DataType
from gapless.kit.columns import ColumnType
from gapless.kit.kinds import Rule
from gapless.kit.model import Model, Validated
from tests.integration.postgres.rows import found

UNREADABLE = {
    ColumnType.TIME: ["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'20000-01-01'", "'0001-01-01'", "'9999-12-31'"],
    ColumnType.JSON: ["'[1]'", "'5'", "'\"text\"'", "'null'"],
    ColumnType.UUIDS: ["ARRAY[NULL::uuid]", "ARRAY[ARRAY[gen_random_uuid()]]"],
}
READABLE = {
    ColumnType.TIME: ["'0001-01-02 00:00:00+00'", "'9999-12-30 23:59:59.999999+00'"],
    ColumnType.JSON: ["'{}'", "'{\"a\": [null]}'"],
    ColumnType.UUIDS: ["'{}'::uuid[]", "ARRAY[gen_random_uuid(), gen_random_uuid()]"],
}
COLUMNS = [
    (model, rule) for model in GAPLESS.models for rule in model.of_kind(DataType) if rule.column.type in UNREADABLE
]


def named(value: Model[Validated] | Rule) -> str:
    """The name of a test case."""
    return value.table if isinstance(value, Model) else value.name


@pytest.mark.asyncio
@pytest.mark.parametrize(("model", "rule"), COLUMNS, ids=named)
async def test_only_what_can_be_read_is_kept(database_url: str, model: Model[Validated], rule: DataType) -> None:
    """The column takes the ends of what it can hold, and refuses what lies beyond them, in the name of the rule."""
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        # A table of the checks alone, so that nothing else refuses.
        column = rule.column.name
        await connection.execute(
            f"CREATE TEMPORARY TABLE copy (LIKE gapless.{model.table} INCLUDING CONSTRAINTS) ON COMMIT PRESERVE ROWS"
        )
        for row in await connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'pg_temp.copy'::regclass AND attnum > 0 AND attnotnull"
        ):
            await connection.execute(f"ALTER TABLE copy ALTER COLUMN {row['attname']} DROP NOT NULL")
        for other in await connection.fetch(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'pg_temp.copy'::regclass AND contype = 'c'"
            " AND conname <> $1",
            rule.name,
        ):
            await connection.execute(f"ALTER TABLE copy DROP CONSTRAINT {other['conname']}")
        for value in (*READABLE[rule.column.type], "NULL"):
            await connection.execute(f"INSERT INTO copy ({column}) VALUES ({value})")  # noqa: S608  # our own values
        for value in UNREADABLE[rule.column.type]:
            with pytest.raises(asyncpg.CheckViolationError) as caught:
                await connection.execute(f"INSERT INTO copy ({column}) VALUES ({value})")  # noqa: S608  # as above
            assert caught.value.constraint_name == rule.name
    finally:
        await connection.close()


@pytest.mark.asyncio
async def test_a_key_that_changes_does_not_go_around_the_owners(connection: asyncpg.Connection) -> None:
    """Neither a fresh organization nor one without users gets another key, under which nobody would check it."""
    organization, _ = await found(connection)
    rename = "UPDATE gapless.organizations SET id = $2 WHERE id = $1"
    with pytest.raises(asyncpg.CheckViolationError, match="organizations_key_constant"):
        await connection.execute(rename, organization, uuid4())
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("DELETE FROM gapless.users WHERE organization_id = $1", organization)
    with pytest.raises(asyncpg.CheckViolationError, match="organizations_key_constant"):
        await connection.execute(rename, organization, uuid4())
    await transaction.rollback()
    with pytest.raises(asyncpg.CheckViolationError, match="last_owner"):
        await connection.execute("DELETE FROM gapless.users WHERE organization_id = $1", organization)


@pytest.mark.asyncio
async def test_a_forged_archive_keeps_no_organization(connection: asyncpg.Connection) -> None:
    """A record that somebody put into the archive beforehand does not keep its organization from being removed."""
    organization, _ = await found(connection)
    await connection.execute(
        "INSERT INTO gapless.audit_logs (root_id, id, created_at, actor_kind, job, action, resource_type,"
        " resource_id, metadata) VALUES ($1, $1, now(), 'system', 'test', 'tested', 'test', '1', '{}')",
        organization,
    )
    await connection.execute("INSERT INTO gapless.audit_archive SELECT * FROM gapless.audit_logs")
    await connection.execute("DELETE FROM gapless.organizations WHERE id = $1", organization)
    kept = await connection.fetchval("SELECT count(*) FROM gapless.audit_archive WHERE root_id = $1", organization)
    assert kept == 1

"""A migrated database is the catalogue; what somebody changed in it by hand is found."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from tests.integration.postgres.inspection import describe, differences

FUNCTION = "CREATE OR REPLACE FUNCTION gapless.judge_last_owner() RETURNS trigger LANGUAGE plpgsql"
WITHOUT_CHECK = "ALTER TABLE gapless.users DROP CONSTRAINT check_email_length"
WITHOUT_REFERENCE = "ALTER TABLE gapless.users DROP CONSTRAINT users_organization_id_fkey"
OTHER_REFERENCE = "FOREIGN KEY (organization_id) REFERENCES gapless.organizations ON DELETE RESTRICT"
STATISTICS = "gapless.calls_handled_by_user_id_fkey"
OF_HANDLERS = "ON organization_id, handled_by_user_id FROM gapless.calls"
DRIFTS = {
    "a dropped check": (
        WITHOUT_CHECK,
        "constraint users.check_email_length is missing",
    ),
    "a weakened check of the same name": (
        f"{WITHOUT_CHECK}, ADD CONSTRAINT check_email_length CHECK (char_length(email) <= 2540)",
        "constraint users.check_email_length should be CHECK",
    ),
    "a check that was not validated": (
        f"{WITHOUT_CHECK}, ADD CONSTRAINT check_email_length CHECK (char_length(email) <= 254) NOT VALID",
        "constraint users.check_email_length should be CHECK",
    ),
    "a reference that does something else": (
        f"{WITHOUT_REFERENCE}, ADD CONSTRAINT users_organization_id_fkey {OTHER_REFERENCE}",
        "constraint users.users_organization_id_fkey should be FOREIGN KEY",
    ),
    "a dropped trigger": (
        "DROP TRIGGER rules_updated ON gapless.users",
        "trigger users.rules_updated is missing",
    ),
    "a disabled trigger": (
        "ALTER TABLE gapless.organizations DISABLE TRIGGER judge_01_last_owner",
        "trigger organizations.judge_01_last_owner should be CREATE CONSTRAINT TRIGGER",
    ),
    "an append-only trigger that a replica silences": (
        "ALTER TABLE gapless.audit_logs ENABLE TRIGGER audit_logs_append_only",
        "trigger audit_logs.audit_logs_append_only should be CREATE TRIGGER",
    ),
    "disabled references": (
        "ALTER TABLE gapless.handled_commands DISABLE TRIGGER ALL",
        "constraint handled_commands.handled_commands_root_id_fkey should be FOREIGN KEY",
    ),
    "a replaced function body": (
        f"{FUNCTION} SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NULL; END'",
        "function judge_last_owner() should be CREATE OR REPLACE FUNCTION",
    ),
    "a function with its caller's rights": (
        "ALTER FUNCTION gapless.judge_last_owner() SECURITY INVOKER",
        "function judge_last_owner() should be CREATE OR REPLACE FUNCTION",
    ),
    "a function with another search path": (
        "ALTER FUNCTION gapless.judge_last_owner() RESET search_path",
        "function judge_last_owner() should be CREATE OR REPLACE FUNCTION",
    ),
    "a dropped index": (
        "DROP INDEX gapless.idx_users_organization_role",
        "index users.idx_users_organization_role is missing",
    ),
    "dropped statistics": (
        f"DROP STATISTICS {STATISTICS}",
        "statistics calls.calls_handled_by_user_id_fkey is missing",
    ),
    "statistics that count less": (
        f"DROP STATISTICS {STATISTICS};\nCREATE STATISTICS {STATISTICS} (ndistinct) {OF_HANDLERS}",
        "statistics calls.calls_handled_by_user_id_fkey should be CREATE STATISTICS",
    ),
    "another unique index of the same name": (
        "DROP INDEX gapless.users_email_unique;\nCREATE UNIQUE INDEX users_email_unique ON gapless.users (email)",
        "index users.users_email_unique should be CREATE UNIQUE INDEX",
    ),
    "a column made nullable": (
        "ALTER TABLE gapless.users ALTER COLUMN email DROP NOT NULL",
        "column users.email should be text COLLATE",
    ),
    "a column of another type": (
        "ALTER TABLE gapless.organizations ALTER COLUMN used_minutes TYPE bigint",
        "column organizations.used_minutes should be integer NOT NULL",
    ),
    "a column with another collation": (
        'ALTER TABLE gapless.users ALTER COLUMN name TYPE text COLLATE "POSIX"',
        "column users.name should be text COLLATE",
    ),
    "a default": (
        "ALTER TABLE gapless.users ALTER COLUMN is_active SET DEFAULT true",
        "column users.is_active should be boolean NOT NULL, and is boolean NOT NULL DEFAULT true",
    ),
    "a table that loses its rows in a crash": (
        "ALTER TABLE gapless.outbox SET UNLOGGED",
        "table outbox should be table WITH {fillfactor=85}, and is unlogged table",
    ),
    "a table of somebody else": (
        "CREATE TABLE gapless.notes (id int)",
        "table notes is there, and nobody declared it",
    ),
}


async def expected_beside(connection: AsyncConnection) -> dict[str, str]:
    """What the server says of the catalogue's definitions, made in a schema of another name beside ours."""
    await connection.exec_driver_sql("CREATE SCHEMA reference")
    for statement in create_statements(GAPLESS, "reference"):
        await connection.exec_driver_sql(statement)
    return await describe(connection, "reference")


@pytest.mark.asyncio
async def test_migrated_database_is_the_catalogue(own_engine: AsyncEngine) -> None:
    """The frozen revisions make exactly what the catalogue declares today, and what that is is not little."""
    async with own_engine.connect() as connection:
        migrated = await describe(connection, "gapless")
        found = differences(await expected_beside(connection), migrated)
        assert found == [], "Write a revision: gapless revision --revisions gapless.domain.migrations:REVISIONS"
    rules = {rule.name for _, rule in GAPLESS}
    named = {name.rpartition(".")[2] for name in migrated}
    assert {"check_slug_format", "users_email_unique", "idx_audit_org_date", "audit_logs_append_only"} <= named & rules


@pytest.mark.asyncio
@pytest.mark.parametrize("drift", DRIFTS)
async def test_drift_is_found(own_engine: AsyncEngine, drift: str) -> None:
    """What somebody changed by hand is told in one line, with the name of what it is about."""
    change, told = DRIFTS[drift]
    async with own_engine.connect() as connection:
        expected = await describe(connection, "gapless")
        for statement in change.split(";\n"):
            await connection.exec_driver_sql(statement)
        found = differences(expected, await describe(connection, "gapless"))
    assert [line for line in found if line.startswith(told)] != [], found
    assert all("\n" not in line for line in found)


@pytest.mark.asyncio
async def test_description_does_not_depend_on_the_search_path(own_engine: AsyncEngine) -> None:
    """A connection that finds the tables without their schema gets the same description, and keeps its path."""
    async with own_engine.connect() as connection:
        expected = await describe(connection, "gapless")
        await connection.exec_driver_sql("SET search_path = gapless, public")
        assert await describe(connection, "gapless") == expected
        path = (await connection.exec_driver_sql("SHOW search_path")).scalar_one()
    assert path == "gapless, public"

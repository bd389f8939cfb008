"""The rules over many rows and the append-only rule, against plain SQL on one connection."""

from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from gapless.postgres import Profile, grants
from tests.integration.databases import connected
from tests.integration.postgres.inspection import describe, differences
from tests.integration.postgres.rows import add_audit_record, add_organizations, add_users, found
from tests.voice.hosted import HOSTED

OVERWRITE = """
INSERT INTO gapless.audit_logs TABLE gapless.audit_logs
ON CONFLICT (root_id, id) DO UPDATE SET action = 'forged'
"""


@pytest.mark.asyncio
async def test_error_names_the_rule_and_no_row(connection: asyncpg.Connection) -> None:
    """A refusal carries the rule's name, its table and its schema, and nothing of the row's contents."""
    organization, (owner,) = await found(connection)
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await connection.execute("UPDATE gapless.users SET role = 'ADMIN' WHERE id = $1", owner)
    error = caught.value
    assert (error.constraint_name, error.schema_name, error.table_name) == ("last_owner", "gapless", "users")
    assert error.detail is None
    assert str(owner) not in str(error)
    assert str(organization) not in str(error)


@pytest.mark.asyncio
async def test_deferred_until_commit(connection: asyncpg.Connection) -> None:
    """A transaction may be without an owner in its middle."""
    organization, (owner,) = await found(connection)
    async with connection.transaction():
        await connection.execute("DELETE FROM gapless.users WHERE id = $1", owner)
        await add_users(connection, [(organization, uuid4())])


@pytest.mark.asyncio
async def test_immediate_when_asked(connection: asyncpg.Connection) -> None:
    """SET CONSTRAINTS ALL IMMEDIATE checks at once, and what comes later is checked again."""
    organization, (owner,) = await found(connection)
    transaction = connection.transaction()
    await transaction.start()
    await add_users(connection, [(organization, uuid4())], role="ADMIN")
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(asyncpg.CheckViolationError, match="last_owner"):
        await connection.execute("DELETE FROM gapless.users WHERE id = $1", owner)
    await transaction.rollback()


@pytest.mark.asyncio
async def test_quota_that_shrinks_refuses_only_growth(connection: asyncpg.Connection) -> None:
    """An organization over its quota can do everything but grow."""
    organization, owners = await found(connection, owners=3, seats=3)
    await connection.execute("UPDATE gapless.organizations SET team_members_quota = 1 WHERE id = $1", organization)
    await connection.execute("UPDATE gapless.users SET role = 'ADMIN' WHERE id = $1", owners[0])
    await connection.execute("UPDATE gapless.users SET is_active = false WHERE id = $1", owners[1])
    with pytest.raises(asyncpg.CheckViolationError, match="team_members_quota"):
        await connection.execute("UPDATE gapless.users SET is_active = true WHERE id = $1", owners[1])


@pytest.mark.asyncio
async def test_nothing_enters_a_deleted_organization(connection: asyncpg.Connection) -> None:
    """A deleted organization takes no user, whether added or restored; a change of one inside passes."""
    deleted, (inside, gone) = await found(connection, owners=2, is_deleted=True)
    await connection.execute("UPDATE gapless.users SET role = 'ADMIN' WHERE id = $1", inside)
    with pytest.raises(asyncpg.CheckViolationError, match="live_organization"):
        await add_users(connection, [(deleted, uuid4())], role="OPERATOR")
    with pytest.raises(asyncpg.CheckViolationError, match="live_organization"):
        await add_users(connection, [(deleted, uuid4())], role="OPERATOR", is_deleted=True)
    await connection.execute("UPDATE gapless.users SET is_deleted = true, deleted_at = now() WHERE id = $1", gone)
    with pytest.raises(asyncpg.CheckViolationError, match="live_organization"):
        await connection.execute("UPDATE gapless.users SET is_deleted = false, deleted_at = NULL WHERE is_deleted")


@pytest.mark.asyncio
@pytest.mark.parametrize("role", ["origin", "replica"])
async def test_audit_trail_is_append_only(connection: asyncpg.Connection, role: str) -> None:
    """Plain SQL can't change, remove or truncate the trail, not even where other triggers are silenced."""
    organization, _ = await found(connection)
    await add_audit_record(connection, organization)
    await connection.execute(f"SET session_replication_role = {role}")
    for statement in (
        "UPDATE gapless.audit_logs SET action = action",
        "DELETE FROM gapless.audit_logs",
        "TRUNCATE gapless.audit_logs",
        OVERWRITE,
    ):
        with pytest.raises(asyncpg.RestrictViolationError) as caught:
            await connection.execute(statement)
        assert (caught.value.constraint_name, caught.value.table_name) == ("audit_logs_append_only", "audit_logs")
    assert await connection.fetchval("SELECT count(*) FROM gapless.audit_logs WHERE action = 'tested'") == 1


@pytest.mark.asyncio
async def test_organization_takes_everything_with_it(connection: asyncpg.Connection) -> None:
    """The hard deletion of an organization removes its users and its trail, and makes no rule pending."""
    organization, _ = await found(connection)
    other, _ = await found(connection)
    for home in (organization, other):
        await add_audit_record(connection, home)
    await connection.execute("DELETE FROM gapless.organizations WHERE id = $1", organization)
    left = await connection.fetch("SELECT root_id FROM gapless.audit_logs UNION SELECT id FROM gapless.users")
    assert organization not in [row[0] for row in left]
    assert len(left) == 2


@pytest.mark.asyncio
async def test_truncate_does_not_go_around_the_owners(connection: asyncpg.Connection) -> None:
    """TRUNCATE of the users would leave no owner anywhere."""
    await found(connection)
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await connection.execute("TRUNCATE gapless.users CASCADE")
    assert (caught.value.constraint_name, caught.value.table_name) == ("last_owner", "users")


@pytest.mark.asyncio
async def test_unrelated_changes_touch_nobody(connection: asyncpg.Connection) -> None:
    """What puts no rule in question writes nothing to the organization."""
    organization, (owner, _) = await found(connection, owners=2)
    touches = "SELECT touches FROM gapless.organizations WHERE id = $1"
    before = await connection.fetchval(touches, organization)
    await connection.execute("UPDATE gapless.users SET last_seen_at = now(), name = 'Other'")
    await connection.execute("UPDATE gapless.users SET role = 'OWNER', is_active = true WHERE id = $1", owner)
    await add_users(connection, [(organization, uuid4())], is_active=False)
    await connection.execute("DELETE FROM gapless.users WHERE NOT is_active")
    assert await connection.fetchval(touches, organization) == before
    await connection.execute("UPDATE gapless.users SET role = 'ADMIN' WHERE id = $1", owner)
    assert await connection.fetchval(touches, organization) == before + 1


@pytest.mark.asyncio
async def test_application_role_works_with_the_printed_grants(
    connection: asyncpg.Connection, own_database: str, database_name: str
) -> None:
    """A role with `grants` does its work, is checked on rows that a policy hides from it, and can forge nothing."""
    role = f"{database_name}_application"
    organization, (owner, second) = await found(connection, owners=2)
    await connection.execute(f'CREATE ROLE "{role}"')
    try:
        await connection.execute(";".join(grants(role, profile=Profile.JOBS)))
        await connection.execute("ALTER TABLE gapless.users ENABLE ROW LEVEL SECURITY")
        await connection.execute(
            f"CREATE POLICY hide_one ON gapless.users TO \"{role}\" USING (id <> '{second}'::uuid) WITH CHECK (true)"
        )
        async with connected(own_database) as application:
            await application.execute(f'SET ROLE "{role}"')
            await found(application)
            await add_audit_record(application, organization)
            await application.fetch("SELECT 1 FROM gapless.organizations FOR NO KEY UPDATE")
            await application.execute("UPDATE gapless.users SET role = 'ADMIN' WHERE id = $1", owner)
            await application.execute("DELETE FROM gapless.organizations WHERE id <> $1", organization)
            for forgery in (
                "UPDATE gapless.organizations SET touches = 0",
                "UPDATE gapless.organizations SET at_last_owner = NULL",
                "UPDATE gapless.audit_logs SET action = 'forged'",
                "DELETE FROM gapless.audit_logs",
                "INSERT INTO gapless.audit_archive DEFAULT VALUES",
                "ALTER TABLE gapless.users DISABLE TRIGGER ALL",
                "DELETE FROM gapless.alembic_version",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await application.execute(forgery)
    finally:
        await connection.execute(f'DROP OWNED BY "{role}"')
        await connection.execute(f'DROP ROLE "{role}"')


@pytest.mark.asyncio
async def test_search_path_can_not_mislead_the_triggers(connection: asyncpg.Connection) -> None:
    """Tables, functions and operators of other schemas, the temporary one included, are not mistaken for ours."""
    organization, (owner,) = await found(connection)
    await connection.execute("CREATE SCHEMA fake")
    await connection.execute("CREATE FUNCTION fake.pg_current_xact_id() RETURNS xid8 RETURN NULL::xid8")
    for table in ("users", "organizations", "new_rows", "old_rows"):
        await connection.execute(f"CREATE TEMPORARY TABLE {table} (LIKE gapless.users)")
    await connection.execute("SET search_path = fake, pg_temp, gapless, pg_catalog")
    with pytest.raises(asyncpg.CheckViolationError, match="last_owner"):
        await connection.execute("UPDATE gapless.users SET role = 'ADMIN' WHERE id = $1", owner)
    await add_users(connection, [(organization, uuid4())])


@pytest.mark.asyncio
async def test_rules_of_a_host_are_purely_additive(own_engine: AsyncEngine, empty_engine: AsyncEngine) -> None:
    """What a host adds to a migrated database is what a database has that was made of both catalogues at once."""
    async with own_engine.begin() as migrated:
        for statement in create_statements(HOSTED, "gapless", beyond=GAPLESS):
            assert "REPLACE" not in statement
            await migrated.exec_driver_sql(statement)
        added = await describe(migrated, "gapless")
    async with empty_engine.begin() as empty:
        await empty.exec_driver_sql("CREATE SCHEMA elsewhere")
        for statement in create_statements(HOSTED, "elsewhere"):
            await empty.exec_driver_sql(statement)
        assert differences(await describe(empty, "elsewhere"), added) == []


@pytest.mark.asyncio
async def test_several_broken_rules_come_in_the_order_of_the_catalogue(connection: asyncpg.Connection) -> None:
    """Whichever is broken first, the error names the rule that stands first in the catalogue."""
    organization, (owner,) = await found(connection, seats=1)
    demote = ("UPDATE gapless.users SET role = 'ADMIN' WHERE id = $1", owner)
    for demoted_first in (True, False):
        transaction = connection.transaction()
        await transaction.start()
        if demoted_first:
            await connection.execute(*demote)
        await add_users(connection, [(organization, uuid4())], role="ADMIN")
        if not demoted_first:
            await connection.execute(*demote)
        with pytest.raises(asyncpg.CheckViolationError, match="last_owner"):
            await transaction.commit()


@pytest.mark.asyncio
async def test_organization_without_owner_is_refused(connection: asyncpg.Connection) -> None:
    """An organization can't be added, and not be restored, without an owner; one that is deleted may be without."""
    with pytest.raises(asyncpg.CheckViolationError, match="last_owner"):
        await add_organizations(connection, [uuid4()])
    lonely = uuid4()
    await add_organizations(connection, [lonely], is_deleted=True)
    with pytest.raises(asyncpg.CheckViolationError, match="last_owner"):
        await connection.execute("UPDATE gapless.organizations SET is_deleted = false, deleted_at = NULL")

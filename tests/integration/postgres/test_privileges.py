"""What a role may do: nobody executes our functions, they act for our triggers alone, and no profile has too much."""

from collections.abc import AsyncIterator

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

import gapless
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from gapless.kit import VersionStep
from gapless.kit.audit import Actor
from gapless.kit.errors import AccessDenied, InvalidState, InvalidValue
from gapless.postgres import Profile, differences, grants
from tests.integration.databases import connected
from tests.integration.postgres.attacking import functions_of, taken_back, too_much, unguarded
from tests.integration.postgres.rows import found
from tests.integration.roles import role_of
from tests.voice.hosted import HOSTED
from tests.voice.rows import created

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def hosted(own_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection to a database that has the tables of a host as well."""
    async with connected(own_database) as connection:
        for statement in create_statements(HOSTED, "gapless", beyond=GAPLESS):
            await connection.execute(statement)
        yield connection


@pytest_asyncio.fixture(params=Profile, ids=lambda profile: profile.value)
async def granted(
    request: pytest.FixtureRequest, hosted: asyncpg.Connection, own_database: str, database_name: str
) -> AsyncIterator[tuple[str, Profile]]:
    """A role with the rights of a profile."""
    name = f"{database_name}_{request.param.value}"
    async with role_of(own_database, name):
        for statement in grants(name, profile=request.param, catalogue=HOSTED):
            await hosted.execute(statement)
        yield name, request.param


async def test_nobody_executes_our_functions(hosted: asyncpg.Connection, own_engine: AsyncEngine) -> None:
    """Everybody may execute none of them, of the migrations and of a host; a grant to everybody is a difference."""
    functions = sorted(f"gapless.{function.name}({function.arguments})" for function in functions_of(HOSTED))
    executed = "SELECT f FROM unnest($1::text[]) AS f WHERE has_function_privilege('public', f, 'EXECUTE')"
    assert await hosted.fetch(executed, functions) == []
    await hosted.execute(f"GRANT EXECUTE ON FUNCTION {functions[0]} TO PUBLIC")
    assert await hosted.fetchval(executed, functions) == functions[0]
    (told,) = await differences(own_engine, catalogue=HOSTED)
    assert told.endswith(f"may be executed by everybody: REVOKE ALL ON FUNCTION {functions[0]} FROM PUBLIC")
    await hosted.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(functions)} TO PUBLIC")
    (told,) = await differences(own_engine, catalogue=HOSTED)
    assert told.startswith(f"{len(functions)} functions may be executed by everybody")
    await hosted.execute(told.partition(": ")[2])
    assert await differences(own_engine, catalogue=HOSTED) == ()


async def test_functions_act_for_our_triggers_alone(
    hosted: asyncpg.Connection, own_database: str, database_name: str
) -> None:
    """A trigger on a table of somebody's own gets nothing from them; one that lost its guard is found."""
    name = f"{database_name}_attacker"
    async with role_of(own_database, name):
        await hosted.execute(f"GRANT USAGE ON SCHEMA gapless TO {name}; CREATE SCHEMA attackers AUTHORIZATION {name}")
        await hosted.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA gapless TO {name}")
        await hosted.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA gapless TO {name}")
        assert await unguarded(hosted, HOSTED, name) == []
        definers = [function for function in functions_of(HOSTED) if function.definer]
        assert all(function.guard for function in definers)
        archiving = next(function for function in definers if function.name == "archive_audit_logs")
        bare = attrs.evolve(archiving, guard="").statements[0]
        await hosted.execute(bare.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
        assert {*await unguarded(hosted, HOSTED, name)} == {"archive_audit_logs"}


async def test_functions_act_for_the_declared_events_alone(hosted: asyncpg.Connection) -> None:
    """On our own tables, too, a trigger for another moment, level or event than the declared ones gets nothing."""
    organization, _ = await found(hosted)
    others = [("BEFORE", "STATEMENT", "INSERT"), ("AFTER", "ROW", "INSERT"), ("AFTER", "STATEMENT", "TRUNCATE")]
    for moment, level, event in others:
        async with taken_back(hosted):
            await hosted.execute(
                f"CREATE TRIGGER own {moment} {event} ON gapless.audit_logs FOR EACH {level} "
                "EXECUTE FUNCTION gapless.archive_audit_logs()"
            )
            await hosted.execute("ALTER TABLE gapless.audit_logs DISABLE TRIGGER audit_logs_append_only_truncate")
            firing = f"TRUNCATE gapless.audit_logs; {AN_AUDIT_RECORD.format(organization)}"
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="archive_audit_logs acts for"):
                await hosted.execute(firing if event == "TRUNCATE" else AN_AUDIT_RECORD.format(organization))


AN_AUDIT_RECORD = """
INSERT INTO gapless.audit_logs (root_id, id, created_at, actor_kind, job, action, resource_type, resource_id,
    metadata) VALUES ('{0}', gen_random_uuid(), now(), 'system', 'test', 'tested', 'test', '1', '{{}}')
"""
PLANTED = {
    "UPDATE users.created_at": "GRANT UPDATE (created_at) ON gapless.users TO {0}",
    "UPDATE call_notes.id": "GRANT UPDATE (id) ON gapless.call_notes TO {0}",
    "UPDATE organizations.touches": "GRANT UPDATE (touches) ON gapless.organizations TO {0}",
    "UPDATE audit_logs.action": "GRANT UPDATE (action) ON gapless.audit_logs TO {0}",
    "INSERT audit_archive.action": "GRANT INSERT (action) ON gapless.audit_archive TO {0}",
    "DELETE audit_logs": "GRANT DELETE ON gapless.audit_logs TO {0}",
    "TRIGGER folders": "GRANT TRIGGER ON gapless.folders TO {0}",
    "TRUNCATE invoices": "GRANT TRUNCATE ON gapless.invoices TO {0}",
    "EXECUTE archive_audit_logs": "GRANT EXECUTE ON FUNCTION gapless.archive_audit_logs() TO {0}",
}
PLANTED_FOR_REQUESTS = {
    "DELETE organizations": "GRANT DELETE ON gapless.organizations TO {0}",
    "INSERT erasures.reason": "GRANT INSERT (reason) ON gapless.erasures TO {0}",
    "DELETE erasures": "GRANT DELETE ON gapless.erasures TO {0}",
    "UPDATE audit_logs.after": "GRANT UPDATE (after) ON gapless.audit_logs TO {0}",
    "UPDATE audit_archive.ip_address": "GRANT UPDATE (ip_address) ON gapless.audit_archive TO {0}",
    "UPDATE outbox.claim": "GRANT UPDATE (claim) ON gapless.outbox TO {0}",
}


async def test_no_profile_has_too_much(hosted: asyncpg.Connection, granted: tuple[str, Profile]) -> None:
    """A role of a profile has no right that lets it forge, rewrite or remove what it may not; one too many is found."""
    name, profile = granted
    assert await too_much(hosted, HOSTED, name, profile) == []
    planted = PLANTED | (PLANTED_FOR_REQUESTS if profile is Profile.REQUESTS else {})
    for expected, grant in planted.items():
        async with taken_back(hosted):
            await hosted.execute(grant.format(name))
            assert await too_much(hosted, HOSTED, name, profile) == [expected]


async def test_keys_times_of_creation_and_versions(hosted: asyncpg.Connection, granted: tuple[str, Profile]) -> None:
    """A role of a profile changes no key and no time of creation of any table, and skips no version."""
    name, _ = granted
    organization, (owner,) = await found(hosted)
    await hosted.execute(f"SET ROLE {name}")
    for model in HOSTED.models:
        for column in (*model.immutable, *model.key):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await hosted.execute(f"UPDATE gapless.{model.table} SET {column} = {column}")  # noqa: S608  # our names
    columns = ", ".join(column.name for column in HOSTED.models[1].columns)
    merge = "MERGE INTO gapless.users AS u USING (SELECT $1::uuid AS id) AS s ON u.id = s.id WHEN MATCHED THEN"
    again = f"INSERT INTO gapless.users ({columns}) SELECT {columns} FROM gapless.users WHERE id = $1"  # noqa: S608  # as above
    jumps = (
        "UPDATE gapless.users SET version = 2147483647 WHERE id = $1",
        "UPDATE gapless.users SET version = version + 2 WHERE id = $1",
        "UPDATE gapless.users SET version = version - 1 WHERE id = $1",
        "UPDATE gapless.users SET version = -2147483648 WHERE id = $1",
        f"{merge} UPDATE SET version = 7",
        f"{again} ON CONFLICT (organization_id, id) DO UPDATE SET version = 7",
        "WITH once AS (UPDATE gapless.users SET version = 9 WHERE id = $1 RETURNING 1) SELECT * FROM once",
    )
    for jump in jumps:
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await hosted.execute(jump, owner)
        assert (caught.value.constraint_name, caught.value.table_name) == ("users_version_step", "users")
    await hosted.execute("UPDATE gapless.users SET version = version + 1 WHERE id = $1", owner)
    await hosted.execute("RESET ROLE")
    assert all(model.of_kind(VersionStep) for model in HOSTED.models if model.versioned)
    await hosted.execute("DELETE FROM gapless.organizations WHERE id = $1", organization)


async def test_only_jobs_mark_for_erasure_and_lift_it(
    own_database: str, own_engine: AsyncEngine, database_name: str
) -> None:
    """With the rights of requests nobody marks, nor lifts a mark, and it says why; what is marked nobody restores."""
    organization = await created(PostgresStore(own_engine, GAPLESS))
    actor = Actor.system("test")
    names = {profile: f"{database_name}_{profile.value}" for profile in Profile}
    async with (
        role_of(own_database, names[Profile.REQUESTS]) as requests,
        role_of(own_database, names[Profile.JOBS]) as jobs,
    ):
        async with connected(own_database) as owner:
            for profile, name in names.items():
                for statement in grants(name, profile=profile):
                    await owner.execute(statement)
        async with (
            gapless.open(requests.render_as_string(hide_password=False)) as app,
            gapless.open(jobs.render_as_string(hide_password=False)) as job,
        ):
            with pytest.raises(AccessDenied, match="rights of jobs may mark an organization for erasure"):
                await app.organizations.mark_for_erasure(organization.id, "asked for", actor=actor)
            await app.organizations.delete(organization.id, actor=actor)
            await job.organizations.mark_for_erasure(organization.id, "asked for", actor=actor)
            with pytest.raises(AccessDenied, match="rights of jobs may lift a mark"):
                await app.organizations.lift_erasure(organization.id, actor=actor)
            for either in (app, job):
                with pytest.raises(InvalidState, match="marked for erasure"):
                    await either.organizations.restore(organization.id, actor=actor)
            await job.organizations.lift_erasure(organization.id, actor=actor)
            restored = await app.organizations.restore(organization.id, actor=actor)
            assert not restored.organization.is_deleted


@pytest.mark.parametrize(
    "name", ["public", "PUBLIC", " Public ", "none", "", "x" * 64, "ü" * 32, "a\0b", "\ud800", None, 7, b"gl"]
)
async def test_names_that_are_no_roles(name: str) -> None:
    """What PostgreSQL reads as everybody or nobody, cuts or can't hold is refused before there is a statement."""
    with pytest.raises(InvalidValue) as caught:
        grants(name)
    assert caught.value.kind == "role"


async def test_names_are_quoted(hosted: asyncpg.Connection) -> None:
    """A role of any other name gets the rights, and no part of the name is read as SQL."""
    for name in (
        'a"; DROP SCHEMA gapless CASCADE; --',
        "current_user",
        "session_user",
        "user",
        "Role",
        "ü" * 31,
        "a\nb",
    ):
        quoted = '"' + name.replace('"', '""') + '"'
        await hosted.execute(f"CREATE ROLE {quoted}")
        try:
            for statement in grants(name, catalogue=HOSTED):
                await hosted.execute(statement)
            assert await hosted.fetchval("SELECT has_table_privilege($1, 'gapless.users', 'SELECT')", name)
        finally:
            await hosted.execute(f"DROP OWNED BY {quoted}")
            await hosted.execute(f"DROP ROLE {quoted}")

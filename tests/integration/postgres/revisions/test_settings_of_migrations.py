"""A migration carries out nothing that others have planted in a schema of the search path, and passes no row by."""

from __future__ import annotations

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gapless import postgres
from gapless.adapters.postgres.migrations.settings import kept_settings, settings_restored
from gapless.kit.errors import RevisionFailed
from gapless.postgres import Decisions
from tests.integration.databases import address_of, connected
from tests.integration.postgres.revisions.packages import Package
from tests.integration.postgres.revisions.test_any_difference import add_visit, fill
from tests.integration.postgres.revisions.wards import Form, catalogue_of
from tests.properties import Portal
from tests.roles import role_with

BEFORE = Form(longest=None)
NOW = Form(longest=40, most=4, unique="label")
PLANTED = {
    "jsonb_path_exists(jsonb, text) RETURNS boolean": "SELECT pg_catalog.jsonb_path_exists($1, $2::jsonpath)",
    "array_ndims(uuid[]) RETURNS integer": "SELECT pg_catalog.array_ndims($1)",
    "to_regclass(varchar) RETURNS regclass": "SELECT pg_catalog.to_regclass($1::text)",
    "same_text(varchar, varchar) RETURNS boolean": "SELECT $1::text OPERATOR(pg_catalog.=) $2::text",
    "same_name(name, varchar) RETURNS boolean": "SELECT $1::text OPERATOR(pg_catalog.=) $2::text",
    "same_words(text, text) RETURNS boolean": "SELECT $1 OPERATOR(pg_catalog.=) $2",
    "unlike(text, text) RETURNS boolean": "SELECT $1 OPERATOR(pg_catalog.!~~) $2",
    "joined(text, bigint) RETURNS text": "SELECT pg_catalog.concat($1, $2)",
}
"""Functions that suit arguments of a statement better than those of the server, with what each gives back."""
OPERATORS = (
    "= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.same_text)",
    "= (LEFTARG = name, RIGHTARG = varchar, FUNCTION = public.same_name)",
    "= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.same_words)",
    "!~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.unlike)",
    "|| (LEFTARG = text, RIGHTARG = bigint, FUNCTION = public.joined)",
)
BOUND = """
SELECT count(*) FROM pg_depend WHERE classid = 'pg_constraint'::regclass AND refclassid = 'pg_proc'::regclass
    AND refobjid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang <> 13)
"""
"""How many constraints call what was planted."""
POLICY = (
    "ALTER TABLE wards.visits ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE wards.visits FORCE ROW LEVEL SECURITY",
    "CREATE POLICY one_ward ON wards.visits USING (ward = current_setting('app.ward', true)::integer)",
)


async def plant(url: str) -> None:
    """Makes functions, operators and a type in `public`, each of which notes that somebody has carried it out."""
    async with connected(url) as other:
        await other.execute("CREATE SEQUENCE public.carried_out")
        for head, query in PLANTED.items():
            body = f"BEGIN PERFORM pg_catalog.nextval('public.carried_out'); RETURN ({query}); END"
            await other.execute(f"CREATE FUNCTION public.{head} LANGUAGE plpgsql AS $$ {body} $$")
        for operator in OPERATORS:
            await other.execute(f"CREATE OPERATOR public.{operator}")
        noted = "CHECK (pg_catalog.nextval('public.carried_out') > 0)"
        await other.execute(f"CREATE DOMAIN public.text AS pg_catalog.text {noted}")


async def is_untouched(url: str) -> bool:
    """Whether nobody has carried out what was planted, and no constraint will."""
    async with connected(url) as other:
        called = await other.fetchval("SELECT is_called FROM public.carried_out")
        return not called and not await other.fetchval(BOUND)


def test_what_was_planted_would_be_carried_out_otherwise(portal: Portal, engine_of_wards: AsyncEngine) -> None:
    """Who asks without these settings carries it out, so the laws below look for something."""

    async def law() -> None:
        await plant(address_of(engine_of_wards))
        async with engine_of_wards.connect() as connection:
            await connection.scalar(sa.text("SELECT 'a'::varchar = 'b'::varchar"))
        assert not await is_untouched(address_of(engine_of_wards))

    portal(law())


def test_a_migration_carries_out_nothing_that_others_have_planted(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package
) -> None:
    """Neither the runner's own statements, nor those of revisions with their steps, nor a look at the database."""

    async def law() -> None:
        await plant(address_of(engine_of_wards))
        await postgres.migrate(engine_of_wards)
        package.write(catalogue_of(BEFORE))
        await postgres.migrate(engine_of_wards, revisions=package.chain(catalogue_of(BEFORE)))
        async with engine_of_wards.begin() as connection:
            await connection.execute(sa.text("SET LOCAL search_path = ''"))
            await fill(connection, "wards", BEFORE)
        package.write(catalogue_of(NOW))
        chain = package.chain(catalogue_of(NOW))
        assert len(await postgres.pending(engine_of_wards, revisions=chain)) == 1
        await postgres.migrate(engine_of_wards, revisions=chain)
        await postgres.status(engine_of_wards, revisions=chain)
        assert await postgres.differences(engine_of_wards, revisions=chain) == ()
        assert await is_untouched(address_of(engine_of_wards))

    portal(law())


def test_rows_that_break_a_rule_are_asked_for_without_what_others_have_planted(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package
) -> None:
    """The question before anything is changed joins the number of rows to a text, for which there is a trap."""

    async def law() -> None:
        package.write(catalogue_of(BEFORE))
        await postgres.migrate(engine_of_wards, revisions=package.chain(catalogue_of(BEFORE)))
        async with engine_of_wards.begin() as connection:
            await fill(connection, "wards", BEFORE)
            await add_visit(connection, BEFORE, 1, 7, label="x" * 41)
        await plant(address_of(engine_of_wards))
        package.write(catalogue_of(NOW))
        with pytest.raises(RevisionFailed, match="visits_label_length by 1 of visits"):
            await postgres.migrate(engine_of_wards, revisions=package.chain(catalogue_of(NOW)))
        assert await is_untouched(address_of(engine_of_wards))

    portal(law())


def test_a_script_carries_out_nothing_that_others_have_planted(portal: Portal, engine_of_wards: AsyncEngine) -> None:
    """A script sets the same for its session."""

    async def law() -> None:
        await plant(address_of(engine_of_wards))
        async with connected(address_of(engine_of_wards)) as session:
            await session.execute(postgres.migration_script())
        assert await is_untouched(address_of(engine_of_wards))

    portal(law())


def test_a_hosts_own_transaction_gets_its_settings_back(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package
) -> None:
    """Inside a host's migration the settings are those of gapless, and behind it the host's own again."""
    package.write(catalogue_of(BEFORE))
    package.write(catalogue_of(NOW))
    broken = package.folder / "ward_0002.sql"
    intact = broken.read_text()
    broken.write_text(f"{intact}\nSELECT nonsense;\n")

    def inside(connection: Connection) -> None:
        connection.execute(sa.text("SET LOCAL search_path = public, pg_catalog"))
        before = kept_settings(connection)  # others may join them, such as those of a language
        operations = Operations(MigrationContext.configure(connection))
        chain = package.chain(catalogue_of(NOW))
        with pytest.raises(RevisionFailed, match="nonsense"):
            postgres.upgrade_to(operations, "head", revisions=chain)
        assert before.items() <= kept_settings(connection).items()
        broken.write_text(intact)
        postgres.upgrade_to(operations, "head", revisions=chain)
        assert before.items() <= kept_settings(connection).items()

    async def law() -> None:
        await plant(address_of(engine_of_wards))
        async with engine_of_wards.begin() as connection:
            await connection.run_sync(inside)
        assert await is_untouched(address_of(engine_of_wards))

    portal(law())


@pytest.mark.parametrize(
    "changes",
    [
        ("RESET ROLE", "SET LOCAL session_replication_role = replica"),
        ("RESET ROLE", "SET LOCAL session_replication_role = replica", "SET LOCAL ROLE pg_read_all_stats"),
    ],
)
def test_settings_come_back_whoever_may_change_them(
    portal: Portal, engine_of_wards: AsyncEngine, changes: tuple[str, ...]
) -> None:
    """What a revision has changed as another role is set back, and so is the role, which may not change it."""

    def law(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL ROLE pg_monitor")
        settings = kept_settings(connection)
        for change in changes:
            connection.exec_driver_sql(change)
        settings_restored(connection, settings)
        assert kept_settings(connection) == settings

    async def run() -> None:
        async with engine_of_wards.begin() as connection:
            await connection.run_sync(law)

    portal(run())


@pytest.mark.parametrize("online", [True, False])
def test_rows_hidden_from_the_owner_are_no_rows_to_pass_by(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, database_name: str, *, online: bool
) -> None:
    """Where row security would hide rows from a migration, it is refused by the name of the table."""
    now, fills = Form(longest=None, note="nullable"), {"visits.note": "'n' || size"}

    async def law() -> None:
        url, owner = address_of(engine_of_wards), f"{database_name}_hidden"
        right = f'GRANT CREATE ON DATABASE "{engine_of_wards.url.database}" TO "{owner}"'
        async with role_with(url, owner, (right,)) as owners:
            engine = create_async_engine(owners, poolclass=sa.NullPool)
            package.write(catalogue_of(BEFORE))
            await postgres.migrate(engine, revisions=package.chain(catalogue_of(BEFORE)))
            async with engine.begin() as connection:
                await fill(connection, "wards", BEFORE)
                for statement in POLICY:
                    await connection.execute(sa.text(statement))
            package.write(catalogue_of(now), Decisions(fills=fills), online=online)
            with pytest.raises(RevisionFailed, match='row-level security policy for table "visits"'):
                await postgres.migrate(engine, revisions=package.chain(catalogue_of(now)))
            async with connected(url) as other:
                await other.execute("ALTER TABLE wards.visits NO FORCE ROW LEVEL SECURITY")
            await postgres.migrate(engine, revisions=package.chain(catalogue_of(now)))
            async with connected(url) as other:
                assert await notes_left(other) == 0
            await engine.dispose()

    portal(law())


async def notes_left(connection: asyncpg.Connection) -> int:
    """How many visits have no note."""
    return int(await connection.fetchval("SELECT count(*) FROM wards.visits WHERE note IS NULL"))

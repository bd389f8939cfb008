"""A service with a catalogue and a root of its own keeps frozen revisions of its own, by the same machinery."""

import secrets
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import NullPool
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import gapless
from examples.tickets import HELP_DESK
from gapless import GAPLESS, postgres
from gapless.domain.organizations import OrganizationId
from gapless.kit import Catalogue, Revisions
from gapless.kit.errors import (
    DatabaseDiffers,
    DatabaseNotMigrated,
    DatabaseTooNew,
    DeclarationError,
    InvalidValue,
    RevisionFailed,
)
from gapless.postgres import DatabaseState, Pending, PostgresStore, Profile, frozen_revision
from tests.integration.databases import connected
from tests.integration.postgres import studios
from tests.integration.postgres.studios import (
    FIRST,
    NOW,
    SCHEMA,
    FirstLesson,
    Lesson,
    Studio,
    chain,
    kept,
    second_revision,
)
from tests.roles import role_with

Keep = Callable[..., str]
FIRST_REVISION = frozen_revision(FIRST, "Studios and their lessons.")
ANNS = UUID(int=1)


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Writes revisions into a package that nobody has seen before, and gives its name."""
    package = f"revisions_{secrets.token_hex(4)}"
    monkeypatch.syspath_prepend(tmp_path)

    def write(*texts: str, service: str = "studio") -> str:
        kept(tmp_path / package, *texts, service=service)
        return package

    return write


@pytest_asyncio.fixture
async def engine_of_studio(empty_database: str, database_name: str) -> AsyncIterator[AsyncEngine]:
    """An engine on an empty database by a role that is nothing but allowed to create schemas in it."""
    name = f"{database_name}_studio"
    right = f'GRANT CREATE ON DATABASE "{sa.make_url(empty_database).database}" TO "{name}"'
    async with role_with(empty_database, name, (right,)) as url:
        engine = create_async_engine(url, poolclass=NullPool)
        yield engine
        await engine.dispose()


def desk_chain(keep: Keep) -> Revisions:
    """The chain of a host that adds tables to those of gapless, in the same schema."""
    package = keep(frozen_revision(HELP_DESK, "Tickets.", beyond=GAPLESS), service="desk")
    return Revisions(package=package, catalogue=HELP_DESK, beyond=GAPLESS, version_table="desk_version")


def store_of(engine: AsyncEngine, catalogue: Catalogue, revisions: Revisions) -> PostgresStore:
    """The store of the service."""
    return PostgresStore(engine, catalogue, schema=SCHEMA, revisions=revisions)


async def opened(engine: AsyncEngine, revisions: Revisions) -> None:
    """The service as it was at first: a studio with a lesson."""
    store = store_of(engine, FIRST, revisions)
    await store.check()
    home = OrganizationId(ANNS)
    async with store.creating(home) as unit:
        await unit.of(Studio).add(Studio(id=home, name="Ann's"))
        await unit.of(FirstLesson).add(FirstLesson(organization_id=home, id=uuid4(), title="rhythm"))
        await unit.commit()


@pytest.mark.asyncio
async def test_a_chain_of_ones_own_is_migrated_and_followed(engine_of_studio: AsyncEngine, keep: Keep) -> None:
    """From an empty database to the first revision and, with its rows, to the second, as a role without privileges."""
    engine = engine_of_studio
    first = chain(keep(FIRST_REVISION), FIRST)
    await postgres.migrate(engine, revisions=first)
    assert await postgres.differences(engine, revisions=first) == ()
    await opened(engine, first)
    now = chain(keep(FIRST_REVISION, second_revision()))
    sentence = "Lessons have a room and longer titles, and there are teachers."
    assert await postgres.pending(engine, revisions=now) == [Pending("studio_0002", sentence)]
    assert (await postgres.status(engine, revisions=now)).state is DatabaseState.PENDING
    (said,) = await postgres.differences(engine, revisions=now)
    assert said == "migrations of schema studio are pending: run `gapless migrate --revisions MODULE:NAME`"
    with pytest.raises(DatabaseNotMigrated, match="gapless migrate --revisions"):
        await store_of(engine, NOW, now).check()
    await postgres.migrate(engine, revisions=now)
    status = await postgres.status(engine, revisions=now)
    assert (status.database, status.library, status.state) == ("studio_0002", "studio_0002", DatabaseState.UP_TO_DATE)
    assert await postgres.differences(engine, revisions=now) == ()
    store = store_of(engine, NOW, now)
    await store.check()
    async with store.reading(OrganizationId(ANNS)) as reading:
        assert [lesson.room for lesson in await reading.of(Lesson).find()] == ["one; two"]


@pytest.mark.asyncio
async def test_what_a_revision_forgets_is_a_difference(engine_of_studio: AsyncEngine, keep: Keep) -> None:
    """Planted: a second revision without one of the new checks is told by name, and no store is opened on it."""
    forgetful = second_revision().replace(
        """ CHECK (char_length(title) <= 40),
    ADD CONSTRAINT lessons_room_length CHECK (char_length(room) <= 9);""",
        " CHECK (char_length(title) <= 40);",
    )
    lines = [line for line in forgetful.split("\n") if "lessons_room_length" not in line]
    now = chain(keep(FIRST_REVISION, "\n".join(lines)))
    await postgres.migrate(engine_of_studio, revisions=now)
    told = ("lessons_room_length is not in the database",)
    assert await postgres.differences(engine_of_studio, revisions=now) == told
    with pytest.raises(DatabaseDiffers) as caught:
        await store_of(engine_of_studio, NOW, now).check()
    assert caught.value.differences == told


@pytest.mark.asyncio
async def test_a_table_that_is_gone_is_told_with_its_command(engine_of_studio: AsyncEngine, keep: Keep) -> None:
    """A table that the chain has made and somebody dropped is told with the command of that chain."""
    now = chain(keep(FIRST_REVISION, second_revision()))
    await postgres.migrate(engine_of_studio, revisions=now, schema="other")
    async with engine_of_studio.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE other.teachers")
    (said,) = await postgres.differences(engine_of_studio, revisions=now, schema="other")
    command = "gapless migrate --revisions MODULE:NAME --schema other"
    assert said == f"table teachers is not in schema other: `{command}` makes it in an empty one"


@pytest.mark.asyncio
async def test_the_script_of_a_chain_does_what_migrating_does(
    empty_database: str, engine_of_studio: AsyncEngine, keep: Keep
) -> None:
    """The script from nothing, and that from the first revision on, lead to where migrating does."""
    now = chain(keep(FIRST_REVISION, second_revision()))
    for schema, scripts in {
        "at_once": (postgres.migration_script(revisions=now, schema="at_once"),),
        "by_steps": (
            postgres.migration_script(revisions=now, schema="by_steps", revision="studio_0001"),
            postgres.migration_script(revisions=now, schema="by_steps", since="studio_0001"),
        ),
    }.items():
        async with connected(empty_database) as connection:
            for script in scripts:
                await connection.execute(script)
            await connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
            await connection.execute(f"GRANT SELECT ON {schema}.studio_version TO PUBLIC")
        assert await postgres.differences(engine_of_studio, revisions=now, schema=schema) == ()
    assert postgres.migration_script(revisions=now, since="studio_0002").strip() == ""


@pytest.mark.asyncio
async def test_two_chains_share_a_schema(own_engine: AsyncEngine, keep: Keep) -> None:
    """A host that adds tables to those of gapless keeps a chain for them in the same schema, with a record of its own.

    The host's own Alembic carries it out in its transaction as well, and the role of a process may read both records.
    """
    desk = desk_chain(keep)

    def upgraded(connection: Connection) -> None:
        postgres.upgrade_to(Operations(MigrationContext.configure(connection)), "desk_0001", revisions=desk)

    async with own_engine.connect() as connection:
        await connection.begin()
        await connection.run_sync(upgraded)
        await connection.rollback()
    assert (await postgres.status(own_engine, revisions=desk)).database is None
    async with own_engine.begin() as connection:
        await connection.run_sync(upgraded)
    await postgres.migrate(own_engine, revisions=desk)
    assert (await postgres.status(own_engine)).state is DatabaseState.UP_TO_DATE
    assert (await postgres.status(own_engine, revisions=desk)).database == "desk_0001"
    assert await postgres.differences(own_engine, revisions=desk) == ()
    assert await postgres.differences(own_engine, catalogue=HELP_DESK) == ()
    given = postgres.grants("app", revisions=desk)
    records = [each.split()[3] for each in given if "_version" in each]
    assert records == ["gapless.alembic_version", "gapless.desk_version"]
    assert not any("desk_version" in each for each in postgres.grants("app", catalogue=HELP_DESK))


async def marked(engine: AsyncEngine, **records: str) -> None:
    """Writes what the version tables of a schema say."""
    async with engine.begin() as connection:
        for table, revision in records.items():
            await connection.exec_driver_sql(f"UPDATE gapless.{table} SET version_num = '{revision}'")  # noqa: S608


@pytest.mark.asyncio
async def test_an_application_asks_for_each_chain(own_database: str, own_engine: AsyncEngine, keep: Keep) -> None:
    """`gapless.open` refuses a database that lacks a revision of the host's chain, or of that which it goes beyond.

    The rights of a profile are enough to ask. Planted: who does not name the chain, as before, sees nothing of it.
    """
    desk = desk_chain(keep)
    opening = partial(gapless.open, catalogue=HELP_DESK)
    with pytest.raises(DatabaseNotMigrated, match="gapless migrate --revisions"):
        await opening(engine=own_engine, revisions=desk).__aenter__()
    await postgres.migrate(own_engine, revisions=desk)
    role = f"{sa.make_url(own_database).database}_desk"
    async with role_with(own_database, role, postgres.grants(role, revisions=desk)) as url:
        async with opening(url, revisions=desk) as app:
            assert isinstance(app.store, PostgresStore)
        for record in ("desk_version", "alembic_version"):
            await marked(own_engine, **{record: "later_0009"})
            with pytest.raises(DatabaseTooNew, match="later_0009"):
                await opening(url, revisions=desk).__aenter__()
            with pytest.raises(DatabaseTooNew, match="later_0009"):
                await postgres.differences(own_engine, revisions=desk)
            if record == "desk_version":
                async with opening(url):
                    pass
            await marked(own_engine, desk_version="desk_0001")


@pytest.mark.asyncio
async def test_what_another_chain_has_made_is_too_new(engine_of_studio: AsyncEngine, keep: Keep) -> None:
    """A database at a revision that the chain does not have is left alone, and the error names what it has."""
    now = chain(keep(FIRST_REVISION, second_revision()))
    await postgres.migrate(engine_of_studio, revisions=now)
    async with engine_of_studio.begin() as connection:
        await connection.exec_driver_sql("UPDATE studio.studio_version SET version_num = 'studio_0003'")
    with pytest.raises(DatabaseTooNew, match=r"studio_0003, .* its studio_0001 to studio_0002"):
        await postgres.migrate(engine_of_studio, revisions=now)
    with pytest.raises(DatabaseTooNew, match="studio_0003"):
        await store_of(engine_of_studio, NOW, now).check()


@pytest.mark.asyncio
async def test_a_revision_that_fails_leaves_those_before_it(engine_of_studio: AsyncEngine, keep: Keep) -> None:
    """What fails in the middle of the second revision leaves the first, and nothing of the second."""
    broken = f"{second_revision()}\nCREATE TABLE {{schema}}.teachers (id int);\n"
    now = chain(keep(FIRST_REVISION, broken))
    with pytest.raises(RevisionFailed, match="42P07"):
        await postgres.migrate(engine_of_studio, revisions=now)
    assert (await postgres.status(engine_of_studio, revisions=now)).database == "studio_0001"
    assert await postgres.differences(engine_of_studio, revisions=chain(keep(FIRST_REVISION), FIRST)) != ()
    async with engine_of_studio.connect() as connection:
        assert await connection.scalar(sa.text("SELECT to_regclass('studio.teachers')")) is None


def test_revisions_and_catalogue_have_one_root(keep: Keep) -> None:
    """Rights for a catalogue by the revisions of another root are refused; without revisions no record is granted."""
    with pytest.raises(InvalidValue, match="another root"):
        postgres.grants("app", catalogue=GAPLESS, revisions=chain(keep(FIRST_REVISION)))
    for catalogue, record in ((NOW, False), (GAPLESS, True), (HELP_DESK, True)):
        given = postgres.grants("app", catalogue=catalogue, profile=Profile.JOBS)
        assert any("alembic_version" in statement for statement in given) == record


def test_a_version_table_is_no_table_of_the_catalogue() -> None:
    """A record with the name of an entity's table, or with what is no name, is refused where it is declared."""
    with pytest.raises(DeclarationError, match="lessons is a table of the catalogue"):
        Revisions(package="studio", catalogue=NOW, version_table="lessons")
    for name in ("Version", "a b", "", "x" * 64):
        with pytest.raises(InvalidValue, match="version table"):
            Revisions(package="studio", catalogue=NOW, version_table=name)


BROKEN = {
    "a gap": (("studio_0001", "studio_0003"), "-- A.\nSELECT 1;", "studio_0003.sql where studio_0002.sql should be"),
    "two names": (("desk_0001", "studio_0002"), "-- A.\nSELECT 1;", "studio_0002.sql where desk_0002.sql should be"),
    "no number": (("studio",), "-- A.\nSELECT 1;", "has studio.sql where desk_0001.sql should be"),
    "a long name": ((f"{'x' * 28}_0001",), "-- A.\nSELECT 1;", "at most 32 characters"),
    "none": ((), "", "has no revisions"),
    "no message": (("studio_0001",), "SELECT 1;", "studio_0001.sql begins with a comment"),
    "no statement": (("studio_0001",), "-- A.\n-- B.\n", "studio_0001.sql begins with a comment"),
    "a commit": (("studio_0001",), "-- A.\nSELECT 1;\n\nCommit;", "studio_0001.sql: Commit in line 4 is refused"),
    "an open quote": (("studio_0001",), "-- A.\nSELECT 'it''s;\n", "studio_0001.sql: The quote ' in line 2"),
    "an open body": (("studio_0001",), "-- A.\nDO $a$ BEGIN END $$;", r"The quote \$a\$ in line 2 has no end"),
    "a NUL": (("studio_0001",), "-- A.\nSELECT 'a\0';", "studio_0001.sql: It holds a NUL"),
    "another encoding": (("studio_0001",), "-- A.\nSELECT '\udcff';", "studio_0001.sql: It is not in UTF-8"),
    "no part of a transaction": (("studio_0001",), "-- A.\nVACUUM;", "studio_0001.sql: VACUUM in line 2 is refused"),
    "an open comment": (("studio_0001",), "-- A.\nSELECT 1; /* /* */", "The comment in line 2 has no end"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("case", BROKEN)
async def test_a_chain_that_cannot_be_carried_out_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """What is wrong with the files is said by name before a connection is made."""
    names, text, said = BROKEN[case]
    package = f"broken_{secrets.token_hex(4)}"
    (tmp_path / package).mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    for name in names:
        (tmp_path / package / f"{name}.sql").write_text(text, encoding="utf-8", errors="surrogateescape")
    revisions = chain(package)
    nowhere = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", poolclass=NullPool)
    with pytest.raises(DeclarationError, match=said):
        await postgres.migrate(nowhere, revisions=revisions)
    with pytest.raises(DeclarationError, match=said):
        postgres.migration_script(revisions=revisions)


def test_a_package_that_is_not_there_is_named() -> None:
    """Revisions in a package that nobody finds are refused with its name."""
    for package in ("no_such_service.migrations", f"{studios.__name__}"):
        with pytest.raises(DeclarationError, match=package):
            postgres.migration_script(revisions=chain(package))

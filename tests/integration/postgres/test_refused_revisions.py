"""What PostgreSQL refuses of a host's own revision is told as that, wherever the revision is carried out."""

import importlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import asyncpg
import attrs
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gapless import postgres
from gapless.adapters.postgres.migrations import alembic_steps, refusals
from gapless.adapters.postgres.migrations.chain import read_chain
from gapless.adapters.postgres.migrations.frozen_sql import RevisionStatement
from gapless.kit import Catalogue, Revisions
from gapless.kit.errors import (
    DatabaseUnreachable,
    GaplessError,
    MigrationBlocked,
    RevisionFailed,
    StoreUnavailable,
)
from tests.commands import run_beside
from tests.integration.databases import connected
from tests.revision_statements import OUTSIDE, WHOLE, WITHIN

ROW_VALUE = "Ann Smith, 4711"
ROW_VALUES = ("Ann", "Smith", "4711")
FIRST = """-- Rooms.
CREATE TABLE {schema}.rooms (id int PRIMARY KEY, name text NOT NULL CHECK (name <> ''), note text);
INSERT INTO {schema}.rooms VALUES (1, 'blue', 'Ann Smith, 4711');
CREATE TYPE {schema}.mood AS ENUM ('a', 'b');
CREATE TABLE {schema}.lamps (name text UNIQUE);
"""
MODULE = """from gapless.kit import Catalogue, Revisions
REVISIONS = Revisions(package=__name__, catalogue=Catalogue(()), version_table="rooms_version", schema="house")
"""


@attrs.frozen
class Case:
    """A statement that fails: PostgreSQL's code for it, a part of its message, and the line within the statement."""

    sql: str
    sqlstate: str
    said: str
    line: int = 0


CASES = {
    "a feature": Case("ALTER TABLE {schema}.rooms ALTER COLUMN ctid SET NOT NULL", "0A000", "cannot alter system col"),
    "no parameter": Case("SELECT\n$1", "", "expects 1 argument"),
    "a division": Case("SELECT 1/0", "22012", "division by zero"),
    "a value of a row": Case("ALTER TABLE {schema}.rooms ALTER note TYPE date USING note::date", "22007", 'date: "…"'),
    "a name of a row": Case("SELECT quote_ident(note)::regclass FROM {schema}.rooms", "42P01", 'relation "…"'),
    "a type of a row": Case("SELECT note::regtype FROM {schema}.rooms", "42601", 'at or near "…"'),
    "a query of a row": Case("SELECT note::tsquery FROM {schema}.rooms", "42601", 'tsquery: "…"'),
    "a setting of a row": Case("SELECT set_config(note, '', true) FROM {schema}.rooms", "42704", 'parameter "…"'),
    "SQL of a row": Case("SELECT query_to_xml(note, true, true, '') FROM {schema}.rooms", "42601", 'near "…"'),
    "a date of a row": Case(
        "SELECT make_date(right(note, 4)::int, 2, 31) FROM {schema}.rooms", "22008", "out of range: …"
    ),
    "a number of a row": Case(
        "SELECT chr(right(note, 4)::int * 1000) FROM {schema}.rooms", "54000", "too large for encoding: …"
    ),
    "a date of the file": Case("SELECT make_date(2023, 2, 31) - 2023-02-31", "22008", "out of range: 2023-02-31"),
    "names of the file": Case(
        "ALTER TABLE {schema}.Rooms RENAME Nowhere TO other", "42703", 'column "nowhere" does not exist'
    ),
    "a value of the file": Case("SELECT 'abc'::int", "22P02", 'integer: "abc"', 0),
    "a value too long": Case("ALTER TABLE {schema}.rooms ALTER note TYPE varchar(3)", "22001", "too long for type"),
    "a null": Case("INSERT INTO {schema}.rooms VALUES (2, NULL)", "23502", 'column "name" of relation "rooms"'),
    "a check": Case("INSERT INTO {schema}.rooms VALUES (2, '')", "23514", '"rooms_name_check"'),
    "a duplicate": Case("INSERT INTO {schema}.rooms VALUES (1, 'red')", "23505", '"rooms_pkey"'),
    "a reference": Case(
        "ALTER TABLE {schema}.rooms ADD FOREIGN KEY (note) REFERENCES {schema}.lamps (name)",
        "23503",
        '"rooms_note_fkey"',
    ),
    "a transaction block": Case("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", "25001", "transaction block"),
    "a read-only one": Case("SET LOCAL transaction_read_only = on; CREATE TABLE {schema}.a ()", "25006", "read-only"),
    "nothing prepared": Case("EXECUTE nothing", "26000", '"nothing" does not exist'),
    "a hidden end": Case("DO $$\nBEGIN\n  COMMIT;\nEND $$", "2D000", "invalid transaction termination"),
    "no cursor": Case("FETCH ALL FROM nothing", "34000", 'cursor "nothing"'),
    "no schema": Case("CREATE TABLE nowhere.a (id int)", "3F000", '"nowhere" does not exist'),
    "a conflict": Case("DO $$ BEGIN RAISE 'changed' USING ERRCODE = '40001'; END $$", "40001", "changed"),
    "no table": Case("SELECT 1\nFROM nowhere", "42P01", 'relation "nowhere" does not exist', 1),
    "no column": Case("UPDATE {schema}.rooms\nSET name = 'a',\n  nam = 'b'", "42703", 'column "nam"', 2),
    "no function": Case("SELECT nothing()", "42883", "function nothing() does not exist"),
    "no type": Case("SELECT 1::nothing", "42704", 'type "nothing"'),
    "a syntax": Case("SELEC 1", "42601", 'syntax error at or near "SELEC"'),
    "there already": Case("CREATE TABLE {schema}.rooms (id int)", "42P07", '"rooms" already exists'),
    "no right": Case("SET LOCAL ROLE pg_monitor; SELECT * FROM {schema}.rooms", "42501", "permission denied"),
    "too many columns": Case(f"SELECT {', '.join(['1'] * 1700)}", "54011", "at most 1664 entries"),
    "a new value": Case("ALTER TYPE {schema}.mood ADD VALUE 'c'; SELECT 'c'::{schema}.mood", "55P04", "unsafe use"),
    "a time": Case("SET LOCAL statement_timeout = 20; SELECT pg_sleep(20)", "57014", "statement timeout"),
    "no file": Case("COPY {schema}.rooms FROM '/nowhere/at/all'", "58P01", "could not open file"),
    "raised": Case("DO $$ BEGIN RAISE 'no more rooms'; END $$", "P0001", "no more rooms"),
    "raised as full": Case("DO $$ BEGIN RAISE 'full' USING ERRCODE = '53100'; END $$", "53100", "full"),
    "raised as locked": Case("DO $$ BEGIN RAISE 'taken' USING ERRCODE = '55P03'; END $$", "55P03", "taken"),
    "internal": Case("DO $$ BEGIN RAISE 'inside' USING ERRCODE = 'XX000'; END $$", "XX000", "inside"),
}
MANY = 200
NOT_INSIDE = "25001"
NOTHING_KEPT = "Nothing of its transaction was kept."
AT_END = {
    "a deferred check": Case(
        "CREATE TABLE {schema}.a (b int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO {schema}.a VALUES (1), (1)",
        "23505",
        '"a_b_key"',
    ),
    "its own record": Case("DROP TABLE {schema}.rooms_version", "42P01", "rooms_version"),
}


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Revisions]:
    """For each case a package whose second revision has its statement behind one that PostgreSQL takes.

    All have one first revision, one schema and one record: whichever fails, a database stays at the first.
    """
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    declared = {}
    for number, (name, case) in enumerate((CASES | AT_END).items()):
        package = f"refused_{secrets.token_hex(4)}_{number}"
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(MODULE)
        (tmp_path / package / "rooms_0001.sql").write_text(FIRST)
        text = f"-- It fails.\nCREATE TABLE {{schema}}.kept ();\n\n{case.sql};\n\nSELECT 1;\n"
        (tmp_path / package / "rooms_0002.sql").write_text(text)
        declared[name] = Revisions(
            package=package, catalogue=Catalogue(()), version_table="rooms_version", schema="house"
        )
    importlib.invalidate_caches()
    return declared


def faults_of(error: BaseException, case: Case) -> Iterator[str]:
    """What is wrong with the error for a case whose statement begins in line 4."""
    if not isinstance(error, RevisionFailed):
        yield f"it is a {type(error).__name__}"
        return
    facts = (error.file, error.line, error.sqlstate, error.retryable)
    if facts != ("rooms_0002.sql", 4 + case.line, case.sqlstate, False):
        yield f"{facts}"
    if error.statement not in case.sql or not error.statement:
        yield f"its statement is {error.statement!r}"
    yield from faults_of_text(error.message, case)
    if ROW_VALUE in repr((error.__cause__, error.args, error.to_dict())) or not error.__suppress_context__:
        yield "a traceback would show a row"


def faults_of_text(text: str, case: Case) -> Iterator[str]:
    """What is wrong with the sentence for a case."""
    wanted = ("rooms_0002.sql", case.sqlstate, case.said)
    yield from (f"{each!r} is not in {text!r}" for each in wanted if each not in text)
    wrong = ("again", "unreachable", "No PostgreSQL", "run its migrations", "gapless migrate", *ROW_VALUES)
    yield from (f"{each!r} is in {text!r}" for each in wrong if each in text)


async def migrated(engine: AsyncEngine, revisions: Revisions) -> BaseException:
    """What migrating raises."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011  # each is looked at
        await postgres.migrate(engine, revisions=revisions, seconds=5)
    return caught.value


async def faults(engine: AsyncEngine, packages: dict[str, Revisions], cases: dict[str, Case]) -> dict[str, list[str]]:
    """What is wrong with the errors of these cases, by their names."""
    found = {name: list(faults_of(await migrated(engine, packages[name]), case)) for name, case in cases.items()}
    return {name: said for name, said in found.items() if said}


def upgraded(connection: Connection, revisions: Revisions, name: str) -> None:
    """What a host's own Alembic does."""
    operations = Operations(MigrationContext.configure(connection))
    postgres.upgrade_to(operations, name, revisions=revisions, seconds=5)


@pytest.mark.asyncio
async def test_refused_statements_are_named(empty_engine: AsyncEngine, packages: dict[str, Revisions]) -> None:
    """Each class of SQLSTATE is told with file, line, statement and reason, without a row; nothing of it is kept.

    Planted: telling them as failures of the connection, as before, is found for each; as is repeating a row's value.
    """
    assert await faults(empty_engine, packages, CASES) == {}
    assert (await postgres.status(empty_engine, revisions=packages["a check"])).database == "rooms_0001"
    async with empty_engine.connect() as connection:
        found = await connection.scalars(sa.text("SELECT relname FROM pg_class WHERE relname = 'kept'"))
        assert found.all() == []
    of_rows = {name: case for name, case in CASES.items() if name.endswith("of a row")}
    few = {name: CASES[name] for name in ("a division", "a value of a row", "a check", "no table", "a time", "raised")}
    with patch.object(alembic_steps, "is_refused", return_value=False):
        assert set(await faults(empty_engine, packages, few)) == set(few)
    with patch.object(refusals, "_without_values", lambda message, _: message):
        assert set(await faults(empty_engine, packages, few | of_rows)) == set(of_rows)


@pytest.mark.asyncio
async def test_the_server_agrees_with_the_reader(empty_database: str) -> None:
    """What is refused as outside of transactions is what PostgreSQL refuses inside of one, and nothing else is."""
    async with connected(empty_database) as connection:
        await connection.execute("CREATE SCHEMA house; CREATE TABLE house.things (id int, name text)")
        for statement in (*OUTSIDE, *WITHIN):
            state = ""
            transaction = connection.transaction()
            await transaction.start()
            try:
                await connection.execute(statement.replace("{schema}", "house"))
            except asyncpg.PostgresError as error:
                state = str(error.sqlstate)
            await transaction.rollback()
            assert (state == NOT_INSIDE) == (statement in OUTSIDE), (statement, state)


@pytest.mark.asyncio
async def test_the_server_takes_each_as_one_statement(empty_database: str) -> None:
    """What the reader leaves whole is one statement for PostgreSQL, which prepares no two at once."""
    async with connected(empty_database) as connection:
        await connection.execute("CREATE SCHEMA house; CREATE TABLE house.things (id int, name text)")
        for statement in WHOLE:
            await connection.fetch(statement.replace("{schema}", "house"))
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await connection.fetch(";".join(WHOLE[:2]))


STATES = sorted(
    kind.sqlstate
    for kind in vars(asyncpg.exceptions).values()
    if isinstance(kind, type) and issubclass(kind, asyncpg.PostgresError) and kind.sqlstate
)
SUCCESSES = ("00", "01", "02")


@pytest.mark.asyncio
async def test_whatever_a_function_raises_is_the_revisions_own(empty_engine: AsyncEngine) -> None:
    """Every SQLSTATE that PostgreSQL documents is the fault of the statement, if a function of the host raises it.

    Planted: without a look at who raises, what is said of locks, conflicts and shortages is told as that of others.
    """
    failures = [state for state in STATES if not state.startswith(SUCCESSES)]
    assert len(failures) > MANY
    others: list[str] = []
    async with empty_engine.connect() as connection:
        for state in failures:
            with pytest.raises(DBAPIError) as caught:
                await connection.exec_driver_sql(f"DO $$ BEGIN RAISE 'it' USING ERRCODE = '{state}'; END $$")
            await connection.rollback()
            assert refusals.is_refused(caught.value), state
            told = refusals.refused_statement("a_0001.sql", RevisionStatement("DO", 3), "DO", caught.value)
            assert (told.sqlstate, told.line, told.retryable) == (state, 3, False)
            assert told.message == f"a_0001.sql fails in line 3: it (SQLSTATE {state}) in `DO`. {NOTHING_KEPT}"
            with patch.object(refusals, "RAISED", "nobody"):
                others += [] if refusals.is_refused(caught.value) else [state]
    assert {"40001", "40P01", "55P03", "53100"} <= set(others) < set(failures)


@pytest.mark.asyncio
async def test_refused_statements_in_a_hosts_migration(
    empty_engine: AsyncEngine, packages: dict[str, Revisions]
) -> None:
    """Inside a host's transaction the error is the same, and the transaction goes on as it was before."""
    found: dict[str, list[str]] = {}
    async with empty_engine.begin() as connection:
        await connection.run_sync(upgraded, packages["a check"], "rooms_0001")
        for name, case in CASES.items():
            with pytest.raises(GaplessError) as caught:
                await connection.run_sync(upgraded, packages[name], "rooms_0002")
            found[name] = list(faults_of(caught.value, case))
    assert {name: said for name, said in found.items() if said} == {}
    assert (await postgres.status(empty_engine, revisions=packages["a check"])).database == "rooms_0001"


@pytest.mark.asyncio
async def test_refused_statements_on_the_command_line(empty_database: str, packages: dict[str, Revisions]) -> None:
    """The command says the same in one line on stderr, and ends with 3; that of a file that can't be read, with 2."""
    for name, case in list(CASES.items())[::4]:
        named = ("--revisions", f"{packages[name].package}:REVISIONS", "--database-url", empty_database)
        done = await run_beside("migrate", *named)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (3, "", 1), name
        assert done.stderr.startswith(f"Error: rooms_0002.sql fails in line {4 + case.line}: "), name
        assert done.stderr.endswith(f". {NOTHING_KEPT} [revision_failed]\n"), name
        assert list(faults_of_text(done.stderr, case)) == [], name
    (Path(packages["a syntax"].package) / "rooms_0002.sql").write_text("-- A.\nVACUUM;")
    named = ("--revisions", f"{packages['a syntax'].package}:REVISIONS", "--database-url", empty_database)
    done = await run_beside("migrate", *named)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "rooms_0002.sql: VACUUM in line 2 is refused" in done.stderr


@pytest.mark.asyncio
async def test_what_fails_at_its_end_is_named(empty_engine: AsyncEngine, packages: dict[str, Revisions]) -> None:
    """What COMMIT or the record refuses, behind the last statement, is told of the revision, without a line."""
    for name, case in AT_END.items():
        error = await migrated(empty_engine, packages[name])
        assert isinstance(error, RevisionFailed)
        assert (error.file, error.line, error.statement) == ("rooms_0002.sql", None, "")
        assert error.sqlstate == case.sqlstate
        assert "rooms_0002.sql fails at its end" in error.message
        assert list(faults_of_text(error.message, case)) == []
        assert (await postgres.status(empty_engine, revisions=packages[name])).database == "rooms_0001"
    several = packages["a deferred check"]
    (Path(several.package) / "rooms_0003.sql").write_text("-- It is right.\nSELECT 1;")
    with pytest.raises(RevisionFailed, match=r"rooms_0002\.sql to rooms_0003\.sql fails at its end"):
        await postgres.migrate(empty_engine, revisions=several, pooler=True)


OF_OTHERS = {
    "SELECT pg_terminate_backend(pg_backend_pid())": DatabaseUnreachable,
    "LOCK TABLE {schema}.rooms": MigrationBlocked,
    "LOCK TABLE {schema}.rooms NOWAIT": MigrationBlocked,
    "SELECT 1 FROM {schema}.rooms FOR UPDATE NOWAIT": MigrationBlocked,
    "SET LOCAL temp_file_limit = 0; SET LOCAL work_mem = '64kB'; "
    "CREATE TABLE {schema}.a AS SELECT n FROM generate_series(1, 100000) AS n ORDER BY md5(n::text)": StoreUnavailable,
}


@pytest.mark.asyncio
async def test_what_is_no_fault_of_a_statement(
    empty_database: str, empty_engine: AsyncEngine, packages: dict[str, Revisions]
) -> None:
    """A lost connection, a lock of somebody else's and a shortage of the server keep their errors."""
    revisions = packages["a syntax"]
    file = Path(revisions.package) / "rooms_0002.sql"
    file.write_text("-- A.\nSELEC 1;")
    assert isinstance(await migrated(empty_engine, revisions), RevisionFailed)
    async with connected(empty_database) as other, other.transaction():
        await other.execute(f"LOCK TABLE {revisions.schema}.rooms")
        for sql, kind in OF_OTHERS.items():
            file.write_text(f"-- A.\n{sql};")
            with pytest.raises(StoreUnavailable) as caught:
                await postgres.migrate(empty_engine, revisions=revisions, seconds=0.1)
            assert type(caught.value) is kind, sql


LEAKING = """-- It sets what it needs.
SET LOCAL search_path = pg_temp;
SET LOCAL SESSION AUTHORIZATION pg_monitor;
SET LOCAL work_mem = '99kB';
DO $$ BEGIN PERFORM set_config('statement_timeout', '12345', false), pg_advisory_lock(1); END $$;
"""
ASKED = "SELECT current_setting('search_path'), current_user::text, current_setting('work_mem')"
ASKING = f"-- It asks.\nCREATE TABLE {{schema}}.seen (a text, b text, c text);\nINSERT INTO {{schema}}.seen {ASKED};"
LOCKING = "-- It takes a lock, and fails.\nSELECT pg_advisory_lock(1);\nSELECT 1/0;"


@pytest.mark.asyncio
async def test_settings_end_with_their_revision(empty_database: str, packages: dict[str, Revisions]) -> None:
    """What a revision sets holds neither for the next one in the same transaction, nor for a host's own statements.

    What a function hides from us and sets for the session goes with the session: the pool of the host gets another.
    Planted: without setting it back, the next revision has the path and the role of the one before.
    """
    revisions, locking = packages["a syntax"], attrs.evolve(packages["a check"], schema="locking")
    folder = Path(revisions.package)
    (folder / "rooms_0002.sql").write_text(LEAKING)
    (folder / "rooms_0003.sql").write_text(ASKING)
    engine = create_async_engine(empty_database, pool_size=1, max_overflow=0)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL work_mem = '77kB'")
        await connection.run_sync(upgraded, revisions, "rooms_0003")
        here = (await connection.exec_driver_sql(ASKED)).one()
        seen = (await connection.exec_driver_sql(f"SELECT * FROM {revisions.schema}.seen")).one()  # noqa: S608
    assert here == ('"$user", public', sa.make_url(empty_database).username, "77kB")
    assert [*seen] == ["", *here[1:]]  # a revision begins without a path
    await engine.dispose()
    (Path(locking.package) / "rooms_0002.sql").write_text(LOCKING)
    assert isinstance(await migrated(engine, locking), RevisionFailed)
    (Path(locking.package) / "rooms_0002.sql").write_text(LEAKING)
    await postgres.migrate(engine, revisions=locking)
    async with engine.connect() as connection:
        assert await connection.scalar(sa.text("SHOW statement_timeout")) == "0"
        assert await connection.scalar(sa.text("SELECT pg_try_advisory_lock(1)"))
    with patch.object(alembic_steps, "settings_restored"), pytest.raises(GaplessError):
        async with engine.begin() as connection:
            await connection.run_sync(upgraded, attrs.evolve(revisions, schema="other"), "rooms_0003")
    await engine.dispose()


def test_the_statements_know_their_lines(packages: dict[str, Revisions]) -> None:
    """The file of each case is read with the line of each of its statements."""
    (_, second) = read_chain(packages["a hidden end"]).revisions
    assert [(statement.line, second.file) for statement in second.statements] == [
        (2, "rooms_0002.sql"),
        (4, "rooms_0002.sql"),
        (9, "rooms_0002.sql"),
    ]


def test_a_failure_of_the_dialect_itself_is_no_puzzle() -> None:
    """An error that SQLAlchemy's dialect raises without the driver has no code, and is looked at all the same."""

    class Emulated(Exception):
        """As the dialect's own, which has no driver's error to show."""

    error = DBAPIError("SELECT 1", None, Emulated("the plan is gone"))
    assert not refusals.is_refused(error)
    assert refusals.refused_at_end(["rooms_0002.sql"], error).message.count("the plan is gone") == 1

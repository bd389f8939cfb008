"""What PostgreSQL itself keeps of rows that belong to a root through others, how it finds them, and who may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.statements.compiled_statements import compiled_catalogue
from gapless.adapters.postgres.statements.statement import Statement
from gapless.adapters.postgres.statements.ways import ROOT_PARAMETER
from gapless.adapters.writing.side_records import NO_SIDE_RECORDS
from gapless.kit.errors import DatabaseDiffers
from gapless.kit.predicates import TRUE
from gapless.kit.queries import query
from gapless.postgres import Profile
from tests.clinics.cases import CASES, Letter, Mark, Note, Tag
from tests.clinics.offices import Office, added, office_on, removed, saved
from tests.integration.databases import connected
from tests.integration.store.sessions import is_session_blocked
from tests.roles import engine_of
from tests.stores import postgres_store

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]
SCHEMA = "cases_in_sql"
LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
EACH_LEVEL = pytest.mark.parametrize("level", LEVELS)
FIRST, CLINICS = 1_000_000, 200
FILLING = """
INSERT INTO "Clinic" ("select", "größe", version)
    SELECT :first + number, 100, 1 FROM generate_series(1, :clinics) AS number;
INSERT INTO cases (id, clinic, most_notes, is_open, is_urgent, version)
    SELECT :first + number, 1 + :first + number % :clinics, 100, true, false, 1
    FROM generate_series(1, 10 * :clinics) AS number;
INSERT INTO notes (id, "case", is_urgent, version)
    SELECT :first + number, 1 + :first + number % (10 * :clinics), false, 1
    FROM generate_series(1, 50 * :clinics) AS number;
INSERT INTO "Mark ""s" ("noteId", way1, note, is_struck, version)
    SELECT :first + number, 1, '!', false, 1 FROM generate_series(1, 50 * :clinics) AS number;
INSERT INTO tags (id, note, place, color, version)
    SELECT :first + number, :first + number, 1, 'red', 1 FROM generate_series(1, 50 * :clinics) AS number;
"""
"""Many clinics, with some rows of each entity."""


@pytest_asyncio.fixture(scope="module")
async def store(engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    """A store with tables of its own."""
    async with postgres_store(engine, CASES, SCHEMA) as found:
        yield found


@pytest_asyncio.fixture
async def office(store: PostgresStore) -> Office:
    """Two clinics of its own."""
    return await office_on(store)


def said(statement: str, **values: int) -> str:
    """A statement with these values."""
    for name, value in values.items():
        statement = statement.replace(f":{name}", str(value))
    return statement


def isolation(level: str) -> Any:  # noqa: ANN401  # the driver takes a few literals
    """A level of isolation as the driver calls it."""
    return level.lower().replace(" ", "_")


async def refusal(connection: asyncpg.Connection, level: str, office: Office, statement: str) -> str:
    """The rule by which the server refuses a statement in a transaction, or "kept"."""
    try:
        async with connection.transaction(isolation=isolation(level)):
            await connection.execute(f"SET LOCAL search_path = {SCHEMA}")
            await connection.execute(said(statement, home=office.home, other=office.other, free=office.free))
    except asyncpg.PostgresError as error:
        return str(getattr(error, "constraint_name", error))
    return "kept"


@EACH_LEVEL
async def test_plain_sql_keeps_to_the_root(office: Office, database_url: str, level: str) -> None:
    """No statement leads a row to another root, or lets it refer to a row there, at any isolation level."""
    refused = {
        'UPDATE notes SET "case" = :other WHERE id = :home': "notes_key_constant",
        'UPDATE "Mark ""s" SET "noteId" = :other, way1 = 2 WHERE "noteId" = :home': "marks_key_constant",
        "UPDATE cases SET clinic = :other WHERE id = :home": "cases_key_constant",
        "UPDATE notes SET answers = :other WHERE id = :home": "notes_answers_fkey",
        "UPDATE notes SET shelf = :other WHERE id = :home": "notes_shelf_fkey",
        "UPDATE letters SET note = :other WHERE clinic = :home": "letters_note_fkey",
        "INSERT INTO letters VALUES (:home, 2, :other, 1)": "letters_note_fkey",
        'INSERT INTO notes (id, "case", answers, is_urgent, version) VALUES (:free, :home, :other, false, 1)': (
            "notes_answers_fkey"
        ),
        "INSERT INTO letters VALUES (:home, 2, :home, 1)": "kept",
        "UPDATE notes SET answers = :home, shelf = :home WHERE id = :home": "kept",
    }
    async with connected(database_url) as connection:
        found = {statement: await refusal(connection, level, office, statement) for statement in refused}
    assert found == refused


@EACH_LEVEL
async def test_a_row_that_is_referred_to_stays_on_its_way(office: Office, database_url: str, level: str) -> None:
    """Who removes what stands on the way of a row waits for whoever has come to refer to that, and is refused then."""
    home = office.home
    async with connected(database_url) as one, connected(database_url) as two, connected(database_url) as watcher:
        await one.execute(f"SET search_path = {SCHEMA}")
        transaction = one.transaction(isolation=isolation(level))
        await transaction.start()
        await one.execute("INSERT INTO letters VALUES ($1, 2, $1, 1)", home)
        removal = asyncio.ensure_future(refusal(two, level, office, "DELETE FROM cases WHERE id = :home"))
        pid = two.get_server_pid()
        while not await is_session_blocked(watcher, pid):
            assert not removal.done()
            await asyncio.sleep(0.01)
        await transaction.commit()
        assert await removal != "kept"
        assert await one.fetchval("SELECT count(*) FROM notes WHERE id = $1", home) == 1


async def test_a_role_for_requests_writes_such_rows(office: Office, database_url: str, database_name: str) -> None:
    """The printed grants are enough for all that a unit does with such rows."""
    home, free = office.home, office.free
    async with engine_of(database_url, database_name, Profile.REQUESTS, CASES, SCHEMA) as engine:
        store = PostgresStore(engine, CASES, schema=SCHEMA)
        await store.check()
        narrow = Office(store, home, office.other)
        many = [Tag(id=free + number, note=home, place=1) for number in range(1500)]
        works = {
            "added": added(office.note(1, answers=home), Mark(note=home, place=2), *many),
            "saved": saved(Note, free + 1, answers=None),
            "another root's": added(Mark(note=office.other, place=2)),
            "letter": saved(Letter, 1, note=free + 1),
            "removed": removed(Mark, (home, 2)),
        }
        found = await narrow.refusals(works)
        assert found == {**dict.fromkeys(works, "kept"), "another root's": "marks_note_fkey"}


async def test_a_missing_trigger_is_told(store: PostgresStore, database_url: str) -> None:
    """Whoever drops what compares two roots learns it when the database is compared with its declaration."""
    async with connected(database_url) as connection:
        await connection.execute(f"ALTER TABLE {SCHEMA}.letters DISABLE TRIGGER home_added_letters_note_fkey")
        with pytest.raises(DatabaseDiffers, match="home_added_letters_note_fkey"):
            await store.check()
        await connection.execute(f"ALTER TABLE {SCHEMA}.letters ENABLE TRIGGER home_added_letters_note_fkey")
    await store.check()


def scans(plan: dict[str, Any]) -> Iterator[str]:
    """The tables that a plan reads whole."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from scans(below)


def asked() -> Iterator[tuple[str, Statement, dict[str, object]]]:
    """What a unit of a clinic asks for such rows, each with the values for one run."""
    compiled = compiled_catalogue(CASES, SCHEMA)
    notes, marks, tags = compiled.of(Note), compiled.of(Mark), compiled.of(Tag)
    root: dict[str, object] = {ROOT_PARAMETER: FIRST + 7}
    mark = Mark(note=FIRST + 6, place=2, version=1)
    yield "get", notes.get(), {"id": FIRST + 6, **root}
    yield "get over two", tags.get(), {"id": FIRST + 6, **root}
    yield "save", marks.update(("text",), NO_SIDE_RECORDS), {**marks.key(mark), "set_text": "x", **root}
    yield "remove", marks.delete(NO_SIDE_RECORDS), {**marks.key(mark), **root}
    yield "add", marks.insert(NO_SIDE_RECORDS, guarded=True), {**marks.values(mark), **root}
    yield "add many", marks.insert_many(NO_SIDE_RECORDS, packed=False, guarded=True), {**marks.arrays((mark,)), **root}
    yield "copy", tags.astray(), {"note": [FIRST + 6], "place": [1], **root}
    for name, statements in (("notes", notes), ("marks", marks), ("tags", tags)):
        model = CASES.by_entity[statements.model.entity]
        found = statements.searches.find(query(model, tenant=None), FIRST + 7)
        yield f"find {name}", found.statement, found.values
        counted = statements.searches.count(TRUE, FIRST + 7)
        yield f"count {name}", counted.statement, counted.values
        gone = statements.searches.delete(TRUE, FIRST + 7, ())
        yield f"delete {name}", gone.statement, gone.values
    below = notes.searches.find(query(notes.model, lambda note: note.case == FIRST + 6, tenant=None), FIRST + 7)
    yield "find below", below.statement, below.values


async def test_rows_are_found_by_indexes(store: PostgresStore, database_url: str) -> None:
    """Whatever a unit asks for, the server reads none of the tables whole: it goes along the way by indexes."""
    del store
    async with connected(database_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"SET search_path = {SCHEMA}")
        await connection.execute(said(FILLING, first=FIRST, clinics=CLINICS))
        await connection.execute("ANALYZE")
        found = {}
        for name, statement, values in asked():
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement.text}", *statement.arguments(values))
            found[name] = [*scans(json.loads(plan)[0]["Plan"])]
        await transaction.rollback()
    assert {name: tables for name, tables in found.items() if tables} == {}
    assert len(found) > 10

"""A database that revisions have led from one form of a catalogue to another is the one that the second form makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import attrs
import pytest
import sqlalchemy as sa
from hypothesis import given
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless import postgres
from gapless.adapters.postgres.revisions import completion, steps, table_statements
from gapless.adapters.postgres.revisions.ahead import Ahead
from gapless.adapters.postgres.revisions.changes import Changes
from gapless.adapters.postgres.revisions.description import DescribedObject
from gapless.adapters.postgres.sql.text import quoted
from gapless.kit import Catalogue
from gapless.kit.errors import RevisionFailed
from tests.integration.postgres.inspection import describe, differences
from tests.integration.postgres.revisions.packages import Package, decisions_between
from tests.integration.postgres.revisions.wards import FORMS, Form, catalogue_of
from tests.properties import Portal, bounded

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WARDS = (1, 2)
VISITS = 2


async def fill(connection: AsyncConnection, schema: str, form: Form) -> None:
    """Rows that all forms allow: two wards, with a room and two visits each, that have a note where there are notes."""
    await connection.exec_driver_sql(f"SET LOCAL search_path = {schema}")
    for ward in WARDS:
        await connection.exec_driver_sql(f"INSERT INTO wards VALUES ({ward}, 1000, true, 1)")  # noqa: S608  # names of the test
        if form.rooms:
            await connection.exec_driver_sql(f"INSERT INTO rooms VALUES ({ward}, {ward}, 1)")  # noqa: S608  # names of the test
        if form.entries:
            await connection.exec_driver_sql(f"INSERT INTO entries VALUES ({ward}, '{UUID(int=ward)}', 'x')")  # noqa: S608  # names of the test
        for number in range(VISITS):
            await add_visit(connection, form, ward, number)


async def add_visit(connection: AsyncConnection, form: Form, ward: int, number: int, **other: object) -> None:
    """A visit, with other values where they are given."""
    starts = NOON + timedelta(hours=number)
    values: dict[str, object] = {
        "ward": ward,
        "id": UUID(int=100 * ward + number),
        form.label: f"visit {number}",
        "size": 20 + number,
        "starts": starts,
        "ends": starts + timedelta(minutes=30),
        "mood": "good",
        "version": 1,
        **({"note": None if form.note == "nullable" and number else "n"} if form.note else {}),
        **({"room": ward if number else None} if form.rooms else {}),
        **other,
    }
    table = sa.table(form.visits, *(sa.column(name) for name in values))
    await connection.execute(sa.insert(table).values(values))


async def rows_of(connection: AsyncConnection, schema: str, form: Form, *names: str) -> list[tuple[object, ...]]:
    """What visits hold in columns, by their keys."""
    columns = ", ".join(map(quoted, names))
    found = await connection.exec_driver_sql(f"SELECT {columns} FROM {schema}.{form.visits} ORDER BY ward, id")  # noqa: S608  # names of the test
    return [tuple(each) for each in found]


async def differences_from_nothing(connection: AsyncConnection, catalogue: Catalogue, schema: str) -> list[str]:
    """In what a schema differs from one in which the catalogue makes everything."""
    await connection.exec_driver_sql("CREATE SCHEMA nothing")
    for statement in postgres.create_statements(catalogue, "nothing"):
        await connection.exec_driver_sql(statement)
    expected, found = await describe(connection, "nothing"), await describe(connection, schema)
    await connection.exec_driver_sql("DROP SCHEMA nothing CASCADE")
    records = [name for name in found if name.partition(" ")[2].partition(".")[0].endswith("_version")]
    return differences(expected, {name: text for name, text in found.items() if name not in records})


async def law(engine: AsyncEngine, package: Package, before: Form, now: Form, *, online: bool) -> None:
    """From one form to another and back: the same objects as made from nothing, and the same rows."""
    now = attrs.evolve(now, by_id=before.by_id)  # the key of rooms never changes
    schema = package.name
    package.write(catalogue_of(before))
    await postgres.migrate(engine, revisions=package.chain(catalogue_of(before)), schema=schema)
    async with engine.begin() as connection:
        await fill(connection, schema, before)
        kept = await rows_of(connection, schema, before, "ward", "id", before.label, "size", "mood")
    for was, is_now in ((before, now), (now, before)):
        catalogue = catalogue_of(is_now)
        written = package.write(catalogue, decisions_between(was, is_now), online=online)
        assert written is None or was != is_now
        assert package.write(catalogue) is None
        await postgres.migrate(engine, revisions=package.chain(catalogue), schema=schema)
        assert await postgres.differences(engine, revisions=package.chain(catalogue), schema=schema) == ()
        async with engine.begin() as connection:
            assert await differences_from_nothing(connection, catalogue, schema) == []
            assert await rows_of(connection, schema, is_now, "ward", "id", is_now.label, "size", "mood") == kept
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


@bounded(4)
@given(before=FORMS, now=FORMS)
@pytest.mark.parametrize("online", [True, False], ids=["in steps", "at once"])
def test_a_revision_leads_from_any_form_to_any_other(
    portal: Portal, engine_of_wards: AsyncEngine, tmp_path: Path, before: Form, now: Form, *, online: bool
) -> None:
    """What a revision leads to is what the catalogue makes from nothing, object by object; rows stay as they are."""
    with pytest.MonkeyPatch.context() as patch:
        portal(law(engine_of_wards, Package(tmp_path, patch), before, now, online=online))


def never_validated(patch: pytest.MonkeyPatch) -> None:
    """What came NOT VALID stays so."""
    constraints = steps._constraints
    patch.setattr(steps, "_constraints", lambda ahead: [s for s in constraints(ahead) if "VALIDATE" not in str(s)])


def functions_kept(patch: pytest.MonkeyPatch) -> None:
    """A function whose rules have changed does what it did."""
    coming = completion._coming

    def forgotten(changes: Changes, found: DescribedObject, ahead: Ahead | None, *, in_new: bool) -> Iterable[str]:
        is_there = any(was.place == found.place for was in changes.dropped)
        return () if found.kind == "function" and is_there else coming(changes, found, ahead, in_new=in_new)

    patch.setattr(completion, "_coming", forgotten)


def marks_kept(patch: pytest.MonkeyPatch) -> None:
    """What is new has no fingerprint."""
    patch.setattr(completion, "_comment", lambda _: iter(()))


def defaults_kept(patch: pytest.MonkeyPatch) -> None:
    """The constant for the rows that are there stays the default of the column."""
    patch.setattr(table_statements, "_completed", lambda *_: iter(()))


def waiting_kept(patch: pytest.MonkeyPatch) -> None:
    """What was made ahead keeps the name under which it has waited."""
    patch.setattr(completion, "renamed", lambda now, old: f"SELECT '{now.name}', '{old}'")


@pytest.mark.parametrize("plant", [never_validated, functions_kept, marks_kept, defaults_kept, waiting_kept])
def test_planted_faults_are_found(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """A revision that leaves out one of these is found by what it leads to."""
    before = Form(longest=60, most=3)
    now = Form(longest=40, most=4, one=True, note="required")
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        with pytest.raises((AssertionError, RevisionFailed)):
            portal(law(engine_of_wards, package, before, now, online=True))

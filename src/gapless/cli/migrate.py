"""The migrations from the command line: list what is pending, print its script, or carry it out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import attrs
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import postgres
from gapless.adapters.postgres.connections.engine import create_unpooled_engine, says_pooler
from gapless.cli.databases import database_errors_translated
from gapless.cli.tables import aligned
from gapless.kit import Revisions


@attrs.frozen(kw_only=True)
class MigrationOutcome:
    """The output of the command.

    Attributes:
        data: for stdout: the revisions, or the script.
        note: for stderr: one sentence.
        pending: how many revisions the database lacks, or lacked before they were carried out.
    """

    data: str
    note: str
    pending: int


@attrs.frozen
class ReportedWaiting:
    """How many seconds the migrations wait for locks at most, and what is called with the holders of the locks."""

    seconds: float
    report: Callable[[str], None]


@attrs.frozen
class Place:
    """The chain of revisions that is carried out, and the schema of its tables."""

    revisions: Revisions
    schema: str


def carried_out(
    database_url: str | None, place: Place, what: str | None, waiting: ReportedWaiting, *, pooler: bool = False
) -> MigrationOutcome:
    """Does what the command asks for: "plan", "sql", "check", or None for the migrations themselves.

    Args:
        database_url: the database; None only for a script for an empty database.
        place: the revisions, and the PostgreSQL schema that holds their tables.
        what: "plan", "sql", "check" or None.
        waiting: what the migrations do while others hold locks.
        pooler: whether a pooler in transaction mode stands before the server.

    Raises:
        GaplessError: the command can't be carried out; the message says why.
    """
    if database_url is None:
        script = postgres.migration_script(schema=place.schema, revisions=place.revisions)
        return MigrationOutcome(data=script, note="No database is named: the script is for an empty one.", pending=0)
    return asyncio.run(_on_database(database_url, place, what, waiting, pooler=pooler))


async def _on_database(
    url: str, place: Place, what: str | None, waiting: ReportedWaiting, *, pooler: bool
) -> MigrationOutcome:
    engine = create_unpooled_engine(url, pooler=pooler, prepares=False)
    try:
        with database_errors_translated():
            return await _asked(engine, place, what, waiting, pooler=pooler or says_pooler(engine))
    finally:
        await engine.dispose()


async def _asked(
    engine: AsyncEngine, place: Place, what: str | None, waiting: ReportedWaiting, *, pooler: bool
) -> MigrationOutcome:
    schema, revisions = place.schema, place.revisions
    pending = await postgres.pending(engine, schema=schema, revisions=revisions)
    lines = aligned([tuple(revision) for revision in pending]) + "\n" if pending else ""
    if what == "sql":
        lines = await _script(engine, place) if pending else ""
    if what is None:
        await postgres.migrate(
            engine,
            schema=schema,
            revisions=revisions,
            pooler=pooler,
            seconds=waiting.seconds,
            report=waiting.report,
        )
    return MigrationOutcome(
        data="" if what == "check" else lines, note=_note(schema, what, len(pending)), pending=len(pending)
    )


async def _script(engine: AsyncEngine, place: Place) -> str:
    found = await postgres.status(engine, schema=place.schema, revisions=place.revisions)
    return postgres.migration_script(schema=place.schema, since=found.database, revisions=place.revisions)


def _note(schema: str, what: str | None, pending: int) -> str:
    if not pending:
        return f"Schema {schema} is up to date."
    number = "1 revision" if pending == 1 else f"{pending} revisions"
    if what is None:
        return f"Schema {schema} is up to date; it lacked {number}."
    return f"Schema {schema}: {number} pending."

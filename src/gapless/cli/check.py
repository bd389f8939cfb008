"""The comparison of a database with a catalogue, from the command line."""

from __future__ import annotations

import asyncio
import json

from gapless import postgres
from gapless.adapters.postgres.connections.engine import create_unpooled_engine
from gapless.cli.databases import database_errors_translated
from gapless.cli.declarations import Declared


def checked(database_url: str, schema: str | None, about: Declared, *, pooler: bool = False) -> tuple[str, ...]:
    """The differences between a database and a catalogue.

    Args:
        database_url: the database.
        schema: the PostgreSQL schema that holds the tables; None for the schema of the revisions.
        about: the catalogue and its revisions.
        pooler: whether a pooler in transaction mode stands before the server.

    Raises:
        GaplessError: the command can't be carried out; the message says why.
    """
    return asyncio.run(_differences(database_url, schema, about, pooler=pooler))


async def _differences(url: str, schema: str | None, about: Declared, *, pooler: bool) -> tuple[str, ...]:
    engine = create_unpooled_engine(url, pooler=pooler, prepares=False)
    try:
        with database_errors_translated():
            return await postgres.differences(
                engine, schema=schema, catalogue=about.catalogue, revisions=about.revisions
            )
    finally:
        await engine.dispose()


def as_lines(found: tuple[str, ...]) -> str:
    """The differences for people, one a line."""
    return "".join(f"{sentence}\n" for sentence in found)


def to_json(found: tuple[str, ...]) -> str:
    """The differences for programs: an array of sentences."""
    return json.dumps(found, ensure_ascii=False, indent=2)


def note(found: tuple[str, ...], schema: str) -> str:
    """The result in one sentence."""
    if not found:
        return f"Schema {schema} enforces every rule of the catalogue."
    return f"Schema {schema}: {'1 difference' if len(found) == 1 else f'{len(found)} differences'}."

"""Databases in which programs are run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

from gapless.adapters.postgres import create_engine
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.embedded import EmbeddedServer
from gapless.kit import Catalogue
from gapless.kit.columns import ColumnType
from gapless.testing.suitability import has_rows_apart

EMBEDDED = "embedded"


@contextmanager
def database(url: str, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """A database with the tables of a catalogue in a schema of their own, which is dropped at the end.

    Args:
        url: where; EMBEDDED for a temporary server.
        catalogue: the entities.

    Yields:
        Its address, and the schema.
    """
    if url == EMBEDDED:
        with EmbeddedServer.start() as server, database(server.url(), catalogue) as prepared:
            yield prepared
        return
    schema = f"programs_{uuid4().hex[:12]}"
    statements = [f"CREATE SCHEMA {schema}", *create_statements(catalogue, schema)]
    asyncio.run(_execute(url, statements))
    try:
        yield url, schema
    finally:
        asyncio.run(_execute(url, [f"DROP SCHEMA {schema} CASCADE"]))


def meets_itself(catalogue: Catalogue) -> bool:
    """Whether a program may meet the rows of one before it.

    So it is if the key of its root is no UUID and may come twice, and where it reads rows of nobody or of other roots,
    or such as do not say to which root they belong: all of them are compared.
    """
    is_unsaid = any(model.through is not None for model in catalogue.models)
    return is_unsaid or has_rows_apart(catalogue) or catalogue.root.key_columns[0].type is not ColumnType.UUID


async def _execute(url: str, statements: Sequence[str]) -> None:
    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)
    finally:
        await engine.dispose()

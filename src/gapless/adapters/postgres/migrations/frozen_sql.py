"""Carries out the frozen SQL of a revision, statement by statement."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations

from gapless.adapters.postgres.sql.text import quoted

SCHEMA = "{schema}"


def execute_file(op: Operations, path: Path) -> None:
    """Executes a file of statements, each ended by a semicolon before an empty line.

    It works on a connection, in offline mode and in a host's own migration: it goes through the given operations.

    Args:
        op: Alembic's operations; the schema is that of their version table.
        path: the file, in which `{schema}` stands for the schema.
    """
    schema = quoted(str(op.get_context().version_table_schema))
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        # A colon would begin a parameter.
        op.execute(block.strip().removesuffix(";").replace(SCHEMA, schema).replace(":", "\\:"))

"""Writes the SQL of the first revision anew from the catalogue; only as long as no version was released with it."""

from __future__ import annotations

from pathlib import Path

from gapless.adapters.postgres.migrations.frozen_sql import SCHEMA
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS

PLACEHOLDER = "schema_of_gapless"
TARGET = Path("src/gapless/adapters/postgres/migrations/versions/gapless_0001.sql")


def main() -> None:
    """Writes every statement, ended by a semicolon before an empty line, as a revision is read."""
    statements = create_statements(GAPLESS, PLACEHOLDER)
    text = "\n\n".join(f"{statement};" for statement in statements)
    TARGET.write_text(text.replace(PLACEHOLDER, SCHEMA), encoding="utf-8")
    print(f"{TARGET}: {len(statements)} statements")


if __name__ == "__main__":
    main()

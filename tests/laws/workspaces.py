"""The tables of the laws' own catalogue, in a schema of a database that has those of the voice service as well."""

from __future__ import annotations

from gapless.adapters.postgres.schema.creation import create_statements
from gapless.kit.servability import VERSION_TABLE
from gapless.testing.laws.catalogue import WORKSPACES

WORKSPACES_SCHEMA = "workspaces"


def workspaces_statements() -> list[str]:
    """The statements that create the schema and what stands in it, one each."""
    return [
        f"CREATE SCHEMA {WORKSPACES_SCHEMA}",
        # Whoever works with the tables reads there which revision they are of; these came by no revision.
        f"CREATE TABLE {WORKSPACES_SCHEMA}.{VERSION_TABLE} (version_num text)",
        *create_statements(WORKSPACES, WORKSPACES_SCHEMA),
    ]

"""The rights of a role from the command line: a script for psql."""

from __future__ import annotations

from gapless import postgres
from gapless.cli.declarations import Declared


def script(role: str, profile: str, schema: str | None, about: Declared) -> str:
    """The statements that give a role the rights of a profile, each ended by a semicolon on a line of its own.

    Args:
        role: the role.
        profile: "requests" or "jobs".
        schema: the PostgreSQL schema that holds the tables; None for the schema of the revisions.
        about: the catalogue and its revisions.

    Raises:
        InvalidValue: the name is not possible for a role or a schema.
    """
    kind = postgres.Profile(profile)
    found = postgres.grants(role, profile=kind, schema=schema, catalogue=about.catalogue, revisions=about.revisions)
    return "".join(f"{statement};\n" for statement in found)

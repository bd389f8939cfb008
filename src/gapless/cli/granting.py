"""The rights of a role from the command line: a script for psql."""

from __future__ import annotations

from gapless import postgres
from gapless.cli.catalogues import named_catalogue


def script(role: str, profile: str, schema: str, reference: str | None) -> str:
    """The statements that give a role the rights of a profile, each ended by a semicolon on a line of its own.

    Args:
        role: the role.
        profile: "requests" or "jobs".
        schema: the PostgreSQL schema that holds the tables.
        reference: the catalogue's `module:NAME`; None for that of gapless.

    Raises:
        InvalidValue: no role or schema can have that name, or there is no such catalogue.
    """
    catalogue = named_catalogue(reference)
    found = postgres.grants(role, profile=postgres.Profile(profile), schema=schema, catalogue=catalogue)
    return "".join(f"{statement};\n" for statement in found)

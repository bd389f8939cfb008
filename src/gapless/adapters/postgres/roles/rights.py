"""Asks the server, before a job begins, whether the role of the connection may do what the job does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.postgres.sql.text import qualified
from gapless.kit import Catalogue
from gapless.kit.errors import AccessDenied
from gapless.kit.model import VERSION
from gapless.kit.rights import Uses

_LACKING = sa.text("""
SELECT asked.place, asked.column_name, current_user
FROM ROWS FROM (pg_catalog.unnest(CAST(:tables AS text[])), pg_catalog.unnest(CAST(:columns AS text[])),
    pg_catalog.unnest(CAST(:privileges AS text[]))) WITH ORDINALITY AS asked(table_name, column_name, privilege, place)
WHERE NOT CASE asked.column_name WHEN '' THEN pg_catalog.has_table_privilege(asked.table_name, asked.privilege)
    WHEN '*' THEN pg_catalog.has_any_column_privilege(asked.table_name, asked.privilege)
    ELSE pg_catalog.has_column_privilege(asked.table_name, asked.column_name, asked.privilege) END
ORDER BY asked.place
""")
ROW = ""
"""Stands for the whole row, for a privilege that PostgreSQL does not grant for a column."""
ANY = "*"
"""Stands for at least one column, because a role may lock a row if it has the privilege for any column."""
Asked = tuple[str, str, str]
"""A table, a column, ROW or ANY, and a privilege."""


async def require_rights(connection: AsyncConnection, catalogue: Catalogue, schema: str, jobs: Sequence[Uses]) -> None:
    """Refuses a role that may not do what a job does.

    Args:
        connection: a connection of the role.
        catalogue: the entities.
        schema: the PostgreSQL schema of the tables.
        jobs: what is done to the entities.

    Raises:
        DeclarationError: the catalogue does not have an entity of the job.
        AccessDenied: the role lacks rights; the message names them, and what grants them.
    """
    asked = list(_asked(catalogue, jobs))
    tables = [qualified(schema, table) for table, _, _ in asked]
    columns, privileges = [column for _, column, _ in asked], [privilege for _, _, privilege in asked]
    rows = (await connection.execute(_LACKING, {"tables": tables, "columns": columns, "privileges": privileges})).all()
    if rows:
        raise _refusal(rows[0].current_user, schema, [asked[row.place - 1] for row in rows])


def _asked(catalogue: Catalogue, jobs: Sequence[Uses]) -> Iterator[Asked]:
    for job in jobs:
        model = catalogue.model(job.entity)
        if job.adds:
            yield from ((model.stored, column.stored, "INSERT") for column in model.given)
        if job.changes:
            raised = (VERSION,) if model.versioned else ()
            changed = (model.column(name).stored for name in (*job.changes, *raised))
            yield from ((model.stored, name, "UPDATE") for name in changed)
        if job.removes:
            yield model.stored, ROW, "DELETE"
        if job.locks:
            yield model.stored, ANY, "UPDATE"
        if job.reads or job.changes or job.removes or (job.adds and model.filled):  # the statements return rows
            yield from ((model.stored, column.stored, "SELECT") for column in model.columns)


def _refusal(role: str, schema: str, lacking: Sequence[Asked]) -> AccessDenied:
    said = []
    for (table, privilege), rights in groupby(lacking, key=itemgetter(0, 2)):
        names = ", ".join(column for _, column, _ in rights if privilege == "UPDATE" and column != ANY)
        said.append(f"{privilege}{f' ({names})' if names else ''} on {schema}.{table}")
    return AccessDenied(
        f"Role {role} lacks rights that this job needs: {', '.join(said)}. gapless.postgres.grants(role, "
        "profile=Profile.JOBS) gives them: to this role, or to another one for the jobs, which gapless.open takes by "
        "jobs_engine= or jobs_url=."
    )

"""New columns that are added ahead of the last step, and the comments by which a later attempt knows them.

An attempt that begins again finds the columns of the one that was interrupted. A column of that name may as well be
another revision's, which its author has withdrawn, or somebody's own: it has another type, other values in its rows, or
takes nulls, and whoever only looked whether it is there would keep it. So until the last step each has a comment with
the digest of the statement that has added it.
"""

from __future__ import annotations

from collections.abc import Iterator

from gapless.adapters.postgres.migrations.frozen_sql import SCHEMA
from gapless.adapters.postgres.revisions.changes import TableChanges
from gapless.adapters.postgres.revisions.fills import Fills
from gapless.adapters.postgres.revisions.table_statements import adding, table_named
from gapless.adapters.postgres.sql.interim import interim_name
from gapless.adapters.postgres.sql.predicates import text_constant
from gapless.adapters.postgres.sql.text import in_dollars, indented, quoted

DUPLICATE_COLUMN = "42701"


def added_ahead(changed: TableChanges, fills: Fills) -> Iterator[str]:
    """The statements that add the new columns of a table, unless an attempt of this revision has added them."""
    table, comments = changed.table.name, _comments(changed, fills)
    if comments:
        yield _check(table, comments)
    for column in changed.added:
        yield adding(table, column, fills.get((table, column.name)), again=True)
    for name, comment in comments.items():
        yield _commented(table, name, text_constant(comment))


def uncommented(changed: TableChanges, fills: Fills) -> Iterator[str]:
    """The statements that take the comments away."""
    for name in _comments(changed, fills):
        yield _commented(changed.table.name, name, "NULL")


def _comments(changed: TableChanges, fills: Fills) -> dict[str, str]:
    """The comment of each column; the store's own may be there by other revisions, in the only form they have."""
    table = changed.table.name
    return {
        column.name: interim_name("column", table, adding(table, column, fills.get((table, column.name))))
        for column in changed.added
        if not column.store_owned
    }


def _check(table: str, comments: dict[str, str]) -> str:
    """The statement that refuses columns which are there, and have no comment of this revision."""
    named = ",\n    ".join(f"({text_constant(name)}, {text_constant(comment)})" for name, comment in comments.items())
    said = (
        "column %I of table %I is there already, and was not added by this revision: drop it, if a revision that was "
        "withdrawn has left it; else give it another name"
    )
    place = f"CAST({text_constant(f'{SCHEMA}.{quoted(table)}')} AS pg_catalog.regclass)"
    query = (
        f"SELECT a.attname INTO gapless_column FROM (VALUES\n    {named}\n) AS new (name, comment)\n"  # noqa: S608  # names of declarations
        f"JOIN pg_catalog.pg_attribute AS a ON a.attrelid = {place} AND a.attname = new.name\n"
        "WHERE NOT a.attisdropped AND pg_catalog.col_description(a.attrelid, a.attnum) IS DISTINCT FROM new.comment\n"
        "LIMIT 1;"
    )
    refuse = (
        f"RAISE EXCEPTION USING ERRCODE = '{DUPLICATE_COLUMN}',\n"
        f"    MESSAGE = pg_catalog.format({text_constant(said)}, gapless_column, {text_constant(table)});"
    )
    body = f"{query}\nIF FOUND THEN\n{indented(refuse)}\nEND IF;"
    source = f"\nDECLARE\n    gapless_column name;\nBEGIN\n{indented(body)}\nEND\n"
    return f"DO {in_dollars(source)}"


def _commented(table: str, column: str, text: str) -> str:
    return f"COMMENT ON COLUMN {table_named(table)}.{quoted(column)} IS {text}"

"""The statements that change tables and their columns, by the names that they have after a revision."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.adapters.postgres.migrations.frozen_sql import SCHEMA
from gapless.adapters.postgres.revisions.changes import Changes, TableChanges
from gapless.adapters.postgres.revisions.description import DescribedColumn, DescribedObject
from gapless.adapters.postgres.revisions.fills import Fill, Fills
from gapless.adapters.postgres.schema.tables import FILLFACTOR
from gapless.adapters.postgres.sql.text import quoted


def table_named(name: str) -> str:
    """A table with its schema in front."""
    return f"{SCHEMA}.{quoted(name)}"


def altered(table: str, action: str) -> str:
    """The statement that changes a table."""
    return f"ALTER TABLE {table_named(table)} {action}"


def dropping(found: DescribedObject) -> str:
    """The statement that drops an object."""
    name = quoted(found.name)
    match found.kind:
        case "constraint":
            return altered(found.table, f"DROP CONSTRAINT {name}")
        case "column":
            return altered(found.table, f"DROP COLUMN {name}")
        case "trigger":
            return f"DROP TRIGGER {name} ON {table_named(found.table)}"
        case "function":
            return f"DROP FUNCTION {SCHEMA}.{name}({found.to})"
        case _:
            return f"DROP {found.kind.upper()} {SCHEMA}.{name}"


def renaming(changes: Changes) -> Iterator[str]:
    """The statements that give tables and columns other names."""
    for old, new in changes.renames.tables.items():
        yield altered(old, f"RENAME TO {quoted(new)}")
    for table, columns in changes.renames.columns.items():
        for old, new in columns.items():
            yield altered(changes.renames.table(table), f"RENAME COLUMN {quoted(old)} TO {quoted(new)}")


def renamed(now: DescribedObject, old: str) -> str:
    """The statement that gives a constraint, an index or statistics the name that it has now."""
    if now.kind == "constraint":
        return altered(now.table, f"RENAME CONSTRAINT {quoted(old)} TO {quoted(now.name)}")
    return f"ALTER {now.kind.upper()} {SCHEMA}.{quoted(old)} RENAME TO {quoted(now.name)}"


def adding(table: str, column: DescribedColumn, fill: Fill | None, *, again: bool = False) -> str:
    """The statement that adds a column, with a constant for the rows that are there if it has one.

    Args:
        table: the table.
        column: the column.
        fill: what the rows get.
        again: whether it may be there already, from an attempt that was interrupted.
    """
    constant = fill is not None and fill.is_constant
    default = fill.text if constant and fill is not None else column.default
    required = not column.nullable and (fill is None or constant)
    parts = [
        f"ADD COLUMN {'IF NOT EXISTS ' if again else ''}{quoted(column.name)} {column.type}",
        f"DEFAULT {default}" if default is not None else "",
        "NOT NULL" if required else "",
    ]
    return altered(table, " ".join(part for part in parts if part))


def filling(table: str, column: DescribedColumn, fill: Fill) -> str:
    """The statement that fills a column where it is null."""
    name = quoted(column.name)
    return f"UPDATE {table_named(table)} SET {name} = ({fill.text}) WHERE {name} IS NULL"  # noqa: S608  # as declared


def columns_changed(changed: TableChanges, fills: Fills, *, added_ahead: bool) -> Iterator[str]:
    """The statements that bring the columns of a table to what they are now.

    Args:
        changed: what has changed.
        fills: what columns are filled with.
        added_ahead: whether its new columns were added, and filled, by earlier steps.
    """
    table = changed.table.name
    for column in changed.added:
        fill = fills.get((table, column.name))
        if not added_ahead:
            yield adding(table, column, fill)
        if fill is not None:
            yield from _filled(table, column, fill)
    for before, now in changed.altered:
        yield from _altered(table, before, now, fills.get((table, now.name)))
    for column in changed.dropped:
        yield altered(table, f"DROP COLUMN {quoted(column.name)}")
    if changed.has_other_room:
        room = f"SET (fillfactor = {FILLFACTOR})" if changed.table.is_roomy else "RESET (fillfactor)"
        yield altered(table, room)


def _filled(table: str, column: DescribedColumn, fill: Fill) -> Iterator[str]:
    """The statements behind the addition of a column that rows get a value for."""
    name = quoted(column.name)
    if fill.is_constant:
        yield altered(table, f"ALTER COLUMN {name} DROP DEFAULT")
        return
    yield filling(table, column, fill)
    if not column.nullable:
        yield altered(table, f"ALTER COLUMN {name} SET NOT NULL")


def _altered(table: str, before: DescribedColumn, now: DescribedColumn, fill: Fill | None) -> Iterator[str]:
    change = f"ALTER COLUMN {quoted(now.name)}"
    if before.type != now.type:
        yield altered(table, f"{change} TYPE {now.type}{f' USING ({fill.text})' if fill is not None else ''}")
    elif fill is not None:
        yield filling(table, now, fill)
    if before.nullable is not now.nullable:
        yield altered(table, f"{change} {'DROP' if now.nullable else 'SET'} NOT NULL")
    if before.default != now.default:
        yield altered(table, f"{change} {'DROP DEFAULT' if now.default is None else f'SET DEFAULT {now.default}'}")

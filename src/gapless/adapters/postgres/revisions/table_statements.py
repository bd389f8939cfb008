"""The statements that change tables and their columns, by the names that they have after a revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    # What the store keeps for its rules may be there by the revisions of others in the schema, whose rules count too.
    once_more = again or column.store_owned
    parts = [
        f"ADD COLUMN {'IF NOT EXISTS ' if once_more else ''}{quoted(column.name)} {column.type}",
        f"DEFAULT {default}" if default is not None else "",
        "NOT NULL" if required else "",
    ]
    return altered(table, " ".join(part for part in parts if part))


def filling(table: str, filled: Mapping[str, Fill]) -> str:
    """The statement that fills columns where they are null, each by what all of them held before."""
    values = ", ".join(f"{quoted(name)} = coalesce({quoted(name)}, ({fill.text}))" for name, fill in filled.items())
    empty = " OR ".join(f"{quoted(name)} IS NULL" for name in filled)
    return f"UPDATE {table_named(table)} SET {values} WHERE {empty}"  # noqa: S608  # as declared


def columns_changed(changed: TableChanges, fills: Fills, *, added_ahead: bool) -> Iterator[str]:
    """The statements that bring the columns of a table to what they are now.

    Args:
        changed: what has changed.
        fills: what columns are filled with.
        added_ahead: whether its new columns were added by an earlier step.
    """
    table = changed.table.name
    if not added_ahead:
        yield from (adding(table, column, fills.get((table, column.name))) for column in changed.added)
    written = {name: fill for name in _written(changed) if (fill := fills.get((table, name))) and not fill.is_constant}
    if written:
        yield filling(table, written)
    yield from _altered(changed, fills)
    for column in changed.dropped:
        yield altered(table, f"DROP COLUMN {quoted(column.name)}")
    if changed.has_other_room:
        room = f"SET (fillfactor = {FILLFACTOR})" if changed.table.is_roomy else "RESET (fillfactor)"
        yield altered(table, room)


def _written(changed: TableChanges) -> Iterator[str]:
    """The columns into which values are written, if there are any for them: not those that get another type."""
    yield from (column.name for column in changed.added)
    yield from (now.name for before, now in changed.altered if before.type == now.type)


def _altered(changed: TableChanges, fills: Fills) -> Iterator[str]:
    """The statements that make columns what they are now; types in one, for which each row is as it was."""
    table, typed = changed.table.name, list[str]()
    for before, now in changed.altered:
        fill = fills.get((table, now.name))
        if before.type != now.type:
            using = f" USING ({fill.text})" if fill is not None else ""
            typed.append(f"ALTER COLUMN {quoted(now.name)} TYPE {now.type}{using}")
    if typed:
        yield altered(table, ", ".join(typed))
    for column in changed.added:
        yield from _completed(table, column, fills.get((table, column.name)))
    for before, now in changed.altered:
        change = f"ALTER COLUMN {quoted(now.name)}"
        if before.nullable is not now.nullable:
            yield altered(table, f"{change} {'DROP' if now.nullable else 'SET'} NOT NULL")
        if before.default != now.default:
            yield altered(table, f"{change} {'DROP DEFAULT' if now.default is None else f'SET DEFAULT {now.default}'}")


def _completed(table: str, column: DescribedColumn, fill: Fill | None) -> Iterator[str]:
    """What a new column lacks as yet: its constant is no default, and what was written into it may be required."""
    change = f"ALTER COLUMN {quoted(column.name)}"
    if fill is not None and fill.is_constant:
        yield altered(table, f"{change} DROP DEFAULT")
    elif fill is not None and not column.nullable:
        yield altered(table, f"{change} SET NOT NULL")

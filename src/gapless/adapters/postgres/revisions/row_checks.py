"""Asks the rows that are there whether they break a rule that a revision adds, before it changes anything.

The queries speak of tables and columns as the revision makes them. So where something will have another name, another
type or another value, they read the table as it will be, from what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs

from gapless.adapters.postgres.migrations.frozen_sql import SCHEMA, WRITTEN_SCHEMA
from gapless.adapters.postgres.migrations.refusals import ROWS_BREAK_RULES
from gapless.adapters.postgres.revisions.changes import Changes, TableChanges
from gapless.adapters.postgres.revisions.description import DescribedColumn, DescribedRule, DescribedTable, Description
from gapless.adapters.postgres.revisions.fills import Fills
from gapless.adapters.postgres.sql.predicates import text_constant
from gapless.adapters.postgres.sql.text import in_dollars, indented, quoted

MOST_KEYS = 5
"""How many keys are told of the rows that break a rule."""


@attrs.frozen
class FutureTables:
    """How the tables are read as a revision makes them.

    Attributes:
        after: the tables as they will be.
        changes: what the revision changes.
        fills: what it writes into columns.
    """

    after: Description
    changes: Changes
    fills: Fills

    def sources(self, query: str) -> dict[str, str]:
        """The tables of a query that will be other than they are, each with a query for its rows as they will be."""
        found = (table for table in self.after.tables if _named(table.name).search(query))
        return {table.name: rows for table in found if (rows := self._rows(table))}

    def _rows(self, table: DescribedTable) -> str:
        """The query for the rows of a table as they will be; "" if they are so already."""
        if table in self.changes.new_tables:
            nulls = ", ".join(_cast("NULL", column) for column in table.columns)
            return f"SELECT {nulls} WHERE false"
        changed = self.changes.by_table.get(table.name)
        is_other = changed is not None and (changed.added or changed.altered)
        if not is_other and not self.changes.renames.touches(table.name):
            return ""
        now = ", ".join(self._value(table, column, changed) for column in table.columns)
        return f"SELECT {now}\nFROM (\n{indented(self._renamed(table, changed))}\n) AS {quoted(table.name)}"

    def _renamed(self, table: DescribedTable, changed: TableChanges | None) -> str:
        """The query for the rows with the names that they will have, and the values that they have."""
        old_table, old_columns = self.changes.renames.before(table.name)
        added, dropped = ((), ()) if changed is None else (changed.added, changed.dropped)
        there = [column.name for column in (*table.columns, *dropped) if column not in added]
        listed = ", ".join(f"{quoted(old_columns.get(name, name))} AS {quoted(name)}" for name in there)
        return f"SELECT {listed} FROM {SCHEMA}.{quoted(old_table)}"  # noqa: S608  # names of declarations

    def _value(self, table: DescribedTable, column: DescribedColumn, changed: TableChanges | None) -> str:
        """What a column will hold."""
        fill = self.fills.get((table.name, column.name))
        before = next((was for was, now in changed.altered if now is column), None) if changed else None
        if changed is not None and column in changed.added:
            return _cast(f"({fill.text})" if fill else column.default or "NULL", column)
        if before is not None and before.type != column.type:
            return _cast(f"({fill.text})" if fill else quoted(column.name), column)
        if fill is not None:
            return f"coalesce({quoted(column.name)}, ({fill.text})) AS {quoted(column.name)}"
        return quoted(column.name)


def check_of_rows(rules: Iterable[DescribedRule], reading: FutureTables | None) -> str:
    """The statement that refuses rows which break rules, with the rules and the keys of the rows.

    Args:
        rules: the rules, at least one.
        reading: how tables are read as they will be; None if they are so already.
    """
    asked = "\n".join(line for rule in rules for line in _asked(rule, reading))
    said = f"{text_constant('rows break rules that this revision brings: ')} || substr(gapless_broken, 3)"
    refuse = f"RAISE EXCEPTION USING ERRCODE = '{ROWS_BREAK_RULES}', MESSAGE = {said};"
    body = f"{asked}\nIF gapless_broken <> '' THEN\n{indented(refuse)}\nEND IF;"
    variables = "gapless_broken text := '';\ngapless_found record;"
    source = f"\nDECLARE\n{indented(variables)}\nBEGIN\n{indented(body)}\nEND\n"
    return f"DO {in_dollars(source)}"


def _asked(rule: DescribedRule, reading: FutureTables | None) -> Iterator[str]:
    """The statements that look for rows which break a rule."""
    sources = {} if reading is None else reading.sources(rule.query)
    rows = rule.query
    for table in sources:
        rows = quoted(table).join(_named(table).split(rows))
    listed = ",\n".join(f"{quoted(table)} AS (\n{indented(source)}\n)" for table, source in sources.items())
    rows = f"WITH {listed}\n{rows}" if listed else rows
    yield (
        "SELECT count(*) AS number,\n"  # noqa: S608  # names of declarations
        f"    string_agg(listed.key, ', ' ORDER BY listed.place) FILTER (WHERE listed.place <= {MOST_KEYS}) AS keys\n"
        "INTO gapless_found\n"
        "FROM (\n"
        "    SELECT gapless_row::text AS key, row_number() OVER (ORDER BY gapless_row) AS place\n"
        f"    FROM (\n{indented(indented(rows.replace(WRITTEN_SCHEMA, SCHEMA)))}\n    ) AS gapless_row\n"
        ") AS listed;"
    )
    broken = f"'; ' || {text_constant(f'{rule.name} by ')} || gapless_found.number"
    told = f"{broken} || {text_constant(f' of {rule.about}, with the keys ')} || gapless_found.keys"
    yield f"IF gapless_found.number > 0 THEN\n    gapless_broken := gapless_broken || {told};\nEND IF;"


def _named(table: str) -> re.Pattern[str]:
    """The name of a table in a query, with its schema; not that of a table whose name begins with it."""
    return re.compile(rf"{re.escape(WRITTEN_SCHEMA)}\.{re.escape(quoted(table))}(?![\w$])")


def _cast(value: str, column: DescribedColumn) -> str:
    type_, _, collation = column.type.partition(" COLLATE ")
    collated = f" COLLATE {collation}" if collation else ""
    return f"CAST({value} AS {type_}){collated} AS {quoted(column.name)}"

"""What an author states of names: which tables and columns are the same as before under another name.

PostgreSQL itself follows a renamed table or column in all that depends on it, but for the bodies of functions. A
description follows in the same way, so that nothing is made anew that is as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from gapless.adapters.postgres.migrations.frozen_sql import SCHEMA
from gapless.adapters.postgres.revisions.description import REFERENCES, DescribedObject, DescribedTable, Description
from gapless.adapters.postgres.sql.fingerprints import tokens_of
from gapless.adapters.postgres.sql.text import quoted
from gapless.kit.errors import InvalidValue


@attrs.frozen
class Renames:
    """Tables and columns that have another name now.

    Attributes:
        tables: the new names of tables by their old ones.
        columns: by the old name of a table, the new names of its columns by their old ones.
    """

    tables: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]

    @classmethod
    def stated(cls, stated: Mapping[str, str], before: Description, after: Description) -> Renames:
        """The renames that an author states: `{"rooms": "wards"}`, `{"rooms.name": "label"}`, by names as they were.

        Raises:
            InvalidValue: there was nothing of the old name, or there is nothing of the new one, or it was there.
        """
        tables = {old: new for old, new in stated.items() if old in before.by_table}
        if len({*tables.values()}) < len(tables):
            raise InvalidValue("renames", "Two tables can't get one name.", fields=("renames",))
        columns: dict[str, dict[str, str]] = {}
        for old, new in stated.items():
            if old in tables:
                _require(old, new, new in after.by_table and new not in before.by_table, f"table {new}")
                continue
            table, column = _column(old, before)
            now = after.by_table.get(tables.get(table, table))
            is_new = now is not None and new in now.by_name and new not in before.by_table[table].by_name
            _require(old, new, is_new, f"column {new} of table {tables.get(table, table)}")
            _require(old, new, new not in columns.get(table, {}).values(), f"column {new}, and of one column alone,")
            columns.setdefault(table, {})[column] = new
        return cls(tables, columns)

    def table(self, name: str) -> str:
        """The name that a table has now."""
        return self.tables.get(name, name)

    def before(self, table: str) -> tuple[str, dict[str, str]]:
        """The old name of a table, by the name that it has now, and those of its renamed columns."""
        old = {new: old for old, new in self.tables.items()}.get(table, table)
        return old, {new: column for column, new in self.columns.get(old, {}).items()}

    def touches(self, table: str) -> bool:
        """Whether a table, by its name now, or one of its columns has another name than before."""
        old, columns = self.before(table)
        return table != old or bool(columns)

    def followed(self, before: Description) -> Description:
        """The description of what there is once the names are changed, and nothing else."""
        return attrs.evolve(
            before,
            tables=tuple(self._table(table) for table in before.tables),
            objects=tuple(self._object(found) for found in before.objects),
            rules=tuple(attrs.evolve(rule, table=self.table(rule.table)) for rule in before.rules),
        )

    def _table(self, table: DescribedTable) -> DescribedTable:
        names = self.columns.get(table.name, {})
        columns = tuple(attrs.evolve(column, name=names.get(column.name, column.name)) for column in table.columns)
        key = tuple(names.get(name, name) for name in table.key)
        return attrs.evolve(table, name=self.table(table.name), columns=columns, key=key)

    def _object(self, found: DescribedObject) -> DescribedObject:
        if found.kind == "function":
            return found
        if found.kind == "table":
            return attrs.evolve(found, name=self.table(found.name))
        own, other = found.halves
        behind = f"{REFERENCES}{self._text(other, found.to)}" if other else ""
        definition = self._text(own, found.table) + behind
        return attrs.evolve(found, table=self.table(found.table), to=self.table(found.to), definition=definition)

    def _text(self, text: str, table: str) -> str:
        """A part of a definition whose columns are those of a table, with the names that they have now."""
        columns = {quoted(old): quoted(new) for old, new in self.columns.get(table, {}).items()}
        tables = {quoted(old): quoted(new) for old, new in self.tables.items()}
        parts: list[str] = []
        for token in tokens_of(text):
            is_table = "".join(parts).endswith(f"{SCHEMA}.") or (not parts and token == quoted(table))
            parts.append((tables if is_table else columns).get(token, token))
        return "".join(parts)


def _column(old: str, before: Description) -> tuple[str, str]:
    """The table and the column of a stated old name.

    Raises:
        InvalidValue: there was no such table or column.
    """
    for table in before.tables:
        for column in table.columns:
            if f"{table.name}.{column.name}" == old:
                return table.name, column.name
    raise InvalidValue("renames", f"The last revision has no table or column {old}: nothing can be renamed.")


def _require(old: str, new: str, holds: bool, what: str) -> None:  # what was asked
    if not holds:
        said = (
            f"{old} can't be renamed to {new}: {what} has to be in the catalogue, and must not have been there before."
        )
        raise InvalidValue("renames", said, fields=("renames",))

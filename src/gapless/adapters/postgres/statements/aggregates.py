"""Compiles the statements that ask something of many rows at once: whether there is one, a sum, the greatest value."""

from __future__ import annotations

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.sql.column_types import STORED
from gapless.adapters.postgres.statements.searches import CompiledSearch, Searches, constants_of, seen_by
from gapless.adapters.postgres.statements.ways import ROOT_PARAMETER
from gapless.kit.columns import Column, ColumnType
from gapless.kit.kinds import Descending, Ordering, column_of
from gapless.kit.predicates import Node, outline_of

ADDED = {ColumnType.INTEGER: STORED.of(ColumnType.BIG_INTEGER).type(None)}
"""As what values are added up whose own sum has a bound; the sum of greater ones is a numeric, which has none."""


@attrs.frozen
class Aggregates:
    """Compiles such statements of one entity.

    Args:
        searches: compiles its statements with conditions.
    """

    searches: Searches

    def exists(self, where: Node, tenant: object) -> CompiledSearch:
        """Says whether there is a row of a condition."""
        one: sa.Select[object] = sa.select(sa.literal_column("1")).select_from(self.searches.table)
        return self._search("exists", (), where, tenant, one)

    def sum(self, column: Column, where: Node, tenant: object) -> CompiledSearch:
        """Adds up a column in the rows of a condition; the sum comes as text, and null if there is none."""
        values = self.searches.table.c[column.name]
        added = sa.func.sum(sa.cast(values, ADDED[column.type]) if column.type in ADDED else values)
        # It goes as text, because a host's engine may read numbers of any size into a type of its own.
        return self._search("sum", column, where, tenant, sa.select(sa.cast(added, sa.Text())))

    def extreme(self, ordering: Ordering, where: Node, tenant: object) -> CompiledSearch:
        """Reads the first value of a column in an order, of the rows of a condition."""
        column, descends = column_of(ordering), isinstance(ordering, Descending)
        value = self.searches.table.c[column.name]
        found = sa.select((sa.func.max if descends else sa.func.min)(value))
        if column.type is ColumnType.UUID:  # which servers before PostgreSQL 18 compare, and of which they know no max
            # An index has the nulls at its end, and so at its beginning for who reads it from there.
            first = value.desc() if descends else value.asc()
            found = sa.select(value).where(value.is_not(None)).order_by(first).limit(sa.literal_column("1"))
        return self._search("extreme", (column, descends), where, tenant, found)

    def groups(self, column: Column, where: Node, most: int, tenant: object) -> CompiledSearch:
        """Counts the rows of a condition by the values of a column; reads at most so many of these."""
        value = self.searches.table.c[column.name]
        counted = sa.select(value, sa.func.count()).group_by(value).limit(sa.literal_column(str(most)))
        return self._search("groups", (column, most), where, tenant, counted)

    def _search(
        self,
        kind: str,
        asked: object,
        where: Node,
        tenant: object,
        rows: sa.Select[object],
    ) -> CompiledSearch:
        outline, seen = outline_of(where), seen_by(tenant)

        def build() -> sa.ClauseElement:
            found = rows.where(self.searches.condition(where, seen))
            return sa.select(sa.exists(found)) if kind == "exists" else found

        shape = (kind, asked, seen, outline.shape)
        return self.searches.search(shape, build, constants_of(outline), {ROOT_PARAMETER: tenant})

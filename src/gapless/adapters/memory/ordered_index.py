"""Ordered indexes: the rows of one table in an order, below the values of some fixed columns.

The keys are those of an index of PostgreSQL: the values of the fixed columns, then those of the order. Rows with equal
values in the fixed columns stand side by side, so the same index answers "which rows have this value" and "in which
order". See docs/decisions/0047-indexes-in-memory.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import attrs

from gapless.adapters.memory.sorted_rows import SortedRows
from gapless.kit.kinds import IndexField, column_of
from gapless.kit.lowered_columns import Indexed
from gapless.kit.model import Validated
from gapless.kit.predicates import Node
from gapless.kit.python_compiler import Condition, is_true
from gapless.kit.sort_keys import GREATEST, NULLS, RowOrder, SortKey, first_parts, row_order


class Bounds(NamedTuple):
    """A part of an index: the keys from `low` to `high`, which itself is not in it."""

    low: SortKey
    high: SortKey

    def hold(self, key: SortKey) -> bool:
        """Whether a key is in the part."""
        return not key < self.low and key < self.high  # the greatest value of a bound knows < and > alone


@attrs.frozen(eq=False)
class OrderedIndex:
    """One ordered index of a table.

    Attributes:
        order: the columns of the order, with those of the key that are not fixed.
        sorting: the functions of the sort keys.
        holds: the condition of the rows that it has; None for all.
    """

    order: tuple[IndexField, ...]
    sorting: RowOrder
    holds: Condition | None

    @classmethod
    def of(cls, fixed: tuple[Indexed, ...], order: tuple[IndexField, ...], where: Node | None) -> OrderedIndex:
        """Makes the index.

        Args:
            fixed: the columns that a search gives values for.
            order: the columns of the order.
            where: the condition of the rows that it has; None for all.
        """
        return cls(order, row_order(order, fixed), None if where is None else is_true(where))

    def has(self, row: Validated) -> bool:
        """Whether it has a row."""
        return self.holds is None or self.holds(row)

    def sorted(self, rows: Iterable[Validated]) -> SortedRows:
        """Those of the rows that the index has, in its order."""
        return SortedRows(self.sorting.key, rows if self.holds is None else filter(self.holds, rows))

    def replace(self, kept: SortedRows, before: Validated | None, after: Validated | None) -> None:
        """Puts a row into the place of another one; None stands for no row."""
        if before is not None and self.has(before):
            kept.remove(before)
        if after is not None and self.has(after):
            kept.add(after)

    def bounds(
        self,
        fixed: SortKey,
        ranges: Iterable[tuple[str, object]],
        place: tuple[object, ...] | None,
        *,
        backwards: bool = False,
    ) -> Bounds:
        """The part of the index that a search looks at.

        Args:
            fixed: the values of the fixed columns, as parts of a key.
            ranges: what the first column of the order is compared with, each with one of < <= > >=.
            place: the values in the columns of the order behind which a page begins; None for the first page.
            backwards: whether the page ends before that place.
        """
        low, high = fixed, (*fixed, GREATEST)
        for operator, value in ranges:
            column, descends = column_of(self.order[0]), self.sorting.descends
            part = (*fixed, *first_parts(column, value, descends=descends))
            if column.nullable:  # a null is in no range
                nulls = (*fixed, *NULLS)
                low, high = (max(low, nulls), high) if descends else (low, min(high, nulls))
            match operator:
                case "<":
                    high = min(high, part)
                case "<=":
                    high = min(high, (*part, GREATEST))
                case ">":
                    low = max(low, (*part, GREATEST))
                case _:
                    low = max(low, part)
        if place is not None:
            key = (*fixed, *self.sorting.key_of(place))
            is_below = self.sorting.descends is not backwards
            low, high = (low, min(high, key)) if is_below else (max(low, (*key, GREATEST)), high)
        return Bounds(low, high)

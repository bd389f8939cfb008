"""Columns that the store fills: the number of a row, and the time at which it was added."""

from __future__ import annotations

from typing import ClassVar

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import column_named
from gapless.kit.kinds.reference import Reference
from gapless.kit.kinds.rule import Rule


@attrs.frozen(eq=False)
class Filled(Rule):
    """A column that the store fills when a row is added. What the writer gives is ignored; nobody changes it later.

    Attributes:
        column: the column. Before a store has taken the row, it holds its default. The store's value does not count
            when two rows are compared.
    """

    column: Column = attrs.field(converter=column_named, kw_only=True)
    is_family: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class Numbered(Filled):
    """The store numbers the rows below a parent in the order in which they were added: 1, 2, 3, without gaps.

    All such rules of a catalogue share one counter of the parent, so the rows of several tables have one order. The
    store gives a number while it holds the lock of the parent's row, so the numbers also follow the order of the
    commits.

    Attributes:
        through: the reference to the root.
    """

    through: Reference = attrs.field(kw_only=True)


@attrs.frozen(eq=False)
class Stamped(Filled):
    """The column says when a row was added, by the store's own clock: on PostgreSQL by the server's."""

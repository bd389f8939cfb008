"""Columns that the store fills: the number of a row, and when it came."""

from __future__ import annotations

from typing import ClassVar

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import column_named
from gapless.kit.kinds.reference import Reference
from gapless.kit.kinds.rule import Rule


@attrs.frozen(eq=False)
class Filled(Rule):
    """A column that the store fills when a row is added, whatever the writer says; nobody changes it later.

    Attributes:
        column: the column. A row that no store has taken yet has the default there, and is the same row afterwards.
    """

    column: Column = attrs.field(converter=column_named, kw_only=True)
    is_family: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class Numbered(Filled):
    """The rows below a parent are numbered in the order in which they came: 1, 2, 3, without gaps.

    All the rules of a catalogue that go through one parent share its counter, so that the rows of several tables have
    one order. A number is handed out under the lock of the parent's row, so it is also the order of the commits.

    Attributes:
        through: the reference to the organization.
    """

    through: Reference = attrs.field(kw_only=True)


@attrs.frozen(eq=False)
class Stamped(Filled):
    """The column says when a row was added, by the store's own clock: PostgreSQL's, not that of whoever writes."""

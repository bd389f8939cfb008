"""The rule that no two rows have the same values."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import indexed_named, optional_condition
from gapless.kit.kinds.rule import Rule
from gapless.kit.lowered_columns import Indexed, column_behind
from gapless.kit.predicates import Node


@attrs.frozen(eq=False)
class Unique(Rule):
    """No two rows for which `where` is true have the same values; a row with a null among them equals no other.

    `lower(row.email)` among its fields is a text without regard to case.
    """

    fields: tuple[Indexed, ...] = attrs.field(converter=indexed_named)
    where: Node | None = attrs.field(default=None, converter=optional_condition, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The unique columns, with those that are compared without regard to case."""
        return tuple(map(column_behind, self.fields))

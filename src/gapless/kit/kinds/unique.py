"""The rule that no two rows have the same values."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import fields_named, optional_condition
from gapless.kit.kinds.rule import Rule
from gapless.kit.predicates import Node


@attrs.frozen(eq=False)
class Unique(Rule):
    """No two rows for which `where` is true have the same values; a row with a null among them equals no other."""

    fields: tuple[Column, ...] = attrs.field(converter=fields_named)
    where: Node | None = attrs.field(default=None, converter=optional_condition, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The unique columns."""
        return self.fields

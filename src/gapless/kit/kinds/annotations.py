"""The rules that follow from the annotation of a column: DataType, Required, EnumMember."""

from __future__ import annotations

from typing import ClassVar

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import column_named
from gapless.kit.kinds.rule import Rule


@attrs.frozen(eq=False)
class DataType(Rule):
    """PostgreSQL can keep exactly this value: it has the column's type and range. Follows from the annotation."""

    column: Column
    is_named_freely: ClassVar[bool] = False  # it is named after its column, however long that name is

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class Required(Rule):
    """The column is not null. Follows from the annotation."""

    column: Column
    is_named_freely: ClassVar[bool] = False  # it is named after its column, however long that name is

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class EnumMember(Rule):
    """The value is a member of the column's enumeration. Follows from the annotation; declare it only to name it."""

    column: Column = attrs.field(converter=column_named)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)

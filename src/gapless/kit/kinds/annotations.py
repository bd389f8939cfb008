"""What follows from the annotation of one column: its type and range, that it is there, its members."""

from __future__ import annotations

from typing import ClassVar

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import column_named
from gapless.kit.kinds.rule import Rule


@attrs.frozen(eq=False)
class DataType(Rule):
    """PostgreSQL keeps exactly this value: of the column's type, in its range. Follows from the annotation."""

    column: Column
    is_named_freely: ClassVar[bool] = False  # but after its column, however long that is

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class Required(Rule):
    """The column is not null. Follows from the annotation."""

    column: Column
    is_named_freely: ClassVar[bool] = False  # but after its column, however long that is

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class EnumMember(Rule):
    """The value is a member of the column's enumeration. Follows from the annotation; declared only to be named."""

    column: Column = attrs.field(converter=column_named)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)

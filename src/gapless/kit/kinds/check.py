"""A predicate over one row."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds.fields import condition
from gapless.kit.kinds.rule import Rule
from gapless.kit.predicates import IsNull, Node, NullPasses, fields_of, walk


@attrs.frozen(eq=False)
class Check(Rule):
    """A predicate over one row; it passes unless it is false. A field that may be null says so by `nullable`."""

    holds: Node = attrs.field(converter=condition)

    def __attrs_post_init__(self) -> None:
        if not self.columns:
            raise DeclarationError(f"{self.name} mentions no field: Python has answered it already, for no row.")
        silent = [column.name for column in self.columns if column.nullable and not _spoken_of(self.holds, column)]
        if silent:
            raise DeclarationError(f"{self.name}: {silent[0]} may be null; say nullable({silent[0]}) if that passes.")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the predicate."""
        return fields_of(self.holds)


def _spoken_of(node: Node, column: Column) -> bool:
    below = walk(node)
    return any(isinstance(part, (NullPasses, IsNull)) and part.field.column.name == column.name for part in below)

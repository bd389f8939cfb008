"""The rule that a condition holds for one row."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds.fields import condition
from gapless.kit.kinds.rule import Rule
from gapless.kit.predicates import IsNull, Node, NullPasses, fields_of, walk


@attrs.frozen(eq=False)
class Check(Rule):
    """A condition over one row; the row passes unless it is false. Mark a field that may be null by `nullable`."""

    holds: Node = attrs.field(converter=condition)

    def __attrs_post_init__(self) -> None:
        if not self.columns:
            raise DeclarationError(
                f"{self.name} mentions no field, so Python answered its condition at once. Compare a field of the row."
            )
        silent = [column.name for column in self.columns if column.nullable and not _spoken_of(self.holds, column)]
        if silent:
            raise DeclarationError(
                f"{self.name}: {silent[0]} may be null. Write nullable({silent[0]}) if a row with null there passes."
            )

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the predicate."""
        return fields_of(self.holds)


def _spoken_of(node: Node, column: Column) -> bool:
    below = walk(node)
    return any(isinstance(part, (NullPasses, IsNull)) and part.field.column.name == column.name for part in below)

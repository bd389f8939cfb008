"""What is true of a change."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds.fields import condition, condition_of_change
from gapless.kit.kinds.rule import Rule
from gapless.kit.predicates import TRUE, Node, Previous, fields_of, walk


@attrs.frozen(eq=False)
class Transition(Rule):
    """A predicate over a row and what it was before, see `previous`; a change passes unless it is false. At the write.

    Attributes:
        holds: what must be true of a change.
        added: what must be true of a row that is added, which was nothing before.
    """

    holds: Node = attrs.field(converter=condition_of_change)
    added: Node = attrs.field(default=TRUE, converter=condition, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not any(isinstance(part, Previous) for part in walk(self.holds)):
            raise DeclarationError(f"{self.name} does not look at the row as it was before: that is a Check.")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the predicate."""
        return fields_of(self.holds)

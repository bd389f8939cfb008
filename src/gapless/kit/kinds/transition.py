"""The rule that a condition holds for a change of a row."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds.fields import condition, condition_of_change
from gapless.kit.kinds.rule import Rule
from gapless.kit.predicates import TRUE, Node, Previous, fields_of, walk


@attrs.frozen(eq=False)
class Transition(Rule):
    """A condition over a row and its `previous` state, checked at the write; a change passes unless it is false.

    Attributes:
        holds: the condition that a change must satisfy.
        added: the condition that a row must satisfy when it is added; without it any row may be added.
    """

    holds: Node = attrs.field(converter=condition_of_change)
    added: Node = attrs.field(default=TRUE, converter=condition, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not any(isinstance(part, Previous) for part in walk(self.holds)):
            raise DeclarationError(f"{self.name} does not use previous(row): declare it as a Check instead.")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the predicate."""
        return fields_of(self.holds)

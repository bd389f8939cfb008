"""How many children a parent has, at least and at most."""

from __future__ import annotations

from typing import ClassVar

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import condition, limit_named
from gapless.kit.kinds.reference import Reference
from gapless.kit.kinds.rule import OF_PARENT, Rule
from gapless.kit.predicates import TRUE, Node, fields_of


@attrs.frozen(eq=False)
class Invariant(Rule):
    """A bound on how many children of a set a parent has; checked at commit, on the final state."""

    through: Reference
    of: Node = attrs.field(converter=condition, kw_only=True)
    while_parent: Node = attrs.field(default=TRUE, converter=condition, kw_only=True, metadata={OF_PARENT: True})
    is_family: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that decide whether a child is in the set; if each is, those of the reference to the parent."""
        return fields_of(self.of) or self.through.columns

    @property
    def made_pending_by_parent(self) -> bool:
        """Whether a parent that comes to satisfy `while_parent` (or is added so) puts the rule in question."""
        return True


@attrs.frozen(eq=False)
class AtLeastOne(Invariant):
    """A parent that satisfies `while_parent` has a child in the set. One that leaves it makes the rule pending."""


@attrs.frozen(eq=False)
class AtMost(Invariant):
    """A parent has at most `limit` (a number, or a field of its own) children in the set.

    A child that enters the set makes pending it, and nothing else does: a limit that shrinks refuses growth from then
    on. If there is a `while_parent`, a parent that comes to satisfy it makes pending the rule as well.
    """

    limit: Node = attrs.field(converter=limit_named, kw_only=True, metadata={OF_PARENT: True})

    @property
    def made_pending_by_parent(self) -> bool:
        """Only if the rule depends on the state of the parent."""
        return self.while_parent is not TRUE

"""The rules on how many children a parent has: at least one, or at most so many."""

from __future__ import annotations

from typing import ClassVar

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import condition, limit_named
from gapless.kit.kinds.reference import Reference
from gapless.kit.kinds.rule import OF_PARENT, Rule
from gapless.kit.predicates import TRUE, Node, Supplement, fields_of


@attrs.frozen(eq=False)
class Invariant(Rule):
    """A limit on how many children of a set a parent has; the store checks it at commit, on the final state."""

    through: Reference
    of: Node = attrs.field(converter=condition, kw_only=True)
    while_parent: Node = attrs.field(default=TRUE, converter=condition, kw_only=True, metadata={OF_PARENT: True})
    is_family: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that decide whether a child is in the set; without such columns, those of the reference."""
        return fields_of(self.of) or self.through.columns

    @property
    def made_pending_by_parent(self) -> bool:
        """Whether the rule becomes pending when a parent comes to satisfy `while_parent`, or is added so."""
        return True


@attrs.frozen(eq=False)
class AtLeastOne(Invariant):
    """A parent that satisfies `while_parent` has a child in the set. A child that leaves it makes the rule pending."""


@attrs.frozen(eq=False)
class AtMost(Invariant):
    """A parent has at most `limit` (a number, a field of its own, or one of a supplement) children in the set.

    A child that enters the set makes the rule pending. A limit that becomes smaller does not: it only refuses further
    growth. With a `while_parent`, a parent that comes to satisfy it makes the rule pending too.
    """

    limit: Node = attrs.field(converter=limit_named, kw_only=True, metadata={OF_PARENT: True})

    @property
    def supplement(self) -> Supplement | None:
        """The field that is the limit in the row which supplements the parent; None if the limit is elsewhere."""
        return self.limit if isinstance(self.limit, Supplement) else None

    @property
    def made_pending_by_parent(self) -> bool:
        """True only if the rule depends on the state of the parent."""
        return self.while_parent is not TRUE

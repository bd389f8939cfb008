"""What a row needs of its parent to enter."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import condition, optional_condition
from gapless.kit.kinds.reference import Reference
from gapless.kit.kinds.rule import OF_PARENT, Rule
from gapless.kit.predicates import TRUE, Node


@attrs.frozen(eq=False)
class AdmissionGuard(Rule):
    """A row enters only while its parent satisfies a predicate.

    A row enters when it comes to satisfy `of` (each row does, unless `of` says otherwise): inserted so, changed so, or
    moved to another parent. Validated at the write. One rule may stand at several tables under one name.

    Attributes:
        through: the reference to the parent.
        parent: what the parent has to satisfy.
        of: which rows are inside.
        added: which rows enter when they are inserted; None for those of `of`.
    """

    through: Reference
    parent: Node = attrs.field(converter=condition, metadata={OF_PARENT: True})
    of: Node = attrs.field(default=TRUE, converter=condition, kw_only=True)
    added: Node | None = attrs.field(default=None, converter=optional_condition, kw_only=True)

    @property
    def enters_added(self) -> Node:
        """Which rows enter when they are inserted."""
        return self.of if self.added is None else self.added

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the reference to the parent."""
        return self.through.columns

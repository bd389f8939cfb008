"""The admission guard: the condition that a parent must satisfy before a row may enter below it."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import condition, optional_condition
from gapless.kit.kinds.reference import Reference
from gapless.kit.kinds.rule import OF_PARENT, Rule
from gapless.kit.predicates import TRUE, Node


@attrs.frozen(eq=False)
class AdmissionGuard(Rule):
    """A row enters only while its parent satisfies a condition.

    A row enters when it comes to satisfy `of`: by an insert, by a change, or by a move to another parent. Without `of`
    every row that is inserted or moved enters. The store checks it at the write. The same guard may stand at several
    tables under one name.

    Attributes:
        through: the reference to the parent.
        parent: the condition that the parent must satisfy.
        of: which rows the guard concerns; None for every row.
        added: which rows enter when they are inserted; None for the rows that `of` names.
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

"""Enforces invariants in memory: it counts as rows change, and checks at the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, cast

import attrs

from gapless.adapters.memory.conjuncts import Signature, held_by
from gapless.adapters.memory.keys import Key, KeyOf, key_of_parent, key_of_supplement
from gapless.adapters.memory.state import Overlay, View
from gapless.kit import AtLeastOne, AtMost, Catalogue, Invariant, Model
from gapless.kit.columns import Column
from gapless.kit.model import Validated
from gapless.kit.predicates import Constant, Field, Node
from gapless.kit.python_compiler import Condition, PythonSource, bound, is_true
from gapless.kit.supplements import supplemented

Limit: TypeAlias = Callable[[View, object], int]
Counts = dict[Key, int]
"""How many children each parent has; for a unit, by how much it has changed that number."""


@attrs.frozen(eq=False)
class InvariantCheck:
    """Enforces an invariant: `key` gives the key of the parent that counts a row.

    Attributes:
        parent: the table of the parent.
        model: the model of the child, which declares the rule.
        fields: the columns of the child by which its parent is found.
        beyond: what stands in front of their values in the parent's key, unless that is the root.
        leaves_root: whether the root stands in front of them, because one of the two rows does not say it.
        applies: whether the rule concerns a parent in its present state.
        least: whether it asks for at least one child; otherwise it asks for at most as many as `limit` gives.
        limit: gives the greatest number of children that a parent may have, as a view shows the rows.
        held: what says of a row that it is counted.
    """

    name: str
    rule: Invariant
    parent: str
    model: Model[Validated]
    fields: tuple[Column, ...]
    beyond: Key
    leaves_root: bool
    key: KeyOf
    applies: Condition
    least: bool
    limit: Limit
    held: frozenset[Signature]

    @classmethod
    def of(cls, catalogue: Catalogue, model: Model[Validated], rule: Invariant) -> InvariantCheck:
        """Makes the enforcer of a rule."""
        parent, links = catalogue.parent(rule.through), catalogue.links(model, rule.through)
        fields = tuple(column for column, _ in links)
        return cls(
            rule.name,
            rule,
            parent.table,
            model,
            fields,
            (None,) if parent.is_shared else (),
            catalogue.links_leave_root(model, rule.through),
            key_of_parent(catalogue, model, rule.through, rule.of),
            is_true(rule.while_parent),
            isinstance(rule, AtLeastOne),
            _limit(catalogue, rule),
            held_by(rule.of),
        )

    def empty(self) -> Counts:
        """The index for no rows."""
        return {}

    def count(self, overlay: Overlay, before: Validated | None, after: Validated | None, root: object = None) -> None:
        """Counts a changed child of a root, and makes the rule pending if that child came or went."""
        old = None if before is None else self.key(before, root)
        new = None if after is None else self.key(after, root)
        if old == new:
            return
        counts = overlay.indexes.of(self)
        if old is not None:
            counts[old] = counts.get(old, 0) - 1
        if new is not None:
            counts[new] = counts.get(new, 0) + 1
        # A child that left can only make them too few, and a child that came only too many.
        pending = old if self.least else new
        if pending is not None:
            overlay.pending[self.name][pending] = None

    def number(self, view: View, parent: Key, hidden: Iterable[Validated]) -> int:
        """How many children a parent has, as a view shows them.

        Args:
            view: the view.
            parent: the key of the parent.
            hidden: the committed children that the view replaces.
        """
        # A view of one root shows and hides rows of it alone, and there is no other view of rows that do not say it.
        key_of = (lambda row: self.key(row, parent[0])) if self.leaves_root else self.key
        shown = view.replaced.get(self.model.table, {}).values()
        came = sum(1 for row in shown if row is not None and key_of(row) == parent)
        gone = sum(1 for row in hidden if key_of(row) == parent)
        return view.committed.indexes.of(self).get(parent, 0) + came - gone

    def put_in_question(self, overlay: Overlay, before: Validated | None, after: Validated, key: Key) -> None:
        """Makes the rule pending for a parent that it has come to concern."""
        if self.applies(after) and not (before is not None and self.applies(before)):
            overlay.pending[self.name][key] = None

    def is_broken(self, view: View, parent: object, count: int) -> bool:
        """Whether so many children are too few or too many for this parent."""
        return count < 1 if self.least else count > self.limit(view, parent)

    def check(self, overlay: Overlay) -> None:
        """Checks each parent for which the rule is pending, at a commit.

        Raises:
            RuleViolated: a parent has too few children, or too many.
        """
        for key in overlay.pending.get(self.name, ()):
            parent = overlay.view.row(self.parent, key)
            if parent is None or not self.applies(parent):
                continue
            count = overlay.committed.indexes.of(self).get(key, 0) + overlay.indexes.of(self).get(key, 0)
            if self.is_broken(overlay.view, parent, count):
                raise self.model.violated(self.rule)

    def keep(self, overlay: Overlay) -> None:
        """Keeps the new numbers of children, at a commit."""
        kept = overlay.committed.indexes.of(self)
        for parent, difference in overlay.indexes.of(self).items():
            count = kept.pop(parent, 0) + difference
            if count:
                kept[parent] = count


def _limit(catalogue: Catalogue, rule: Invariant) -> Limit:
    """Where the limit of a rule is: in the parent, in its declaration, or in the row that supplements the parent."""
    found = supplemented(catalogue, rule)
    if found is None:
        own = _of_parent(rule.limit if isinstance(rule, AtMost) else Constant(0))
        return lambda _, parent: own(parent)
    table, key_of = found.model.table, key_of_supplement(found.model, found.links)
    return lambda view, parent: found.of(view.row(table, key_of(parent)))


def _of_parent(node: Node) -> Callable[[object], int]:
    source = PythonSource()
    field = source.operand(node)
    # A quota that is null sets no limit, because a comparison with null is not true.
    unbounded = isinstance(node, Field) and node.column.nullable
    expression = f"({field} if {field} is not None else float('inf'))" if unbounded else field
    return cast("Callable[[object], int]", bound("o", expression, source.constants))

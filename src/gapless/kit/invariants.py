"""Invariants that are asked before a store is: would this change break one, if nobody else changes anything?

The stores check these rules at commit, which alone is safe. A use case that wants the answer earlier, or that owes its
caller the numbers behind it, asks the declaration here and repeats nothing of it:

    for invariant in catalogue.invariants_of(User):
        invariant.require((None, root), ((None, owner),))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Generic, TypeVar, cast

import attrs

from gapless.kit.errors import RuleViolated
from gapless.kit.kinds import AtLeastOne, AtMost, Invariant, Transition
from gapless.kit.language import any_of
from gapless.kit.links import Links
from gapless.kit.model import E, Model, Validated, values_of
from gapless.kit.predicates import TRUE, Constant, Field, fields_of
from gapless.kit.python_compiler import Condition, is_false, is_true
from gapless.kit.supplements import SupplementedLimit

P = TypeVar("P", bound=Validated)
Change = tuple[P | None, P | None]
"""A row before and after a change: None before it is added, and None after it is removed."""


@attrs.frozen(eq=False, slots=False)
class InvariantValidator(Generic[E]):
    """One invariant, as functions that are compiled from its declaration.

    Attributes:
        model: the model of the rows that are counted; it declares the rule.
        parent: the model of the parent.
        rule: the rule.
        links: the columns of a counted row, each with that of its parent which has the same value.
        supplemented: where the limit is, if it stands in a row of another entity; None if it does not.
    """

    model: Model[E]
    parent: Model[Validated]
    rule: Invariant
    links: Links
    supplemented: SupplementedLimit | None = None

    @cached_property
    def counts(self) -> Condition:
        """Whether a row is in the set that the rule counts."""
        return is_true(self.rule.of)

    @cached_property
    def applies(self) -> Condition:
        """Whether the rule concerns a parent in its present state."""
        return is_true(self.rule.while_parent)

    @property
    def counted(self) -> Callable[[E], bool] | None:
        """The set as the condition of a query that includes soft-deleted rows; None for all rows."""
        return None if self.rule.of is TRUE else counted_by((self,))

    @property
    def error(self) -> RuleViolated:
        """The error that every store raises for the rule."""
        return self.model.violated(self.rule)

    def limit(self, parent: Validated, supplement: Validated | None = None) -> int | None:
        """How many rows the parent may have in the set; None if there is no limit.

        Args:
            parent: the parent.
            supplement: the row with the limit, if that stands in a supplement of the parent, and the parent has one.
        """
        if not isinstance(self.rule, AtMost) or not self.applies(parent):
            return None
        if self.supplemented is not None:
            return self.supplemented.of(supplement)
        limit = self.rule.limit
        found: object = limit.value if isinstance(limit, Constant) else getattr(parent, cast(Field, limit).column.name)
        return cast("int | None", found)

    def supplement_among(self, rows: Iterable[Validated], parent: Validated) -> Validated | None:
        """That of these rows which has the limit for a parent; None if none has, or the limit stands elsewhere."""
        return None if self.supplemented is None else self.supplemented.among(rows, parent)

    def number(self, rows: Iterable[E]) -> int:
        """How many of these rows are in the set."""
        return sum(1 for row in rows if self.counts(row))

    def is_broken(self, parent: Validated, number: int, supplement: Validated | None = None) -> bool:
        """Whether so many rows in the set are too few or too many for the parent, if the rule is pending.

        Args:
            parent: the parent.
            number: how many rows it has in the set.
            supplement: as for `limit`.
        """
        if not self.applies(parent):
            return False
        limit = self.limit(parent, supplement)
        return number < 1 if isinstance(self.rule, AtLeastOne) else limit is not None and number > limit

    def is_pending(self, parent: Change[Validated], rows: Iterable[Change[E]] = ()) -> bool:
        """Whether these changes make the rule pending; a limit that shrinks, for example, does not.

        Args:
            parent: the parent before and after the unit of work.
            rows: the changes of rows, in their order.
        """
        before, after = parent
        if after is None:
            return False
        became = self.applies(after) and (before is None or not self.applies(before))
        if became and self.rule.made_pending_by_parent:
            return True
        # As the triggers do: a row that left can break AtLeastOne, a row that came AtMost; a limit that shrinks
        # refuses none of the rows that are there (decision 0040).
        decides = -1 if isinstance(self.rule, AtLeastOne) else 1
        return any(self._difference(after, change) == decides for change in rows)

    def is_violated(
        self,
        parent: Change[Validated],
        rows: Iterable[Change[E]] = (),
        *,
        number: int = 0,
        supplement: Validated | None = None,
    ) -> bool:
        """Whether a commit of these changes would be refused for this rule.

        Args:
            parent: the parent before and after the unit of work.
            rows: the changes of rows of the model that the unit makes, in their order.
            number: how many rows the parent has in the set before these changes.
            supplement: as for `limit`.
        """
        after, changes = parent[1], tuple(rows)
        if after is None or not self.is_pending(parent, changes):
            return False
        counted = number + sum(self._difference(after, change) for change in changes)
        return self.is_broken(after, counted, supplement)

    def require(
        self,
        parent: Change[Validated],
        rows: Iterable[Change[E]] = (),
        *,
        number: int = 0,
        supplement: Validated | None = None,
    ) -> None:
        """Raises what a commit of these changes would raise; the arguments are those of `is_violated`.

        Raises:
            RuleViolated: the commit would break the rule.
        """
        if self.is_violated(parent, rows, number=number, supplement=supplement):
            raise self.error

    def _difference(self, parent: Validated, change: Change[E]) -> int:
        """How much a change of a row changes the number of rows that this parent has in the set."""
        before, after = (row is not None and self.is_counted_below(parent, row) for row in change)
        return int(after) - int(before)

    def number_below(self, parent: Validated, rows: Iterable[E]) -> int:
        """How many of these rows this parent has in the set; the others are below another one, or not counted."""
        return sum(1 for row in rows if self.is_counted_below(parent, row))

    def is_counted_below(self, parent: Validated, row: E) -> bool:
        """Whether a row of the model is one that this parent has in the set."""
        return self._parent_of(row) == self._key_of(parent) and self.counts(row)

    @cached_property
    def _parent_of(self) -> Callable[[object], tuple[object, ...]]:
        return values_of(tuple(column.name for column, _ in self.links))

    @cached_property
    def _key_of(self) -> Callable[[object], tuple[object, ...]]:
        return values_of(tuple(column.name for _, column in self.links))


def counted_by(invariants: Iterable[InvariantValidator[E]]) -> Callable[[E], bool]:
    """The condition of a query for the rows that at least one of these rules counts, soft-deleted ones included."""
    sets = [invariant.rule.of for invariant in invariants]

    def counted(row: E) -> bool:
        for column in (column for one in sets for column in fields_of(one)):
            getattr(row, column.name)  # a condition must name the fields of the row that it is given
        return any_of(*(cast(bool, one) for one in sets))

    return counted


def refuses_added(rule: Transition, row: Validated) -> bool:
    """Whether a transition rule would refuse the row if it were added as it is."""
    return is_false(rule.added)(row)

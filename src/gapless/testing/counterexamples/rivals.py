"""Rules that bound sets of the same rows: an attempt at one of them has to leave the others alone."""

from __future__ import annotations

import attrs

from gapless.kit import AtMost
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Invariant
from gapless.kit.model import Validated
from gapless.testing.counterexamples.invariants import AnyInvariant, parent_of
from gapless.testing.factories import Factories
from gapless.testing.solving import Clause, Values, false, true
from gapless.testing.templates import Template


@attrs.frozen(eq=False)
class Rivals:
    """The other rules that bound a set of rows of the same entity: attempts at one rule may break none of them before.

    Attributes:
        factories: make the rows.
        invariant: the rule that attempts break.
        parent: the parent while rows are added, as the declaration is asked about it.
        bounded: the parent that the rule bounds, perhaps after a change.
    """

    factories: Factories
    invariant: AnyInvariant
    parent: Validated
    bounded: Validated

    @property
    def others(self) -> list[AnyInvariant]:
        """The rules, those first that would be told before this one if all its rows were in their sets."""
        model, rule = self.invariant.model, self.invariant.rule
        found = [other for other in self.factories.catalogue.invariants_of(model.entity) if other.rule is not rule]
        bounding = [other for other in found if isinstance(other.rule, AtMost)]
        return sorted(bounding, key=lambda other: not self._is_told_before(other))

    @property
    def hiding(self) -> list[str]:
        """The names of the rules that are told before this one, whichever row of its set comes."""
        return self._apart()[1]

    def beside(self) -> Template:
        """A template of rows of the set that are in no set of the others, as far as they can be.

        Raises:
            DeclarationError: each row of the set is also in the set of another rule, which is told before.
        """
        clauses, hiding = self._apart()
        if hiding:
            rule = self.invariant.rule.name
            raise DeclarationError(f"Each row that {rule} counts is counted by {' and '.join(hiding)} as well.")
        return self.factories.template(self.invariant.model, *clauses)

    def _apart(self) -> tuple[list[Clause], list[str]]:
        """What keeps rows of the set out of the sets of others, and the names of rules for which nothing does."""
        model, hiding = self.invariant.model, list[str]()
        clauses = [true(self.invariant.rule.of)]
        for other in self.others:
            if self.factories.found(model, *clauses, false(other.rule.of)) is not None:
                clauses.append(false(other.rule.of))
            elif self._is_told_before(other):
                hiding.append(other.rule.name)
        return clauses, hiding

    def outside(self, clause: Clause, counted: Template, preferred: Values | None = None) -> Template | None:
        """A template of rows outside of the set, and of the sets of the others as far as they can be.

        None if there are no such rows, or no room for one in the set of another rule beside the rows that are counted.
        """
        model, clauses = self.invariant.model, [clause]
        found = self.factories.found(model, clause, preferred=preferred)
        for other in self.others:
            beside = self.factories.found(model, *clauses, false(other.rule.of), preferred=preferred)
            if beside is not None:
                found, clauses = beside, [*clauses, false(other.rule.of)]
            elif found is not None and other.counts(row_of(found)) and not self._has_room(other, counted):
                return None
        return found

    def leave_room(self, counted: Template, number: int) -> bool:
        """Whether the others let so many rows in that are counted."""
        spaces = [self._space(other, self.parent) for other in self.others if other.counts(row_of(counted))]
        return all(space is None or space >= number for space in spaces)

    def _has_room(self, other: AnyInvariant, counted: Template) -> bool:
        """Whether there is room for one more row in the set of another rule, when the set of this one is full."""
        filled = self._space(self.invariant, self.bounded) or 0
        space = self._space(other, self.parent)
        return space is None or space > (filled if other.counts(row_of(counted)) else 0)

    def _is_told_before(self, other: AnyInvariant) -> bool:
        """Whether another rule is broken before this one by rows that are in both sets."""
        rules: list[Invariant] = [*self.invariant.model.of_kind(AtMost)]
        own, meanwhile = self._space(self.invariant, self.bounded), self._space(other, self.parent)
        at_last = self._space(other, self.bounded)
        if own is None:
            return False
        if meanwhile is not None and (meanwhile < own or (meanwhile == own and self.bounded is not self.parent)):
            return True
        return at_last is not None and at_last <= own and rules.index(other.rule) < rules.index(self.invariant.rule)

    def _space(self, invariant: AnyInvariant, parent: Validated) -> int | None:
        """How many further rows a rule lets into its set beside those of a fixture; None if it bounds nothing."""
        model = parent_of(self.factories, invariant.rule)
        limit = invariant.limit(parent if type(parent) is model.entity else row_of(self.factories.plain(model)))
        there = [row_of(made) for made in self.factories.referenced if made.model is invariant.model]
        return None if limit is None else limit - invariant.number(there)


def row_of(template: Template) -> Validated:
    """A row to ask the declaration about, which is never added."""
    return template.model.construct_unvalidated(template.values)

"""What counterexamples of rules that count have in common: the rule as it is asked, and the rows of its set."""

from __future__ import annotations

from typing import TypeAlias

from gapless.kit import Model
from gapless.kit.invariants import InvariantValidator
from gapless.kit.kinds import Invariant
from gapless.kit.model import Validated
from gapless.kit.predicates import fields_of
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import Clause
from gapless.testing.strategies.branches import Branch

AnyInvariant: TypeAlias = InvariantValidator[Validated]


def invariant_of(factories: Factories, model: Model[Validated], rule: Invariant) -> AnyInvariant:
    """The rule as it is asked before a store is."""
    return next(found for found in factories.catalogue.invariants_of(model.entity) if found.rule is rule)


def ask_declaration(
    invariant: AnyInvariant, root: Validated, before: Validated | None, after: Validated | None, *there: Validated
) -> None:
    """Asks the declaration about a change of one row, if these rows are there before."""
    invariant.require((root, root), [(before, after)], number=invariant.number(there))


def in_set(fixture: Fixture, invariant: AnyInvariant) -> list[Validated]:
    """The rows that are there and in the set."""
    return [row for row in fixture.rows if type(row) is invariant.model.entity and invariant.counts(row)]


def outside_in(invariant: AnyInvariant, branch: Branch) -> Clause:
    """A row is outside of the set in this way."""
    return Clause(fields_of(invariant.rule.of), (branch,))

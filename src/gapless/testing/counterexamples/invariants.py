"""What counterexamples of rules that count have in common: the rule as it is asked, and the rows of its set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gapless.kit import AdmissionGuard, Model
from gapless.kit.invariants import InvariantValidator
from gapless.kit.kinds import Invariant
from gapless.kit.model import Validated
from gapless.kit.predicates import fields_of
from gapless.testing.factories import Factories
from gapless.testing.fixtures import NOTHING, Fixture
from gapless.testing.solving import Clause
from gapless.testing.strategies.branches import Branch
from gapless.testing.templates import Template

AnyInvariant: TypeAlias = InvariantValidator[Validated]


def invariant_of(factories: Factories, model: Model[Validated], rule: Invariant) -> AnyInvariant:
    """The rule as it is asked before a store is."""
    return next(found for found in factories.catalogue.invariants_of(model.entity) if found.rule is rule)


def ask_declaration(
    invariant: AnyInvariant, parent: Validated, before: Validated | None, after: Validated | None, *there: Validated
) -> None:
    """Asks the declaration about a change of one row below a parent, if these rows are there before."""
    supplement = invariant.supplement_among(there, parent)
    counted = [row for row in there if row is not supplement]
    invariant.require((parent, parent), [(before, after)], number=invariant.number(counted), supplement=supplement)


def parent_of(factories: Factories, rule: AdmissionGuard | Invariant) -> Model[Validated]:
    """The model of the rows below which a rule counts or lets rows in."""
    return factories.catalogue.parent(rule.through)


def parent_in(fixture: Fixture, rule: AdmissionGuard | Invariant) -> Validated:
    """The row of the fixture below which a rule counts or lets rows in."""
    return fixture.there(parent_of(fixture.factories, rule).entity)


def made_below(
    fixture: Fixture, invariant: AnyInvariant, template: Template, then: Mapping[str, object] = NOTHING
) -> Validated:
    """A new row of a template below the parent of the fixture, and below no other one; `then` as for `Fixture.made`."""
    parent = parent_in(fixture, invariant.rule)
    return fixture.made(template, fixture.referring(invariant.model, invariant.rule.through, parent), then)


def in_set(fixture: Fixture, invariant: AnyInvariant) -> list[Validated]:
    """The rows that are there and in the set below the parent of the fixture."""
    parent, entity = parent_in(fixture, invariant.rule), invariant.model.entity
    return [row for row in fixture.rows if type(row) is entity and invariant.is_counted_below(parent, row)]


def outside_in(invariant: AnyInvariant, branch: Branch) -> Clause:
    """A row is outside of the set in this way."""
    return Clause(fields_of(invariant.rule.of), (branch,))

"""Counterexamples of what a row needs of its parent to enter: the parent is made otherwise, and then the row enters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gapless.kit import AdmissionGuard, Model
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.kit.predicates import TRUE
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation, may_become
from gapless.testing.counterexamples.invariants import parent_in, parent_of
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import Row, false, true
from gapless.testing.steps import add, change, changed, changes, insertions
from gapless.testing.templates import Template


def refused_admissions(factories: Factories, model: Model[Validated], rule: AdmissionGuard) -> Iterator[StepViolation]:
    """A row is added, or comes to be inside, when the parent is not as the rule requires."""
    closed = _closed(factories, model, rule)
    entering = factories.template(model, true(rule.enters_added))
    yield _added(rule, closed, entering)
    if rule.of is not TRUE and model.versioned:
        yield from _coming_in(factories, model, rule, closed)


def _closed(factories: Factories, model: Model[Validated], rule: AdmissionGuard) -> Row:
    """What a parent becomes so that this rule alone keeps rows out."""
    parent = parent_of(factories, rule)
    plain, guards = factories.plain(parent), model.of_kind(AdmissionGuard)
    others = [true(other.parent) for other in guards if other is not rule and parent_of(factories, other) is parent]
    return plain.differing(factories.template(parent, false(rule.parent), *others, preferred=plain.shared))


def _added(rule: AdmissionGuard, closed: Mapping[str, object], entering: Template) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        await changed(store, fixture, parent_in(fixture, rule), closed)
        await add(store, fixture, fixture.made(entering))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        return change(parent_in(fixture, rule), closed), *insertions(fixture, fixture.made(entering))

    table = entering.model.table
    return StepViolation(rule.name, f"add to {table} after {_told(closed)}", store, sql=sql, table=table)


def _coming_in(
    factories: Factories, model: Model[Validated], rule: AdmissionGuard, closed: Mapping[str, object]
) -> Iterator[StepViolation]:
    outside = factories.found(model, false(rule.of))
    if outside is None:
        return
    inside = factories.template(model, true(rule.of), preferred=outside.shared)
    differing = outside.differing(inside)
    if not may_become(outside, differing):
        return

    async def store(store: Store, fixture: Fixture) -> None:
        row = await add(store, fixture, fixture.made(outside, then=differing))
        await changed(store, fixture, parent_in(fixture, rule), closed)
        await changed(store, fixture, row, fixture.becoming(row, differing))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        row = fixture.made(outside, then=differing)
        inside = changes(fixture, row, fixture.becoming(row, differing))
        return *insertions(fixture, row), change(parent_in(fixture, rule), closed), *inside

    tried = f"change {' and '.join(differing)} after {_told(closed)}"
    yield StepViolation(rule.name, tried, store, sql=sql, table=model.table)


def _told(changes: Mapping[str, object]) -> str:
    return f"the parent has another {' and '.join(changes)}"

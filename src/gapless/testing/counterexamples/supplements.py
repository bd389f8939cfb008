"""Counterexamples of a limit in a supplement: one row too many where there is another limit, or is none any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.kit.predicates import Comparison, Constant, Field
from gapless.kit.supplements import SupplementedLimit
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation
from gapless.testing.counterexamples.invariants import AnyInvariant, ask_declaration, in_set, made_below, parent_in
from gapless.testing.counterexamples.rivals import Rivals
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import true
from gapless.testing.steps import add, insertions, removal, remove
from gapless.testing.templates import Template


def beyond_supplement(rivals: Rivals, counted: Template) -> Iterator[StepViolation]:
    """The supplement of the parent comes with less or with more than the default, and goes again.

    Args:
        rivals: the rule, and the others that may let fewer rows in.
        counted: what the rows are like that the rule counts.
    """
    invariant, limit = rivals.invariant, rivals.invariant.supplemented
    if limit is None:
        return
    most = Field(limit.column)
    less = rivals.factories.found(limit.model, true(Comparison("<", most, Constant(limit.default))))
    more = rivals.factories.found(limit.model, true(Comparison("==", most, Constant(limit.default + 1))))
    if less is not None:
        yield _beside_supplement(invariant, counted, less, "add one more where a supplement allows less")
    if more is not None and rivals.leave_room(counted, limit.default + 2):
        yield _beside_supplement(invariant, counted, more, "add one more where a supplement allows more")
        yield _without_supplement(invariant, counted, more)


def _made_supplement(fixture: Fixture, invariant: AnyInvariant, template: Template) -> Validated:
    """The supplement of the parent in the fixture, which is not there yet."""
    limit, parent = cast(SupplementedLimit, invariant.supplemented), parent_in(fixture, invariant.rule)
    return fixture.made(template, fixture.referring(limit.model, limit.reference, parent))


def _room_by(fixture: Fixture, invariant: AnyInvariant, supplement: Validated, counted: Template) -> list[Validated]:
    """One row more than a supplement allows."""
    most = cast(int, invariant.limit(parent_in(fixture, invariant.rule), supplement))
    there = invariant.number(in_set(fixture, invariant))
    return [made_below(fixture, invariant, counted) for _ in range(most - there + 1)]


def _beside_supplement(invariant: AnyInvariant, counted: Template, template: Template, tried: str) -> StepViolation:
    def rows(fixture: Fixture) -> list[Validated]:
        supplement = _made_supplement(fixture, invariant, template)
        return [supplement, *_room_by(fixture, invariant, supplement, counted)]

    async def store(store: Store, fixture: Fixture) -> None:
        for row in rows(fixture):
            await add(store, fixture, row)

    def entity(fixture: Fixture) -> None:
        *there, last = rows(fixture)
        ask_declaration(invariant, parent_in(fixture, invariant.rule), None, last, *in_set(fixture, invariant), *there)

    return StepViolation(
        invariant.rule.name, tried, store, sql=lambda fixture: insertions(fixture, *rows(fixture)), entity=entity
    )


def _without_supplement(invariant: AnyInvariant, counted: Template, template: Template) -> StepViolation:
    """The supplement goes, after which the default holds again; what is there stays, and nothing comes."""

    async def store(store: Store, fixture: Fixture) -> None:
        supplement = await add(store, fixture, _made_supplement(fixture, invariant, template))
        *there, last = _room_by(fixture, invariant, supplement, counted)
        for row in there:
            await add(store, fixture, row)
        await remove(store, fixture, supplement)
        await add(store, fixture, last)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        supplement = _made_supplement(fixture, invariant, template)
        *there, last = _room_by(fixture, invariant, supplement, counted)
        return (*insertions(fixture, supplement, *there), removal(supplement), *insertions(fixture, last))

    return StepViolation(invariant.rule.name, "add one more where a supplement is gone", store, sql=sql)

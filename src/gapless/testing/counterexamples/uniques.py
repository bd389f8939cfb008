"""Counterexamples of what no two rows have: the same values, or ranges that overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gapless.kit import Exclusion, Model, Unique
from gapless.kit.columns import Column
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.kit.predicates import Comparison, Field, Node, NullPasses
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, added, completed
from gapless.testing.solving import Clause, false, holding, true
from gapless.testing.steps import add, add_together, change, changed, insertion, insertions
from gapless.testing.templates import Template

Pair = Callable[[Fixture], tuple[Validated, Validated]]


def shared_values(factories: Factories, model: Model[Validated], rule: Unique) -> Iterator[StepViolation]:
    """A second row has the values of a first: added so, changed so, in another root, or coming to count."""
    counting = [holding(rule.fields), *([] if rule.where is None else [true(rule.where)])]
    template = factories.template(model, *counting)
    fields = [column.name for column in rule.fields]
    yield from _beside(factories, model, rule, template, fields)
    if model.versioned and not set(fields) <= {*model.key, model.tenant}:
        yield _becoming_alike(model, rule, template, fields)
    if model is not factories.catalogue.root and model.tenant not in fields:
        yield _elsewhere(factories, rule, template, fields)
    if rule.where is not None and model.versioned:
        yield from _coming_to_count(factories, model, rule, template, fields)


def _alike(template: Template, fields: list[str]) -> Pair:
    def pair(fixture: Fixture) -> tuple[Validated, Validated]:
        first = fixture.made(template)
        return first, fixture.twin(first, *fields)

    return pair


def _beside(
    factories: Factories, model: Model[Validated], rule: Unique | Exclusion, template: Template, fields: list[str]
) -> Iterator[StepViolation]:
    pair = _alike(template, fields)

    async def store(store: Store, fixture: Fixture) -> None:
        for row in pair(fixture):
            await add(store, fixture, row)

    yield StepViolation(rule.name, "add what is taken", store, sql=lambda fixture: insertions(fixture, *pair(fixture)))
    if model is not factories.catalogue.root:

        async def together(store: Store, fixture: Fixture) -> None:
            await add_together(store, fixture, *pair(fixture))

        yield StepViolation(rule.name, "add both at once", together)


def _becoming_alike(
    model: Model[Validated], rule: Unique | Exclusion, template: Template, fields: list[str]
) -> StepViolation:
    def rows(fixture: Fixture) -> tuple[Validated, Validated, dict[str, object]]:
        first = fixture.made(template)
        taken = {name: getattr(first, name) for name in fields if name not in (*model.key, model.tenant)}
        return first, fixture.twin(first), taken

    async def store(store: Store, fixture: Fixture) -> None:
        first, second, taken = rows(fixture)
        await add(store, fixture, first)
        await changed(store, fixture, await add(store, fixture, second), taken)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        first, second, taken = rows(fixture)
        return (*insertions(fixture, first, second), change(second, taken))

    return StepViolation(rule.name, "change to what is taken", store, sql=sql)


def _elsewhere(factories: Factories, rule: Unique | Exclusion, template: Template, fields: list[str]) -> StepViolation:
    """The second row is in another root."""

    def rows(fixture: Fixture) -> tuple[Validated, Fixture, Validated]:
        first, root = fixture.made(template), fixture.row(factories.catalogue.root.entity)
        other = completed(fixture.at(root), factories.referenced)
        names = {name: getattr(first, name) for name in fields}
        return first, other, template.model.evolved(other.made(template), names)

    async def store(store: Store, fixture: Fixture) -> None:
        first, other, second = rows(fixture)
        await add(store, fixture, first)
        await added(store, other, second)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        first, other, second = rows(fixture)
        return tuple(map(insertion, (first, other.root, *other.rows, second)))

    return StepViolation(rule.name, "add what another root has", store, sql=sql)


def _coming_to_count(
    factories: Factories, model: Model[Validated], rule: Unique, template: Template, fields: list[str]
) -> Iterator[StepViolation]:
    """The second row does not count when it is added, and is then changed so that it does."""
    if rule.where is None:
        return
    idle = factories.found(model, false(rule.where), holding(rule.fields), preferred=template.shared)
    if idle is None or not (values := idle.differing(template)) or not values.keys().isdisjoint(model.immutable):
        return

    def rows(fixture: Fixture) -> tuple[Validated, Validated]:
        first = fixture.made(template)
        return first, model.evolved(fixture.twin(first, *fields), template.differing(idle))

    async def store(store: Store, fixture: Fixture) -> None:
        first, second = rows(fixture)
        await add(store, fixture, first)
        await changed(store, fixture, await add(store, fixture, second), values)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        first, second = rows(fixture)
        return (*insertions(fixture, first, second), change(second, values))

    yield StepViolation(rule.name, "change so that it counts", store, sql=sql)


def overlapping(factories: Factories, model: Model[Validated], rule: Exclusion) -> Iterator[StepViolation]:
    """Two rows agree in the fields and have the same range, which is not empty."""
    template = factories.template(model, *_ranged(rule), holding(rule.fields))
    fields = [column.name for column in rule.columns]
    yield from _beside(factories, model, rule, template, fields)
    if model.versioned:
        yield _becoming_alike(model, rule, template, [column.name for column in rule.fields])
    if model.tenant not in fields:
        yield _elsewhere(factories, rule, template, fields)


def _ranged(rule: Exclusion) -> Iterator[Clause]:
    if rule.where is not None:
        yield true(rule.where)
    yield true(Comparison("<", _operand(rule.start), _operand(rule.end)))


def _operand(column: Column) -> Node:
    return NullPasses(Field(column)) if column.nullable else Field(column)

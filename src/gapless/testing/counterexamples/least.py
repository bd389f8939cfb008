"""Counterexamples of a set that is never empty: its last row leaves, or was never there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gapless.kit import AtLeastOne, Model, OnDelete, Reference
from gapless.kit.kinds import Invariant
from gapless.kit.model import Validated
from gapless.kit.names import in_quotes
from gapless.kit.ports import Store
from gapless.kit.predicates import TRUE
from gapless.kit.python_compiler import is_true
from gapless.testing.additions import add_row, added
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation, may_become
from gapless.testing.counterexamples.invariants import (
    AnyInvariant,
    ask_declaration,
    in_set,
    invariant_of,
    outside_in,
    parent_in,
    parent_of,
)
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import Row, false, true
from gapless.testing.steps import change, changed, changes, insertion, removal, remove, remove_all, unit_for
from gapless.testing.strategies.branches import false_of
from gapless.testing.strategies.parents import points_at
from gapless.testing.templates import Template


def last_one_gone(factories: Factories, model: Model[Validated], rule: AtLeastOne) -> Iterator[StepViolation]:
    """The only row of the set leaves it or is removed; or a parent is there without one."""
    invariant = invariant_of(factories, model, rule)
    present = factories.template(model, true(rule.of))
    yield from _leaving(factories, invariant, present)
    if not _is_kept(factories, model):
        yield _removed(invariant)
        yield _removed_by_condition(invariant)
    if rule is model.of_kind(AtLeastOne)[0]:  # the first that is checked of those that this breaks
        truncate = PlainSql(f"TRUNCATE {in_quotes(model.stored)} CASCADE")
        yield StepViolation(rule.name, "truncate", None, sql=lambda _: (truncate,))
    yield from _never_there(factories, invariant)
    if rule.while_parent is not TRUE:
        yield from _parent_asking_again(factories, invariant, present)


def _leaving(factories: Factories, invariant: AnyInvariant, present: Template) -> Iterator[StepViolation]:
    """The row is changed so that it is in the set no more, once in each way."""
    seen: set[frozenset[str]] = set()
    for branch in false_of(invariant.rule.of):
        gone = factories.found(invariant.model, outside_in(invariant, branch), preferred=present.shared)
        values = {} if gone is None else present.differing(gone)
        if frozenset(values) not in seen and may_become(present, values) and not _joins_its_kind(invariant, values):
            seen.add(frozenset(values))
            yield _left(invariant, values)


def _joins_its_kind(invariant: AnyInvariant, values: Mapping[str, object]) -> bool:
    """Whether a row comes to point at another one of its kind, which would be a new one in the set itself."""
    itself = [rule for rule in invariant.model.of_kind(Reference) if rule.to is invariant.model.entity]
    return any(values.get(column.name) is not None for rule in itself for column in rule.fields)


def _left(invariant: AnyInvariant, values: Mapping[str, object]) -> StepViolation:
    def rows(fixture: Fixture) -> tuple[Validated, Validated]:
        (there,) = in_set(fixture, invariant)
        return there, invariant.model.evolved(there, fixture.becoming(there, values))

    async def store(store: Store, fixture: Fixture) -> None:
        (there,) = in_set(fixture, invariant)
        await changed(store, fixture, there, fixture.becoming(there, values))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        (there,) = in_set(fixture, invariant)
        return changes(fixture, there, fixture.becoming(there, values))

    def entity(fixture: Fixture) -> None:
        there, after = rows(fixture)
        ask_declaration(invariant, parent_in(fixture, invariant.rule), there, after, there)

    tried = f"change {' and '.join(values)} of the only one"
    return StepViolation(invariant.rule.name, tried, store, sql=sql, entity=entity)


def _is_kept(factories: Factories, model: Model[Validated]) -> bool:
    """Whether a row of each fixture keeps one of the entity from being removed, or one that goes with it."""
    pointing = [
        (template.model, reference)
        for template in factories.referenced
        for reference in template.model.of_kind(Reference)
        if template.has(reference)
    ]
    going = [model]
    for gone in going:  # what goes along is looked through as well
        below = [(child, rule.on_delete) for child, rule in pointing if factories.catalogue.parent(rule) is gone]
        if any(on_delete is OnDelete.RESTRICT for _, on_delete in below):
            return True
        along = (child for child, on_delete in below if on_delete is OnDelete.CASCADE)
        going += [child for child in dict.fromkeys(along) if child not in going]
    return False


def _removed(invariant: AnyInvariant) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        await remove(store, fixture, *in_set(fixture, invariant))

    def entity(fixture: Fixture) -> None:
        (there,) = in_set(fixture, invariant)
        ask_declaration(invariant, parent_in(fixture, invariant.rule), there, None, there)

    return StepViolation(
        invariant.rule.name,
        "remove the only one",
        store,
        sql=lambda fixture: tuple(map(removal, in_set(fixture, invariant))),
        entity=entity,
    )


def _removed_by_condition(invariant: AnyInvariant) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        (there,) = in_set(fixture, invariant)
        async with unit_for(store, fixture, there) as unit:
            await remove_all(unit, fixture, invariant.model.entity, there)
            await unit.commit()

    return StepViolation(invariant.rule.name, "remove the only one, by a condition", store)


def _never_there(factories: Factories, invariant: AnyInvariant) -> Iterator[StepViolation]:
    """A root is created with all that it can't be without, but for a row of the set."""
    parent = parent_of(factories, invariant.rule)
    template = factories.found(parent, true(invariant.rule.while_parent))
    if template is None:
        return
    if not parent.is_root:
        yield _never_below(invariant, template)
        return

    def creating(fixture: Fixture) -> tuple[Validated, ...]:
        root, *rows = fixture.with_needed(fixture.made(template))
        gone = [row for row in rows if type(row) is invariant.model.entity and invariant.counts(row)]
        return root, *_without(fixture, rows, gone)

    async def store(store: Store, fixture: Fixture) -> None:
        root, *rows = creating(fixture)
        await added(store, fixture.at(root), *rows)

    yield StepViolation(
        invariant.rule.name, "found without one", store, sql=lambda fixture: tuple(map(insertion, creating(fixture)))
    )


def _never_below(invariant: AnyInvariant, template: Template) -> StepViolation:
    def rows(fixture: Fixture) -> tuple[Validated, ...]:
        parent = fixture.made(template)
        return *_but_siblings(fixture, fixture.before(parent), parent), parent

    async def store(store: Store, fixture: Fixture) -> None:
        async with fixture.unit_root_for(invariant.parent).unit(store) as unit:
            for row in rows(fixture):
                await add_row(unit, row, fixture)
            await unit.commit()

    return StepViolation(
        invariant.rule.name, "added without one", store, sql=lambda fixture: tuple(map(insertion, rows(fixture)))
    )


def _but_siblings(fixture: Fixture, before: tuple[Validated, ...], row: Validated) -> tuple[Validated, ...]:
    """The rows without those in whose place a row is, and what these need: a new row above it may have room for one."""
    catalogue = fixture.factories.catalogue
    model = catalogue.by_entity[type(row)]
    if not any(is_true(rule.of)(row) for rule in model.of_kind(AtLeastOne)):
        return before
    gone = [each for each in before if type(each) is type(row) and not points_at(catalogue, row, each)]
    return _without(fixture, before, gone)


def _without(fixture: Fixture, rows: Sequence[Validated], gone: Sequence[Validated]) -> tuple[Validated, ...]:
    """The rows without some of them, and without those that refer to these."""
    catalogue, left, missing = fixture.factories.catalogue, list[Validated](), [*gone]
    for row in rows:
        if not any(row is each for each in gone):
            (missing if any(points_at(catalogue, row, each) for each in missing) else left).append(row)
    return tuple(left)


def _parent_asking_again(factories: Factories, invariant: AnyInvariant, present: Template) -> Iterator[StepViolation]:
    """The parent comes to be one that needs a row, and the row has left meanwhile."""
    rule = invariant.rule
    way = _turned(factories, rule)
    gone = factories.found(invariant.model, false(rule.of), preferred=present.shared)
    if way is None or gone is None:
        return
    (away, back), values = way, present.differing(gone)
    if not may_become(present, values):
        return

    async def store(store: Store, fixture: Fixture) -> None:
        (there,) = in_set(fixture, invariant)
        parent = await changed(store, fixture, parent_in(fixture, rule), away)
        await changed(store, fixture, there, fixture.becoming(there, values))
        await changed(store, fixture, parent, back)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        (there,) = in_set(fixture, invariant)
        gone = changes(fixture, there, fixture.becoming(there, values))
        return change(parent_in(fixture, rule), away), *gone, change(parent_in(fixture, rule), back)

    yield StepViolation(rule.name, f"change {' and '.join(back)} of the parent back without one", store, sql=sql)


def _turned(factories: Factories, rule: Invariant) -> tuple[Row, Row] | None:
    """What makes of a parent one that the rule says nothing about, and what makes it again as it is."""
    parent = parent_of(factories, rule)
    plain = factories.plain(parent)
    away = factories.found(parent, false(rule.while_parent), preferred=plain.shared)
    return None if away is None else (plain.differing(away), away.differing(plain))

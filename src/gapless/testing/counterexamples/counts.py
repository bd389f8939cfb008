"""Counterexamples of how many rows there are at least and at most: the last one leaves, or one more comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from gapless.kit import AtLeastOne, AtMost, Model
from gapless.kit.errors import DeclarationError
from gapless.kit.invariants import InvariantValidator
from gapless.kit.kinds import CountRule
from gapless.kit.model import Judged
from gapless.kit.ports import Store
from gapless.kit.predicates import TRUE, fields_of
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation
from gapless.testing.factories import Factories, Template
from gapless.testing.fixtures import Fixture, added
from gapless.testing.solving import Clause, Row, false, true
from gapless.testing.steps import (
    add,
    add_together,
    change,
    changed,
    insertion,
    insertions,
    removal,
    remove,
    remove_all,
)
from gapless.testing.strategies.branches import Branch, false_of

Invariant: TypeAlias = InvariantValidator[Judged]
MOST_FILLED = 200
"""How many rows are added at most until a limit is reached."""


def _invariant(factories: Factories, model: Model[Judged], rule: CountRule) -> Invariant:
    return next(found for found in factories.catalogue.invariants_of(model.entity) if found.rule is rule)


def _asked(invariant: Invariant, root: Judged, before: Judged | None, after: Judged | None, *there: Judged) -> None:
    """Asks the declaration about a change of one row, if these rows are there before."""
    invariant.require((root, root), [(before, after)], number=invariant.number(there))


def _in_set(fixture: Fixture, invariant: Invariant) -> list[Judged]:
    """The rows that are there and in the set."""
    return [row for row in fixture.rows if type(row) is invariant.model.entity and invariant.counts(row)]


def last_one_gone(factories: Factories, model: Model[Judged], rule: AtLeastOne) -> Iterator[StepViolation]:
    """The only row of the set leaves it or is removed; or a root is there without one."""
    invariant = _invariant(factories, model, rule)
    present = factories.template(model, true(rule.of))
    yield from _leaving(factories, invariant, present)
    yield _removed(invariant)
    yield _removed_by_condition(invariant)
    if rule is model.of_kind(AtLeastOne)[0]:  # the first that is judged of those that this breaks
        truncate = PlainSql(f"TRUNCATE {model.table} CASCADE")
        yield StepViolation(rule.name, "truncate", None, sql=lambda _: (truncate,))
    yield from _never_there(factories, invariant)
    if rule.while_parent is not TRUE:
        yield from _root_asking_again(factories, invariant, present)


def _leaving(factories: Factories, invariant: Invariant, present: Template) -> Iterator[StepViolation]:
    """The row is changed so that it is in the set no more, once in each way."""
    seen: set[frozenset[str]] = set()
    for branch in false_of(invariant.rule.of):
        gone = factories.found(invariant.model, _one_way(invariant, branch), preferred=present.shared)
        values = {} if gone is None else present.differing(gone)
        if values and frozenset(values) not in seen and values.keys().isdisjoint(invariant.model.immutable):
            seen.add(frozenset(values))
            yield _left(invariant, values)


def _left(invariant: Invariant, values: Mapping[str, object]) -> StepViolation:
    def rows(fixture: Fixture) -> tuple[Judged, Judged]:
        (there,) = _in_set(fixture, invariant)
        return there, invariant.model.replaced(there, values)

    async def store(store: Store, fixture: Fixture) -> None:
        await changed(store, fixture, rows(fixture)[0], values)

    def entity(fixture: Fixture) -> None:
        there, after = rows(fixture)
        _asked(invariant, fixture.root, there, after, there)

    tried = f"change {' and '.join(values)} of the only one"
    return StepViolation(
        invariant.rule.name, tried, store, sql=lambda fixture: (change(rows(fixture)[0], values),), entity=entity
    )


def _removed(invariant: Invariant) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        await remove(store, fixture, *_in_set(fixture, invariant))

    def entity(fixture: Fixture) -> None:
        (there,) = _in_set(fixture, invariant)
        _asked(invariant, fixture.root, there, None, there)

    return StepViolation(
        invariant.rule.name,
        "remove the only one",
        store,
        sql=lambda fixture: tuple(map(removal, _in_set(fixture, invariant))),
        entity=entity,
    )


def _removed_by_condition(invariant: Invariant) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        (there,) = _in_set(fixture, invariant)
        async with store.unit(fixture.home) as unit:
            await remove_all(unit, fixture, invariant.model.entity, invariant.model.key_of(there)[-1])
            await unit.commit()

    return StepViolation(invariant.rule.name, "remove the only one, by a condition", store)


def _never_there(factories: Factories, invariant: Invariant) -> Iterator[StepViolation]:
    """A root is founded with all that it can't be without, but for a row of the set."""
    template = factories.found(factories.catalogue.root, true(invariant.rule.while_parent))
    if template is None:
        return

    def founding(fixture: Fixture) -> tuple[Judged, ...]:
        root, *rows = fixture.with_needed(fixture.made(template))
        below = [row for row in rows if type(row) is not invariant.model.entity or not invariant.counts(row)]
        return root, *below

    async def store(store: Store, fixture: Fixture) -> None:
        root, *rows = founding(fixture)
        await added(store, fixture.at(root), *rows)

    yield StepViolation(
        invariant.rule.name, "found without one", store, sql=lambda fixture: tuple(map(insertion, founding(fixture)))
    )


def _root_asking_again(factories: Factories, invariant: Invariant, present: Template) -> Iterator[StepViolation]:
    """The root comes to be one that needs a row, and the row has left meanwhile."""
    rule = invariant.rule
    way = _turned(factories, rule)
    gone = factories.found(invariant.model, false(rule.of), preferred=present.shared)
    if way is None or gone is None:
        return
    (away, back), values = way, present.differing(gone)

    async def store(store: Store, fixture: Fixture) -> None:
        (there,) = _in_set(fixture, invariant)
        root = await changed(store, fixture, fixture.root, away)
        await changed(store, fixture, there, values)
        await changed(store, fixture, root, back)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        (there,) = _in_set(fixture, invariant)
        return change(fixture.root, away), change(there, values), change(fixture.root, back)

    yield StepViolation(rule.name, f"change {' and '.join(back)} of the root back without one", store, sql=sql)


def _turned(factories: Factories, rule: CountRule) -> tuple[Row, Row] | None:
    """What makes of a root one that the rule says nothing about, and what makes it again as it is."""
    root = factories.catalogue.root
    plain = factories.plain(root)
    away = factories.found(root, false(rule.while_parent), preferred=plain.shared)
    return None if away is None else (plain.differing(away), away.differing(plain))


def one_too_many(factories: Factories, model: Model[Judged], rule: AtMost) -> Iterator[StepViolation]:
    """One more row is in the set than may be: added, added with others, changed so, or there when the root changes."""
    invariant = _invariant(factories, model, rule)
    counted = factories.template(model, true(rule.of))
    root = _root_of(factories.plain(factories.catalogue.root))
    if rule.while_parent is TRUE or invariant.limit(root) is not None:
        room(invariant, root, ())  # or there is nothing to fill
        yield _one_more(invariant, counted)
        yield _many_at_once(invariant, counted)
        yield from _coming_in(factories, invariant, counted)
    else:
        yield from _root_limited(factories, invariant, counted)


def _root_of(template: Template) -> Judged:
    """A root to ask the declaration about, which is never added."""
    return template.model.unjudged(template.values)


def room(invariant: Invariant, root: Judged, there: Sequence[Judged]) -> int:
    """How many further rows the rule lets into its set, beside those that are there.

    Raises:
        DeclarationError: it bounds nothing for this root, or only more rows than are added here.
    """
    limit = invariant.limit(root)
    if limit is None or limit > MOST_FILLED:
        bounded = "nothing" if limit is None else f"{limit} rows"
        raise DeclarationError(f"{invariant.rule.name} bounds {bounded} for the root of the fixture.")
    return max(0, limit - invariant.number(there))


def _filling(fixture: Fixture, invariant: Invariant, counted: Template, root: Judged) -> list[Judged]:
    """As many rows as there is room for."""
    return [fixture.made(counted) for _ in range(room(invariant, root, _in_set(fixture, invariant)))]


def _one_more(invariant: Invariant, counted: Template) -> StepViolation:
    def rows(fixture: Fixture) -> list[Judged]:
        return [*_filling(fixture, invariant, counted, fixture.root), fixture.made(counted)]

    async def store(store: Store, fixture: Fixture) -> None:
        for row in rows(fixture):
            await add(store, fixture, row)

    def entity(fixture: Fixture) -> None:
        *there, last = rows(fixture)
        _asked(invariant, fixture.root, None, last, *_in_set(fixture, invariant), *there)

    return StepViolation(
        invariant.rule.name,
        "add one more than may be",
        store,
        sql=lambda fixture: insertions(fixture, *rows(fixture)),
        entity=entity,
    )


def _many_at_once(invariant: Invariant, counted: Template) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        rows = [*_filling(fixture, invariant, counted, fixture.root), fixture.made(counted)]
        await add_together(store, fixture, *rows)

    return StepViolation(invariant.rule.name, "add too many at once", store)


def _coming_in(factories: Factories, invariant: Invariant, counted: Template) -> Iterator[StepViolation]:
    """A row that is not in the set comes to be, where there is no room; once from each way of being outside."""
    seen: set[frozenset[str]] = set()
    for branch in false_of(invariant.rule.of):
        outside = factories.found(invariant.model, _one_way(invariant, branch), preferred=counted.shared)
        values = {} if outside is None else outside.differing(counted)
        if outside is None or not values or not invariant.model.versioned or frozenset(values) in seen:
            continue
        if values.keys().isdisjoint(invariant.model.immutable):
            seen.add(frozenset(values))
            yield _came_in(invariant, counted, outside, values)


def _came_in(
    invariant: Invariant, counted: Template, outside: Template, differing: Mapping[str, object]
) -> StepViolation:
    def values(fixture: Fixture) -> Mapping[str, object]:
        return {**differing, **fixture.pointing(invariant.model, differing)}

    async def store(store: Store, fixture: Fixture) -> None:
        for row in _filling(fixture, invariant, counted, fixture.root):
            await add(store, fixture, row)
        row = await add(store, fixture, fixture.made(outside))
        await changed(store, fixture, row, values(fixture))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        row = fixture.made(outside)
        there = _filling(fixture, invariant, counted, fixture.root)
        return (*insertions(fixture, *there, row), change(row, values(fixture)))

    def entity(fixture: Fixture) -> None:
        row, there = fixture.made(outside), _filling(fixture, invariant, counted, fixture.root)
        after = invariant.model.replaced(row, values(fixture))
        _asked(invariant, fixture.root, row, after, *_in_set(fixture, invariant), *there, row)

    tried = f"change {' and '.join(differing)} where there is no room"
    return StepViolation(invariant.rule.name, tried, store, sql=sql, entity=entity)


def _root_limited(factories: Factories, invariant: Invariant, counted: Template) -> Iterator[StepViolation]:
    """The root comes to be one that the rule bounds: with one row too many, or with as many as may be and one comes."""
    root, rule = factories.catalogue.root, invariant.rule
    plain = factories.plain(root)
    bounded = factories.template(root, true(rule.while_parent), preferred=plain.shared)
    values = plain.differing(bounded)
    room(invariant, _root_of(bounded), ())  # as above

    def there(fixture: Fixture) -> list[Judged]:
        return _filling(fixture, invariant, counted, root.replaced(fixture.root, values))

    yield _too_many_when_bounded(invariant, counted, values)
    outside = factories.found(invariant.model, false(rule.of))
    if outside is not None and invariant.model.versioned:
        yield _coming_in_when_bounded(invariant, outside, outside.differing(counted), values, there)


def _too_many_when_bounded(invariant: Invariant, counted: Template, values: Mapping[str, object]) -> StepViolation:
    def rows(fixture: Fixture) -> list[Judged]:
        bounded = invariant.parent.replaced(fixture.root, values)
        return [*_filling(fixture, invariant, counted, bounded), fixture.made(counted)]

    async def store(store: Store, fixture: Fixture) -> None:
        for row in rows(fixture):
            await add(store, fixture, row)
        await changed(store, fixture, fixture.root, values)

    tried = f"change {' and '.join(values)} of the root with too many"
    return StepViolation(
        invariant.rule.name,
        tried,
        store,
        sql=lambda fixture: (*insertions(fixture, *rows(fixture)), change(fixture.root, values)),
    )


def _coming_in_when_bounded(
    invariant: Invariant,
    outside: Template,
    differing: Mapping[str, object],
    closed: Mapping[str, object],
    there: Callable[[Fixture], list[Judged]],
) -> StepViolation:
    def values(fixture: Fixture) -> Mapping[str, object]:
        return {**differing, **fixture.pointing(invariant.model, differing)}

    async def store(store: Store, fixture: Fixture) -> None:
        for row in there(fixture):
            await add(store, fixture, row)
        row = await add(store, fixture, fixture.made(outside))
        await changed(store, fixture, fixture.root, closed)
        await changed(store, fixture, row, values(fixture))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        row = fixture.made(outside)
        added = insertions(fixture, *there(fixture), row)
        return (*added, change(fixture.root, closed), change(row, values(fixture)))

    tried = f"change {' and '.join(differing)} below a root that is full"
    return StepViolation(invariant.rule.name, tried, store, sql=sql)


def _one_way(invariant: Invariant, branch: Branch) -> Clause:
    """A row is outside of the set in this way."""
    return Clause(fields_of(invariant.rule.of), (branch,))

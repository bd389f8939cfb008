"""Counterexamples of a set that is bounded: one row too many comes into it, or is in it when the root changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gapless.kit import AtMost, Model
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.kit.predicates import TRUE
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation
from gapless.testing.counterexamples.invariants import AnyInvariant, ask_declaration, in_set, invariant_of, outside_in
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import false, true
from gapless.testing.steps import add, add_together, change, changed, insertions
from gapless.testing.strategies.branches import false_of
from gapless.testing.templates import Template

MOST_FILLED = 200
"""How many rows are added at most until a limit is reached."""


def one_too_many(factories: Factories, model: Model[Validated], rule: AtMost) -> Iterator[StepViolation]:
    """One more row is in the set than may be: added, added with others, changed so, or there when the root changes."""
    invariant = invariant_of(factories, model, rule)
    counted = factories.template(model, true(rule.of))
    root = _root_of(factories.plain(factories.catalogue.root))
    if rule.while_parent is TRUE or invariant.limit(root) is not None:
        room(invariant, root, ())  # or there is nothing to fill
        yield _one_more(invariant, counted)
        yield _many_at_once(invariant, counted)
        yield from _coming_in(factories, invariant, counted)
    else:
        yield from _root_limited(factories, invariant, counted)


def _root_of(template: Template) -> Validated:
    """A root to ask the declaration about, which is never added."""
    return template.model.construct_unvalidated(template.values)


def room(invariant: AnyInvariant, root: Validated, there: Sequence[Validated]) -> int:
    """How many further rows the rule lets into its set, beside those that are there.

    Raises:
        DeclarationError: it bounds nothing for this root, or only more rows than are added here.
    """
    limit = invariant.limit(root)
    if limit is None or limit > MOST_FILLED:
        bounded = "nothing" if limit is None else f"{limit} rows"
        raise DeclarationError(f"{invariant.rule.name} bounds {bounded} for the root of the fixture.")
    return max(0, limit - invariant.number(there))


def _filling(fixture: Fixture, invariant: AnyInvariant, counted: Template, root: Validated) -> list[Validated]:
    """As many rows as there is room for."""
    return [fixture.made(counted) for _ in range(room(invariant, root, in_set(fixture, invariant)))]


def _one_more(invariant: AnyInvariant, counted: Template) -> StepViolation:
    def rows(fixture: Fixture) -> list[Validated]:
        return [*_filling(fixture, invariant, counted, fixture.root), fixture.made(counted)]

    async def store(store: Store, fixture: Fixture) -> None:
        for row in rows(fixture):
            await add(store, fixture, row)

    def entity(fixture: Fixture) -> None:
        *there, last = rows(fixture)
        ask_declaration(invariant, fixture.root, None, last, *in_set(fixture, invariant), *there)

    return StepViolation(
        invariant.rule.name,
        "add one more than may be",
        store,
        sql=lambda fixture: insertions(fixture, *rows(fixture)),
        entity=entity,
    )


def _many_at_once(invariant: AnyInvariant, counted: Template) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        rows = [*_filling(fixture, invariant, counted, fixture.root), fixture.made(counted)]
        await add_together(store, fixture, *rows)

    return StepViolation(invariant.rule.name, "add too many at once", store)


def _coming_in(factories: Factories, invariant: AnyInvariant, counted: Template) -> Iterator[StepViolation]:
    """A row that is not in the set comes to be, where there is no room; once from each way of being outside."""
    seen: set[frozenset[str]] = set()
    for branch in false_of(invariant.rule.of):
        outside = factories.found(invariant.model, outside_in(invariant, branch), preferred=counted.shared)
        values = {} if outside is None else outside.differing(counted)
        if outside is None or not values or not invariant.model.versioned or frozenset(values) in seen:
            continue
        if values.keys().isdisjoint(invariant.model.immutable):
            seen.add(frozenset(values))
            yield _came_in(invariant, counted, outside, values)


def _came_in(
    invariant: AnyInvariant, counted: Template, outside: Template, differing: Mapping[str, object]
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
        after = invariant.model.evolved(row, values(fixture))
        ask_declaration(invariant, fixture.root, row, after, *in_set(fixture, invariant), *there, row)

    tried = f"change {' and '.join(differing)} where there is no room"
    return StepViolation(invariant.rule.name, tried, store, sql=sql, entity=entity)


def _root_limited(factories: Factories, invariant: AnyInvariant, counted: Template) -> Iterator[StepViolation]:
    """The root comes to be one that the rule bounds: with one row too many, or with as many as may be and one comes."""
    root, rule = factories.catalogue.root, invariant.rule
    plain = factories.plain(root)
    bounded = factories.template(root, true(rule.while_parent), preferred=plain.shared)
    values = plain.differing(bounded)
    room(invariant, _root_of(bounded), ())  # as above

    def there(fixture: Fixture) -> list[Validated]:
        return _filling(fixture, invariant, counted, root.evolved(fixture.root, values))

    yield _too_many_when_bounded(invariant, counted, values)
    outside = factories.found(invariant.model, false(rule.of))
    if outside is not None and invariant.model.versioned:
        yield _coming_in_when_bounded(invariant, outside, outside.differing(counted), values, there)


def _too_many_when_bounded(invariant: AnyInvariant, counted: Template, values: Mapping[str, object]) -> StepViolation:
    def rows(fixture: Fixture) -> list[Validated]:
        bounded = invariant.parent.evolved(fixture.root, values)
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
    invariant: AnyInvariant,
    outside: Template,
    differing: Mapping[str, object],
    closed: Mapping[str, object],
    there: Callable[[Fixture], list[Validated]],
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

"""Counterexamples of a set that is bounded: one row too many comes into it, or is in it when the parent changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from gapless.kit import AtMost, Model
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.kit.predicates import TRUE, Comparison, Constant, Field
from gapless.testing.additions import added
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation, may_become
from gapless.testing.counterexamples.invariants import (
    AnyInvariant,
    ask_declaration,
    in_set,
    invariant_of,
    made_below,
    outside_in,
    parent_in,
    parent_of,
)
from gapless.testing.counterexamples.rivals import Rivals, row_of
from gapless.testing.counterexamples.supplements import beyond_supplement
from gapless.testing.factories import Factories
from gapless.testing.fixtures import NOTHING, Fixture, completed
from gapless.testing.solving import Row, Values, false, true
from gapless.testing.steps import add, add_together, change, changed, changes, insertion, insertions
from gapless.testing.strategies.branches import false_of
from gapless.testing.templates import Template

MOST_FILLED = 200
"""How many rows are added at most until a limit is reached."""


def one_too_many(factories: Factories, model: Model[Validated], rule: AtMost) -> Iterator[StepViolation]:
    """One more row is in the set than may be: added, added with others, changed so, or the parent is."""
    invariant, plain = invariant_of(factories, model, rule), factories.plain(parent_of(factories, rule))
    parent = row_of(plain)
    if rule.while_parent is TRUE or invariant.limit(parent) is not None:
        room(invariant, parent, ())  # or there is nothing to fill
        rivals = Rivals(factories, invariant, parent, parent)
        if rivals.hiding:
            lower = _lower(factories, rule, plain)
            rivals = Rivals(factories, invariant, row_of(lower), row_of(lower))
            yield _one_more(invariant, rivals.beside(), plain.differing(lower))
            return
        counted = rivals.beside()
        if _is_one_each(factories, invariant):
            yield _one_more_root(invariant, counted)
            return
        yield _one_more(invariant, counted)
        yield _many_at_once(invariant, counted)
        yield from beyond_supplement(rivals, counted)
        yield from _coming_in(rivals, counted)
    else:
        bounded = factories.template(plain.model, true(rule.while_parent), preferred=plain.shared)
        room(invariant, row_of(bounded), ())  # as above
        rivals = Rivals(factories, invariant, parent, row_of(bounded))
        yield from _parent_limited(rivals, rivals.beside(), plain.differing(bounded))


def _lower(factories: Factories, rule: AtMost, plain: Template) -> Template:
    """A template of parents with a limit of one, so that no other rule is told before; the plain one if none is lower.

    A limit that is a number of the declaration is the same everywhere.
    """
    if not isinstance(rule.limit, Field):
        return plain
    wanted = true(Comparison("==", rule.limit, Constant(1)))
    return factories.found(plain.model, wanted, preferred=plain.shared) or plain


def room(invariant: AnyInvariant, parent: Validated, there: Sequence[Validated]) -> int:
    """How many further rows the rule lets into its set, beside those that are there.

    Raises:
        DeclarationError: it bounds nothing for this parent, or only more rows than are added here.
    """
    limit = invariant.limit(parent)
    if limit is None or limit > MOST_FILLED:
        bounded = "nothing" if limit is None else f"{limit} rows"
        raise DeclarationError(f"{invariant.rule.name} bounds {bounded} for the parent in the fixture.")
    return max(0, limit - invariant.number(there))


def _filling(
    fixture: Fixture, invariant: AnyInvariant, counted: Template, parent: Validated | None = None
) -> list[Validated]:
    """As many rows as there is room for below the parent of the fixture, or one that is given."""
    parent = parent_in(fixture, invariant.rule) if parent is None else parent
    return [made_below(fixture, invariant, counted) for _ in range(room(invariant, parent, in_set(fixture, invariant)))]


def _one_more(invariant: AnyInvariant, counted: Template, lower: Values = NOTHING) -> StepViolation:
    """One row more than there may be is added below a parent, which first gets these values, if there are any."""

    def parent(fixture: Fixture) -> Validated:
        there = parent_in(fixture, invariant.rule)
        return parent_of(fixture.factories, invariant.rule).evolved(there, lower)

    def rows(fixture: Fixture) -> list[Validated]:
        return [*_filling(fixture, invariant, counted, parent(fixture)), made_below(fixture, invariant, counted)]

    async def store(store: Store, fixture: Fixture) -> None:
        if lower:
            await changed(store, fixture, parent_in(fixture, invariant.rule), lower)
        for row in rows(fixture):
            await add(store, fixture, row)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        lowered = (change(parent_in(fixture, invariant.rule), lower),) if lower else ()
        return *lowered, *insertions(fixture, *rows(fixture))

    def entity(fixture: Fixture) -> None:
        *there, last = rows(fixture)
        ask_declaration(invariant, parent(fixture), None, last, *in_set(fixture, invariant), *there)

    where = f", with less {' and '.join(lower)}" if lower else ""
    return StepViolation(invariant.rule.name, f"add one more than may be{where}", store, sql=sql, entity=entity)


def _is_one_each(factories: Factories, invariant: AnyInvariant) -> bool:
    """Whether a root has one row at most below a parent that belongs to no root, as the key of the rows says."""
    model, root = invariant.model, factories.catalogue.root_of(invariant.model)
    told = {model.tenant, *(own.name for own, _ in invariant.links)}
    return root is not None and root is not factories.catalogue.root_of(invariant.parent) and told >= {*model.key}


def _one_more_root(invariant: AnyInvariant, counted: Template) -> StepViolation:
    """Rows are added in roots of their own, one more of them than there may be rows."""

    def roots(fixture: Fixture) -> list[tuple[Fixture, Validated]]:
        number = room(invariant, parent_in(fixture, invariant.rule), in_set(fixture, invariant)) + 1
        return [_in_new_root(fixture, invariant, counted) for _ in range(number)]

    async def store(store: Store, fixture: Fixture) -> None:
        for other, row in roots(fixture):
            await added(store, other, row)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        return tuple(
            statement
            for other, row in roots(fixture)
            for statement in (*map(insertion, (*other.roots, *other.rows)), *insertions(other, row))
        )

    def entity(fixture: Fixture) -> None:
        *there, (_, last) = roots(fixture)
        rows = [*in_set(fixture, invariant), *(row for _, row in there)]
        ask_declaration(invariant, parent_in(fixture, invariant.rule), None, last, *rows)

    return StepViolation(invariant.rule.name, "add one more root than may have a row", store, sql=sql, entity=entity)


def _in_new_root(fixture: Fixture, invariant: AnyInvariant, counted: Template) -> tuple[Fixture, Validated]:
    """The fixture of a new root, and a row of it below the parent of the fixture."""
    factories = fixture.factories
    root = cast("Model[Validated]", factories.catalogue.root_of(invariant.model))
    other = completed(fixture.at(fixture.row(root.entity)), factories.needed_by(root))
    return other, made_below(other, invariant, counted)


def _many_at_once(invariant: AnyInvariant, counted: Template) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        rows = [*_filling(fixture, invariant, counted), made_below(fixture, invariant, counted)]
        await add_together(store, fixture, *rows)

    return StepViolation(invariant.rule.name, "add too many at once", store)


def _coming_in(rivals: Rivals, counted: Template) -> Iterator[StepViolation]:
    """A row that is not in the set comes to be, where there is no room; once from each way of being outside."""
    invariant, seen = rivals.invariant, set[frozenset[str]]()
    for branch in false_of(invariant.rule.of):
        outside = rivals.outside(outside_in(invariant, branch), counted, preferred=counted.shared)
        values = {} if outside is None else outside.differing(counted)
        if outside is None or not invariant.model.versioned or frozenset(values) in seen:
            continue
        if may_become(outside, values):
            seen.add(frozenset(values))
            yield _came_in(invariant, counted, outside, values)


def _came_in(
    invariant: AnyInvariant, counted: Template, outside: Template, differing: Mapping[str, object]
) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        for row in _filling(fixture, invariant, counted):
            await add(store, fixture, row)
        row = await add(store, fixture, made_below(fixture, invariant, outside, then=differing))
        await changed(store, fixture, row, fixture.becoming(row, differing))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        there = _filling(fixture, invariant, counted)
        row = made_below(fixture, invariant, outside, then=differing)
        return (*insertions(fixture, *there, row), *changes(fixture, row, fixture.becoming(row, differing)))

    def entity(fixture: Fixture) -> None:
        there = _filling(fixture, invariant, counted)
        row = made_below(fixture, invariant, outside, then=differing)
        after = invariant.model.evolved(row, fixture.becoming(row, differing))
        parent = parent_in(fixture, invariant.rule)
        ask_declaration(invariant, parent, row, after, *in_set(fixture, invariant), *there, row)

    tried = f"change {' and '.join(differing)} where there is no room"
    return StepViolation(invariant.rule.name, tried, store, sql=sql, entity=entity)


def _parent_limited(rivals: Rivals, counted: Template, values: Row) -> Iterator[StepViolation]:
    """The parent comes to be bounded: with one row too many, or with as many as may be and one comes."""
    invariant, parent = rivals.invariant, parent_of(rivals.factories, rivals.invariant.rule)

    def there(fixture: Fixture) -> list[Validated]:
        return _filling(fixture, invariant, counted, parent.evolved(parent_in(fixture, invariant.rule), values))

    yield _too_many_when_bounded(invariant, counted, values, there)
    outside = rivals.outside(false(invariant.rule.of), counted)
    inside = {} if outside is None else outside.differing(counted)
    if outside is not None and invariant.model.versioned and may_become(outside, inside):
        yield _coming_in_when_bounded(invariant, outside, inside, values, there)


def _too_many_when_bounded(
    invariant: AnyInvariant,
    counted: Template,
    values: Mapping[str, object],
    there: Callable[[Fixture], list[Validated]],
) -> StepViolation:
    def rows(fixture: Fixture) -> list[Validated]:
        return [*there(fixture), made_below(fixture, invariant, counted)]

    async def store(store: Store, fixture: Fixture) -> None:
        for row in rows(fixture):
            await add(store, fixture, row)
        await changed(store, fixture, parent_in(fixture, invariant.rule), values)

    tried = f"change {' and '.join(values)} of the parent with too many"
    return StepViolation(
        invariant.rule.name,
        tried,
        store,
        sql=lambda fixture: (*insertions(fixture, *rows(fixture)), change(parent_in(fixture, invariant.rule), values)),
    )


def _coming_in_when_bounded(
    invariant: AnyInvariant,
    outside: Template,
    differing: Mapping[str, object],
    closed: Mapping[str, object],
    there: Callable[[Fixture], list[Validated]],
) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        for row in there(fixture):
            await add(store, fixture, row)
        row = await add(store, fixture, made_below(fixture, invariant, outside, then=differing))
        await changed(store, fixture, parent_in(fixture, invariant.rule), closed)
        await changed(store, fixture, row, fixture.becoming(row, differing))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        rows = [*there(fixture), made_below(fixture, invariant, outside, then=differing)]
        inside = changes(fixture, rows[-1], fixture.becoming(rows[-1], differing))
        return (*insertions(fixture, *rows), change(parent_in(fixture, invariant.rule), closed), *inside)

    tried = f"change {' and '.join(differing)} below a parent that is full"
    return StepViolation(invariant.rule.name, tried, store, sql=sql)

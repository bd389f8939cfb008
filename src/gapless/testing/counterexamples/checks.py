"""Counterexamples of a predicate over one row: rows just past its edges, and a reference that is set to null."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, product
from uuid import UUID

from gapless.kit import Check, Model, OnDelete, Reference
from gapless.kit.columns import Column, ColumnType
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.testing.counterexamples.attempts import PlainSql, RowViolation, StepViolation
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import Values, holding
from gapless.testing.steps import add, insertions, removal, remove
from gapless.testing.strategies.edges import edges_of_check
from gapless.testing.strategies.ranges import Quantity
from gapless.testing.strategies.solutions import Combination, plan_of
from gapless.testing.templates import Template

MOST_ROWS = 8
"""How many rows break one check; they are spread over its edges."""
MOST_TRIED = 60
_SHORT = 24
_PICKS = ((1, 0, 2), (30, 5, 60), (101, 3, 117, 5000), (9, 99, 999_999), (400, 77), (0,))
"""Numbers that say which texts of a language are meant: plain ones, awkward ones, and any at all."""


def broken_rows(factories: Factories, model: Model[Validated], rule: Check) -> Iterator[RowViolation | StepViolation]:
    """Rows that break the check and no other rule, and what comes to break it when another row is removed."""
    plain = factories.plain(model)
    found: dict[str, Values] = {}
    edges = [edge.values for edge in edges_of_check(model, rule) if not edge.holds]
    for values in (*islice(_spread(edges, MOST_ROWS), MOST_TRIED), *_texts(model, rule)):
        tried = _told(values)
        if len(found) < MOST_ROWS and tried not in found and (row := _broken(factories, plain, rule, values)):
            found[tried] = row
    if not found and (any_row := _broken(factories, plain, rule, {})):
        found[_told({column.name: any_row.get(column.name) for column in rule.columns})] = any_row
    yield from (RowViolation(rule.name, tried, values) for tried, values in found.items())
    yield from _set_to_null(factories, model, rule)


def _broken(factories: Factories, plain: Template, rule: Check, values: Values) -> Values | None:
    """What to lay over a plain row, so that it has these values and breaks this rule alone; None if no row does."""
    given = {name: plain.model.column(name).normalised(value) for name, value in values.items()}
    template = factories.found(plain.model, given=given, preferred=plain.shared, broken=rule)
    if template is None:
        return None
    own = {column.name: template.values[column.name] for column in rule.columns if column.name in plain.own}
    return {**plain.differing(template), **own, **given}


def _spread(edges: Sequence[Values], most: int) -> Iterator[Values]:
    """All the edges, those first that lie far from each other in their list."""
    step = max(1, len(edges) // most)
    for offset in range(step):
        yield from edges[offset::step]


def _texts(model: Model[Validated], rule: Check) -> Iterator[Values]:
    """Texts that break the check as far as other rules leave any, for a column whose edges break those as well."""
    for component in plan_of(model, rule).components:
        for column in component.columns:
            if column in rule.columns and column.type is ColumnType.TEXT:
                for way in component.combinations[:MOST_ROWS]:
                    yield from ({column.name: text} for text in _texts_of(way, column))


def _texts_of(way: Combination, column: Column) -> Iterator[str]:
    walk, ranges = way.walk(column), way.ranges({})
    if walk is not None and ranges is not None and way.is_null(column) is not True:
        lengths = walk.lengths(*ranges[Quantity(column.name, of_length=True)])
        for length, picks in product(lengths[:MOST_ROWS][-1:], _PICKS):
            yield walk.text(length, picks)


def _told(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {_told_value(value)}" for name, value in values.items())


def _told_value(value: object) -> str:
    match value:
        case None:
            return "null"
        case enum.Enum():
            return value.name
        case datetime():
            return value.isoformat(" ")
        case UUID() | int():
            return str(value)
        case str() if len(value) > _SHORT:
            return f"of {len(value)} characters"
        case _:
            return ascii(value)


def _set_to_null(factories: Factories, model: Model[Validated], rule: Check) -> Iterator[StepViolation]:
    """What a valid row points at is removed, and the row that then points at nothing breaks the rule."""
    for reference in model.of_kind(Reference):
        nulled = {column.name for column in reference.nulled} & {column.name for column in rule.columns}
        if reference.on_delete is OnDelete.SET_NULL and nulled:
            template = _valid_until_null(factories, model, rule, nulled)
            if template is not None:
                yield _removed(factories, rule, reference, template)


def _valid_until_null(factories: Factories, model: Model[Validated], rule: Check, nulled: set[str]) -> Template | None:
    broken = factories.found(model, given=dict.fromkeys(nulled), broken=rule)
    if broken is None:
        return None
    values = {name: value for name, value in broken.shared.items() if name not in nulled}
    return factories.found(model, holding(tuple(map(model.column, sorted(nulled)))), given=values)


def _removed(factories: Factories, rule: Check, reference: Reference, template: Template) -> StepViolation:
    parent = factories.catalogue.parent(reference)

    def rows(fixture: Fixture) -> tuple[Validated, Validated]:
        there = fixture.row(parent.entity)
        return there, fixture.pointing_at(fixture.made(template), reference, there)

    async def store(store: Store, fixture: Fixture) -> None:
        there, row = rows(fixture)
        there = await add(store, fixture, there)
        await add(store, fixture, row)
        await remove(store, fixture, there)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        there, row = rows(fixture)
        return *insertions(fixture, there, row), removal(there)

    return StepViolation(rule.name, f"remove the {parent.name} that it points at", store, sql=sql)

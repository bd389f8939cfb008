"""Rows of an entity, drawn by its plan: one way for each component, then column by column, each bounding the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import cast

from hypothesis import reject
from hypothesis import strategies as st

from gapless.kit import Model
from gapless.kit.columns import Column
from gapless.kit.model import VERSION, E, Validated, meant_by
from gapless.testing.strategies.branches import Test
from gapless.testing.strategies.ranges import range_of
from gapless.testing.strategies.solutions import Combination, Component, Plan, Values, plan_of
from gapless.testing.strategies.values import Strategy, values

Row = dict[str, object]


def entities(entity: type[E] | Model[E], **fixed: object) -> st.SearchStrategy[E]:
    """Draws valid instances of an entity.

    They reach everything that the rules allow, and shrink to null, short texts and small numbers. The version is 0, and
    fields that a store fills have their default, as in a row that no store has seen.

    Args:
        entity: the class; or its model in a catalogue, with the rules that were added there: `HELP_DESK.model(User)`.
        fixed: fields with given values, or with strategies for them; the other fields are drawn to fit.

    Returns:
        A strategy. Drawing raises RuleViolated if the given values break a rule.

    Raises:
        DeclarationError: no rules are declared for the entity, or no row keeps them all.
        UnknownField: a value is given for a field that the entity does not have.
    """
    model = meant_by(entity)
    make = cast("Callable[..., E]", model.entity)
    return rows(model, fixed).map(lambda row: make(**row))


def rows(model: Model[E], fixed: Mapping[str, object] | None = None) -> st.SearchStrategy[Row]:
    """Draws the same as `entities`, as values by the name of their column.

    Args:
        model: the model of the entity.
        fixed: as for `entities`.

    Raises:
        DeclarationError: no row keeps all the rules.
        UnknownField: something is given for a field that the entity does not have.
    """
    for name in fixed or {}:
        model.column(name)
    return rows_of(plan_of(cast("Model[Validated]", model)), fixed or {})


def values_of(entity: type[E] | Model[E], field: str) -> st.SearchStrategy[object]:
    """Draws values of one field of valid instances.

    Raises:
        DeclarationError, UnknownField: as for `entities`.
    """
    model = cast("Model[Validated]", meant_by(entity))
    component = plan_of(model).component_of(model.column(field))
    return _untouched(component).map(lambda row: row[field])


def rows_of(plan: Plan, fixed: Mapping[str, object]) -> st.SearchStrategy[Row]:
    """Rows by a plan; what is given is taken as it is, and refused by name if no row of the plan has it."""

    @st.composite
    def rows(draw: st.DrawFn) -> Row:
        return _row(draw, plan, fixed)

    return rows()  # without arguments, because Hypothesis shows them, and a plan fills pages


def _row(draw: st.DrawFn, plan: Plan, fixed: Mapping[str, object]) -> Row:
    model = plan.model
    given = {name: model.column(name).normalised(_drawn(draw, value)) for name, value in fixed.items()}
    if model.versioned:
        given.setdefault(VERSION, 0)
    given = {**model.filled, **given}
    row = dict(given)
    for component in plan.components:
        if any(column.name not in given for column in component.columns):
            row = {**draw(_around(component, given)), **row}
    found = model.find_violations(row)
    if found == ([plan.broken] if plan.broken else []):
        return {column.name: row[column.name] for column in model.columns}
    if found and not all(_ways(component, given) for component in plan.components):
        raise model.violated(found[0])
    return reject()


def _drawn(draw: st.DrawFn, value: object) -> object:
    return draw(value) if isinstance(value, st.SearchStrategy) else value


def _ways(component: Component, given: Values) -> tuple[Combination, ...]:
    """The ways in which a row with these values can be; none if a value is no value of its column."""
    own = [column for column in component.columns if column.name in given]
    fits = all(
        column.nullable if given[column.name] is None else column.represents(given[column.name]) for column in own
    )
    return component.allowing(given) if fits else ()


def _around(component: Component, given: Values) -> st.SearchStrategy[Row]:
    """The columns of a component around what is given of them."""
    if any(column.name in given for column in component.columns):
        return _drawn_component(component, given)
    return _untouched(component)


@lru_cache(maxsize=4096)
def _untouched(component: Component) -> st.SearchStrategy[Row]:
    """The columns of a component of which nothing is given; of a lonely column its values are all there is to draw."""
    column, way = component.columns[0], component.combinations[0]
    if len(component.columns) + len(component.combinations) > 2:
        return _drawn_component(component, {})
    found, is_null = range_of(column), way.is_null(column)
    ranges = way.ranges({}) or {}
    drawn = st.none() if is_null else values(column, way, found and ranges[found[0]])
    return (st.none() | drawn if is_null is None else drawn).map(lambda value: {column.name: value})


@st.composite
def _drawn_component(draw: st.DrawFn, component: Component, given: Values) -> Row:
    """The columns of a component around what is given; past it, if no row has that, to let the validator say why."""
    ways = _ways(component, given)
    way = draw(_any_way(component) if ways is component.combinations or not ways else st.sampled_from(ways))
    row = {column.name: given[column.name] for column in component.columns if ways and column.name in given}
    for column in way.columns:
        if column.name not in row:
            row[column.name] = _value(draw, column, way, row)
    return row


@lru_cache(maxsize=4096)
def _any_way(component: Component) -> st.SearchStrategy[Combination]:
    return st.sampled_from(component.combinations)


def _value(draw: st.DrawFn, column: Column, way: Combination, row: Values) -> object:
    is_null = way.is_null(column)
    # False is the simplest of the two, and null the simplest value.
    if is_null or (is_null is None and not draw(st.booleans())):
        return None
    ranges = way.ranges(row)
    if ranges is None:
        return reject()
    equals = [row[name] for name in way.equal_to(column) if name in row]
    found = range_of(column)
    drawn = st.just(equals[0]) if equals else values(column, way, found and ranges[found[0]])
    tests = way.settled_by(column, row)
    return draw(_filtered(drawn, column, row, tests) if tests else drawn)


def _filtered(drawn: Strategy, column: Column, row: Values, tests: Sequence[Test]) -> Strategy:
    """What passes the tests of this column beside those that are drawn already; bounds keep most others away."""
    return drawn.filter(lambda value: all(test.passes({**row, column.name: value}) for test in tests))

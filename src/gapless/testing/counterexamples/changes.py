"""Counterexamples of what is true of a change: a row and what it becomes, found together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import cast

import attrs

from gapless.kit import Check, Model, Transition
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.model import VERSION, Validated
from gapless.kit.ports import Store
from gapless.kit.predicates import TRUE, Field, Node, NullPasses, Previous, fields_of, walk
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation, is_assignable
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import Clause, Row, Wishes, false, kept, solved, unless_refuted
from gapless.testing.steps import add, changed, changes, insertions
from gapless.testing.templates import SOMEBODY, Template, pointing, shared_by_all, stand_ins

_PREVIOUS = "previous__"


def refused_changes(factories: Factories, model: Model[Validated], rule: Transition) -> Iterator[StepViolation]:
    """A row that is there comes to be what the rule does not let it; or is added as the rule does not let one be."""
    found = _pair(factories, model, rule)
    if found is not None:
        yield _changed(rule, *found)
    if rule.added is not TRUE:
        yield from _added(factories, model, rule)


def _pair(factories: Factories, model: Model[Validated], rule: Transition) -> tuple[Template, Row] | None:
    """A template of rows, and the values that such a row must not change to; None if it may change to anything.

    The row and what it was before are one row of more columns, all but those that the rule asks for of both alike.
    """
    previous = {part.column.name for part in walk(rule.holds) if isinstance(part, Previous)}
    columns = (*model.columns, *(_as_previous(model.column(name)) for name in sorted(previous)))
    checks = model.of_kind(Check)
    clauses = [
        *map(kept, checks),
        *(
            _of_previous(check.holds, previous)
            for check in checks
            if previous & {column.name for column in check.columns}
        ),
        _of_previous(rule.added, previous),
        false(_renamed(rule.holds, previous, only_previous=True)),
    ]
    plain = factories.plain(model)
    shared = plain.shared
    preferred = {**shared, **{_PREVIOUS + name: shared[name] for name in previous & shared.keys()}}
    values = solved(columns, clauses, Wishes(preferred=preferred, proposed=partial(_proposed, plain)))
    if values is None:
        return None
    before = {column.name: values.get(_PREVIOUS + column.name, values[column.name]) for column in model.columns}
    after = {name: values[name] for name in before if values[name] != before[name]}
    if (
        VERSION in after
        or not is_assignable(model, after)
        or any(column.name in after for column in shared_by_all(model))
    ):
        return None  # a version is the store's; the same attempt in another root would give a row these values as well
    if model.find_violations(before):
        return None
    own = {name: own for name, own in plain.own.items() if name not in after}
    return attrs.evolve(plain, values=before, own=own), after


def _proposed(plain: Template, column: Column, *_: object) -> Iterable[object]:
    """What to try before a change and after it: of the rows that others point at, and of values that no row has yet."""
    name = column.name.removeprefix(_PREVIOUS)
    if name in pointing(plain.model):
        return stand_ins(column)
    return plain.own[name].latest(SOMEBODY.int) if name in plain.own else ()


def _as_previous(column: Column) -> Column:
    return attrs.evolve(column, name=_PREVIOUS + column.name)


def _of_previous(node: Node, previous: set[str]) -> Clause:
    """The condition is not false of what the row was before."""
    return unless_refuted(_renamed(node, previous, only_previous=False))


def _renamed(node: Node, previous: set[str], *, only_previous: bool) -> Node:
    """A condition over the row of more columns: what it asks of the row before is asked of those columns."""
    match node:
        case Previous(column):
            field = Field(_as_previous(column))
            return NullPasses(field) if column.nullable else field
        case Field(column) if not only_previous and column.name in previous:
            return Field(_as_previous(column))
    values = {
        field.name: getattr(node, field.name) for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(node)))
    }
    return type(node)(**{name: _part(value, previous, only_previous) for name, value in values.items()})


def _part(value: object, previous: set[str], only_previous: bool) -> object:
    if isinstance(value, Node):
        return _renamed(value, previous, only_previous=only_previous)
    if isinstance(value, tuple):
        return tuple(_part(part, previous, only_previous) for part in value)
    return value


def _changed(rule: Transition, template: Template, values: Mapping[str, object]) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        row = await add(store, fixture, fixture.made(template, then=values))
        await changed(store, fixture, row, fixture.becoming(row, values))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        row = fixture.made(template, then=values)
        return (*insertions(fixture, row), *changes(fixture, row, fixture.becoming(row, values)))

    return StepViolation(rule.name, f"change {' and '.join(values)}", store, sql=sql)


def _added(factories: Factories, model: Model[Validated], rule: Transition) -> Iterator[StepViolation]:
    others = [unless_refuted(other.added) for other in model.of_kind(Transition) if other is not rule]
    template = factories.found(model, false(rule.added), *others, addable=False)
    if template is None:
        raise DeclarationError(f"{model.name}: every row that may be there may be added, for all of {rule.name}.")

    async def store(store: Store, fixture: Fixture) -> None:
        await add(store, fixture, fixture.made(template))

    names = " and ".join(column.name for column in fields_of(rule.added))
    yield StepViolation(
        rule.name,
        f"add a row with such a {names}",
        store,
        sql=lambda fixture: insertions(fixture, fixture.made(template)),
    )

"""Counterexamples of rows that never change: one is changed, or taken away, or gets back what was taken out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gapless.kit import AppendOnly, Model
from gapless.kit.columns import Column, ColumnType
from gapless.kit.json_object import Json, JsonObject
from gapless.kit.model import Validated
from gapless.kit.names import in_quotes
from gapless.kit.ports import Store
from gapless.kit.predicates import UNCOMPARED, Comparison, Constant, Field, NullPasses
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import Row, false, holding
from gapless.testing.steps import add, change, change_all, changed, insertions, removal, remove, remove_all, root_values
from gapless.testing.templates import Template, pointing

DOCUMENT = JsonObject({"name": "Ann", "age": 1})
"""What an erasable document holds before somebody tampers with it."""


def tampered(factories: Factories, model: Model[Validated], rule: AppendOnly) -> Iterator[StepViolation]:
    """Everything that can be tried on a row which never changes."""
    plain = factories.plain(model)
    other = _otherwise(factories, plain, rule)
    if other:
        yield _changed(rule, f"change {' and '.join(other)}", plain, other)
        yield _all_changed(rule, plain, other)
    yield from _removed(rule, plain)
    for column in rule.erasable:
        if column.type is ColumnType.TEXT:
            yield from _text_tampered(factories, plain, rule, column, other)
        else:
            yield from _document_tampered(factories, rule, model, column)
    truncate = PlainSql(f"TRUNCATE {in_quotes(model.stored)}")
    yield StepViolation(rule.name, "truncate", None, sql=lambda _: (truncate,))


def _otherwise(factories: Factories, plain: Template, rule: AppendOnly) -> Row:
    """Another value of a column that is not erasable, with what changes along with it; nothing if there is none."""
    model = plain.model
    fixed = {*model.key, *model.immutable, *model.filled, *pointing(model), *(column.name for column in rule.erasable)}
    columns = [column for column in model.columns if column.name not in fixed and column.type not in UNCOMPARED]
    for column in sorted(columns, key=lambda column: column.type is not ColumnType.TEXT):
        value = plain.values[column.name]
        if value is not None and (found := _unlike(factories, plain, column, value)):
            return found
    return {}


def _unlike(factories: Factories, plain: Template, column: Column, value: object) -> Row:
    field = NullPasses(Field(column)) if column.nullable else Field(column)
    unlike = false(Comparison("==", field, Constant(value)))
    found = factories.found(plain.model, unlike, holding((column,)), preferred=plain.shared)
    return {} if found is None else {**plain.differing(found), column.name: found.values[column.name]}


def _changed(rule: AppendOnly, tried: str, template: Template, values: Mapping[str, object]) -> StepViolation:
    async def store(store: Store, fixture: Fixture) -> None:
        row = await add(store, fixture, fixture.made(template))
        await changed(store, fixture, row, values)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        row = fixture.made(template)
        return (*insertions(fixture, row), change(row, values))

    return StepViolation(rule.name, tried, store, sql=sql)


def _all_changed(rule: AppendOnly, plain: Template, values: Mapping[str, object]) -> StepViolation:
    model, (name, value) = plain.model, next(iter(values.items()))

    async def store(store: Store, fixture: Fixture) -> None:
        await add(store, fixture, fixture.made(plain))
        async with fixture.unit_root_for(model).unit(store) as unit:
            await change_all(unit, fixture, model.entity, name, value)
            await unit.commit()

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        column = in_quotes(model.column(name).stored)
        text = f"UPDATE {in_quotes(model.stored)} SET {column} = {column} {of_root(fixture, model)}"  # noqa: S608  # declared names
        return *insertions(fixture, fixture.made(plain)), PlainSql(text, tuple(root_values(fixture, model).values()))

    return StepViolation(rule.name, "change all", store, sql=sql)


def of_root(fixture: Fixture, model: Model[Validated]) -> str:
    """The part of a statement that keeps it to the rows of the fixture's root, whose key is its only parameter."""
    return "".join(f"WHERE {in_quotes(model.column(name).stored)} = $1" for name in root_values(fixture, model))


def _removed(rule: AppendOnly, plain: Template) -> Iterator[StepViolation]:
    model = plain.model

    async def one(store: Store, fixture: Fixture) -> None:
        await remove(store, fixture, await add(store, fixture, fixture.made(plain)))

    def one_in_sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        row = fixture.made(plain)
        return *insertions(fixture, row), removal(row)

    async def every(store: Store, fixture: Fixture) -> None:
        await add(store, fixture, fixture.made(plain))
        async with fixture.unit_root_for(model).unit(store) as unit:
            await remove_all(unit, fixture, model.entity)
            await unit.commit()

    def every_in_sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        gone = f"DELETE FROM {in_quotes(model.stored)} {of_root(fixture, model)} RETURNING 1"  # noqa: S608  # declared names
        text = f"WITH gone AS ({gone}) SELECT count(*) FROM gone"  # noqa: S608  # as above
        return *insertions(fixture, fixture.made(plain)), PlainSql(text, tuple(root_values(fixture, model).values()))

    yield StepViolation(rule.name, "remove a row", one, sql=one_in_sql)
    yield StepViolation(rule.name, "remove all", every, sql=every_in_sql)


def _text_tampered(
    factories: Factories, plain: Template, rule: AppendOnly, column: Column, other: Mapping[str, object]
) -> Iterator[StepViolation]:
    model = plain.model
    filled = factories.template(model, holding((column,)))
    text = filled.values[column.name]
    empty = factories.found(model, given={column.name: None})
    if empty is not None:
        yield _changed(rule, f"bring {column.name} back", empty, {column.name: text})
    if unlike := _unlike(factories, filled, column, text):
        yield _changed(rule, f"another {column.name}", filled, unlike)
    if other:
        yield _changed(rule, f"{' and '.join(other)} along with {column.name}", filled, {column.name: None, **other})


def _document_tampered(
    factories: Factories, rule: AppendOnly, model: Model[Validated], column: Column
) -> Iterator[StepViolation]:
    name = column.name
    filled = factories.template(model, given={name: DOCUMENT})
    if column.nullable:
        yield _changed(
            rule, f"bring {name} back", factories.template(model, given={name: None}), {name: JsonObject({})}
        )
    changes: dict[str, dict[str, Json]] = {
        f"add a member to {name}": {"name": "Ann", "x": None},
        f"change a member of {name}": {"name": "Eve"},
        f"write a number of {name} otherwise": {"age": 1.0},
    }
    for tried, document in changes.items():
        yield _changed(rule, tried, filled, {name: JsonObject(document)})

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        row = fixture.made(filled)
        stored = in_quotes(model.column(name).stored)
        text = f"UPDATE {in_quotes(model.stored)} SET {stored} = '[]' {of_root(fixture, model)}"  # noqa: S608  # declared names
        return *insertions(fixture, row), PlainSql(text, tuple(root_values(fixture, model).values()))

    yield StepViolation(rule.name, f"make {name} a document of another kind", None, sql=sql)

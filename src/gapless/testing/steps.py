"""The steps of attempts: adding, saving and removing rows, through the ports and in plain SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias, TypeVar, cast

from gapless.kit import AuditedEntity, Entity, Model, all_of, model_of
from gapless.kit.assignments import Assignment, assign, increment
from gapless.kit.audit import AuditRecord
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.names import in_quotes
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.predicates import literal
from gapless.testing.additions import add_row, add_rows
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation
from gapless.testing.fixtures import Fixture

E = TypeVar("E", bound=Validated)
Where: TypeAlias = Callable[[Validated], bool]


def insertion(row: Validated) -> PlainSql:
    """The statement that inserts a row, valid or not."""
    model = model_of(type(row))
    names = ", ".join(in_quotes(column.stored) for column in model.columns)
    values = model.values(row)
    places = ", ".join(f"${place}{_cast(value)}" for place, value in enumerate(values, 1))
    text = f"INSERT INTO {in_quotes(model.stored)} ({names}) VALUES ({places})"  # noqa: S608  # names of a catalogue, no input
    return PlainSql(text, tuple(map(_sent, values)))


def insertions(fixture: Fixture, *rows: Validated) -> tuple[PlainSql, ...]:
    """The statements that insert rows, each after the new rows to which it refers.

    Those that a row can't be without follow it.
    """
    return tuple(
        insertion(each)
        for row in rows
        for needed in fixture.with_needed(row)
        for each in (*fixture.before(needed), needed)
    )


def change(row: Validated, values: Mapping[str, object]) -> PlainSql:
    """The statement that gives a row other values."""
    model = model_of(type(row))
    assignments = ", ".join(
        f"{in_quotes(model.column(name).stored)} = ${place}{_cast(value)}"
        for place, (name, value) in enumerate(values.items(), 1)
    )
    found = _found(model, len(values) + 1)
    text = f"UPDATE {in_quotes(model.stored)} SET {assignments} WHERE {found}"  # noqa: S608  # as above
    return PlainSql(text, (*map(_sent, values.values()), *map(_sent, model.key_of(row))))


def changes(fixture: Fixture, row: Validated, values: Mapping[str, object]) -> tuple[PlainSql, ...]:
    """The statement that gives a row other values, after those that insert the new rows to which it then refers."""
    after = model_of(type(row)).evolved(row, values)
    return (*(insertion(each) for each in fixture.before(after)), change(row, values))


def written(text: str, row: Validated, *values: object) -> PlainSql:
    """A statement on one row: `text` is the part before WHERE, and these values are its parameters."""
    model = model_of(type(row))
    return PlainSql(f"{text} WHERE {_found(model, len(values) + 1)}", (*values, *map(_sent, model.key_of(row))))


def removal(row: Validated) -> PlainSql:
    """The statement that removes a row."""
    return written(f"DELETE FROM {in_quotes(model_of(type(row)).stored)}", row)  # noqa: S608  # as above


def _found(model: Model[Validated], first: int) -> str:
    return " AND ".join(
        f"{in_quotes(column.stored)} = ${place}" for place, column in enumerate(model.key_columns, first)
    )


def _cast(value: object) -> str:
    return "::text::jsonb" if isinstance(value, JsonObject) else ""


def _sent(value: object) -> object:
    return value.text if isinstance(value, JsonObject) else literal(value)


def unit_for(store: Store, fixture: Fixture, row: Validated) -> UnitOfWork:
    """A unit of the root to which a row belongs, or without a root if it belongs to none."""
    return fixture.unit_root_of(row).unit(store)


async def save_row(unit: UnitOfWork, fixture: Fixture, row: E) -> E:
    """Saves a row of any entity in a unit of work, with an audit record of a fixture if it takes one."""
    return await save_audited(unit, row, lambda: fixture.audit_for(row))


async def save_audited(unit: UnitOfWork, row: E, audit: Callable[[], AuditRecord]) -> E:
    """Saves a row of any entity in a unit of work, with the audit record that a function gives if it takes one."""
    if isinstance(row, AuditedEntity):
        return cast(E, await unit.of(type(row)).save(row, audit()))
    return cast(E, await unit.of(type(cast(Entity, row))).save(cast(Entity, row)))


async def remove_row(unit: UnitOfWork, fixture: Fixture, row: Validated) -> None:
    """Removes a row of any entity in a unit of work, with an audit record of a fixture if it takes one."""
    await remove_audited(unit, row, lambda: fixture.audit_for(row))


async def remove_audited(unit: UnitOfWork, row: Validated, audit: Callable[[], AuditRecord]) -> None:
    """Removes a row of any entity in a unit of work, with the audit record that a function gives if it takes one."""
    if isinstance(row, AuditedEntity):
        await unit.of(type(row)).remove(row, audit())
    else:
        await unit.of(type(cast(Entity, row))).remove(cast(Entity, row))


def root_values(fixture: Fixture, model: Model[Validated]) -> dict[str, object]:
    """By what the rows of an entity are found that belong to the fixture's root: nothing, if they belong to none."""
    key = fixture.key_for(model)
    return {} if model.tenant is None or key is None else {model.tenant: key}


async def remove_all(unit: UnitOfWork, fixture: Fixture, entity: type[Validated], one: Validated | None = None) -> None:
    """Removes rows of any entity by a condition, with an audit record if it takes one: all, or the one with a key."""
    model = fixture.factories.catalogue.by_entity[entity]
    key: dict[str, object] = {} if one is None else dict(zip(model.key, model.key_of(one), strict=True))
    wanted = key or root_values(fixture, model)

    def where(row: Validated) -> bool:
        return all_of(*(getattr(row, name) == value for name, value in wanted.items()))

    await remove_where(
        unit, entity, where, lambda: fixture.audit_below(model) if one is None else fixture.audit_for(one)
    )


async def remove_where(
    unit: UnitOfWork,
    entity: type[Validated],
    where: Where,
    audit: Callable[[], AuditRecord],
    *,
    include_deleted: bool = False,
) -> int:
    """Removes rows of any entity by a condition, with the audit record that a function gives if it takes one."""
    if issubclass(entity, AuditedEntity):
        return await unit.of(entity).delete_where(where, audit(), include_deleted=include_deleted)
    return await unit.of(cast("type[Entity]", entity)).delete_where(where, include_deleted=include_deleted)


async def change_all(unit: UnitOfWork, fixture: Fixture, entity: type[Validated], name: str, value: object) -> None:
    """Gives all rows of any entity a value of one field, with an audit record if it takes one."""
    model = fixture.factories.catalogue.by_entity[entity]
    wanted = root_values(fixture, model)

    def where(row: Validated) -> bool:
        return all_of(*(getattr(row, name) == value for name, value in wanted.items()))

    await change_where(unit, entity, where, {name: value}, lambda: fixture.audit_below(model))


async def change_where(
    unit: UnitOfWork,
    entity: type[Validated],
    where: Where,
    values: Mapping[str, object],
    audit: Callable[[], AuditRecord],
    *,
    include_deleted: bool = False,
) -> int:
    """Gives rows of any entity other values by a condition, with an audit record as `remove_where`."""

    def assigned(row: Validated) -> tuple[Assignment, ...]:
        return tuple(assign(getattr(row, name), cast(str, value)) for name, value in values.items())

    if issubclass(entity, AuditedEntity):
        return await unit.of(entity).update_where(where, assigned, audit(), include_deleted=include_deleted)
    return await unit.of(cast("type[Entity]", entity)).update_where(where, assigned, include_deleted=include_deleted)


async def count_where(
    unit: UnitOfWork,
    entity: type[Validated],
    where: Where,
    steps: Mapping[str, int],
    audit: Callable[[], AuditRecord],
) -> int:
    """Counts in rows of any entity by a condition, deleted ones too, with an audit record as `remove_where`."""

    def counted(row: Validated) -> tuple[Assignment, ...]:
        return tuple(increment(getattr(row, name), by) for name, by in steps.items())

    if issubclass(entity, AuditedEntity):
        return await unit.of(entity).update_where(where, counted, audit(), include_deleted=True)
    return await unit.of(cast("type[Entity]", entity)).update_where(where, counted, include_deleted=True)


async def add(store: Store, fixture: Fixture, row: E) -> E:
    """Adds a row in a unit of work of its own; a root, or a row of another root, in a unit that creates that root.

    The new rows to which it refers are added with it, or before it in units of their own if they belong elsewhere.
    """
    kept = await add_rows(store, fixture, [*fixture.before(row), *fixture.with_needed(row)])
    return cast(E, kept[id(row)])


@asynccontextmanager
async def _unit_beside(store: Store, fixture: Fixture, *rows: Validated) -> AsyncIterator[UnitOfWork]:
    """A unit of the root of some rows, which commits at its end; the new rows to which they refer are there in it."""
    root = fixture.unit_root_of(rows[0])
    new = [each for row in rows for each in fixture.before(row)]
    await add_rows(store, fixture, [each for each in new if fixture.unit_root_of(each) != root])
    async with root.unit(store) as unit:
        for each in new:
            if fixture.unit_root_of(each) == root:
                await add_row(unit, each, fixture)
        yield unit
        await unit.commit()


async def _add_needed(unit: UnitOfWork, fixture: Fixture, *rows: Validated) -> None:
    for row in rows:
        for each in fixture.with_needed(row)[1:]:
            await add_row(unit, each, fixture)


async def add_together(store: Store, fixture: Fixture, *rows: Validated) -> None:
    """Adds rows of one entity in one statement."""
    entity = type(rows[0])
    async with _unit_beside(store, fixture, *rows) as unit:
        if issubclass(entity, AuditedEntity):
            await unit.of(entity).add_all(cast("tuple[AuditedEntity, ...]", rows), fixture.audit_for(rows[0]))
        else:
            await unit.of(cast("type[Entity]", entity)).add_all(cast("tuple[Entity, ...]", rows))
        await _add_needed(unit, fixture, *rows)


async def save(store: Store, fixture: Fixture, row: E) -> E:
    """Saves a row in a unit of work of its own."""
    async with _unit_beside(store, fixture, row) as unit:
        return await save_row(unit, fixture, row)


async def changed(store: Store, fixture: Fixture, row: E, values: Mapping[str, object]) -> E:
    """Saves a row of the store with other values."""
    return await save(store, fixture, model_of(type(row)).evolved(row, values))


async def add_and_change(store: Store, fixture: Fixture, row: Validated, values: Mapping[str, object]) -> None:
    """Adds a row and saves it with other values in one unit of work."""
    async with _unit_beside(store, fixture, row) as unit:
        added = await add_row(unit, row, fixture)
        await _add_needed(unit, fixture, row)
        await save_row(unit, fixture, model_of(type(row)).evolved(added, values))


async def remove(store: Store, fixture: Fixture, row: Validated) -> None:
    """Removes a row in a unit of work of its own."""
    async with unit_for(store, fixture, row) as unit:
        await remove_row(unit, fixture, row)
        await unit.commit()


def adding(rule: str, tried: str, rows: Callable[[Fixture], tuple[Validated, ...]]) -> StepViolation:
    """The step that adds rows one after the other; the last one breaks the rule."""

    async def store(store: Store, fixture: Fixture) -> None:
        for row in rows(fixture):
            await add(store, fixture, row)

    return StepViolation(rule, tried, store, sql=lambda fixture: insertions(fixture, *rows(fixture)))

"""Counterexamples of what follows from an entity's declaration: its key, what never changes, how its version grows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gapless.kit import AtLeastOne, Immutable, Model, PrimaryKey, VersionStep
from gapless.kit.columns import Column
from gapless.kit.model import Validated
from gapless.kit.names import in_quotes
from gapless.kit.ports import Store
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation
from gapless.testing.counterexamples.other_values import another
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.steps import add, change, changed, insertions, written


def there_or_added(fixture: Fixture, model: Model[Validated]) -> tuple[Validated, bool]:
    """A row of an entity, and whether it is there already: the root is, and what an invariant asks for.

    Where each row has exactly one below it, there is no room for another.
    """
    is_asked_for = bool(model.of_kind(AtLeastOne)) and model.entity in map(type, fixture.rows)
    is_there = model.is_root or is_asked_for
    return fixture.there(model.entity) if is_there else fixture.row(model.entity), is_there


async def kept(store: Store, fixture: Fixture, model: Model[Validated]) -> Validated:
    """A row of an entity that is there: the root, or one that is added."""
    row, is_there = there_or_added(fixture, model)
    return row if is_there else await add(store, fixture, row)


def taken_key(_: Factories, model: Model[Validated], rule: PrimaryKey) -> Iterator[StepViolation]:
    """A second row is added under the key of a first."""

    def pair(fixture: Fixture) -> tuple[Validated, bool, Validated]:
        first, is_there = there_or_added(fixture, model)
        key = dict(zip(model.key, model.key_of(first), strict=True))
        # No other row is made where the rules may leave no values for one: the key is checked before what is unique.
        return first, is_there, model.evolved(fixture.row(model.entity, key), key) if model.is_root else first

    async def store(store: Store, fixture: Fixture) -> None:
        first, is_there, second = pair(fixture)
        if not is_there:
            await add(store, fixture, first)
        await add(store, fixture, second)

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        first, is_there, second = pair(fixture)
        return insertions(fixture, second) if is_there else insertions(fixture, first, second)

    yield StepViolation(rule.name, "an id that is taken", store, sql=sql)


def other_values(_: Factories, model: Model[Validated], rule: Immutable) -> Iterator[StepViolation]:
    """Each field that never changes gets another value."""
    for column in rule.fields:
        yield _other_value(model, rule, column)


def _other_value(model: Model[Validated], rule: Immutable, column: Column) -> StepViolation:
    """In SQL alone, if the ports find the row by this value, or leave it to the store."""
    in_sql = column.name in (*model.key, model.tenant, *model.filled)

    def other(fixture: Fixture, row: Validated) -> Mapping[str, object]:
        return {column.name: another(fixture, row, column)}

    async def store(store: Store, fixture: Fixture) -> None:
        row = await kept(store, fixture, model)
        await changed(store, fixture, row, other(fixture, row))

    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        row, is_there = there_or_added(fixture, model)
        return (*(() if is_there else insertions(fixture, row)), change(row, other(fixture, row)))

    return StepViolation(rule.name, f"another {column.name}", None if in_sql else store, sql=sql)


def skipped_versions(_: Factories, model: Model[Validated], rule: VersionStep) -> Iterator[StepViolation]:
    """A row gets a version that is not the next, in SQL: the ports leave the version to the store."""
    for tried, by in (("a version is left out", 2), ("a version comes again", -1)):
        yield _skipped(model, rule, tried, by)


def _skipped(model: Model[Validated], rule: VersionStep, tried: str, by: int) -> StepViolation:
    def sql(fixture: Fixture) -> tuple[PlainSql, ...]:
        row, is_there = there_or_added(fixture, model)
        version = in_quotes(rule.version.stored)
        text = f"UPDATE {in_quotes(model.stored)} SET {version} = {version} + $1::int"  # noqa: S608  # declared names
        return (*(() if is_there else insertions(fixture, row)), written(text, row, by))

    return StepViolation(rule.name, tried, None, sql=sql)

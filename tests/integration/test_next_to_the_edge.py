"""A row that stands just beside another one is taken, in a database that has the other one and many more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import asyncpg
import attrs
import pytest
import pytest_asyncio

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.system import UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Model, Unique
from gapless.kit.model import Validated
from gapless.postgres import create_statements
from gapless.testing.additions import stored
from gapless.testing.counterexamples.attempts import PlainSql
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.solving import false, true
from gapless.testing.steps import insertion
from tests.bulk import await_each
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.integration.postgres.attacking import taken_back
from tests.integration.store.conftest import own_engine
from tests.voice.hosted import HOSTED

pytestmark = pytest.mark.asyncio(loop_scope="session")
FACTORIES = Factories(HOSTED)
Row = tuple[Model[Validated], Unique]
TENANT = "organization_id"


@attrs.frozen
class Place:
    """Two organizations with a row of everything, and a connection."""

    connection: asyncpg.Connection
    home: Fixture
    other: Fixture


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(server_url: str, template: str, database_name: str) -> AsyncIterator[Place]:
    """A database with the tables of a host."""
    async with copied_database(server_url, template, f"{database_name}_edges") as url, connected(url) as connection:
        for statement in create_statements(HOSTED, SCHEMA, beyond=GAPLESS):
            await connection.execute(statement)
        await connection.execute(f"SET search_path = {SCHEMA}")
        async with own_engine(url) as engine:
            store = PostgresStore(engine, HOSTED, schema=SCHEMA)
            home, other = [await stored(FACTORIES, store, UuidV7Factory()) for _ in range(2)]
        yield Place(connection, home, other)


def uniques() -> Iterator[Row]:
    """Every rule that lets no two rows agree, unless they are out of its condition or of another organization.

    Rows that can be released come first without having been: what a release leaves free is asked by its laws.
    """
    for model in HOSTED.models:
        for rule in model.of_kind(Unique) if model.released is None else ():
            if rule.where is not None or (rule.fields[0].name == TENANT and len(rule.fields) > 1):
                yield model, rule


def beside(place: Place, model: Model[Validated], rule: Unique) -> Iterator[tuple[Validated, Validated]]:
    """Two rows that agree in the fields of a rule and may stand beside each other: in either order."""
    inside, outside = ([] if rule.where is None else [of(rule.where)] for of in (true, false))
    first = place.home.made(FACTORIES.template(model, *inside))
    for fixture, clauses in ((place.home, outside), (place.other, inside)):
        if fixture is place.other or rule.where is not None:
            alike = {column.name: getattr(first, column.name) for column in rule.fields if column.name != TENANT}
            second = fixture.made(FACTORIES.template(model, *clauses))
            second = model.evolved(second, alike)
            yield first, second
            yield second, first


async def added(connection: asyncpg.Connection, place: Place, row: Validated) -> None:
    """Adds a row, after those that it needs."""
    for fixture in (place.home, place.other):
        for before in fixture.before(row):
            await run(connection, insertion(before))
    await run(connection, insertion(row))


async def run(connection: asyncpg.Connection, statement: PlainSql) -> None:
    """Runs a statement."""
    await connection.execute(statement.text, *statement.values)


async def are_taken(place: Place, row: Row) -> None:
    """Asserts that each two rows are taken."""
    for one, other in beside(place, *row):
        async with taken_back(place.connection):
            await added(place.connection, place, one)
            await added(place.connection, place, other)


async def test_rows_that_agree_stand_beside_each_other(place: Place) -> None:
    """Rows that agree where no two may are taken, if one is out of the condition or of another organization."""
    await await_each(uniques(), lambda row: are_taken(place, row), name=lambda row: row[1].name)


async def test_a_rule_without_its_condition_is_noticed(place: Place) -> None:
    """Planted: an index that forgets the condition, or the organization, refuses such rows."""
    for model, rule in uniques():
        forgetting = ", ".join(column.name for column in rule.fields if rule.where is not None or column.name != TENANT)
        async with taken_back(place.connection):
            await place.connection.execute(f"CREATE UNIQUE INDEX forgetful ON {model.table} ({forgetting})")
            with pytest.raises(asyncpg.UniqueViolationError, match="forgetful"):
                await are_taken(place, (model, rule))

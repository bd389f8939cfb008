"""For every rule of the catalogue: what PostgreSQL says of a row that breaks it is not passed on."""

import traceback
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore, errors
from gapless.adapters.postgres.errors import translated
from gapless.adapters.system import UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import GaplessError
from gapless.kit.model import Model, Validated
from gapless.testing.additions import stored
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.fixtures import Fixture
from tests.bulk import spread
from tests.conftest import SCHEMA
from tests.integration.databases import driver_of
from tests.violations import FACTORIES, TABLES, attempts_of, named

pytestmark = pytest.mark.asyncio

IDS = UuidV7Factory()
SHORTEST = 8
"""A shorter text, or white space, may be in a message by chance."""
SOME = 40
"""How many attempts a planted fault is shown by."""


@pytest_asyncio.fixture(scope="module")
async def fixture(engine: AsyncEngine) -> Fixture:
    """The same rows for all attempts: whatever is tried is rolled back."""
    return await stored(FACTORIES, PostgresStore(engine, GAPLESS, schema=SCHEMA), IDS)


@pytest_asyncio.fixture(scope="module")
async def driver(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the driver's, outside of any transaction."""
    async with engine.connect() as leased:
        yield await driver_of(leased)


async def refusal(attempt: Attempt, driver: asyncpg.Connection, fixture: Fixture) -> tuple[GaplessError, list[str]]:
    """What our error for the server's refusal is, and all values of the rows that were tried."""
    statements = attempt.sql(fixture) if attempt.sql else ()
    values = [value for statement in statements for value in statement.values]
    told = [str(value) for value in values if isinstance(value, (str, UUID, datetime))]
    await driver.execute("BEGIN")
    try:
        await driver.execute(f"SET LOCAL search_path TO {SCHEMA}")
        for statement in statements:
            await driver.execute(statement.text, *statement.values)
        await driver.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except asyncpg.PostgresError as refused:
        error = translated(refused, GAPLESS, 1.0)
        error.__cause__ = refused
        return error, [text for text in told if len(text.strip()) >= SHORTEST]
    finally:
        await driver.execute("ROLLBACK")
    pytest.fail("the server let it pass")


def repeated(error: GaplessError, values: list[str]) -> list[str]:
    """The values that the error, or the driver's in a traceback beside it, repeats."""
    cause = error.__cause__
    shown = [str(error), repr(error), str(error.to_dict()), *traceback.format_exception(error), str(vars(cause))]
    return [value for value in values if value in "".join(shown)]


@pytest.mark.parametrize("model", TABLES)
async def test_nothing_is_told(model: Model[Validated], fixture: Fixture, driver: asyncpg.Connection) -> None:
    """A rule that is broken is told by its name, its fields and its sentence, and none of the row's values."""
    told = {}
    for attempt in attempts_of(model):
        if attempt.sql:
            told[named(attempt)] = repeated(*await refusal(attempt, driver, fixture))
    assert {name: values for name, values in told.items() if values} == {}


async def test_what_is_told_is_noticed(
    fixture: Fixture, driver: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted fault is caught: if the driver's error kept its detail, most refusals would tell."""
    monkeypatch.setattr(errors, "_forget_contents", lambda *_: None)
    tried = [attempt for model in GAPLESS.models for attempt in attempts_of(model) if attempt.sql]
    answers = [await refusal(attempt, driver, fixture) for attempt in spread(tried, SOME)]
    assert sum(bool(repeated(error, values)) for error, values in answers) > len(answers) / 2

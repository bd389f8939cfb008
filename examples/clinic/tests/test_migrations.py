"""The frozen revisions make what the service declares, and the second one looks at the rows of the first."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from clinic.migrations import REVISIONS
from slots import DAY
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.kit import RevisionFailed
from gapless.postgres import create_engine, differences, migrate, next_revision, status

PLACE = "from_nothing"
FILLED = f"""
INSERT INTO {PLACE}.countries VALUES ('UZ', 'Uzbekistan', 1);
INSERT INTO {PLACE}.people VALUES ('P000001', 'Ann', 'UZ', 1);
INSERT INTO {PLACE}.clinics VALUES (1, 'North', 2, 2, 1);
INSERT INTO {PLACE}.rooms VALUES (1, 'A1', 1);
INSERT INTO {PLACE}.doctors VALUES (1, 'ann', 'P000001', true, 1);
INSERT INTO {PLACE}.shifts VALUES (1, 'ann', '{DAY}', true, 1);
INSERT INTO {PLACE}.appointments
    SELECT 1, number, 'ann', '{DAY}', 'A1', 'Eve Moss',
        '{DAY} 08:00+00'::timestamptz + number * interval '30 minutes',
        '{DAY} 08:30+00'::timestamptz + number * interval '30 minutes', false, 1
    FROM generate_series(1, 9) AS number
"""  # noqa: S608  # names of the test
CANCELLED = f"UPDATE {PLACE}.appointments SET is_cancelled = true WHERE number = 9"  # noqa: S608  # as above


@pytest_asyncio.fixture
async def engine(gapless_database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine, in whose database the schema of the test is dropped at the end."""
    found = create_engine(gapless_database_url)
    yield found
    async with found.begin() as connection:
        await connection.exec_driver_sql(f"DROP SCHEMA {PLACE} CASCADE")
    await found.dispose()


async def test_revisions_make_what_is_declared(engine: AsyncEngine) -> None:
    """A schema that is migrated from nothing has all tables with every rule, and no further revision is due."""
    await migrate(engine, schema=PLACE, revisions=REVISIONS)
    assert await differences(engine, schema=PLACE, revisions=REVISIONS) == ()
    assert next_revision(REVISIONS) is None


async def test_a_day_that_is_too_full_stops_the_second_revision(engine: AsyncEngine) -> None:
    """Nine appointments are too many now: the day is told, nothing is changed, and once one is cancelled it goes on."""
    await migrate(engine, schema=PLACE, revisions=REVISIONS, revision="clinic_0001")
    async with engine.begin() as connection:
        for statement in FILLED.split(";"):
            await connection.exec_driver_sql(statement)
    with pytest.raises(RevisionFailed, match=rf"appointments_a_day by 1 of shifts, with the keys \(1,ann,{DAY}\)"):
        await migrate(engine, schema=PLACE, revisions=REVISIONS)
    assert (await status(engine, schema=PLACE, revisions=REVISIONS)).database == "clinic_0001"
    async with engine.begin() as connection:
        await connection.exec_driver_sql(CANCELLED)
    await migrate(engine, schema=PLACE, revisions=REVISIONS)
    assert await differences(engine, schema=PLACE, revisions=REVISIONS) == ()

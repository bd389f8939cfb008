"""What a revision that was interrupted and withdrawn has left is told, and keeps no application from its work."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import postgres
from gapless.adapters.postgres import PostgresStore
from tests.integration.postgres.revisions.packages import Package
from tests.integration.postgres.revisions.test_any_difference import fill
from tests.integration.postgres.revisions.wards import Form, catalogue_of
from tests.properties import Portal

BEFORE = Form(longest=None)
WITHDRAWN = Form(longest=40, unique="label")
NOW = Form(longest=None, note="nullable")


def test_what_a_withdrawn_revision_has_left_is_told(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package
) -> None:
    """Its rule and its index stay under names that wait; the next revision leaves them alone, and a look finds them."""
    now = catalogue_of(NOW)

    async def law() -> None:
        await filled(engine_of_wards, package)
        await package.interrupt(engine_of_wards, catalogue_of(WITHDRAWN))
        package.withdraw()
        before = PostgresStore(engine_of_wards, catalogue_of(BEFORE), schema="wards")
        await before.check()
        package.write(now)
        chain = package.chain(now)
        await postgres.migrate(engine_of_wards, revisions=chain)
        rule, index = sorted(await postgres.differences(engine_of_wards, revisions=chain))
        assert rule.startswith("constraint revised_"), rule
        assert index.startswith("index revised_"), index
        async with engine_of_wards.begin() as connection:
            await connection.execute(sa.text(f"ALTER TABLE wards.visits DROP CONSTRAINT {rule.split()[1]}"))
            await connection.execute(sa.text(f"DROP INDEX wards.{index.split()[1]}"))
        assert await postgres.differences(engine_of_wards, revisions=chain) == ()

    portal(law())


async def filled(engine: AsyncEngine, package: Package) -> None:
    """A database with rows."""
    package.write(catalogue_of(BEFORE))
    await postgres.migrate(engine, revisions=package.chain(catalogue_of(BEFORE)))
    async with engine.begin() as connection:
        await fill(connection, "wards", BEFORE)

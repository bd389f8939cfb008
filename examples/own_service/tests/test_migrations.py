"""The frozen revisions of this service make what it declares."""

from own_service.migrations import REVISIONS

from gapless.postgres import create_engine, differences, migrate


async def test_revisions_make_what_is_declared(gapless_database_url: str) -> None:
    """A schema that is migrated from nothing has all tables, those of gapless and ours, with every rule."""
    engine = create_engine(gapless_database_url)
    await migrate(engine, schema="from_nothing")
    await migrate(engine, schema="from_nothing", revisions=REVISIONS)
    assert await differences(engine, schema="from_nothing", revisions=REVISIONS) == ()
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DROP SCHEMA from_nothing CASCADE")
    await engine.dispose()

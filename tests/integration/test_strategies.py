from collections.abc import AsyncIterator

import pytest_asyncio
from hypothesis import given

from gapless.adapters.postgres import create_engine
from gapless.domain.catalogue import GAPLESS
from gapless.kit.limits import Limits
from gapless.kit.ports import Store
from gapless.testing.differential.batches import Tables
from gapless.testing.strategies import World, as_stored, put, worlds
from tests.conftest import SCHEMA
from tests.integration.databases import copied_database
from tests.properties import Portal, bounded


async def given_back(store: Store, world: World) -> bool:
    """Whether a store takes a world, and gives back all of it as it was."""
    await put(store, world)
    async with store.reading(world.id) as reading:
        kinds = {type(row) for row in world.rows} | {type(world.audit)}
        found = {row for kind in kinds for row in await reading.of(kind).find(include_deleted=True)}
    return found == {as_stored(row) for row in (*world.rows, world.audit)}


@pytest_asyncio.fixture(scope="session")
async def tables(server_url: str, template: str, database_name: str) -> AsyncIterator[Tables]:
    """The tables of a database of its own: jobs that other tests run over all organizations don't meet these worlds."""
    async with copied_database(server_url, template, f"{database_name}_worlds") as url:
        engine = create_engine(url)
        yield Tables(engine, GAPLESS, SCHEMA, Limits())
        await engine.dispose()


@bounded(15)
@given(world=worlds())
def test_postgresql_takes_every_world(tables: Tables, portal: Portal, world: World) -> None:
    """A database takes whole worlds without a refusal, and gives them back equal."""
    _, store = portal(tables.emptied())
    assert portal(given_back(store, world))

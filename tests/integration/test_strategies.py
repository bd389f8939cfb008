from collections.abc import AsyncIterator

import pytest_asyncio
from hypothesis import assume, given

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.domain.catalogue import GAPLESS
from gapless.kit import model_of
from gapless.testing.strategies import World, as_stored, put, worlds
from gapless.testing.templates import shared_by_all
from tests.conftest import SCHEMA
from tests.integration.databases import copied_database
from tests.properties import Portal, bounded


async def given_back(store: PostgresStore, world: World) -> bool:
    """Whether a store takes a world, and gives back all of it as it was."""
    await put(store, world)
    async with store.reading(world.id) as reading:
        kinds = {type(row) for row in world.rows} | {type(world.audit)}
        found = {row for kind in kinds for row in await reading.of(kind).find(include_deleted=True)}
    return found == {as_stored(row) for row in (*world.rows, world.audit)}


@pytest_asyncio.fixture(scope="session")
async def store(server_url: str, template: str, database_name: str) -> AsyncIterator[PostgresStore]:
    """A store on a database of its own: jobs that other tests run over all organizations don't meet these worlds."""
    async with copied_database(server_url, template, f"{database_name}_worlds") as url:
        engine = create_engine(url)
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        yield store
        await store.aclose()
        await engine.dispose()


def test_postgresql_takes_every_world(store: PostgresStore, portal: Portal) -> None:
    """A database takes whole worlds without a refusal, and gives them back equal."""
    taken: set[object] = set()

    @bounded(15)
    @given(worlds())
    def holds(world: World) -> None:
        own = {
            world.id,
            *(getattr(row, each.name) for row in world.rows for each in shared_by_all(model_of(type(row)))),
        }
        assume(taken.isdisjoint(own))
        taken.update(own)
        assert portal(given_back(store, world))

    holds()

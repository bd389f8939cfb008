"""What every store promises holds for the entities of this service, on both stores."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from clinic.catalogue import CLINICS

from gapless import MemoryStore
from gapless.kit import Store
from gapless.postgres import PostgresStore, create_engine
from gapless.testing import Casting, StoreLaws


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["memory", "postgres"])
async def store_of_all(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Each of the stores, for all laws: a law uses only rows that it has made itself."""
    if request.param == "memory":
        yield MemoryStore(CLINICS)
        return
    engine = create_engine(request.getfixturevalue("gapless_database_url"))
    yield PostgresStore(engine, CLINICS)
    await engine.dispose()


class TestLaws(StoreLaws):
    """The laws that are tried with each entity: no root here is a team."""

    casting = Casting(name="the clinics", catalogue=CLINICS)
    pytestmark = pytest.mark.asyncio(loop_scope="module")

    @pytest.fixture
    def store(self, store_of_all: Store) -> Store:
        """The store that a law runs on."""
        return store_of_all

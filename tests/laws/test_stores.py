"""The laws of every store, on the two stores of gapless; on PostgreSQL by a role that has what the law needs."""

from operator import attrgetter

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.kit.errors import AccessDenied
from gapless.testing.laws.cases import PREFIX, Law, laws
from gapless.testing.laws.store_laws import ClosingLaws, StoreLaws
from gapless.testing.voice.hosted import HOSTED
from tests.conftest import SCHEMA
from tests.laws.profiles import JOB_LAWS, profile_of


class TestMemoryStore(StoreLaws):
    """The in-memory store."""

    @pytest.fixture
    def store(self, memory_store: MemoryStore) -> MemoryStore:
        """The store that the laws run on."""
        return memory_store


class TestPostgresStore(StoreLaws):
    """The store on PostgreSQL, beside whose tables stand those of the host."""

    @pytest.fixture
    def store(self, request: pytest.FixtureRequest) -> PostgresStore:
        """A store by a role that has the rights of the profile which the law needs, and no others."""
        engine: AsyncEngine = request.getfixturevalue(f"{profile_of(law_of(request)).value}_engine")
        return PostgresStore(engine, HOSTED, schema=SCHEMA)


class TestClosingOfMemoryStore(ClosingLaws):
    """The in-memory store, which each test may close."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        """A store for one test."""
        return MemoryStore(HOSTED)


class TestClosingOfPostgresStore(ClosingLaws):
    """The store on PostgreSQL, which each test may close; the engine stays."""

    @pytest.fixture
    def store(self, requests_engine: AsyncEngine) -> PostgresStore:
        """A store for one test, on the tables of the other one."""
        return PostgresStore(requests_engine, HOSTED, schema=SCHEMA)


def law_of(request: pytest.FixtureRequest) -> str:
    """The name of the law that a test runs."""
    function: pytest.Function = request.node
    return function.originalname.removeprefix(PREFIX)


def test_every_profile_is_of_a_law() -> None:
    """Each law that needs more than a request is there."""
    assert {law.name for law in laws()} >= JOB_LAWS


@pytest.mark.asyncio
@pytest.mark.parametrize("law", [law for law in laws() if law.name in JOB_LAWS], ids=attrgetter("name"))
async def test_no_profile_is_too_large(law: Law, requests_engine: AsyncEngine) -> None:
    """A law that is said to need the rights of jobs does not hold with those of requests."""
    denied = 0
    for _, arguments in law.cases():
        try:
            await law.function(PostgresStore(requests_engine, HOSTED, schema=SCHEMA), **arguments)
        except AccessDenied:
            denied += 1
    assert denied > 0

"""The laws of every store, on the two stores of gapless."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.testing.laws.host import HOSTED
from gapless.testing.laws.store_laws import ClosingLaws, StoreLaws
from tests.conftest import SCHEMA


class TestMemoryStore(StoreLaws):
    """The store in memory."""

    @pytest.fixture
    def store(self, memory_store: MemoryStore) -> MemoryStore:
        """The store that the laws run on."""
        return memory_store


class TestPostgresStore(StoreLaws):
    """The store on PostgreSQL, beside whose tables stand those of the host."""

    @pytest.fixture
    def store(self, postgres_store: PostgresStore) -> PostgresStore:
        """The store that the laws run on."""
        return postgres_store


class TestClosingOfMemoryStore(ClosingLaws):
    """The store in memory, which each test may close."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        """A store for one test."""
        return MemoryStore(HOSTED)


class TestClosingOfPostgresStore(ClosingLaws):
    """The store on PostgreSQL, which each test may close; the engine stays."""

    @pytest.fixture
    def store(self, engine: AsyncEngine, postgres_store: PostgresStore) -> PostgresStore:
        """A store for one test, on the tables of the other one."""
        assert postgres_store is not None
        return PostgresStore(engine, HOSTED, schema=SCHEMA)

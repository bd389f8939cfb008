"""The laws of every store, on the two stores of gapless."""

import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.testing.laws.store_laws import StoreLaws


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

"""A database for revisions that are written in tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.integration.databases import copied_database
from tests.integration.postgres.revisions.packages import Package
from tests.properties import Portal


@pytest.fixture
def engine_of_wards(portal: Portal, server_url: str, database_name: str) -> Iterator[AsyncEngine]:
    """An engine on a database of its own, without anything in it, that keeps no connection."""
    copy = copied_database(server_url, "template0", f"{database_name}_wards")
    engine = create_async_engine(portal(copy.__aenter__()), poolclass=NullPool)
    yield engine
    portal(engine.dispose())
    portal(copy.__aexit__(None, None, None))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """A package of revisions that nobody has seen before."""
    return Package(tmp_path, monkeypatch)

"""A host's own migrations are tested against its catalogue, by the fixtures that use its database."""

import pytest

from gapless.adapters.postgres.connections.engine import normalised_url
from tests.integration.databases import copied_database
from tests.integration.plugin.hosting import host

pytest_plugins = ["pytester"]

OWN_MIGRATIONS = """
import asyncio

import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from gapless.domain.catalogue import GAPLESS
from gapless.postgres import create_statements
from gapless.postgres import migrate
from tests.voice.hosted import HOSTED

URL = "{url}"


async def migrated():
    engine = create_async_engine(URL, poolclass=NullPool)
    await migrate(engine)
    async with engine.begin() as connection:
        for statement in create_statements(HOSTED, "gapless", beyond=GAPLESS):
            await connection.exec_driver_sql(statement)
        for statement in {forgotten!r}:
            await connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def gapless_catalogue():
    return HOSTED


@pytest.fixture(scope="{scope}")
def gapless_database_url():
    if not made:
        asyncio.run(migrated())
        made.append(URL)
    return URL.replace("+asyncpg", "")


made = []
"""
MIGRATIONS_TESTED = """
def test_migrations(gapless_verified_database_url):
    assert gapless_verified_database_url


def test_store(gapless_postgres_store):
    assert gapless_postgres_store
"""
FORGOTTEN = (
    "ALTER TABLE gapless.folders DROP CONSTRAINT folders_name_length",
    "ALTER TABLE gapless.organizations DISABLE TRIGGER judge_52_documents_published_most",
)


@pytest.fixture(autouse=True)
def no_server_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs know of no server, unless a test tells them."""
    monkeypatch.delenv("GAPLESS_DATABASE_URL", raising=False)


@pytest.mark.asyncio
@pytest.mark.rows("scope", ["session", "function"])
@pytest.mark.parametrize("forgotten", [(), FORGOTTEN], ids=["whole", "forgetful"])
async def test_hosts_own_migrations_are_tested(
    pytester: pytest.Pytester, server_url: str, database_name: str, scope: str, forgotten: tuple[str, ...]
) -> None:
    """A host that brings a database of its own migrations is told every difference, by each test that would use it."""
    async with copied_database(server_url, "template1", f"{database_name}_hosts") as url:
        host(
            pytester,
            MIGRATIONS_TESTED,
            conftest=OWN_MIGRATIONS.format(url=normalised(url), scope=scope, forgotten=forgotten),
        )
        done = pytester.runpytest_subprocess()
    done.assert_outcomes(**({"errors": 2} if forgotten else {"passed": 2}))
    if forgotten:
        done.stdout.fnmatch_lines(
            [
                "The database at gapless_database_url lacks what gapless_catalogue declares:",
                "- folders_name_length is not in the database",
                "- trigger judge_52_documents_published_most on organizations is disabled: *",
            ]
        )


def normalised(url: str) -> str:
    """The address for SQLAlchemy with asyncpg."""
    return normalised_url(url).render_as_string(hide_password=False)

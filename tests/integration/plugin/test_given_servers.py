"""Each way of naming a server is proven by what it alone brings about: which server it is, where none is startable."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from tests.integration.clusters import Cluster, cluster, workshop
from tests.integration.plugin.hosting import host

pytest_plugins = ["pytester"]

PASSWORD = "ann's p@ss/word"  # noqa: S105  # of a server that lives as long as these tests
SAID = "ann%27s%20p%40ss%2Fword"
HBA = b"host all postgres all trust\nhost all all all scram-sha-256\nlocal all all trust\n"
WHICH = """
import asyncio
import os
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from tests.voice.rows import created


def test_postgres(gapless_postgres_store, gapless_database_url):
    asyncio.run(created(gapless_postgres_store))
    asyncio.run(told(gapless_database_url))


async def told(url):
    engine = create_async_engine(url, poolclass=sa.NullPool)
    async with engine.connect() as connection:
        port = await connection.scalar(sa.text("SHOW port"))
        role = await connection.scalar(sa.text("SELECT current_user"))
    await engine.dispose()
    Path("told").write_text(f"{role} {port}")
"""
HIDDEN = """
import pytest
import sqlalchemy as sa


@pytest.fixture(scope="session", autouse=True)
def hidden():
    real = sa.URL.render_as_string
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sa.URL, "render_as_string", lambda self, hide_password=True: real(self, hide_password=True))
        yield
"""
UNREAD = """
import os

os.environ.pop("GAPLESS_DATABASE_URL")
"""


@pytest.fixture(scope="module")
def strict() -> Iterator[Cluster]:
    """A server that asks everybody but its owner for a password, as that of a CI service does."""
    with workshop() as place, cluster(place, "guarded", hba_file=place.keep("hba.conf", HBA)) as found:
        asyncio.run(_with_role(found.url()))
        yield found


async def _with_role(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE ROLE ann LOGIN CREATEDB PASSWORD '{PASSWORD.replace(chr(39), 2 * chr(39))}'")
    await connection.close()


@pytest.fixture(autouse=True)
def no_other_server(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs know of no server but the one that a test tells them, and can start none."""
    monkeypatch.delenv("GAPLESS_DATABASE_URL", raising=False)
    monkeypatch.setenv("GAPLESS_PG_BIN", str(pytester.path))


def address(strict: Cluster, password: str = SAID) -> str:
    """The server's, as people write it."""
    return f"postgresql://ann:{password}@127.0.0.1:{strict.port}/postgres"


def expect(pytester: pytest.Pytester, strict: Cluster) -> None:
    """Asserts that the run was on this server."""
    assert (pytester.path / "told").read_text(encoding="utf-8") == f"ann {strict.port}"


def test_option(pytester: pytest.Pytester, strict: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option names the server to a worker too, with its password, and goes before the environment."""
    host(pytester, WHICH)
    monkeypatch.setenv("GAPLESS_DATABASE_URL", "postgresql://me@127.0.0.1:1/app")
    done = pytester.runpytest_subprocess("-n", "1", "--gapless-database-url", address(strict))
    done.assert_outcomes(passed=1)
    expect(pytester, strict)


def test_environment(pytester: pytest.Pytester, strict: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """So does the environment, if the option is left out."""
    host(pytester, WHICH)
    monkeypatch.setenv("GAPLESS_DATABASE_URL", address(strict))
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    expect(pytester, strict)


def test_wrong_password(pytester: pytest.Pytester, strict: Cluster) -> None:
    """With another password the test fails, and says for whom, and no password."""
    host(pytester, WHICH)
    done = pytester.runpytest_inprocess("--gapless-database-url", address(strict, "secret"))
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*ann*"])
    done.stdout.no_fnmatch_line("*secret*")


@pytest.mark.parametrize("fault", [HIDDEN, UNREAD], ids=["the password is hidden", "the environment is not read"])
def test_a_server_that_is_not_reached_is_noticed(
    pytester: pytest.Pytester, strict: Cluster, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Planted: a plugin that passes on stars in place of the password, or reads no variable, has no server."""
    host(pytester, WHICH, conftest=fault)
    monkeypatch.setenv("GAPLESS_DATABASE_URL", address(strict))
    pytester.runpytest_inprocess().assert_outcomes(errors=1)

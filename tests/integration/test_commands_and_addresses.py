"""Every command that works on a database: what a bad address, a pooler and pending migrations come to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from unittest import mock

import asyncpg
import click
import pytest
import pytest_asyncio
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine

from gapless.adapters.postgres import create_engine
from gapless.cli.commands import gapless
from gapless.postgres import migrate
from tests.commands import EXAMPLES, commands, run, run_beside
from tests.integration.databases import connected, copied_database
from tests.properties import bounded
from tests.proxy import Proxy, proxied
from tests.unit.postgres.drawn_urls import urls

NEEDED = {"cleanup": ["--retention-days", "30"], "demo": ["--data", str(EXAMPLES)], "parity": ["--examples", "1"]}


def with_option(name: str) -> list[str]:
    """The commands that take an option."""
    return [word for word, each in commands().items() if any(name in option.opts for option in each.params)]


COMMANDS = with_option("--database-url")


def ended(command: str, url: str) -> Result:
    """How a command ends at an address where nobody is."""

    async def refuses(**_: object) -> None:
        raise ConnectionRefusedError

    with mock.patch.object(asyncpg, "connect", refuses):
        return run(command, *NEEDED.get(command, []), "--database-url", url)


def is_told(result: Result) -> bool:
    """Whether a command ended with 3 and one sentence, and not with a traceback."""
    return (
        isinstance(result.exception, SystemExit)
        and result.exit_code == 3
        and result.stderr.startswith("Error: ")
        and result.stderr.count("\n") == 1
    )


def test_every_command_can_be_told_of_a_pooler() -> None:
    """Each command that takes an address takes --pooler, and says what for."""
    assert set(COMMANDS) == set(with_option("--pooler")) == {"migrate", "check", "cleanup", "demo", "parity"}
    for command in COMMANDS:
        assert "pooler in transaction mode" in " ".join(run(command, "--help").stdout.split())


@bounded(30)
@given(
    st.sampled_from(COMMANDS),
    st.one_of(
        urls(),
        st.tuples(
            st.sampled_from(["postgresql://", "postgres://", "postgresql+asyncpg://", "mysql://", ""]),
            st.text(st.one_of(st.sampled_from("ab1@:/?&=%[],. +"), st.characters()), min_size=1, max_size=20),
        ).map("".join),
    ),
)
def test_no_bad_address_ends_in_a_traceback(command: str, url: str) -> None:
    """Whatever stands where the address should be, a command ends with 3 and one sentence."""
    result = ended(command, url)
    assert is_told(result), (url, result.stderr, result.exception)


def test_a_command_that_ends_in_a_traceback_is_noticed() -> None:
    """A planted fault is caught: a command that lets an error of the driver through."""

    def fails() -> None:
        raise OverflowError

    with mock.patch.dict(gapless.commands, {"fails": click.Command("fails", callback=fails)}):
        assert not is_told(run("fails"))


def test_pooler_and_options_on_the_command_line() -> None:
    """What a pooler refuses is refused by name, whether the URL or the option tells of it."""
    url = "postgresql://127.0.0.1:1/db?options=-csearch_path%3Dx"
    for result in (
        run("migrate", "--pooler", "--database-url", url),
        run("migrate", "--database-url", f"{url}&pooler=true"),
    ):
        assert result.exit_code == 3
        assert result.stderr.startswith("Error: options can't be used with pooler")


@pytest_asyncio.fixture
async def empty_proxy(server_url: str, database_name: str) -> AsyncIterator[Proxy]:
    """A proxy before a database that was never migrated."""
    async with copied_database(server_url, "template0", f"{database_name}_pooled") as url, proxied(url) as proxy:
        yield proxy


def commits(proxy: Proxy) -> int:
    """How many transactions have been committed."""
    return sum(message.body.startswith(b"COMMIT") for message in proxy.messages if message.kind == b"Q")


@pytest.mark.asyncio
async def test_migrations_through_a_pooler_are_one_transaction(empty_proxy: Proxy) -> None:
    """Told of a pooler, by the option or the URL, migrations are one transaction, and prepare nothing by name."""
    url = empty_proxy.url.render_as_string(hide_password=False)
    done = await run_beside("migrate", "--database-url", f"{url}&pooler=true")
    assert done.exit_code == 0, done.stderr
    assert commits(empty_proxy) == 1
    named = [message for message in empty_proxy.messages if message.kind == b"P" and not message.body.startswith(b"\0")]
    assert named == []
    assert (await run_beside("migrate", "--pooler", "--check", "--database-url", url)).exit_code == 0


@pytest.mark.asyncio
async def test_a_pooler_that_nobody_told_of_is_noticed(empty_proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another process answers than the one that greeted, migrations are one transaction without being told."""
    engine = create_async_engine(empty_proxy.url)
    monkeypatch.setattr(asyncpg.Connection, "get_server_pid", lambda _: -1)
    await migrate(engine)
    assert commits(empty_proxy) == 1
    await engine.dispose()


@pytest.mark.asyncio
async def test_both_ways_to_migrate_take_turns(empty_proxy: Proxy) -> None:
    """Several migrations at once, through a pooler and without, do the work once."""
    url = empty_proxy.url.render_as_string(hide_password=False)
    engines = [create_engine(url, pooler=pooler) for pooler in (True, False, True, False)]
    await asyncio.gather(*[migrate(engine, pooler=place % 2 == 0) for place, engine in enumerate(engines)])
    for engine in engines:
        await engine.dispose()
    async with connected(url) as server:
        assert await server.fetchval("SELECT count(*) FROM gapless.alembic_version") == 1

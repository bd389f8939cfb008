"""Every operation on another event loop than asyncio's own: uvloop."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import uvloop

from tests.engines.conftest import Databases
from tests.engines.operations import LAWS, PORTS, Stores, laws_hold, opened, performed, use_cases_fail
from tests.engines.rows import ENGINES
from tests.pooler import Pooler

LOOPED = ["own", "as anybody makes it", "no caches", "NullPool", "created by the host"]
SERVER, POOLER = "at the server", "behind a pooler"
# The first row is one at the server: whether a pooler stands before it, a loop can't tell.
PLACES = [(row, place) for place in (SERVER, POOLER) for row in LOOPED]
Work = Callable[[Stores], Awaitable[None]]


async def every_port(stores: Stores) -> None:
    """Opens an application, and a store in each way, on the loop that runs."""
    assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
    await opened(stores.engine)
    for port in PORTS:
        await performed(stores.plain, port, at_once=True)


async def everything(stores: Stores) -> None:
    """Does all that an application does, on the loop that runs."""
    await every_port(stores)
    assert await use_cases_fail([stores.plain], at_once=True) == []
    for subject in LAWS:
        await laws_hold(stores, subject)


def run_on_uvloop(databases: Databases, row: str, work: Work, pooler: Pooler | None = None) -> None:
    """Does a work on a loop of its own, with the engine of a row."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(databases.made(ENGINES[row].settings))
            address = url if pooler is None else pooler.address(url)
            engine = ENGINES[row].engine(address, pooler=pooler is not None)
            await work(Stores.on(await stack.enter_async_context(engine)))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def test_every_port_on_uvloop(databases: Databases) -> None:
    """An application opens on uvloop, and a store in each way, several at the same time as well."""
    run_on_uvloop(databases, LOOPED[0], every_port)


@pytest.mark.soak
@pytest.mark.rows("looped, place", PLACES)
def test_everything_on_uvloop(looped: str, place: str, databases: Databases, request: pytest.FixtureRequest) -> None:
    """Every operation and every law does on uvloop what it does on asyncio's loop, at the server and by a pooler."""
    pooler = request.getfixturevalue("roomy_pooler") if place == POOLER else None
    run_on_uvloop(databases, looped, everything, pooler)

"""A network in which packets vanish, without an answer and without an end: what waits for it, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy import AsyncAdaptedQueuePool, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine

import gapless
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.connections import requests as session_requests
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.errors import CommitUnknown, DatabaseUnreachable, DeadlineExceeded, GaplessError
from gapless.kit.limits import Limits
from gapless.kit.outbox import OutboxEvent
from tests.conftest import SCHEMA
from tests.engines.rows import told
from tests.integration.store.conftest import checked_out, hosts_engine, own_engine
from tests.integration.store.sessions import session_of
from tests.proxy import Fate, Message, Proxy, at_commit, forward, proxied
from tests.voice.rows import an_audit_record, assert_untouched, created, members

pytestmark = pytest.mark.asyncio

SHORT = Limits(lock=0.25, unit=0.75)
LONG = Limits(lock=5, unit=10)
PATIENCE = 30.0
"""When a test gives up on work that has to end by itself; nothing is decided by how long it took."""
Work = Callable[[PostgresStore, Organization], Awaitable[object]]


async def write(store: PostgresStore, organization: Organization) -> None:
    """A unit of three requests and a COMMIT."""
    async with store.unit(organization.id) as unit:
        (user,) = await unit.of(User).find()
        await unit.of(User).save(user.renamed("Eve"), an_audit_record(organization.id))
        await unit.commit()


async def found_something(store: PostgresStore, _: Organization) -> None:
    """A unit of an organization that is not there yet."""
    await created(store)


async def read(store: PostgresStore, organization: Organization) -> None:
    """A reading without a transaction."""
    async with store.reading(organization.id) as reading:
        await reading.of(User).count()


async def read_at_one_moment(store: PostgresStore, organization: Organization) -> None:
    """A snapshot."""
    async with store.reading(organization.id, snapshot=True) as reading:
        await reading.of(User).count()


async def look_everywhere(store: PostgresStore, _: Organization) -> None:
    """A unit over all organizations."""
    async with store.system() as system:
        await system.of(OutboxEvent).count(lambda event: event.attempts > 5)
        await system.commit()


async def run_a_hosts_statement(store: PostgresStore, organization: Organization) -> None:
    """A statement of the host's own inside a unit, for which the driver knows no limit."""
    async with store.unit(organization.id) as unit:
        with suppress(sa.exc.SQLAlchemyError):
            await unit.connection.execute(sa.text("SELECT 1"))
            await unit.connection.execute(sa.text("SELECT 2"))
        await unit.commit()


ALL = (write, found_something, read, read_at_one_moment, look_everywhere, run_a_hosts_statement)
WORKS: dict[str, Work] = {work.__name__: work for work in ALL}


def at_request(number: int) -> Callable[[Message], Fate]:
    """From the n-th request on everything vanishes."""
    seen = 0

    def decide(message: Message) -> Fate:
        nonlocal seen
        seen += message.is_request
        return Fate.VANISH if message.is_request and seen == number else Fate.FORWARD

    return decide


@asynccontextmanager
async def through(proxy: Proxy, pool: str) -> AsyncIterator[AsyncEngine]:
    """An engine through the proxy: that of gapless, or a host's."""
    if pool == "gapless":
        async with own_engine(proxy.url, seconds=0.4) as engine:
            yield engine
    else:
        kinds = {"none": NullPool, "host": AsyncAdaptedQueuePool}
        async with hosts_engine(proxy.url, kinds[pool]) as engine:
            yield engine


async def ended(work: Awaitable[object]) -> GaplessError | None:
    """What became of work that ends by itself."""
    try:
        async with asyncio.timeout(PATIENCE):
            await work
    except GaplessError as error:
        return error
    return None


async def requests_of(store: PostgresStore, proxy: Proxy, organization: Organization, work: Work) -> int:
    """How many requests the work says on a warm connection."""
    for _ in range(3):
        await work(store, organization)
    proxy.messages.clear()
    await work(store, organization)
    return proxy.requests


def assert_told(error: GaplessError | None, last: Message) -> None:
    """That the error says what is known: of COMMIT nothing, of ROLLBACK that it was to be expected."""
    said = last.body.rstrip(b"\0")
    if said.endswith(b"COMMIT"):
        assert isinstance(error, CommitUnknown)
    elif said == b"ROLLBACK":
        assert error is None
    else:
        assert isinstance(error, DeadlineExceeded | DatabaseUnreachable)
        assert error.retryable


@attrs.frozen
class Warm:
    """A store through a proxy of its own, on whose connection the work has been done already.

    Attributes:
        proxy: stands before the server.
        engine: goes through the proxy.
        store: has little time for a unit.
        patient: has time enough, on the same engine, whatever else the machine does.
        organization: where the work is done, by nobody else.
        requests: how many the work says.
    """

    proxy: Proxy
    engine: AsyncEngine
    store: PostgresStore
    patient: PostgresStore
    organization: Organization
    requests: int


@asynccontextmanager
async def warmed(url: str, pool: str, organization: Organization, work: Work) -> AsyncIterator[Warm]:
    """A store whose next work says exactly what a warm connection needs."""
    async with proxied(url) as proxy, through(proxy, pool) as engine:
        patient = PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=LONG)
        number = await requests_of(patient, proxy, organization, work)
        hurried = PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=SHORT)
        while await ended(work(hurried, organization)) is not None:
            pass  # the machine was busy
        yield Warm(proxy, engine, hurried, patient, organization, number)


async def silenced(warm: Warm, work: Work, place: int) -> None:
    """Asserts what holds of work that meets silence at its n-th request, and that the next work finds no trace."""
    proxy = warm.proxy
    proxy.messages.clear()
    proxy.decide = at_request(place)
    error = await ended(work(warm.store, warm.organization))
    assert_told(error, proxy.messages[-1])
    assert proxy.requests == place, "something was said to a connection that does not answer"
    assert checked_out(warm.engine) == 0
    proxy.decide, proxy.silent = forward, False
    await read(warm.patient, warm.organization)


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
async def test_silence_at_each_request(store: PostgresStore, database_url: str, work: Work) -> None:
    """Wherever the network falls silent, the work ends in its time, says what is known, and says nothing more to it."""
    async with AsyncExitStack() as stack:

        async def another(pool: str) -> Warm:
            return await stack.enter_async_context(warmed(database_url, pool, await created(store), work))

        met: list[tuple[Warm, int]] = []
        for pool in ("gapless", "host"):
            first = await another(pool)
            places = [first, *[await another(pool) for _ in range(1, first.requests)]]
            assert {each.requests for each in places} == {len(places)}
            met += zip(places, range(1, len(places) + 1), strict=True)
        # All wait at once: each has a network and an organization of its own.
        await asyncio.gather(*[silenced(each, work, place) for each, place in met])


@pytest.mark.parametrize("pool", ["gapless", "host", "none"])
async def test_silence_while_connecting(store: PostgresStore, proxy: Proxy, pool: str) -> None:
    """A server that takes the connection and does not answer keeps a unit no longer than its time."""
    organization = await created(store)
    async with through(proxy, pool) as engine:
        proxy.silent = True
        error = await ended(write(PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=SHORT), organization))
        assert isinstance(error, DeadlineExceeded | DatabaseUnreachable)
        proxy.silent = False
        await write(PostgresStore(engine, GAPLESS, schema=SCHEMA), organization)
    assert [user.name for user in await members(store, organization.id)] == ["Eve"]


async def test_silence_after_a_listener(store: PostgresStore, proxy: Proxy) -> None:
    """A transaction that a host's listener has left is ended within the time of the unit, or the connection dropped."""
    organization = await created(store)
    async with hosts_engine(proxy.url, AsyncAdaptedQueuePool) as engine:
        listener = told("SELECT 1", commits=False)
        sa.event.listen(engine.sync_engine, "connect", lambda connection, _: listener(connection))
        proxy.decide = at_commit(Fate.VANISH)
        error = await ended(write(PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=SHORT), organization))
        assert isinstance(error, DeadlineExceeded | DatabaseUnreachable)
        assert proxy.silent
        assert checked_out(engine) == 0


async def test_closing_in_silence(store: PostgresStore, proxy: Proxy) -> None:
    """An application is closed although nothing answers any more, and its idle connections with it."""
    organization = await created(store)
    async with asyncio.timeout(PATIENCE):
        async with gapless.open(proxy.url.render_as_string(hide_password=False)) as app, AsyncExitStack() as stack:
            drivers = []
            for _ in range(3):
                reading = await stack.enter_async_context(app.store.reading(organization.id))
                await reading.of(User).count()
                drivers.append(session_of(reading).driver)
            await stack.aclose()
            proxy.silent = True
    assert all(driver.is_closed() for driver in drivers)


@pytest.mark.parametrize("place", [1, 2, 3])
async def test_cancelled_in_silence(store: PostgresStore, proxy: Proxy, place: int) -> None:
    """A cancellation, such as a timeout of the caller's, ends a unit that waits in silence, before its own time."""
    organization = await created(store)
    async with own_engine(proxy.url) as engine:
        broken = PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=Limits(unit=PATIENCE * 2))
        for _ in range(2):
            await read(broken, organization)
        proxy.decide = at_request(place)
        writing = asyncio.create_task(write(broken, organization))
        while not proxy.silent:  # noqa: ASYNC110  # the proxy tells nobody
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait([writing], timeout=PATIENCE)
        assert writing.cancelled()
        assert checked_out(engine) == 0
    await assert_untouched(store, organization.id)


async def closed_at_once(store: PostgresStore, proxy: Proxy, engine: AsyncEngine) -> bool:
    """Whether a connection is gone as soon as it has not answered in time, while the unit is still open."""
    organization = await created(store)
    await read(
        PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=LONG), organization
    )  # connecting takes none of the time
    async with PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=Limits(lock=0.25, unit=1)).unit(
        organization.id
    ) as unit:
        driver = session_of(unit).driver
        proxy.silent = True
        with pytest.raises(DeadlineExceeded):
            await unit.of(User).count()
        return driver.is_closed()


async def test_connection_that_does_not_answer_is_dropped(store: PostgresStore, proxy: Proxy) -> None:
    """A connection that did not answer in time is thrown away there and then."""
    async with own_engine(proxy.url) as engine:
        assert await closed_at_once(store, proxy, engine)
        assert checked_out(engine) == 0


async def test_keeping_a_silent_connection_is_found(
    store: PostgresStore, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a session that takes no answer for a good one keeps its connection."""
    monkeypatch.setattr(session_requests, "is_spent", lambda _: False)
    async with own_engine(proxy.url) as engine:
        assert not await closed_at_once(store, proxy, engine)
        assert checked_out(engine) == 0

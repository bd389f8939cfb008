"""Connections are a budget: who waits for a lock holds none, and who wants one comes first, first served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

import gapless
from gapless.adapters import locks
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.postgres.connections.pool import Connections
from gapless.application.outbox import RelaySettings
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.audit import Actor
from gapless.kit.errors import NotFound, RuleViolated, TooManyConnections, UnitOfWorkNested
from gapless.kit.limits import Limits
from gapless.kit.outbox import OutboxEvent
from gapless.testing.laws.steps import every_cancellation
from tests.conftest import SCHEMA
from tests.integration.store.conftest import checked_out
from tests.integration.store.sessions import session_of
from tests.voice.rows import a_user, an_audit_record, an_organization, assert_waits, created, fresh_id

pytestmark = pytest.mark.asyncio

PATIENT = Limits(lock=30, unit=60)
WAITING = 20


@asynccontextmanager
async def pooled(database_url: str, size: int, *, seconds: float = 30.0) -> AsyncIterator[PostgresStore]:
    """A store with a pool of this size; all of it has come back at the end."""
    engine = create_engine(database_url, pool_size=size, connect_seconds=seconds)
    try:
        yield PostgresStore(engine, GAPLESS, schema=SCHEMA, limits=PATIENT)
        assert checked_out(engine) == 0
    finally:
        await engine.dispose()


async def count(store: PostgresStore, organization: Organization) -> int:
    """A reading."""
    async with store.reading(organization.id) as reading:
        return await reading.of(User).count()


async def open_and_commit(store: PostgresStore, organization: Organization) -> None:
    """A unit that writes nothing."""
    async with store.unit(organization.id) as unit:
        await unit.commit()


async def read_beside_those_who_wait(store: PostgresStore) -> None:
    """Reads one organization while many units wait for the lock of another."""
    hot, cold = await created(store), await created(store)
    async with store.unit(hot.id) as holder:
        waiting = [asyncio.create_task(open_and_commit(store, hot)) for _ in range(WAITING)]
        try:
            await assert_waits(*waiting)
            assert await count(store, cold) == 1
            await open_and_commit(store, cold)
            assert not any(task.done() for task in waiting)
            await holder.commit()
            await asyncio.gather(*waiting)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_waits_for_a_lock_holds_no_connection(database_url: str) -> None:
    """While many units wait for one organization, another is read and written, with two connections for all."""
    async with pooled(database_url, 2) as store:
        await read_beside_those_who_wait(store)


async def test_waiting_with_a_connection_is_found(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: units that queue in the database alone leave no connection to anybody else."""

    async def at_once(*_: object) -> None:
        """Lets everybody through."""

    monkeypatch.setattr(locks.UnitLock, "acquire", at_once)
    async with pooled(database_url, 2, seconds=1) as store:
        with pytest.raises(TooManyConnections):
            await read_beside_those_who_wait(store)


async def readings_before_a_newcomer(store: PostgresStore, loops: int = 5, most: int = 300) -> int:
    """How many readings others have begun and ended, without a pause, while a newcomer waits for its first."""
    organization = await created(store)
    done = 0

    async def read_on() -> None:
        nonlocal done
        while done < most:
            await count(store, organization)
            done += 1

    tasks = [asyncio.create_task(read_on()) for _ in range(loops)]
    while done < loops:  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0)
    before = done
    await count(store, organization)
    number, done = done - before, most
    await asyncio.gather(*tasks)
    return number


async def test_first_come_first_served(database_url: str) -> None:
    """A newcomer waits for those who came before, each of whom reads once, and not for who comes again."""
    async with pooled(database_url, 1) as store:
        assert await readings_before_a_newcomer(store) <= 6


async def test_who_comes_again_first_is_found(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: by the pool's own queue who gives a connection back takes it again before the newcomer."""

    async def in_any_order(*_: object) -> None:
        """Lets everybody through."""

    monkeypatch.setattr(Connections, "_take_place", in_any_order)
    monkeypatch.setattr("gapless.adapters.postgres.connections.pool._places", lambda _: None)
    async with pooled(database_url, 1) as store:
        assert await readings_before_a_newcomer(store) > 6


async def test_pool_of_one_serves_the_application_and_its_relay(database_url: str) -> None:
    """With a single connection use cases run side by side, and the events come out beside them."""
    delivered = asyncio.Queue[OutboxEvent]()
    settings = RelaySettings(pause=RelaySettings().pause / 1000)
    async with gapless.open(
        database_url, pool_size=1, event_handler=delivered.put, relay=settings, limits=PATIENT
    ) as app:
        actor = Actor.system("tests")

        async def lives(number: int) -> Organization:
            slug = f"a-{fresh_id().hex}"
            home = (await app.organizations.create("Acme", slug, "a@acme.org", "Ann", actor=actor)).organization
            for _ in range(3):
                await app.organizations.rename(home.id, f"Acme {number}", actor=actor)
            await app.organizations.delete(home.id, actor=actor)
            return home

        async with asyncio.timeout(PATIENT.unit):
            homes = {home.id for home in await asyncio.gather(*[lives(number) for number in range(6)])}
            while homes:
                homes.discard((await delivered.get()).root_id)


async def nobody_is_there(store: PostgresStore, _: Organization) -> None:
    """A unit of an organization that is not there."""
    with pytest.raises(NotFound):
        await open_and_commit(store, an_organization())


async def refused(store: PostgresStore, organization: Organization) -> None:
    """A commit that a rule refuses."""
    async with store.unit(organization.id) as unit:
        await unit.of(User).delete_where(lambda user: user.is_active, an_audit_record(organization.id))
        with pytest.raises(RuleViolated):
            await unit.commit()


async def left(store: PostgresStore, organization: Organization) -> None:
    """A unit that is left without a commit."""
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))


async def broken(store: PostgresStore, organization: Organization) -> None:
    """A unit whose connection breaks."""
    async with store.unit(organization.id) as unit:
        session_of(unit).driver.terminate()


async def nested(store: PostgresStore, organization: Organization) -> None:
    """A unit that is refused inside another one."""
    async with store.unit(organization.id):
        with pytest.raises(UnitOfWorkNested):
            await open_and_commit(store, organization)


async def cancelled(store: PostgresStore, organization: Organization) -> None:
    """Units that are cancelled at each of their suspensions."""
    assert await every_cancellation(lambda: open_and_commit(store, organization), lambda: count(store, organization))


ENDINGS = (open_and_commit, nobody_is_there, refused, left, broken, nested, cancelled)


@pytest.mark.parametrize("ending", ENDINGS)
async def test_every_place_is_given_back(
    database_url: str, ending: Callable[[PostgresStore, Organization], Awaitable[None]]
) -> None:
    """However a unit ends, its only connection is there for the next one, once and not twice."""
    async with pooled(database_url, 1) as store:
        organization = await created(store)
        for _ in range(3):
            await ending(store, organization)
        places = store._connections._places
        assert places is not None
        async with store.reading(organization.id):
            assert places.locked()
        assert not places.locked()

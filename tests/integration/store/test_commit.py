"""The commit on PostgreSQL: refused, lost on its way, or failed in silence."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.deadline import Deadline
from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.errors import CommitUnknown, DatabaseUnreachable, GaplessError, RuleViolated, UnitOfWorkFailed
from tests.conftest import SCHEMA
from tests.integration.store.conftest import checked_out, own_engine
from tests.integration.store.sessions import session_of
from tests.proxy import Fate, Proxy, at_commit, forward
from tests.voice.rows import a_user, an_audit_record, assert_untouched, created, members

pytestmark = pytest.mark.asyncio


async def test_refused_commit(store: PostgresStore, engine: AsyncEngine) -> None:
    """A commit that a deferred rule refuses leaves nothing, and gives its connection back."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).delete_where(lambda user: user.is_active, an_audit_record(organization.id))
        with pytest.raises(RuleViolated, match="last_owner"):
            await unit.commit()
    assert checked_out(engine) == 0
    await assert_untouched(store, organization.id)


async def committed_through(proxy: Proxy, organization: Organization, fate: Fate) -> None:
    """Add a user through the proxy, in which the COMMIT meets its fate; the pool is whole afterwards."""
    async with own_engine(proxy.url) as engine:
        broken = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        async with broken.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
            proxy.decide = at_commit(fate)
            with pytest.raises(CommitUnknown) as caught:
                await unit.commit()
            assert not caught.value.retryable
            with pytest.raises(UnitOfWorkFailed):
                await unit.commit()
        assert checked_out(engine) == 0
        async with broken.reading(organization.id) as reading:
            await reading.of(User).count()


@pytest.mark.parametrize(("fate", "users"), [(Fate.BREAK, 1), (Fate.BREAK_AFTERWARDS, 2)])
async def test_connection_lost_during_commit(store: PostgresStore, proxy: Proxy, fate: Fate, users: int) -> None:
    """A connection that breaks before the server hears of the COMMIT, or before it can say so, is CommitUnknown."""
    organization = await created(store)
    await committed_through(proxy, organization, fate)
    async with store.unit(organization.id, seconds=5) as unit:  # which waits for what is still on its way
        assert await unit.of(User).count() == users


async def test_commit_that_is_not_answered(store: PostgresStore, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A COMMIT without an answer in its time is CommitUnknown, and was kept all the same."""
    monkeypatch.setattr("gapless.adapters.postgres.connections.requests.SETTLE_SECONDS", 0.05)
    organization = await created(store)
    async with own_engine(proxy.url) as engine:
        unanswered = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        async with unanswered.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
            proxy.decide = at_commit(Fate.SWALLOW_THE_ANSWER)
            session_of(unit).deadline = Deadline(0.5)  # from here on, however long it took until here
            with pytest.raises(CommitUnknown):
                await unit.commit()
        assert checked_out(engine) == 0
    assert len(await members(store, organization.id)) == 2


async def test_backend_terminated(store: PostgresStore, engine: AsyncEngine) -> None:
    """A unit whose backend is ended in the middle is told with its next write, and keeps nothing."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        own = await unit.connection.scalar(text("SELECT pg_backend_pid()"))
        async with engine.connect() as other:
            await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        with pytest.raises(DatabaseUnreachable):
            await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    assert checked_out(engine) == 0
    await assert_untouched(store, organization.id)


async def test_backend_terminated_before_the_commit(store: PostgresStore, proxy: Proxy, engine: AsyncEngine) -> None:
    """A commit on a connection that is gone is not even sent: DatabaseUnreachable, which may be tried again."""
    organization = await created(store)
    async with own_engine(proxy.url) as own, PostgresStore(own, GAPLESS, schema=SCHEMA).unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        pid, driver = await unit.connection.scalar(text("SELECT pg_backend_pid()")), session_of(unit).driver
        async with engine.connect() as other:
            await other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        async with asyncio.timeout(5):
            while not driver.is_closed():  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0)
        with pytest.raises(DatabaseUnreachable, match="nothing was kept") as caught:
            await unit.commit()
        assert caught.value.retryable
    assert not any(b"COMMIT\0" in message.body for message in proxy.messages)
    await assert_untouched(store, organization.id)


@pytest.mark.parametrize("fate", [Fate.BREAK, Fate.BREAK_AFTERWARDS])
async def test_unknown_exactly_when_commit_was_sent(store: PostgresStore, proxy: Proxy, fate: Fate) -> None:
    """Cut at each message in turn: CommitUnknown if COMMIT was among them, else an error that may be tried again."""
    organization, place, told = await created(store), 0, set[type[Exception] | None]()
    while None not in told:
        place += 1
        proxy.decide = forward
        async with own_engine(proxy.url) as engine:
            cut = PostgresStore(engine, GAPLESS, schema=SCHEMA)
            for _ in range(2):
                async with cut.unit(organization.id):
                    pass
            proxy.messages.clear()
            proxy.decide = lambda _: fate if len(proxy.messages) == place else Fate.FORWARD  # noqa: B023  # used now
            error = await error_of(cut, organization)
            sent = any(message.body == b"COMMIT\0" for message in proxy.messages)
            assert isinstance(error, CommitUnknown if sent else DatabaseUnreachable) or (error is None and sent)
            told.add(None if error is None else type(error))
            assert checked_out(engine) == 0
    assert told == {None, CommitUnknown, DatabaseUnreachable}


async def error_of(store: PostgresStore, organization: Organization) -> GaplessError | None:
    """What a unit raises that writes and commits."""
    try:
        async with store.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id, is_active=False), an_audit_record(organization.id))
            await unit.commit()
    except GaplessError as error:
        return error
    return None


async def test_transaction_that_failed_unnoticed(store: PostgresStore) -> None:
    """A statement of the host's that failed, and was swallowed, makes the commit fail instead of keeping nothing."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        with pytest.raises(DBAPIError):
            await unit.connection.execute(text("SELECT 1 / 0"))
        with pytest.raises(UnitOfWorkFailed):
            await unit.commit()
    await assert_untouched(store, organization.id)


async def test_cancelled_commit_is_finished(store: PostgresStore, engine: AsyncEngine) -> None:
    """A commit that has begun is finished, however often it is cancelled meanwhile."""
    organization = await created(store)

    async def work() -> None:
        async with store.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
            committing.set()
            await unit.commit()

    committing = asyncio.Event()
    task = asyncio.create_task(work())
    await committing.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert checked_out(engine) == 0
    assert len(await members(store, organization.id)) == 2

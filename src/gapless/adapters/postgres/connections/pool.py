"""Connections of the pool: first come, first served, taken alive, given back clean, thrown away when broken."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TypeVar, cast

import asyncpg
import attrs
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import AssertionPool, Pool, PoolProxiedConnection, QueuePool, StaticPool
from sqlalchemy.util import greenlet_spawn

from gapless.adapters.deadline import Deadline
from gapless.adapters.postgres.connections.engine import PlainPool, place_of
from gapless.adapters.postgres.connections.lending import LentConnection, Loan
from gapless.adapters.postgres.connections.waiting import SETTLE_SECONDS, awaited, in_time
from gapless.adapters.postgres.connections.watch import RequestWatch
from gapless.adapters.postgres.errors import connecting
from gapless.kit.errors import DatabaseUnreachable, GaplessError, TooManyConnections
from gapless.kit.limits import GREATEST_SECONDS

T = TypeVar("T")
GREATEST_TRIES = 1000


@attrs.define(eq=False)
class PooledConnection:
    """A connection that is ours until it is released or discarded."""

    engine: AsyncEngine
    pool: Pool
    pooled: PoolProxiedConnection
    driver: asyncpg.Connection
    place: asyncio.Semaphore | None
    _lent: bool = attrs.field(default=False, init=False)
    _watch: RequestWatch | None = attrs.field(default=None, init=False)

    @property
    def watch(self) -> RequestWatch:
        """What ends its requests in time, as long as the connection lives."""
        if self._watch is None:
            self._watch = self._watch_of_connection()
        return self._watch

    def _watch_of_connection(self) -> RequestWatch:
        kept: dict[object, object] = self.pooled.info
        found = kept.get(RequestWatch)
        if not isinstance(found, RequestWatch):
            found = kept[RequestWatch] = RequestWatch(asyncio.get_running_loop())
        return found

    @property
    def unlimited(self) -> float | None:
        """What keeps the driver from ending a request of ours: its own limit is for statements of the host's."""
        config = self.driver._config  # type: ignore[attr-defined]  # noqa: SLF001  # which the driver tells nobody
        return None if config.command_timeout is None else GREATEST_SECONDS

    async def release(self) -> None:
        """Gives the connection back, which must be outside of a transaction; throws it away if it is lost."""
        # An engine that was disposed of meanwhile has another pool, and nobody closes what comes back to the old one.
        if self.driver.is_closed() or not self.pooled.is_valid or self.engine.pool is not self.pool:
            self.discard()
            return
        if self._lent:
            self._adapter.autocommit = False  # which is what the host has asked for, and not what it says
        if isinstance(self.pool, PlainPool) and self.pool.has_room():
            try:
                self.pooled.close()
            finally:
                self._leave()
        else:
            await self._release_in_greenlet()

    async def _release_in_greenlet(self) -> None:
        """A pool that has no room for it closes it, and would wait for a server that does not answer."""
        closing = asyncio.ensure_future(greenlet_spawn(self.pooled.close))
        try:
            await asyncio.wait([closing], timeout=SETTLE_SECONDS)
        except asyncio.CancelledError:
            await awaited(closing, SETTLE_SECONDS)
            raise
        finally:
            if not closing.done():
                self.driver.terminate()  # with which it ends by itself
            closing.add_done_callback(_heard)
            self._leave()

    def discard(self) -> None:
        """Throws the connection away without a word to the server: nobody knows what state it is in."""
        try:
            self.driver.terminate()
            if self.pooled.is_valid:  # SQLAlchemy may have noticed first
                self.pooled.invalidate()
            self.pooled.close()
        finally:
            self._leave()

    def shared(self, loan: Loan) -> AsyncConnection:
        """The same connection for SQLAlchemy, which then neither begins nor ends the transaction that we are in."""
        # In autocommit SQLAlchemy neither begins nor ends what it did not start, and its commit does nothing
        # (decision 0006).
        connection = loan.lent(self.engine, LentConnection(self.pooled, self.driver, loan.require_open))
        # Afterwards, because an engine may have a level of its own that each new connection of SQLAlchemy gets.
        self._lent = self._adapter.autocommit = True
        return connection

    async def settle(self) -> None:
        """Ends a transaction that the host has left open on the connection, such as a listener for new ones does."""
        await greenlet_spawn(self._adapter.commit)  # what the listener has set stays set
        if self.driver.is_in_transaction():
            await self.driver.execute("ROLLBACK")

    @property
    def _adapter(self) -> AsyncAdapt_asyncpg_connection:
        """SQLAlchemy's side of the driver's connection."""
        return cast(AsyncAdapt_asyncpg_connection, self.pooled.dbapi_connection)

    def _leave(self) -> None:
        if self.place is not None:
            self.place.release()


class Connections:
    """The connections of an engine, for one store.

    SQLAlchemy's pool gives a connection that comes back to whoever asks at that moment, before those who wait for it.
    So they wait here, in the order in which they came, for one of as many places as the pool has connections.

    Args:
        engine: SQLAlchemy's; it stays the caller's.

    Attributes:
        prepares: whether what is prepared on a connection is found there again, as far as anybody knows.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._places = _places(engine.pool)
        self._generation = 0
        self.prepares = True

    def forget(self) -> None:
        """Lets go of every idle connection, each when it is taken next: what was done to one was done to others.

        It may be done to those that come as well, so that nothing is prepared for later any more.
        """
        self._generation += 1
        self.prepares = False

    async def acquire(self, seconds: float) -> PooledConnection:
        """Takes a living connection.

        Args:
            seconds: how long that may take.

        Raises:
            TooManyConnections: none came free in time, or the server takes no more.
            StoreUnavailable: the server can't be reached, or refuses us.
            TimeoutError: the server did not answer in time.
        """
        deadline = Deadline(seconds)
        await self._take_place(seconds)
        try:
            taken = self._idle() or await self._connected(deadline.remaining())
        except BaseException:
            if self._places is not None:
                self._places.release()
            raise
        if taken.driver.is_in_transaction():
            await _settled(taken, deadline.remaining())
        return taken

    async def _take_place(self, seconds: float) -> None:
        # Before the pool's own queue, where whoever asks at the right moment overtakes those who wait (decision 0028).
        places = self._places
        if places is None:
            return
        if not places.locked():
            await places.acquire()  # which does not wait
            return
        pool = self.engine.pool
        patience = min(seconds, (isinstance(pool, QueuePool) and pool.timeout()) or seconds)
        try:
            async with asyncio.timeout(patience):
                await places.acquire()
        except TimeoutError:
            raise TooManyConnections(
                f"Every connection of the pool has been in use for {round(patience, 2):g} s: make the pool larger, "
                "or units and readings shorter. Who holds one and waits for another holds it up."
            ) from None

    def _idle(self) -> PooledConnection | None:
        """An idle connection that is alive, if the pool can give it at once."""
        pool = self.engine.pool
        if not isinstance(pool, PlainPool) or not pool.has_idle():
            return None
        with suppress(MissingGreenlet):  # what is idle may have been thrown away, and has to be connected anew
            return self._living(self.engine.sync_engine.raw_connection())
        return None

    async def _connected(self, seconds: float) -> PooledConnection:
        deadline = Deadline(seconds)
        for _ in range(GREATEST_TRIES):
            pooled = await self._in_time(deadline.remaining())
            if found := self._living(pooled):
                return found
        raise DatabaseUnreachable("The pool gives nothing but lost connections.")

    async def _in_time(self, seconds: float) -> PoolProxiedConnection:
        if isinstance(self.engine.pool, PlainPool):  # which awaits nothing but the driver
            async with asyncio.timeout(seconds):
                return await self._checked_out()
        return await in_time(self._checked_out(), seconds, undo=_given_up)

    async def _checked_out(self) -> PoolProxiedConnection:
        try:
            return await self.engine.raw_connection()
        except GaplessError:
            raise
        except Exception as error:
            raise connecting(error, place_of(self.engine)) from error

    def _living(self, pooled: PoolProxiedConnection) -> PooledConnection | None:
        driver = cast("asyncpg.Connection | None", pooled.driver_connection)
        # The driver has noticed if the server closed its end: to ask it costs no request, as a ping would
        # (decision 0006).
        if driver is not None and not driver.is_closed() and self._is_as_it_was(pooled, driver):
            return PooledConnection(self.engine, self.engine.pool, pooled, driver, self._places)
        # The driver noticed that the server had gone, or what the host had left; the pool did not.
        pooled.invalidate()
        pooled.close()
        return None

    def _is_as_it_was(self, pooled: PoolProxiedConnection, driver: asyncpg.Connection) -> bool:
        """Whether nothing has happened to a connection since it was seen first: texts would fail for ever, say."""
        generation, encoding = found = (self._generation, driver.get_settings().client_encoding)
        before = pooled.info.setdefault(self, found)
        return before == found or (before[0] == generation and letters_of(before[1]) == letters_of(encoding))


def letters_of(encoding: str) -> str:
    """How texts are encoded, in lower-case letters and digits, which is all that a server looks at.

    A pooler says it in whatever form it was told: asyncpg tells it 'utf-8', with the quotes.
    """
    return "".join(filter(str.isalnum, encoding)).lower()


async def _settled(taken: PooledConnection, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await taken.settle()
    except Exception as error:
        taken.discard()
        raise connecting(error) from error
    except BaseException:
        taken.discard()
        raise


def _places(pool: Pool) -> asyncio.Semaphore | None:
    """As many places as a pool has connections; None for a pool that makes as many as are asked for."""
    if isinstance(pool, (StaticPool, AssertionPool)):
        return asyncio.Semaphore(1)
    if not isinstance(pool, QueuePool):
        return None
    overflow: int = pool._max_overflow  # noqa: SLF001  # which SQLAlchemy tells nobody
    return asyncio.Semaphore(pool.size() + overflow) if overflow >= 0 else None


def _heard(done: asyncio.Future[None]) -> None:
    """Takes note of what nobody waits for: the pool has told its logger."""
    if not done.cancelled():
        done.exception()


def _given_up(pooled: PoolProxiedConnection) -> None:
    """Throws away a connection that came when nobody waited for it any more."""
    pooled.invalidate()
    pooled.close()

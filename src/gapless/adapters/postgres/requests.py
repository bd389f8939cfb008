"""Requests of one unit to the server: bounded in time, their errors translated, what fails for good noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.postgres.connections import Lease, finished, lease
from gapless.adapters.postgres.errors import is_lost, translated
from gapless.adapters.postgres.locking import lock_on
from gapless.adapters.postgres.plan import Plans
from gapless.domain.errors import CommitUnknown, DeadlineExceeded, UnitOfWorkFailed

T = TypeVar("T")
FINISH_SECONDS = 5.0


class Session:
    """One connection for the time of one unit.

    Args:
        engine: the pool it comes from.
        plans: the plans of the catalogue whose rules the errors name.
        seconds: how long the unit may take from its opening.
        each: whether every request may take that long instead of all together.

    Attributes:
        in_transaction: whether a transaction is open on the connection.
    """

    def __init__(self, engine: AsyncEngine, plans: Plans, seconds: float, *, each: bool = False) -> None:
        self.engine = engine
        self.plans = plans
        self.seconds = seconds
        self.each = each
        self.in_transaction = False
        self._unsettled = False
        self._lease: Lease | None = None
        self._deadline = 0.0

    @property
    def lease(self) -> Lease:
        """The connection that was taken by `open`."""
        if self._lease is None:
            raise UnitOfWorkFailed
        return self._lease

    @property
    def driver(self) -> asyncpg.Connection:
        """The driver's connection."""
        return self.lease.driver

    def shared_connection(self) -> AsyncConnection:
        """SQLAlchemy's connection on the same driver connection."""
        return self.lease.shared(self.engine)

    async def open(self, script: str | None, locked: UUID | None = None) -> str:
        """Takes a connection, starts the clock, and runs a script that begins a transaction.

        Args:
            script: its statements; None if there is no transaction.
            locked: the organization that is locked with it.

        Returns:
            The tag of the last command.
        """
        self._deadline = asyncio.get_running_loop().time() + self.seconds
        try:
            async with asyncio.timeout(self.seconds):
                self._lease = taken = await lease(self.engine)
        except TimeoutError:
            raise DeadlineExceeded(self.seconds) from None
        try:
            if locked is not None:
                lock = await self.run(lock_on(taken, self.plans, self.remaining()))
                script = f"{script}; {lock.of(locked)}"
            self.in_transaction = script is not None
            return "" if script is None else await self.run(taken.driver.execute(script, timeout=self.remaining()))
        except BaseException:
            await self.close()
            raise

    def remaining(self) -> float:
        """The seconds that are left.

        Raises:
            DeadlineExceeded: there are none.
        """
        if self.each:
            return self.seconds
        left = self._deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise DeadlineExceeded(self.seconds)
        return left

    async def run(self, request: Coroutine[object, object, T]) -> T:
        """Awaits a request to the server, and raises our error for whatever goes wrong with it."""
        try:
            return await request
        except BaseException as error:
            # The server may wait for the rest of the request, inside of a transaction that nobody began.
            self._unsettled = True
            if not isinstance(error, Exception):
                raise
            raise translated(error, self.plans.catalogue, self.seconds) from error

    async def commit(self) -> None:
        """Ends the transaction by COMMIT, which a cancellation lets finish.

        Raises:
            CommitUnknown: the connection was lost, or did not answer in time.
            UnitOfWorkFailed: the transaction had failed unnoticed; PostgreSQL says so in the tag alone.
            GaplessError: what a deferred rule or a conflict refused.
        """
        request = self.driver.execute("COMMIT", timeout=max(self.remaining(), FINISH_SECONDS))
        try:
            tag = await finished(request)
        except Exception as error:
            if is_lost(error):
                raise CommitUnknown from error
            raise translated(error, self.plans.catalogue, self.seconds) from error
        self.in_transaction = False
        if tag != "COMMIT":
            raise UnitOfWorkFailed

    async def close(self) -> None:
        """Rolls back what is not committed and gives the connection back, also when cancelled."""
        taken, self._lease = self._lease, None
        if taken is None:
            return
        if (self.in_transaction or self._unsettled) and not taken.driver.is_closed():
            await finished(_rolled_back(taken))
        else:
            await taken.release()


async def _rolled_back(taken: Lease) -> None:
    """A connection goes back to the pool clean, or not at all."""
    try:
        await taken.driver.execute("ROLLBACK", timeout=FINISH_SECONDS)
    except Exception:  # noqa: BLE001  # whatever it was, the connection is worth nothing any more
        taken.discard()
    except BaseException:
        taken.discard()
        raise
    else:
        await taken.release()

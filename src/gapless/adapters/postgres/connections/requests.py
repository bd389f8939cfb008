"""Requests of one unit to the server: bounded in time, their errors translated, what fails for good noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.deadline import Deadline
from gapless.adapters.postgres.connections.lending import MARKED, Loan
from gapless.adapters.postgres.connections.locking import Locked, lock_on, planned_each_time
from gapless.adapters.postgres.connections.pool import Connections, PooledConnection
from gapless.adapters.postgres.connections.scripts import INTERFERED, LEFT_AS_IT_WAS, same_transaction
from gapless.adapters.postgres.connections.waiting import SETTLE_SECONDS, finished
from gapless.adapters.postgres.errors import is_busy, is_lost, is_spent, translated
from gapless.adapters.postgres.statements.compiled_statements import CompiledCatalogue
from gapless.kit.errors import (
    CommitUnknown,
    DatabaseUnreachable,
    DeadlineExceeded,
    GaplessError,
    PreparedStatementLost,
    StoreReadOnly,
    UnitOfWorkBusy,
    UnitOfWorkFailed,
)
from gapless.kit.limits import Limits

T = TypeVar("T")
# Below that the time that was waited is not worth a script of its own.
SHORT_SECONDS = 0.01


class UnitConnection:
    """One connection for the time of one unit.

    Args:
        connections: gives the connection.
        compiled: the statements of the catalogue whose rules the errors name.
        seconds: how many seconds the unit may take from its opening.
        each: whether each request may take so long, instead of all together.

    Attributes:
        in_transaction: whether a transaction is open on the connection.
        is_failed: whether a request in the transaction has failed, so that it can't be used any more.
        deadline: the end of the unit's time, counted from its opening.
    """

    def __init__(
        self, connections: Connections, compiled: CompiledCatalogue, seconds: float, *, each: bool = False
    ) -> None:
        self.connections = connections
        self.compiled = compiled
        self.seconds = seconds
        self.each = each
        self.in_transaction = False
        self.is_failed = False
        self.deadline = Deadline(seconds)
        self._unsettled = False
        self._loan: Loan | None = None
        self._guard: asyncio.TimerHandle | None = None
        self._pooled: PooledConnection | None = None

    @property
    def pooled(self) -> PooledConnection:
        """The connection that was taken by `open`."""
        if self._pooled is None:
            raise UnitOfWorkFailed
        return self._pooled

    @property
    def driver(self) -> asyncpg.Connection:
        """The driver's connection."""
        return self.pooled.driver

    @property
    def is_lent(self) -> bool:
        """Whether the host has borrowed the connection."""
        return self._loan is not None

    def shared_connection(self, require_open: Callable[[], None] | None = None) -> AsyncConnection:
        """SQLAlchemy's connection on the same driver connection.

        Args:
            require_open: for a reading, refuses each statement of the host once the reading is not open any more; with
                it the session is left as it was.
        """
        self.require_transaction()
        if self._loan is None:
            # A statement of the host has no limit of ours: without an answer it would wait forever.
            left = self.deadline.remaining() + SETTLE_SECONDS
            self._guard = asyncio.get_running_loop().call_later(left, self.driver.terminate)
            self._loan = Loan(require_open)
        return self.pooled.shared(self._loan)

    async def open(self, script: str | None, locked: Locked | None = None) -> str:
        """Takes a connection and runs a script that begins a transaction.

        Args:
            script: the statements of the script; None if there is no transaction.
            locked: the root that it locks.

        Returns:
            The tag of the last command.
        """
        try:
            return await self._opened(script, locked)
        except PreparedStatementLost:
            # Nothing is done yet, so it begins again, with a lock that is not prepared.
            self._unsettled = False
            return await self._opened(script, locked)

    async def _opened(self, script: str | None, locked: Locked | None) -> str:
        try:
            self._pooled = taken = await self.connections.acquire(self.remaining())
        except TimeoutError:
            raise DeadlineExceeded(self.seconds) from None
        try:
            if locked is not None:
                script = f"{script}; {await self._lock(taken, locked)}"
            self.in_transaction = script is not None
            return "" if script is None else await self.run(taken.driver.execute(script, timeout=taken.unlimited))
        except BaseException:
            await self.close()
            raise

    async def _lock(self, taken: PooledConnection, locked: Locked) -> str:
        if not self.connections.prepares:
            return planned_each_time(self.compiled, locked.root).of(locked.id)
        lock = await self.run(lock_on(taken, self.compiled, locked.root, self.remaining()))
        return lock.of(locked.id)

    def remaining(self) -> float:
        """The seconds that are left.

        Raises:
            DeadlineExceeded: the time is over.
        """
        if self.each:
            return self.seconds
        left = self.deadline.remaining()
        if left <= 0:
            raise DeadlineExceeded(self.seconds)
        return left

    def lock_seconds(self, limits: Limits) -> float:
        """How long the server may wait for a lock: the rest of that time, after the wait in this process.

        A unit with less time than a lock may take exceeds its own time: only so both stores raise the same error.
        """
        if limits.lock >= self.seconds:
            return 0.0
        waited = self.seconds - self.deadline.remaining()
        return limits.lock if waited < SHORT_SECONDS else max(limits.lock - waited, SHORT_SECONDS)

    def require_transaction(self) -> None:
        """Refuses to go on after the host has ended the transaction, which the driver learns from each answer.

        Raises:
            UnitOfWorkFailed: the host has ended it.
        """
        if self._loan and self.in_transaction and not self.driver.is_closed() and not self.driver.is_in_transaction():
            raise UnitOfWorkFailed(INTERFERED)

    async def was_taken_back(self) -> bool:
        """Whether the host has undone a write of the unit; asked before each write, once the connection is lent."""
        loan = self._loan
        if loan is None:
            return False
        before, loan.writes = loan.writes, loan.writes + 1
        found = await self.run(self.driver.fetchval(MARKED, str(loan.writes), timeout=self.pooled.unlimited))
        return (found or "0") != str(before)

    async def run(self, request: Coroutine[object, object, T]) -> T:
        """Awaits a request to the server for as long as there is time, and raises an error of gapless if it fails.

        Raises:
            DeadlineExceeded: the time is over.
            OverflowError: the answer holds a time that Python does not have; the transaction goes on.
        """
        try:
            watch, seconds = self.pooled.watch, self.remaining()
        except BaseException:
            request.close()  # nobody awaits it any more
            raise
        try:
            return await watch.limited(request, seconds)
        except OverflowError:
            raise
        except BaseException as error:
            # The server may wait for the rest of the request, inside of a transaction that nobody began.
            self._unsettled = True
            if not isinstance(error, Exception):
                raise
            if is_spent(error):
                self.pooled.driver.terminate()
            found = self._translated(error)
            if isinstance(found, PreparedStatementLost):
                self.connections.forget()
            raise found from error

    def _translated(self, error: Exception) -> GaplessError:
        found = translated(error, self.compiled.catalogue, self.seconds)
        return UnitOfWorkFailed(INTERFERED) if self._loan and isinstance(found, StoreReadOnly) else found

    async def commit(self) -> None:
        """Ends the transaction by COMMIT, which a cancellation lets finish, for a moment.

        Raises:
            DatabaseUnreachable: the connection was lost before.
            CommitUnknown: COMMIT was sent, and no answer came in time.
            UnitOfWorkFailed: the transaction had failed unnoticed, which PostgreSQL says only in the tag; or the host
            has
                interfered with it.
            GaplessError: a deferred rule or a conflict refused the commit.
        """
        driver = self.driver
        if driver.is_closed():
            raise DatabaseUnreachable("The connection was lost before COMMIT: nothing was kept.")
        if self._loan and self._loan.rolled_back:
            raise UnitOfWorkFailed(INTERFERED)
        # It may take a moment longer than the unit's time, because whoever has sent COMMIT wants to know the result.
        request = self._committed(self.pooled, self.remaining() + SETTLE_SECONDS)
        tag = await finished(request)
        if tag != "COMMIT":
            raise UnitOfWorkFailed

    async def _committed(self, taken: PooledConnection, seconds: float) -> str:
        driver = taken.driver
        try:
            # Only a host that was lent the connection can have ended the transaction: other units pay for no look at
            # the mark (decision 0028).
            commit = self.compiled.commit
            script = same_transaction(commit) if self._loan else commit
            tag = await taken.watch.limited(driver.execute(script, timeout=taken.unlimited), seconds)
        except asyncio.CancelledError:
            driver.terminate()  # nobody waits for the answer any more
            raise
        except asyncpg.InterfaceError as error:  # the driver refused to send it
            if is_busy(error):
                raise UnitOfWorkBusy from error
            raise DatabaseUnreachable("The connection was lost before COMMIT: nothing was kept.") from error
        except Exception as error:
            if is_spent(error):
                driver.terminate()
            raise self._of_commit(error) from error
        finally:
            self.in_transaction = not driver.is_closed() and driver.is_in_transaction()
        return tag

    def _of_commit(self, error: Exception) -> GaplessError:
        # COMMIT was sent, and nobody knows whether it was carried out: another try could do a thing twice.
        if is_lost(error):
            return CommitUnknown()
        if self._loan and isinstance(error, asyncpg.DivisionByZeroError):
            return UnitOfWorkFailed(INTERFERED)
        return self._translated(error)

    def _was_ended(self, taken: PooledConnection) -> bool:
        """Whether a host has ended the transaction of a reading: what he had set is then the session's."""
        is_reading = self._loan is not None and self._loan.reads_only
        return is_reading and self.in_transaction and not taken.driver.is_in_transaction()

    async def close(self) -> None:
        """Rolls back what is not committed, and gives the connection back, also after a cancellation.

        A connection on which the unit's time is over is thrown away.
        """
        taken, self._pooled = self._pooled, None
        if taken is None:
            return
        if self._guard is not None:
            self._guard.cancel()
        left = self.deadline.remaining()
        if taken.driver.is_closed() or (self.in_transaction and left <= 0) or self._was_ended(taken):
            # A ROLLBACK would wait for the server that has not answered; it ends the transaction when it notices
            # (decision 0028).
            taken.discard()
        elif self.in_transaction or self._unsettled:
            # Clients that hang up are ordinary, so their connections are kept if a ROLLBACK is answered soon
            # (decision 0028).
            patience = 0.0 if _being_cancelled() else left
            rollback = LEFT_AS_IT_WAS if self._loan is not None and self._loan.reads_only else "ROLLBACK"
            await finished(_rolled_back(taken, max(patience, SETTLE_SECONDS), rollback))
        else:
            await taken.release()


def _being_cancelled() -> bool:
    """Whether somebody has cancelled the running task, and is waiting for its end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _rolled_back(taken: PooledConnection, seconds: float, rollback: str) -> None:
    """Gives a connection back to the pool only if it is clean."""
    try:
        await taken.driver.execute(rollback, timeout=seconds)
    except Exception:  # noqa: BLE001  # whatever it was, the connection can't be used any more
        taken.discard()
    except BaseException:
        taken.discard()
        raise
    else:
        await taken.release()

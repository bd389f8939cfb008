"""Carries out the steps of a revision that go ahead of its last, while others read and write.

The last step keeps the record of the revision, in the transaction that holds the lock of the version table. So this
transaction stays open and does nothing meanwhile, and the steps go over a connection of their own. Nobody waits for it:
between two statements a transaction in READ COMMITTED has no snapshot for which others would have to keep anything.
Before each step it takes the lock once more, which it has: if its connection is lost, others may have the turn by now,
and whoever went on would drop what they make ahead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import AssertionPool, StaticPool

from gapless.adapters.postgres.migrations.alembic_steps import execute
from gapless.adapters.postgres.migrations.blocking import POLL_SECONDS, is_locked
from gapless.adapters.postgres.migrations.chain import Revision
from gapless.adapters.postgres.migrations.frozen_sql import RevisionStatement
from gapless.adapters.postgres.migrations.refusals import is_refused, refused_at_end
from gapless.adapters.postgres.migrations.settings import close_session
from gapless.adapters.postgres.migrations.upgrade import Upgrade
from gapless.adapters.postgres.sql.text import quoted
from gapless.kit.errors import StoreUnavailable

_OF_ONE = (AssertionPool, StaticPool)
"""The pools that give no second connection, or the first one once more."""
_ALONE = (
    "{} has steps, which need a second connection beside the one that keeps its record: give the engine a pool of two, "
    "or write the revision with --one-transaction."
)

# The second came with PostgreSQL 17.
_TIMEOUTS = sa.text("""
SELECT name FROM pg_catalog.pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
""")


async def carry_out_ahead(engine: AsyncEngine, holder: AsyncConnection, asked: Upgrade, revision: Revision) -> None:
    """Carries out all steps of a revision but the last.

    Args:
        engine: gives one more connection.
        holder: the connection with the transaction that has the lock.
        asked: the upgrade.
        revision: the revision.

    Raises:
        MigrationBlocked: others held locks for too long.
        RevisionFailed: PostgreSQL refuses a step; the steps before it stay, and an upgrade begins with the first.
        DBAPIError: the connection with the lock is lost.
        StoreUnavailable: the engine has no second connection.
    """
    if isinstance(engine.pool, _OF_ONE):
        raise StoreUnavailable(_ALONE.format(revision.file))
    asked.waiting.holder = await holder.scalar(sa.text("SELECT pg_catalog.pg_backend_pid()"))
    # What ends idle here is no query: the result of one would keep its snapshot, for which an index would wait.
    for name in (await holder.scalars(_TIMEOUTS)).all():
        await holder.execute(sa.text(f"SET LOCAL {name} = 0"))
    asked.progress.has_begun = True
    async with _another(engine, revision) as connection:
        try:
            await close_session(connection)
            number, steps = 0, revision.steps[:-1]
            while number < len(steps):
                await holder.execute(asked.turn())
                is_done = await _carried_out(connection, asked, revision, steps[number])
                # What a concurrent statement has left is dropped by the step before it.
                number = number + 1 if is_done else max(0, number - steps[number][0].is_concurrent)
        finally:
            await connection.invalidate()  # as the connection of the last step (decision 0042)


@asynccontextmanager
async def _another(engine: AsyncEngine, revision: Revision) -> AsyncIterator[AsyncConnection]:
    """One more connection.

    Raises:
        StoreUnavailable: the pool of the engine has none.
    """
    connection = engine.connect()
    try:
        await connection.start()
    except PoolTimeout as error:
        raise StoreUnavailable(_ALONE.format(revision.file)) from error
    try:
        yield connection
    finally:
        await connection.close()


async def _carried_out(
    connection: AsyncConnection, asked: Upgrade, revision: Revision, step: list[RevisionStatement]
) -> bool:
    """Tries to carry out a step; returns whether it got the locks that it needs."""
    level = "AUTOCOMMIT" if step[0].is_concurrent else "READ COMMITTED"
    await connection.execution_options(isolation_level=level)
    try:
        await connection.run_sync(_execute, asked, revision, step)
        await connection.commit()
    except DBAPIError as error:
        await connection.rollback()
        if is_locked(error):
            await connection.run_sync(asked.waiting.refused, error)
            await connection.rollback()
            await asyncio.sleep(POLL_SECONDS)
            return False
        if is_refused(error):
            raise refused_at_end([revision.file], error) from None
        raise
    asked.waiting.granted()
    return True


def _execute(connection: Connection, asked: Upgrade, revision: Revision, step: list[RevisionStatement]) -> None:
    # Whoever builds an index concurrently, and waits for a transaction of others, is in nobody's way.
    is_patient = step[0].is_concurrent
    connection.execute(asked.waiting.patience() if is_patient else asked.waiting.limit())
    for statement in step:
        execute(connection.execute, revision, statement, statement.text, quoted(asked.schema))

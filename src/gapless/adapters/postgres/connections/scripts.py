"""The scripts that begin a transaction with its limits, and that check whether it is still the same transaction."""

from __future__ import annotations

from functools import lru_cache

INTERFERED = (
    "A statement of the host's own has ended the unit's transaction, or changed what kind it is: nothing of the unit "
    "is kept from then on. Leave COMMIT, ROLLBACK and SET TRANSACTION to the unit."
)
# SET LOCAL ends with the transaction: if the setting is gone, another transaction has begun.
RECHECK_PREFIX = "SET LOCAL gapless.unit = 'open'"
# Division by zero fails the script, and with it the transaction, before what comes next. Where no transaction ever had
# the mark, as on another of a pooler's server processes, the setting is null. The isolation needs no look: a unit
# begins with a query, and after one the server lets nobody change it.
UNCHANGED = (
    "SELECT 1 / (pg_catalog.current_setting('gapless.unit', true) IS NOT DISTINCT FROM 'open' "
    "AND pg_catalog.current_setting('transaction_read_only') = 'off')::int"
)
LEFT_AS_IT_WAS = """ROLLBACK;
SELECT pg_catalog.pg_advisory_unlock_all();
DO $$
DECLARE
    gapless_left text;
BEGIN
    FOR gapless_left IN SELECT name FROM pg_catalog.pg_prepared_statements WHERE from_sql LOOP
        EXECUTE pg_catalog.format('DEALLOCATE %I', gapless_left);
    END LOOP;
END
$$"""
"""Ends a reading in which a host has asked statements, and what they may have left in the session.

A rollback takes back settings, cursors and listening; a transaction that only reads makes no temporary table. Behind a
pooler one message stays on one server process.
"""
READ_ONLY_TAG = "SELECT 0"
"""The tag of `WRITABLE` if the database only reads."""
WRITABLE = "SELECT 1 WHERE pg_catalog.current_setting('transaction_read_only') = 'off'"


@lru_cache(maxsize=64)
def unit(seconds: float, lock_seconds: float) -> str:
    """The script that begins the transaction of a unit: its isolation and its limits.

    It does not say whether the transaction may write: the server, the database and the role decide that.

    Args:
        seconds: how long a statement, and a pause between two, may take.
        lock_seconds: how long it waits for a lock; None for as long as a statement may take.
    """
    lock = _milliseconds(lock_seconds) if lock_seconds > 0 else 0
    return (
        f"BEGIN ISOLATION LEVEL READ COMMITTED; {RECHECK_PREFIX}; SET LOCAL lock_timeout = {lock}; {_limits(seconds)}"
    )


@lru_cache(maxsize=64)
def snapshot(seconds: float) -> str:
    """The script that begins a transaction which sees one moment.

    The last statement takes the snapshot at once: BEGIN alone would wait for the first read.

    Args:
        seconds: how long a statement, and a pause between two, may take.
    """
    return f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_limits(seconds)}; SELECT 1"


def same_transaction(then: str) -> str:
    """The script that runs a command if the transaction is still the unit's, and otherwise makes it fail."""
    return f"{UNCHANGED}; {then}"


def _limits(seconds: float) -> str:
    milliseconds = _milliseconds(seconds)
    return (
        f"SET LOCAL statement_timeout = {milliseconds}; SET LOCAL idle_in_transaction_session_timeout = {milliseconds}"
    )


def _milliseconds(seconds: float) -> int:
    """The seconds in whole milliseconds, at least one, because PostgreSQL takes zero for no limit."""
    return max(1, round(seconds * 1000))

"""Many rows of one table, asked in one test: thousands of tests would cost more than what they ask."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

import pytest

T = TypeVar("T")
FAILURES = (Exception, pytest.fail.Exception)
"""What a failing row raises; `pytest.raises` fails with an error of its own."""


def ask_each(rows: Iterable[T], check: Callable[[T], object], *, name: Callable[[T], object] = str) -> None:
    """Ask a check about every row, and fail with all the rows for which it fails.

    Args:
        rows: The table. It may not be empty, since nothing would be asked then.
        check: Raises for a row that is not as it should be.
        name: What a row is called in the report.

    Raises:
        BaseExceptionGroup: The failures of all rows, each with the name of its row.
    """
    failures, count = [], 0
    for row in rows:
        count += 1
        try:
            check(row)
        except FAILURES as error:
            failures.append(_named(error, name(row)))
    _report(failures, count)


async def await_each(
    rows: Iterable[T], check: Callable[[T], Awaitable[object]], *, name: Callable[[T], object] = str
) -> None:
    """Ask a check that is a coroutine function about every row, one after another, in the same way."""
    failures, count = [], 0
    for row in rows:
        count += 1
        try:
            await check(row)
        except FAILURES as error:
            failures.append(_named(error, name(row)))
    _report(failures, count)


def spread(rows: Sequence[T], most: int) -> Sequence[T]:
    """At most so many rows of a table, the first and the last among them, and the others at equal distances."""
    if len(rows) <= most:
        return rows
    if most == 1:
        return rows[:1]
    return [rows[place * (len(rows) - 1) // (most - 1)] for place in range(most)]


def _named(error: BaseException, name: object) -> BaseException:
    error.add_note(f"in the row: {name}")
    return error


def _report(failures: list[BaseException], count: int) -> None:
    assert count, "The table has no row, so that nothing was asked."
    if failures:
        named = ", ".join(error.__notes__[-1].removeprefix("in the row: ") for error in failures)
        raise BaseExceptionGroup(f"{len(failures)} of {count} rows fail: {named}", failures)

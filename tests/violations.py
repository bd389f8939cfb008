"""The violations of all rules as the cases of tests: those at one table are one case, which names each that fails."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from gapless.testing.attempts import Attempt
from gapless.testing.violations import attempts

ATTEMPTS = attempts()


def named(attempt: Attempt) -> str:
    """What was tried, for a message."""
    return f"{attempt.rule.name}: {attempt.tried}"


def of_tables(tried: Iterable[Attempt]) -> list[object]:
    """These attempts as cases of a test, those at one table together."""
    tables: dict[str, list[Attempt]] = {}
    for attempt in tried:
        tables.setdefault(attempt.model.table, []).append(attempt)
    return [pytest.param(cases, id=table) for table, cases in tables.items()]

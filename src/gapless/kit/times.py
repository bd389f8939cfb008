"""Times that only move forward, such as a last visit: the clocks of two machines differ, and one may be set back."""

from __future__ import annotations

from datetime import datetime

from gapless.kit.columns import subject
from gapless.kit.kinds import Transition


def later(before: datetime | None, at: datetime) -> datetime:
    """The later of two times; the second if the first is None."""
    return at if before is None or at > before else before


def forward_rule(table: str, column: str, holds: bool) -> Transition:
    """The rule that a time does not move back; it may become null.

    Args:
        table: the table with the column.
        column: the name of the column.
        holds: the condition that the time is not before its previous value.
    """
    return Transition(f"{table}_{column}_forward", f"{subject(column)} does not go back.", holds)

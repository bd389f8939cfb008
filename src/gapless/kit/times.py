"""Times that only move forward, such as when somebody was last seen: two clocks differ, and one may be set back."""

from __future__ import annotations

from datetime import datetime

from gapless.kit.columns import subject
from gapless.kit.kinds import Transition


def later(before: datetime | None, at: datetime) -> datetime:
    """The later of two times; of none before it is the one that is given."""
    return at if before is None or at > before else before


def forward_rule(table: str, column: str, holds: bool) -> Transition:
    """The rule that a time does not go back; it may be cleared.

    Args:
        table: the table that has the column.
        column: the column.
        holds: that the time is not before what it was.
    """
    return Transition(f"{table}_{column}_forward", f"{subject(column)} does not go back.", holds)

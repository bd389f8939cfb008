"""What the database refuses for one row or one root, so that a job can go on with the others."""

from __future__ import annotations

from gapless.kit.errors import (
    AccessDenied,
    DatabaseNotMigrated,
    GaplessError,
    InvalidValue,
    RuleViolated,
    StatementRefused,
)

REFUSED = (RuleViolated, InvalidValue, StatementRefused)
"""Errors that are not the store's: a rule refuses the row, its number can't grow, or a trigger of the host refuses."""
REFUSED_INSIDE = (*REFUSED, AccessDenied, DatabaseNotMigrated)
"""The same for a job that has checked its rights: if a right is missing now, a trigger of the host needs it."""


def reason_of(refusal: GaplessError) -> str:
    """What refuses the row: the name of the rule, or the code of the error if it is not a rule."""
    return refusal.rule if isinstance(refusal, RuleViolated) else refusal.code

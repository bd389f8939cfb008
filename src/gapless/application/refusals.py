"""What the database refuses of one row or one organization, so that a job has to go on with the others."""

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
"""Errors about what was asked, and not about the store: a rule, a number that can't grow, a trigger of the host's."""
REFUSED_INSIDE = (*REFUSED, AccessDenied, DatabaseNotMigrated)
"""The same for a job that has looked for its rights: what is lacking now, a trigger of the host's lacks."""


def reason_of(refusal: GaplessError) -> str:
    """What refuses it: the rule, or the code of the error if that is no rule."""
    return refusal.rule if isinstance(refusal, RuleViolated) else refusal.code

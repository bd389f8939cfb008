"""Enforces in memory that rows never change, and are removed only with their parent."""

from __future__ import annotations

import attrs

from gapless.kit import AppendOnly, Catalogue, Model, Reference, writes
from gapless.kit.model import Validated


@attrs.frozen(eq=False)
class AppendOnlyEnforcer:
    """Enforces the rule that rows never change."""

    model: Model[Validated]
    rule: AppendOnly

    @classmethod
    def of(cls, _: Catalogue, model: Model[Validated], rule: AppendOnly) -> AppendOnlyEnforcer:
        """Makes the enforcer of a rule."""
        return cls(model, rule)

    def require_changeable(self, before: Validated | None, after: Validated | None, cause: Reference | None) -> None:
        """Refuses a change of a row, unless it is an erasure, or its removal by the cascade from its parent.

        Args:
            before: the row before the change; None if it is added.
            after: the row after the change; None if it is removed.
            cause: the reference through which the removal of a parent has caused the change; None if somebody asked for
                it.

        Raises:
            RuleViolated: the change is refused.
        """
        if before is None:
            return
        if after is None:
            allowed = cause is not None and cause is self.rule.through
        else:
            # This is the one exception: something is taken away, and nothing comes back (decision 0037).
            allowed = bool(self.rule.erasable) and writes.is_erasure(self.model, before, after)
        if not allowed:
            raise self.model.violated(self.rule)

"""Enforces that rows never change, and go with their parent alone."""

from __future__ import annotations

import attrs

from gapless.kit import AppendOnly, Catalogue, Model, Reference, writes
from gapless.kit.model import Validated


@attrs.frozen(eq=False)
class AppendOnlyEnforcer:
    """A rule that rows are never changed."""

    model: Model[Validated]
    rule: AppendOnly

    @classmethod
    def of(cls, _: Catalogue, model: Model[Validated], rule: AppendOnly) -> AppendOnlyEnforcer:
        """That of a rule."""
        return cls(model, rule)

    def require_changeable(self, before: Validated | None, after: Validated | None, cause: Reference | None) -> None:
        """Refuses a change of a row, but an erasure, and its removal by the cascade from its parent.

        Args:
            before: the row; None if it is added.
            after: what becomes of it; None if it is removed.
            cause: the reference by which the removal of a parent brought this about; None if somebody asked for it.

        Raises:
            RuleViolated: it is refused.
        """
        if before is None:
            return
        if after is None:
            allowed = cause is not None and cause is self.rule.through
        else:
            # The one way out, in one direction: something is taken away, and nothing comes back (decision 0037).
            allowed = bool(self.rule.erasable) and writes.is_erasure(self.model, before, after)
        if not allowed:
            raise self.model.violated(self.rule)

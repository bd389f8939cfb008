"""Enforces rules over changes in memory."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from gapless.kit import Catalogue, Model, Transition
from gapless.kit.model import Validated
from gapless.kit.python_compiler import Condition, is_false, is_false_of_change


@attrs.frozen(eq=False)
class TransitionEnforcer:
    """Enforces a rule over a change: `refuses` checks the rows before and after, `refuses_added` an added row."""

    model: Model[Validated]
    rule: Transition
    refuses: Callable[[object, object], bool]
    refuses_added: Condition

    @classmethod
    def of(cls, _: Catalogue, model: Model[Validated], rule: Transition) -> TransitionEnforcer:
        """Makes the enforcer of a rule."""
        return cls(model, rule, is_false_of_change(rule.holds), is_false(rule.added))

    def require(self, before: Validated | None, after: Validated) -> None:
        """Checks a change.

        Raises:
            RuleViolated: the change is refused.
        """
        if self.refuses_added(after) if before is None else self.refuses(before, after):
            raise self.model.violated(self.rule)

"""Enforces admission guards in memory."""

from __future__ import annotations

import attrs

from gapless.adapters.memory.keys import Key, KeyOf, key_of_parent
from gapless.adapters.memory.state import Overlay
from gapless.kit import AdmissionGuard, Catalogue, Model
from gapless.kit.model import Validated
from gapless.kit.python_compiler import Condition, is_true


@attrs.frozen(eq=False)
class AdmissionCheck:
    """Enforces an admission guard: `key` gives the key of the parent of a guarded row, `holds` checks that parent.

    Attributes:
        added_key: gives the key of the parent that a row enters when it is added.
    """

    model: Model[Validated]
    rule: AdmissionGuard
    parent: str
    key: KeyOf
    added_key: KeyOf
    holds: Condition

    @classmethod
    def of(cls, catalogue: Catalogue, model: Model[Validated], rule: AdmissionGuard) -> AdmissionCheck:
        """Makes the enforcer of a rule."""
        return cls(
            model,
            rule,
            catalogue.parent(rule.through).table,
            key_of_parent(catalogue, model, rule.through, rule.of),
            key_of_parent(catalogue, model, rule.through, rule.enters_added),
            is_true(rule.parent),
        )

    def require(self, overlay: Overlay, before: Validated | None, after: Validated, root: object = None) -> None:
        """Checks the parent that a changed row enters.

        Args:
            overlay: what the unit has written.
            before: the row before the change; None if it is added.
            after: the row after the change.
            root: the root of the row, for `KeyOf`.

        Raises:
            RuleViolated: the parent does not admit the row.
        """
        key = self.added_key(after, root) if before is None else self.key(after, root)
        if key is None or (before is not None and self.key(before, root) == key):
            return
        parent = overlay.view.row(self.parent, key)
        if parent is None:
            return
        if not self.holds(parent):
            raise self.model.violated(self.rule)
        overlay.entered.append((self, key, overlay.committed.row(self.parent, key)))

    def still_lets_in(self, overlay: Overlay, key: Key, found: Validated | None) -> bool:
        """Whether a parent still admits rows at the commit; `found` is its committed row at the time of the write."""
        # A unit that has changed the parent since is based on a row that others may have changed in between
        # (decision 0057).
        based = overlay.based.get(self.parent, {})
        parent = based[key] if key in based else overlay.committed.row(self.parent, key)
        return parent is found or (parent is not None and self.holds(parent))

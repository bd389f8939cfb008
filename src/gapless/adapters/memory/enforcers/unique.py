"""Enforces in memory that no two rows have the same values, with an index by these values."""

from __future__ import annotations

import attrs

from gapless.adapters.memory.keys import Key, KeyOf, key_where
from gapless.adapters.memory.state import Committed, Overlay
from gapless.kit import Catalogue, Model, PrimaryKey, Unique
from gapless.kit.errors import ConcurrencyConflict
from gapless.kit.lowered_columns import Indexed
from gapless.kit.model import Validated
from gapless.kit.predicates import Node

Holders = dict[Key, Key]
"""For each unique key, the key of the row that has it; for a unit, of the rows that it has written."""


@attrs.frozen(eq=False)
class UniqueEnforcer:
    """Enforces a unique rule, or a key that all roots share: `key` gives the values that no other row may have.

    Attributes:
        fields: the columns of these values, or their small letters.
        where: which rows have them; None for all.
    """

    name: str
    model: Model[Validated]
    rule: Unique | PrimaryKey
    fields: tuple[Indexed, ...]
    key: KeyOf
    where: Node | None = None

    @classmethod
    def of(cls, _: Catalogue, model: Model[Validated], rule: Unique) -> UniqueEnforcer:
        """Makes the enforcer of a rule."""
        return cls(rule.name, model, rule, rule.fields, key_where(rule.fields, rule.where), rule.where)

    def empty(self) -> Holders:
        """The index for no rows."""
        return {}

    def hold(self, overlay: Overlay, before: Validated | None, after: Validated | None, key: Key) -> None:
        """Takes what a changed row has, and gives back what it had.

        Raises:
            RuleViolated: another row has it.
        """
        old = None if before is None else self.key(before)
        new = None if after is None else self.key(after)
        taken = overlay.indexes.of(self)
        if new is not None and new != old and self.holder(overlay, taken, new) not in (None, key):
            raise self.model.violated(self.rule)
        if old is not None and old != new and taken.get(old) == key:
            del taken[old]
        if new is not None:
            taken[new] = key

    def holder(self, overlay: Overlay, taken: Holders, wanted: Key) -> Key | None:
        """The key of the row that has this unique key. For rows that the unit wrote, only `taken` counts."""
        mine = taken.get(wanted)
        if mine is not None:
            return mine
        theirs = overlay.committed.indexes.of(self).get(wanted)
        return None if theirs is None or theirs in overlay.view.replaced[self.model.table] else theirs

    def require_free(self, overlay: Overlay) -> None:
        """Refuses a commit if a row that the unit did not write has meanwhile taken what the unit took.

        Raises:
            ConcurrencyConflict: such a row exists.
        """
        committed, written = overlay.committed.indexes.of(self), overlay.view.replaced[self.model.table]
        for wanted, key in overlay.indexes.of(self).items():
            holder = committed.get(wanted)
            if holder is not None and holder != key and holder not in written:
                raise ConcurrencyConflict

    def release(self, committed: Committed, before: Validated, _: Key) -> None:
        """Forgets what a committed row had, when the commit changes that row."""
        held = self.key(before)
        if held is not None:
            del committed.indexes.of(self)[held]

    def keep(self, overlay: Overlay) -> None:
        """Keeps what the rows of a unit have, once everything that they had before is released."""
        if taken := overlay.indexes.of(self):
            overlay.committed.indexes.of(self).update(taken)

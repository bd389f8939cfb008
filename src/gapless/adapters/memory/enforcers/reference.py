"""Enforces references in memory: the parent of a row is there, and its removal does what the reference says."""

from __future__ import annotations

import attrs

from gapless.adapters.memory.keys import Key, KeyOf, key_where
from gapless.adapters.memory.state import Overlay
from gapless.kit import Catalogue, Model, OnDelete, Reference
from gapless.kit.model import Validated

Children = dict[Key, dict[Key, bool]]
"""For each parent, the keys of the rows that refer to it; for a unit, who refers to it now and who no longer does."""


@attrs.frozen(eq=False)
class ReferenceEnforcer:
    """Enforces a reference: `key` gives the key of the parent, a row of the table `parent`, to which a row refers."""

    name: str
    model: Model[Validated]
    rule: Reference
    parent: str
    key: KeyOf

    @classmethod
    def of(cls, catalogue: Catalogue, model: Model[Validated], rule: Reference) -> ReferenceEnforcer:
        """Makes the enforcer of a rule."""
        return cls(rule.name, model, rule, catalogue.parent(rule).table, key_where(rule.fields))

    def empty(self) -> Children:
        """The index for no rows."""
        return {}

    @property
    def to_root(self) -> bool:
        """Whether the parent is the organization, to which each of its rows refers."""
        return len(self.rule.fields) == 1

    @property
    def on_delete(self) -> OnDelete:
        """What the removal of the parent does to the row."""
        return self.rule.on_delete

    def refer(self, overlay: Overlay, before: Validated | None, after: Validated | None, key: Key) -> None:
        """Notes the parent to which a changed row refers."""
        old = None if before is None else self.key(before)
        new = None if after is None else self.key(after)
        if old == new:
            return
        children = overlay.indexes.of(self)
        if old is not None:
            children.setdefault(old, {})[key] = False
        if new is not None:
            children.setdefault(new, {})[key] = True

    def lost(self, overlay: Overlay, before: Validated | None, after: Validated) -> Key | None:
        """The key of the parent to which a changed row now refers, if that parent is not there."""
        parent = self.key(after)
        if parent is None or (before is not None and self.key(before) == parent):
            return None
        return parent if overlay.view.row(self.parent, parent) is None else None

    def has_parent(self, overlay: Overlay, row: Validated) -> bool:
        """Whether the parent of a row is there, or the row refers to nothing."""
        parent = self.key(row)
        return parent is None or overlay.view.row(self.parent, parent) is not None

    def children_of(self, overlay: Overlay, parent: Key) -> list[Validated]:
        """The rows that refer to a parent."""
        table = self.model.table
        if self.to_root:
            return list(overlay.view.rows(table, parent[0]))
        changed = overlay.indexes.of(self).get(parent, {})
        kept = (key for key in overlay.committed.indexes.of(self).get(parent, ()) if key not in changed)
        keys = (*kept, *(key for key, refers in changed.items() if refers))
        return [row for key in keys if (row := overlay.view.row(table, key)) is not None]

    def keep(self, overlay: Overlay) -> None:
        """Keeps which row refers to which parent, at a commit."""
        kept = overlay.committed.indexes.of(self)
        for parent, changed in overlay.indexes.of(self).items():
            children = kept.setdefault(parent, {})
            for key, refers in changed.items():
                if refers:
                    children[key] = True
                else:
                    children.pop(key, None)
            if not children:
                del kept[parent]

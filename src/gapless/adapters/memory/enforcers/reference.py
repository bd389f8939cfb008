"""Enforces references: what a row refers to is there, and what its removal does to those that refer to it."""

from __future__ import annotations

import attrs

from gapless.adapters.memory.keys import Key, KeyOf, key_where
from gapless.adapters.memory.state import Overlay
from gapless.kit import Catalogue, Model, OnDelete, Reference
from gapless.kit.model import Validated

Children = dict[Key, dict[Key, bool]]
"""For each parent, the keys of the rows that refer to it. That of a unit says who does by now and who no longer."""


@attrs.frozen(eq=False)
class ReferenceEnforcer:
    """A reference: `key` gives the key of the row of the table `parent` that a row refers to."""

    name: str
    model: Model[Validated]
    rule: Reference
    parent: str
    key: KeyOf

    @classmethod
    def of(cls, catalogue: Catalogue, model: Model[Validated], rule: Reference) -> ReferenceEnforcer:
        """That of a rule."""
        return cls(rule.name, model, rule, catalogue.parent(rule).table, key_where(rule.fields))

    def empty(self) -> Children:
        """What is derived of no rows."""
        return {}

    @property
    def to_root(self) -> bool:
        """Whether the parent is the organization: then every row of the organization refers to it."""
        return len(self.rule.fields) == 1

    @property
    def on_delete(self) -> OnDelete:
        """What the deletion of the parent does to the row."""
        return self.rule.on_delete

    def refer(self, overlay: Overlay, before: Validated | None, after: Validated | None, key: Key) -> None:
        """Notes to which parent a changed row refers."""
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
        """The key of the parent that a changed row has come to refer to, if it is not there."""
        parent = self.key(after)
        if parent is None or (before is not None and self.key(before) == parent):
            return None
        return parent if overlay.view.row(self.parent, parent) is None else None

    def has_parent(self, overlay: Overlay, row: Validated) -> bool:
        """Whether what a row refers to is there, or it refers to nothing."""
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
        """Keeps who refers to whom, at a commit."""
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

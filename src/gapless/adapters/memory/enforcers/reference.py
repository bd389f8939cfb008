"""Enforces references in memory: the parent of a row is there, and its removal does what the reference says.

A row that was released is there for those that refer to it already, and nothing new may refer to it.
"""

from __future__ import annotations

import attrs

from gapless.adapters.memory.keys import Key, KeyOf, key_of_parent
from gapless.adapters.memory.state import Overlay
from gapless.kit import Catalogue, Check, Model, OnDelete, Reference
from gapless.kit.columns import Column
from gapless.kit.model import Validated
from gapless.kit.python_compiler import Condition, is_true
from gapless.kit.unlinking import kept_linked


@attrs.frozen(eq=False)
class Releasing:
    """What a reference means for rows that are released before they are removed.

    Attributes:
        is_unreleased: whether a row to which others refer was not released.
        refused: the checks that keep a row linked, each with whether it does; only for OnDelete.SET_NULL.
    """

    is_unreleased: Condition
    refused: tuple[tuple[Check, Condition], ...]

    @classmethod
    def of(cls, parent: Model[Validated], model: Model[Validated], rule: Reference) -> Releasing:
        """Reads it from the declarations."""
        return cls(parent.is_unreleased, tuple((check, is_true(node)) for check, node in kept_linked(model, rule)))


Children = dict[Key, dict[Key, bool]]
"""For each parent, the keys of the rows that refer to it; for a unit, who refers to it now and who no longer does."""


@attrs.frozen(eq=False)
class ReferenceEnforcer:
    """Enforces a reference: `key` gives by what the parent is found, a row of the table `parent`.

    Attributes:
        fields: the columns with these values, that of the root first, if its rows are of the same one.
        to_root: whether the parent is the root to which the row belongs.
    """

    name: str
    model: Model[Validated]
    rule: Reference
    parent: str
    fields: tuple[Column, ...]
    key: KeyOf
    to_root: bool
    releasing: Releasing | None = None

    @classmethod
    def of(cls, catalogue: Catalogue, model: Model[Validated], rule: Reference) -> ReferenceEnforcer:
        """Makes the enforcer of a rule."""
        parent, links = catalogue.parent(rule), catalogue.links(model, rule)
        releasing = None if parent.released is None else Releasing.of(parent, model, rule)
        fields = tuple(column for column, _ in links)
        to_root = parent.is_root and not catalogue.leads_across(model, rule)
        key = key_of_parent(catalogue, model, rule)
        return cls(rule.name, model, rule, parent.table, fields, key, to_root, releasing)

    def empty(self) -> Children:
        """The index for no rows."""
        return {}

    @property
    def on_delete(self) -> OnDelete:
        """What the removal of the parent does to the row."""
        return self.rule.on_delete

    def refer(self, overlay: Overlay, before: Validated | None, after: Validated | None, key: Key) -> None:
        """Notes the parent to which a changed row refers."""
        old = None if before is None else self.key(before, key[0])
        new = None if after is None else self.key(after, key[0])
        if old == new:
            return
        children = overlay.indexes.of(self)
        if old is not None:
            children.setdefault(old, {})[key] = False
        if new is not None:
            children.setdefault(new, {})[key] = True

    def lost(self, overlay: Overlay, before: Validated | None, after: Validated, root: object = None) -> Key | None:
        """The key of the parent to which a changed row of a root now refers, if that parent is not there."""
        parent = self.key(after, root)
        if parent is None or (before is not None and self.key(before, root) == parent):
            return None
        if overlay.view.row(self.parent, parent) is None:
            return parent
        if not self.to_root and parent not in overlay.view.replaced.get(self.parent, ()):
            # Another row may take the key of this one meanwhile.
            place = self.parent, parent
            overlay.relied.setdefault(place, overlay.committed.added.get(place))
        return None

    def has_parent(self, overlay: Overlay, before: Validated | None, row: Validated, root: object = None) -> bool:
        """Whether the parent of a row is there at the commit, or the row refers to nothing.

        Args:
            overlay: what the unit has written.
            before: the committed row on which the row is based; None if it was added.
            row: the row.
            root: the root of the row, for `KeyOf`.
        """
        parent = self.key(row, root)
        if parent is None:
            return True
        if self.releasing is None or parent in overlay.view.replaced.get(self.parent, ()):
            # If this unit has released it, it did so afterwards.
            return overlay.view.row(self.parent, parent) is not None
        return self.lost(overlay, before, row, root) is None and not self.links_to_released(overlay, before, row, root)

    def links_to_released(
        self, overlay: Overlay, before: Validated | None, after: Validated, root: object = None
    ) -> bool:
        """Whether a changed row of a root has come to refer to a row that was released."""
        parent = self.key(after, root)
        if self.releasing is None or parent is None or (before is not None and self.key(before, root) == parent):
            return False
        found = overlay.view.row(self.parent, parent)
        return found is not None and not self.releasing.is_unreleased(found)

    def keeps(self, child: Validated) -> bool:
        """Whether a row that refers keeps the other one from being released; what a cleanup can unlink does not."""
        if self.on_delete is not OnDelete.SET_NULL or self.releasing is None:
            return True
        return any(keeps(child) for _, keeps in self.releasing.refused)

    def children_of(self, overlay: Overlay, parent: Key) -> list[Validated]:
        """The rows that refer to a parent."""
        table = self.model.table
        if self.to_root:
            return list(overlay.view.rows(table, parent[0]))
        return [row for key in self._keys(overlay, parent) if (row := overlay.view.row(table, key)) is not None]

    def has_others(self, overlay: Overlay, parent: Key) -> bool:
        """Whether rows refer to a parent that the unit has not written."""
        table = self.model.table
        written = overlay.view.replaced.get(table, {})
        keys = overlay.committed.rows(table, parent[0]) if self.to_root else self._keys(overlay, parent)
        return any(key not in written and overlay.committed.row(table, key) is not None for key in keys)

    def _keys(self, overlay: Overlay, parent: Key) -> tuple[Key, ...]:
        """The keys of the rows that refer to one of several rows."""
        changed = overlay.indexes.of(self).get(parent, {})
        kept = (key for key in overlay.committed.indexes.of(self).get(parent, ()) if key not in changed)
        return (*kept, *(key for key, refers in changed.items() if refers))

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

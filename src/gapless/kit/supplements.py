"""Limits in a row of another entity that is one to one with the parent: it supplements fields which the parent lacks.

    yield AtMost("items_most", "There are enough.", home, of=True, limit=supplement(Settings).most_items)

The key of `Settings` is a reference to the parent, so that a parent has one such row or none; without one the limit is
the default of the field. See docs/decisions/0066-rules-added-to-an-entity.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import RowId
from gapless.kit.kinds import AtMost, Invariant, Reference
from gapless.kit.links import Links
from gapless.kit.model import Model, Validated

if TYPE_CHECKING:
    from gapless.kit.catalogue import Catalogue


@attrs.frozen(eq=False)
class SupplementedLimit:
    """Where the limit of a rule is that stands in a supplement.

    Attributes:
        model: the model of the supplement.
        reference: its reference to the parent, whose fields are its key.
        links: its columns that refer to the parent, each with the column of the parent that has the same value.
        column: its column with the limit.
        default: the limit of a parent without such a row.
    """

    model: Model[Validated]
    reference: Reference
    links: Links
    column: Column
    default: int

    def of(self, row: Validated | None) -> int:
        """The limit by the supplement of a parent; None if the parent has none."""
        return self.default if row is None else cast(int, getattr(row, self.column.name))

    def among(self, rows: Iterable[Validated], parent: Validated) -> Validated | None:
        """That of these rows, which may be of any entity, which supplements a parent; None if none does."""
        pairs = [(own.name, getattr(parent, key.name)) for own, key in self.links]
        mine = (row for row in rows if type(row) is self.model.entity)
        return next((row for row in mine if all(getattr(row, name) == value for name, value in pairs)), None)

    def id_for(self, parent: Validated) -> RowId:
        """By what the supplement of a parent is found in its root, whether it is there or not."""
        theirs = {own.name: column.name for own, column in self.links}
        found = tuple(getattr(parent, theirs[c.name]) for c in self.model.id_columns or self.model.key_columns)
        return cast(RowId, found if len(found) > 1 else found[0])


def supplemented(catalogue: Catalogue, rule: Invariant) -> SupplementedLimit | None:
    """Where the limit of a rule is, if it stands in a supplement; None if it does not."""
    found = rule.supplement if isinstance(rule, AtMost) else None
    if found is None:
        return None
    model = catalogue.model(cast("type[Validated]", found.entity))
    # It is there, or the catalogue would have been refused.
    reference = cast(Reference, _reference(catalogue, model, catalogue.parent(rule.through)))
    return SupplementedLimit(
        model, reference, catalogue.links(model, reference), found.column, cast(int, found.default)
    )


def require_supplement(catalogue: Catalogue, rule: Invariant) -> None:
    """Refuses a limit in a row of which a parent could have several, or that is not there while its parent is.

    Raises:
        DeclarationError: the entity is not in the catalogue, or its rows do not supplement the parents.
    """
    found = rule.supplement if isinstance(rule, AtMost) else None
    if found is None:
        return
    model, parent = catalogue.model(cast("type[Validated]", found.entity)), catalogue.parent(rule.through)
    said = f"{rule.name}: the limit is a field of {model.name}, which is to supplement {parent.name}"
    if model.soft_deleted is not None or model.released is not None:
        raise DeclarationError(f"{said}: it is there or not, so leave out soft_deleted and released.")
    if (model.through, parent.through) != (None, None):
        raise DeclarationError(f"{said}: give both a field for their root, or let both be shared.")
    if catalogue.root_of(model) is not catalogue.root_of(parent) or _reference(catalogue, model, parent) is None:
        raise DeclarationError(
            f"{said}: let the key of {model.name} be the fields of a Reference to {parent.name}, so that it has one "
            "such row at most."
        )


def _reference(catalogue: Catalogue, model: Model[Validated], parent: Model[Validated]) -> Reference | None:
    """The reference of the supplements to their parents: its fields are their key."""
    for reference in model.of_kind(Reference):
        if catalogue.has_parent(reference) and catalogue.parent(reference) is parent and parent is not model:
            own = {column.name for column, _ in catalogue.links(model, reference)}
            if own | {model.tenant} == {*model.key, model.tenant}:
                return reference
    return None

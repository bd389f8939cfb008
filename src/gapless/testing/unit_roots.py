"""Of which root a unit has to be that writes a row, and which rows can be added in one unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import cast

import attrs

from gapless.kit import Catalogue, Model, Reference
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Reading, Store, UnitOfWork
from gapless.testing.strategies.parents import refers_to


@attrs.frozen
class UnitRoot:
    """The root of a unit.

    Attributes:
        entity: the entity of the root; None for the first one of the catalogue, and for none.
        key: its key; None for a unit without a root.
    """

    entity: type | None
    key: RootId | None

    @classmethod
    def of(cls, catalogue: Catalogue, root: Model[Validated] | None, key: object) -> UnitRoot:
        """The root of an entity with a key; none if there is no such entity, or no key.

        Args:
            catalogue: the rules.
            root: the entity.
            key: the key.
        """
        if root is None or key is None:
            return cls(None, None)
        return cls(None if root is catalogue.roots[0] else root.entity, cast(RootId, key))

    def unit(self, store: Store) -> UnitOfWork:
        """A unit of this root, which is there."""
        return store.unit() if self.key is None else store.unit(self.key, of=self.entity)

    def reading(self, store: Store, *, snapshot: bool = False) -> AbstractAsyncContextManager[Reading]:
        """A reading of this root, which is there."""
        if self.key is None:
            return store.reading(snapshot=snapshot)
        return store.reading(self.key, of=self.entity, snapshot=snapshot)

    def creating(self, store: Store) -> UnitOfWork:
        """The unit that creates this root; any unit if there is none to be created."""
        return store.unit() if self.key is None else store.creating(self.key, of=self.entity)

    @property
    def of_records(self) -> RootId | None:
        """The root of the audit records of a unit: its own if that is the first of the catalogue, or none."""
        return self.key if self.entity is None else None


def unit_root_of(catalogue: Catalogue, row: Validated) -> UnitRoot:
    """The root of a unit that writes a row: that to which it belongs, or which it is."""
    model = catalogue.by_entity[type(row)]
    return UnitRoot.of(catalogue, catalogue.root_of(model), model.tenant_of(row))


def in_units(catalogue: Catalogue, rows: Iterable[Validated]) -> Iterator[tuple[UnitRoot, tuple[Validated, ...]]]:
    """Distributes rows over units one after the other, each with all rows of its root that can be added by then.

    Args:
        catalogue: the rules.
        rows: the rows, in an order in which they can be added.
    """
    left, there = [*rows], list[Validated]()
    while left:
        addable = [row for row in left if _can_be_added(catalogue, row, there, left)] or left[:1]
        units = dict.fromkeys(unit_root_of(catalogue, row) for row in addable)
        found = [(root, _chosen(catalogue, root, there, left)) for root in units]
        # A unit with all that its root has comes first: in a part of it an invariant may lack its row.
        root, chosen = next((each for each in found if _is_whole(catalogue, *each, left)), found[0])
        there += chosen
        left = [row for row in left if not any(row is each for each in chosen)]
        yield root, tuple(chosen)


def _chosen(
    catalogue: Catalogue, root: UnitRoot, there: Sequence[Validated], left: Sequence[Validated]
) -> list[Validated]:
    """The rows of a root that can be added one after the other; the first one that is left if none can."""
    chosen: list[Validated] = []
    for row in left:
        if unit_root_of(catalogue, row) == root and _can_be_added(catalogue, row, [*there, *chosen], left):
            chosen.append(row)
    return chosen or [*left[:1]]


def _is_whole(catalogue: Catalogue, root: UnitRoot, chosen: Sequence[Validated], left: Sequence[Validated]) -> bool:
    """Whether these are all rows of a root that are left."""
    return len(chosen) == sum(unit_root_of(catalogue, row) == root for row in left)


def _can_be_added(catalogue: Catalogue, row: Validated, there: Sequence[Validated], left: Sequence[Validated]) -> bool:
    """Whether no row that is still to be added, and not there, is one to which a row refers."""
    model = catalogue.by_entity[type(row)]
    for reference in model.of_kind(Reference):
        links, entity = catalogue.links(model, reference), catalogue.parent(reference).entity
        waiting = [each for each in left if type(each) is entity and each is not row and refers_to(links, row, each)]
        if any(all(each is not other for other in there) for each in waiting):
            return False
    return True

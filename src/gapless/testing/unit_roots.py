"""Of which root a unit has to be that writes a row, and which rows can be added in one unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias, cast

import attrs

from gapless.kit import Catalogue, Model
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Reading, Store, UnitOfWork
from gapless.testing.strategies.parents import key_referred, points_at


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
            return NO_ROOT
        return cls(None if root is catalogue.first_root else root.entity, cast(RootId, key))

    def unit(self, store: Store) -> UnitOfWork:
        """A unit of this root, which is there."""
        return store.unit(self.key, of=self.entity)

    def reading(self, store: Store, *, snapshot: bool = False) -> AbstractAsyncContextManager[Reading]:
        """A reading of this root, which is there."""
        return store.reading(self.key, of=self.entity, snapshot=snapshot)

    def creating(self, store: Store) -> UnitOfWork:
        """The unit that creates this root; any unit if there is none to be created."""
        return store.unit() if self.key is None else store.creating(self.key, of=self.entity)

    @property
    def of_records(self) -> RootId | None:
        """The root of the audit records of a unit: its own if that is the first of the catalogue, or none."""
        return self.key if self.entity is None else None


NO_ROOT = UnitRoot(None, None)
RootOf: TypeAlias = Callable[[Validated], UnitRoot]
Unit: TypeAlias = tuple[UnitRoot, tuple[Validated, ...]]
"""The root of a unit with the rows that are added in it."""


class KnownRows:
    """Rows, and to which root each belongs: a row that has no field for it to that of the row to which it refers.

    Args:
        catalogue: the rules.
        rows: the rows that are known at first.
    """

    def __init__(self, catalogue: Catalogue, rows: Iterable[Validated] = ()) -> None:
        self.catalogue = catalogue
        self._rows: dict[tuple[type, tuple[object, ...]], Validated] = {}
        self.enter(rows)

    def enter(self, rows: Iterable[Validated]) -> None:
        """Takes up further rows, through which others may belong to a root."""
        for row in rows:
            self._rows[type(row), self.catalogue.by_entity[type(row)].key_of(row)] = row

    def copy(self) -> KnownRows:
        """The same rows, to go on from."""
        return KnownRows(self.catalogue, self._rows.values())

    def unit_root_of(self, row: Validated, otherwise: UnitRoot = NO_ROOT) -> UnitRoot:
        """The root of a unit that writes a row: that to which it belongs, or which it is.

        Args:
            row: the row.
            otherwise: the answer for a row that belongs to a root through one that is not known.
        """
        catalogue = self.catalogue
        model = catalogue.by_entity[type(row)]
        for links, parent in catalogue.way(model):
            found = self._rows.get((parent.entity, key_referred(links, parent, row)))
            if found is None:
                return otherwise
            row, model = found, parent
        return UnitRoot.of(catalogue, catalogue.root_of(model), model.tenant_of(row))


def in_units(catalogue: Catalogue, rows: Iterable[Validated], root_of: RootOf) -> Iterator[Unit]:
    """Distributes rows over units one after the other, each with all rows of its root that can be added by then.

    Args:
        catalogue: the rules.
        rows: the rows, in an order in which they can be added.
        root_of: gives the root to which a row belongs.
    """
    left, there = [*rows], list[Validated]()
    while left:
        units = [*_next_units(catalogue, left, there, root_of)]
        # What a row can't be without is in its unit, so a unit waits for others that are to be there before its rest.
        whole = (unit for unit in units if all(root_of(row) != unit[0] or _is_among(row, unit[1]) for row in left))
        root, chosen = next(whole, units[0])
        there += chosen
        left = [row for row in left if not _is_among(row, chosen)]
        yield root, chosen


def _next_units(
    catalogue: Catalogue, left: Sequence[Validated], there: Sequence[Validated], root_of: RootOf
) -> Iterator[Unit]:
    """For each root of which a row can be added now the rows of it that can; else one with the first row."""
    addable = [row for row in left if _can_be_added(catalogue, row, there, left)]
    for root in dict.fromkeys(map(root_of, addable or left[:1])):
        chosen = [next(row for row in addable or left if root_of(row) == root)]
        for row in left:
            is_of_root = row is not chosen[0] and root_of(row) == root
            if is_of_root and _can_be_added(catalogue, row, [*there, *chosen], left):
                chosen.append(row)
        yield root, tuple(chosen)


def _is_among(row: Validated, rows: Sequence[Validated]) -> bool:
    return any(row is each for each in rows)


def _can_be_added(catalogue: Catalogue, row: Validated, there: Sequence[Validated], left: Sequence[Validated]) -> bool:
    """Whether no row that is still to be added, and not there, is one to which a row refers."""
    others = (each for each in left if each is not row)
    return not any(points_at(catalogue, row, each) and not _is_among(each, there) for each in others)

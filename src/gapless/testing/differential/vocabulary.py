"""What random programs speak of, as data: entities, the ids that their rows have, and the values of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import attrs

from gapless.kit import Catalogue, Model
from gapless.kit.ids import RootId, RowId
from gapless.kit.model import Validated
from gapless.testing.unit_roots import UnitRoot

if TYPE_CHECKING:
    from gapless.testing.differential.operations import Operation

Values = Mapping[str, object]
TAKEN = "taken"
"""Stands for what another organization has, and nobody else may, in a field that no two rows share: a slug."""
OWN = "own"
"""Stands for what the organization may have in such a field at another row."""


@attrs.frozen
class Referred:
    """Stands for what a row at a place has in a field of its key, where other rows refer to it.

    In each root it is another value, if the key leaves the root out. Of the root itself place 0 is the organization
    whose row refers, and place 1 the other one.

    Attributes:
        entity: of which entity the row is.
        place: which row it is.
        field: the field of its key.
    """

    entity: type[Validated]
    place: int
    field: str

    def __repr__(self) -> str:
        """The row and the field, as a person reads it."""
        return f"{self.entity.__name__} {self.place}.{self.field}"


@attrs.frozen
class Places:
    """The ids that rows of an entity may have.

    Attributes:
        number: how many there are.
        id_of: gives the id at a place below that number, for the key of a root.
    """

    number: int
    id_of: Callable[[RootId, int], RowId]

    @classmethod
    def alike(cls, ids: Sequence[RowId]) -> Places:
        """Places that have the same ids in every root."""
        return cls(len(ids), lambda _, place: ids[place])

    def at(self, root_key: RootId, place: int) -> RowId:
        """The id at a place, which is counted round."""
        return self.id_of(root_key, place % self.number)


def _places_of(given: Mapping[type[Validated], Places | Sequence[RowId]]) -> Mapping[type[Validated], Places]:
    return {entity: ids if isinstance(ids, Places) else Places.alike(ids) for entity, ids in given.items()}


def part_of(model: Model[Validated], id: RowId, field: str) -> object:
    """What a row with an id has in a field of its key."""
    names = [column.name for column in model.id_columns]
    return id[names.index(field)] if isinstance(id, tuple) else id


def mark_of(root: RootId) -> str:
    """A text that tells what belongs to one root from what belongs to others."""
    return root.hex if isinstance(root, UUID) else str(root)


def numbered(kind: int, places: int) -> list[UUID]:
    """The ids that rows of one kind may have."""
    return [UUID(int=kind << 32 | place) for place in range(places)]


def _first_root(words: Vocabulary) -> type[Validated] | None:
    root = words.catalogue.first_root
    return None if root is None else root.entity


@attrs.frozen(kw_only=True)
class Vocabulary:
    """What programs speak of; `vocabulary_of` derives one from a catalogue.

    Attributes:
        catalogue: the entities of the stores, all of which are compared.
        choices: for each entity what its fields may be given: mostly what is valid, and some of what rules refuse.
        together: changes of several fields that make sense together only.
        places: the ids that rows of an entity may have, listed where they are the same in each organization; an
            organization has its own.
        ordered: by which fields of an entity rows are ordered and compared.
        fresh: makes a row that is not there yet, of the key of its root, the row's own id and its place.
        prepared: gives, for the key of a root, the rows that are there when a program begins, in the order in which
            they are added: the root's own first.
        weights: the entities, each as often as it is to be drawn.
        kinds: what is done to an entity, each as often as it is to be drawn, where that is not the usual.
        breaking: operations that bring rules over several rows up, so that they meet more often than by chance.
        endings: what a last unit may do that would hardly come together by chance.
        root_key_of: makes the key of a root of a large number.
        root: the entity of the roots in whose units programs work, by default the first one; None if units are of none.
        root_key_for: gives the key of the root to which rows of an entity belong that units of a root speak of, by
            default that root.
        root_keys_of_all: the keys of the roots of every program, where its tables are emptied before; else None.
    """

    catalogue: Catalogue
    choices: Mapping[type[Validated], Mapping[str, list[object]]]
    together: Mapping[type[Validated], list[dict[str, object]]]
    places: Mapping[type[Validated], Places] = attrs.field(converter=_places_of)
    ordered: Mapping[type[Validated], list[str]]
    fresh: Mapping[type[Validated], Callable[..., Validated]]
    prepared: Callable[..., Sequence[Validated]]
    weights: tuple[type[Validated], ...]
    kinds: Mapping[type[Validated], list[str]]
    breaking: tuple[Operation, ...]
    endings: tuple[tuple[Operation, ...], ...] = ()
    root_key_of: Callable[[int], RootId] = lambda number: UUID(int=number)
    root: type[Validated] | None = attrs.field(default=attrs.Factory(_first_root, takes_self=True))
    root_key_for: Callable[[Model[Validated], RootId], RootId | None] = lambda _, root_key: root_key
    root_keys_of_all: tuple[RootId, RootId] | None = None

    def root_keys(self) -> tuple[RootId, RootId]:
        """The keys of two roots that no program had before, as far as their type leaves enough of them."""
        if self.root_keys_of_all is not None:
            return self.root_keys_of_all
        one = other = self.root_key_of(uuid4().int)
        while other == one:
            other = self.root_key_of(uuid4().int)
        return one, other

    @property
    def shared(self) -> frozenset[type[Validated]]:
        """The entities that units of a root write as well as units of none; empty if there are no units of a root."""
        if self.root is None:
            return frozenset()
        return frozenset(entity for entity in self.choices if self.catalogue.model(entity).is_shared)

    def unit_root(self, root_key: RootId) -> UnitRoot:
        """The root of the units of a program that have this key."""
        catalogue = self.catalogue
        return UnitRoot.of(catalogue, None if self.root is None else catalogue.model(self.root), root_key)

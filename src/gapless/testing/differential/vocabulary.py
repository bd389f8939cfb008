"""What random programs speak of, as data: entities, the ids that their rows have, and the values of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import attrs

from gapless.kit import Catalogue
from gapless.kit.ids import RootId, RowId
from gapless.kit.model import Validated

if TYPE_CHECKING:
    from gapless.testing.differential.operations import Operation

Values = Mapping[str, object]
TAKEN = "taken"
"""Stands for what another organization has, and nobody else may, in a field that no two rows share: a slug."""
OWN = "own"
"""Stands for what the organization may have in such a field at another row."""


def mark_of(root: RootId) -> str:
    """A text that tells what belongs to one root from what belongs to others."""
    return root.hex if isinstance(root, UUID) else str(root)


def numbered(kind: int, places: int) -> list[UUID]:
    """The ids that rows of one kind may have."""
    return [UUID(int=kind << 32 | place) for place in range(places)]


@attrs.frozen(kw_only=True)
class Vocabulary:
    """What programs speak of; `vocabulary_of` derives one from a catalogue.

    Attributes:
        catalogue: the entities of the stores, all of which are compared.
        choices: for each entity what its fields may be given: mostly what is valid, and some of what rules refuse.
        together: changes of several fields that make sense together only.
        places: the ids that rows of an entity may have, the same in each organization; an organization has its own.
        ordered: by which fields of an entity rows are ordered and compared.
        fresh: makes a row that is not there yet, of the key of its root, the row's own id and its place.
        prepared: gives, for the key of a root, the rows that are there when a program begins, in the order in which
            they are added: the root's own first.
        weights: the entities, each as often as it is to be drawn.
        kinds: what is done to an entity, each as often as it is to be drawn, where that is not the usual.
        breaking: operations that bring rules over several rows up, so that they meet more often than by chance.
        endings: what a last unit may do that would hardly come together by chance.
    """

    catalogue: Catalogue
    choices: Mapping[type[Validated], Mapping[str, list[object]]]
    together: Mapping[type[Validated], list[dict[str, object]]]
    places: Mapping[type[Validated], Sequence[RowId]]
    ordered: Mapping[type[Validated], list[str]]
    fresh: Mapping[type[Validated], Callable[..., Validated]]
    prepared: Callable[..., Sequence[Validated]]
    weights: tuple[type[Validated], ...]
    kinds: Mapping[type[Validated], list[str]]
    breaking: tuple[Operation, ...]
    endings: tuple[tuple[Operation, ...], ...] = ()

    @property
    def root(self) -> type[Validated]:
        """The entity to whose rows all others belong."""
        return self.catalogue.root.entity

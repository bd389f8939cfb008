"""How a unit of work is opened: over which rows, for how long, and what it may do."""

from __future__ import annotations

import enum
from typing import NamedTuple, TypeVar

from gapless.kit import Catalogue
from gapless.kit.belonging import ALL_ROOTS, Roots
from gapless.kit.errors import QueryRefused
from gapless.kit.ids import RootId
from gapless.kit.limits import Limits, require_seconds
from gapless.kit.model import Model, Validated
from gapless.kit.plain import plain

E = TypeVar("E", bound=Validated)


class Kind(enum.Enum):
    """What a unit is for. All see the shared rows; UNIT, READING and SNAPSHOT may be without a root."""

    UNIT = "unit"
    """Reads and writes the rows of one root, whose lock it holds, if it has one."""
    CREATING = "creating"
    """Reads and writes as UNIT does, for a root that is not there yet, so there is nothing to lock."""
    READING = "reading"
    """Reads the rows of one root, each time in their newest state."""
    SNAPSHOT = "snapshot"
    """Reads the rows of one root as they are when the unit is opened."""
    SYSTEM = "system"
    """Reads the rows of all roots, and writes those that are not audited, no roots, and nothing that rules ask for."""


UNIT, CREATING, READING, SNAPSHOT, SYSTEM = Kind
"""The kinds by themselves, for what each unit asks: Python 3.11 is slow to find a member in its enumeration."""


class Opening(NamedTuple):
    """How a unit is opened.

    Attributes:
        kind: what the unit is for.
        root: the entity of its root; None if it has no root.
        root_id: the key of its root; None if it has none, and ALL_ROOTS if it sees the rows of all.
        seconds: how many seconds it may take from its opening to its end; in a reading, each read.
    """

    kind: Kind
    root: Model[Validated] | None
    root_id: RootId | Roots | None
    seconds: float

    def tenant_for(self, catalogue: Catalogue, model: Model[E]) -> RootId | Roots | None:
        """The root whose rows of an entity such a unit sees: its own, None for rows of no root, or ALL_ROOTS.

        Raises:
            QueryRefused: the rows belong to another root than the unit's.
        """
        root = self.root
        belongs = catalogue.root_of(model, root)
        if root is not None and belongs is root:  # this is nearly always the case
            return self.root_id
        if self.root_id is ALL_ROOTS:
            return ALL_ROOTS
        if model.is_shared or (root is None and model.may_be_alone):
            return None
        wanted, given = map(_said, (belongs, root))
        raise QueryRefused(f"Rows of {model.name} are read and written in a unit {wanted}, not in one {given}.")

    def records_for(self, catalogue: Catalogue, model: Model[E]) -> RootId | Roots | None:
        """The root to which the records of such a unit belong, or its events.

        Those of a root to which this part does not belong are nobody's. It does not see them: another root's would be
        among them.

        Raises:
            QueryRefused: the catalogue has no place for records that are nobody's.
        """
        root = self.root
        if root is not None:
            if catalogue.root_of(model, root) is root:
                return self.root_id
            if model.may_be_alone:
                return None
        return self.tenant_for(catalogue, model)


def _said(root: Model[Validated] | None) -> str:
    return "without a root" if root is None else f"of {root.name}"


def opening(  # what a caller says of a unit, and the two that belong to the store
    catalogue: Catalogue, kind: Kind, root_id: RootId | None, of: type | None, seconds: float | None, limits: Limits
) -> Opening:
    """The opening of a unit that somebody asks a store for.

    Args:
        catalogue: the catalogue of the store.
        kind: what the unit is for.
        root_id: the key of the root; entering the unit checks that it is one. None for a unit without a root.
        of: the entity of the root; None for the first one.
        seconds: how many seconds it may take; None for the store's own limit.
        limits: the limits of the store.

    Raises:
        InvalidValue: `seconds` is not such a number; `of` is no root of the catalogue; or the catalogue has no root.
    """
    given = limits.unit if seconds is None else require_seconds(seconds)
    if kind is SYSTEM:
        return Opening(kind, None, ALL_ROOTS, given)
    if root_id is None and of is None and kind is not CREATING and catalogue.may_be_alone:
        return Opening(kind, None, None, given)
    return Opening(kind, catalogue.root_named(of), plain(root_id), given)

"""How a unit of work is opened: over which rows, for how long, and what it may do."""

from __future__ import annotations

import enum
from typing import NamedTuple

from gapless.kit.ids import RootId
from gapless.kit.limits import Limits, require_seconds
from gapless.kit.plain import plain


class Kind(enum.Enum):
    """What a unit is for."""

    UNIT = "unit"
    """Reads and writes the rows of one root, whose lock it holds."""
    CREATING = "creating"
    """Reads and writes as UNIT does, for a root that is not there yet, so there is nothing to lock."""
    READING = "reading"
    """Reads the rows of one root, each time in their newest state."""
    SNAPSHOT = "snapshot"
    """Reads the rows of one root as they are when the unit is opened."""
    SYSTEM = "system"
    """Reads the rows of all roots, and writes those that are not audited, no roots, and nothing that rules ask for."""


class Opening(NamedTuple):
    """How a unit is opened.

    Attributes:
        kind: what the unit is for.
        root: the root whose rows it sees; None for all.
        seconds: how many seconds it may take from its opening to its end; in a reading, each read.
    """

    kind: Kind
    root: RootId | None
    seconds: float


def opening(kind: Kind, root: RootId | None, seconds: float | None, limits: Limits) -> Opening:
    """The opening of a unit that somebody asks a store for.

    Args:
        kind: what the unit is for.
        root: the key of the root; entering the unit checks that it is one.
        seconds: how many seconds it may take; None for the store's own limit.
        limits: the limits of the store.

    Raises:
        InvalidValue: `seconds` is not such a number.
    """
    return Opening(kind, plain(root), limits.unit if seconds is None else require_seconds(seconds))

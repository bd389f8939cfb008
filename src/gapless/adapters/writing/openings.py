"""How a unit of work is opened: over which rows, for how long, and what it may do."""

from __future__ import annotations

import enum
from typing import NamedTuple
from uuid import UUID

from gapless.kit.limits import Limits, require_seconds
from gapless.kit.plain import plain


class Kind(enum.Enum):
    """What a unit is for."""

    UNIT = "unit"
    """Reads and writes the rows of one organization, whose lock it holds."""
    CREATING = "creating"
    """As a unit, for an organization that is not there yet, so that there is nothing to lock."""
    READING = "reading"
    """Reads the rows of one organization, each time the newest."""
    SNAPSHOT = "snapshot"
    """Reads the rows of one organization as they are at its opening."""
    SYSTEM = "system"
    """Reads the rows of all organizations, and writes those that nobody guards."""


class Opening(NamedTuple):
    """How a unit is opened.

    Attributes:
        kind: what it is for.
        organization: whose rows it sees; None for those of all.
        seconds: how long it may take from its opening to its end; in a reading each read.
    """

    kind: Kind
    organization: UUID | None
    seconds: float


def opening(kind: Kind, organization: UUID | None, seconds: float | None, limits: Limits) -> Opening:
    """How a unit is opened that somebody asks a store for.

    Args:
        kind: what it is for.
        organization: whose rows; whether this is an id at all is looked at when it is entered.
        seconds: how long it may take; None for the store's own limit.
        limits: the store's.

    Raises:
        InvalidValue: the seconds are none.
    """
    return Opening(kind, plain(organization), limits.unit if seconds is None else require_seconds(seconds))

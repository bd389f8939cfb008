"""What a job reads and writes, declared before it begins, so that a role which may not do it is refused in time."""

from __future__ import annotations

import attrs

from gapless.kit.model import Validated


@attrs.frozen
class Uses:
    """What a job does with the rows of an entity; it also reads the rows that it changes or removes.

    Attributes:
        entity: the entity.
        reads: whether the job reads its rows.
        locks: whether the job locks them, as each unit of work locks the row of its root.
        adds: whether the job adds rows.
        changes: the names of the fields that the job writes.
        removes: whether the job removes rows.
    """

    entity: type[Validated]
    reads: bool = attrs.field(default=False, kw_only=True)
    locks: bool = attrs.field(default=False, kw_only=True)
    adds: bool = attrs.field(default=False, kw_only=True)
    changes: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    removes: bool = attrs.field(default=False, kw_only=True)

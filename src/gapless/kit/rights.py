"""What a job reads and writes, said beforehand: a role that may not is refused before it begins, not in its middle."""

from __future__ import annotations

import attrs

from gapless.kit.model import Validated


@attrs.frozen
class Uses:
    """What a job does with the rows of an entity; those that it changes or removes it reads as well.

    Attributes:
        entity: whose rows.
        reads: whether it looks at them.
        locks: whether it takes their locks, as every unit of work does with that of its organization.
        adds: whether it adds some.
        changes: which of their fields it writes.
        removes: whether it removes some.
    """

    entity: type[Validated]
    reads: bool = attrs.field(default=False, kw_only=True)
    locks: bool = attrs.field(default=False, kw_only=True)
    adds: bool = attrs.field(default=False, kw_only=True)
    changes: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    removes: bool = attrs.field(default=False, kw_only=True)

"""What a job writes, said beforehand: a role that may not is refused before the job begins, not in its middle."""

from __future__ import annotations

import attrs

from gapless.domain.rules.model import Judged


@attrs.frozen
class Writes:
    """What a job does to the rows of an entity.

    Attributes:
        entity: whose rows.
        adds: whether it adds some.
        changes: which of their fields it writes.
        removes: whether it removes some.
    """

    entity: type[Judged]
    adds: bool = attrs.field(default=False, kw_only=True)
    changes: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    removes: bool = attrs.field(default=False, kw_only=True)

"""What a piece of work is, and what several of them need. It imports nothing that an older commit may lack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs

from gapless import Actor

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
ACTOR = Actor.system("benchmark")


@attrs.frozen(kw_only=True)
class Work:
    """A piece of work that is prepared.

    Attributes:
        step: does it once; it gets 0, 1, 2, ... in one count.
        outcome: what all steps have left, as plain values without ids and times: two commits that did the same have
            left the same.
    """

    step: Callable[[int], Awaitable[object]]
    outcome: Callable[[], Awaitable[Plain]]

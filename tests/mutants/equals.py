"""Mutants that are equal to the source in all that a caller can see, each with the reason; they are not drawn."""

from __future__ import annotations

import attrs

from tests.mutants.mutant import Change


@attrs.frozen
class Equal:
    """A change that changes nothing, and why."""

    change: Change
    reason: str


def _equal(module: str, function: str, removed: str, added: str, reason: str) -> Equal:
    lines = (tuple(line.strip() for line in text.splitlines() if line.strip()) for text in (removed, added))
    return Equal(Change(module, function, *lines), reason)


EQUALS: tuple[Equal, ...] = ()

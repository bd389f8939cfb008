"""Hypothesis strategies made from a catalogue: they draw rows that keep the declared rules, and rows that break them.

`st.from_type(User)` works without an import: gapless registers its entities when Hypothesis is imported. That is why
the names of this package are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gapless.testing.strategies.edges import Edge, boundary
    from gapless.testing.strategies.row_generators import entities, rows
    from gapless.testing.strategies.row_pairs import neighbours
    from gapless.testing.strategies.valid_rows import valid, violating
    from gapless.testing.strategies.world_generators import World, as_stored, put, worlds

__all__ = [
    "Edge",
    "World",
    "as_stored",
    "boundary",
    "entities",
    "neighbours",
    "put",
    "rows",
    "valid",
    "violating",
    "worlds",
]

_HOMES = {
    "Edge": "gapless.testing.strategies.edges",
    "World": "gapless.testing.strategies.world_generators",
    "as_stored": "gapless.testing.strategies.world_generators",
    "boundary": "gapless.testing.strategies.edges",
    "entities": "gapless.testing.strategies.row_generators",
    "neighbours": "gapless.testing.strategies.row_pairs",
    "put": "gapless.testing.strategies.world_generators",
    "rows": "gapless.testing.strategies.row_generators",
    "valid": "gapless.testing.strategies.valid_rows",
    "violating": "gapless.testing.strategies.valid_rows",
    "worlds": "gapless.testing.strategies.world_generators",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)

"""The test kit: laws that hold for any store, strategies, random programs on two stores, values on both judges.

The names are loaded when they are first used, so that the plugin of pytest, which is in this package, costs little.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gapless.testing.differential.comparing import Disagreement, compare
    from gapless.testing.differential.programs import Program, programs_of
    from gapless.testing.differential.service_vocabulary import SERVICE
    from gapless.testing.differential.team_vocabulary import TEAM
    from gapless.testing.differential.use_cases import compare_use_cases
    from gapless.testing.differential.vocabulary import Vocabulary
    from gapless.testing.laws.casting import Casting
    from gapless.testing.laws.catalogue import WORKSPACES
    from gapless.testing.laws.checking import Factory, LawReport, check_store
    from gapless.testing.laws.parts import Plain, Team
    from gapless.testing.laws.store_laws import ClosingLaws, StoreLaws
    from gapless.testing.parity import ParityReport, check_parity
    from gapless.testing.strategies.edges import boundary
    from gapless.testing.strategies.judged import valid, violating
    from gapless.testing.strategies.row_drawing import entities
    from gapless.testing.strategies.world_drawing import World, put, worlds
    from gapless.testing.voice.hosted import HOSTED

__all__ = [
    "HOSTED",
    "SERVICE",
    "TEAM",
    "WORKSPACES",
    "Casting",
    "ClosingLaws",
    "Disagreement",
    "Factory",
    "LawReport",
    "ParityReport",
    "Plain",
    "Program",
    "StoreLaws",
    "Team",
    "Vocabulary",
    "World",
    "boundary",
    "check_parity",
    "check_store",
    "compare",
    "compare_use_cases",
    "entities",
    "programs_of",
    "put",
    "valid",
    "violating",
    "worlds",
]

_HOMES = {
    "HOSTED": "gapless.testing.voice.hosted",
    "SERVICE": "gapless.testing.differential.service_vocabulary",
    "TEAM": "gapless.testing.differential.team_vocabulary",
    "Casting": "gapless.testing.laws.casting",
    "ClosingLaws": "gapless.testing.laws.store_laws",
    "Disagreement": "gapless.testing.differential.comparing",
    "Factory": "gapless.testing.laws.checking",
    "LawReport": "gapless.testing.laws.checking",
    "ParityReport": "gapless.testing.parity",
    "Plain": "gapless.testing.laws.parts",
    "Program": "gapless.testing.differential.programs",
    "StoreLaws": "gapless.testing.laws.store_laws",
    "Team": "gapless.testing.laws.parts",
    "Vocabulary": "gapless.testing.differential.vocabulary",
    "WORKSPACES": "gapless.testing.laws.catalogue",
    "World": "gapless.testing.strategies.world_drawing",
    "boundary": "gapless.testing.strategies.edges",
    "check_parity": "gapless.testing.parity",
    "check_store": "gapless.testing.laws.checking",
    "compare": "gapless.testing.differential.comparing",
    "compare_use_cases": "gapless.testing.differential.use_cases",
    "entities": "gapless.testing.strategies.row_drawing",
    "programs_of": "gapless.testing.differential.programs",
    "put": "gapless.testing.strategies.world_drawing",
    "valid": "gapless.testing.strategies.judged",
    "violating": "gapless.testing.strategies.judged",
    "worlds": "gapless.testing.strategies.world_drawing",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

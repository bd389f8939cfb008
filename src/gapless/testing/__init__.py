"""The test kit: laws for any store, rows and violations of any rules, strategies, programs on two stores, parity.

The names are loaded when they are first used, so that the pytest plugin, which is in this package, costs little.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gapless.testing.additions import stored
    from gapless.testing.counterexamples.attempts import Attempt, PlainSql, RowViolation, StepViolation
    from gapless.testing.differential.comparison import Disagreement, compare
    from gapless.testing.differential.derived.vocabulary import vocabularies_of, vocabulary_of
    from gapless.testing.differential.programs import Program, programs_of
    from gapless.testing.differential.runner import PreparationError
    from gapless.testing.differential.vocabulary import Vocabulary
    from gapless.testing.enforcers import Answer, ask_entity, ask_sql, ask_store
    from gapless.testing.factories import Factories
    from gapless.testing.fixtures import Fixture, fixture_of
    from gapless.testing.laws.casting import Casting
    from gapless.testing.laws.catalogue import WORKSPACES
    from gapless.testing.laws.checker import Factory, LawReport, check_store
    from gapless.testing.laws.parts import Plain, Team
    from gapless.testing.laws.store_laws import ClosingLaws, StoreLaws
    from gapless.testing.parity import ParityReport, check_parity
    from gapless.testing.strategies.edges import boundary
    from gapless.testing.strategies.row_generators import entities
    from gapless.testing.strategies.valid_rows import valid, violating
    from gapless.testing.strategies.world_generators import World, put, worlds
    from gapless.testing.violations import attempts

__all__ = [
    "WORKSPACES",
    "Answer",
    "Attempt",
    "Casting",
    "ClosingLaws",
    "Disagreement",
    "Factories",
    "Factory",
    "Fixture",
    "LawReport",
    "ParityReport",
    "Plain",
    "PlainSql",
    "PreparationError",
    "Program",
    "RowViolation",
    "StepViolation",
    "StoreLaws",
    "Team",
    "Vocabulary",
    "World",
    "ask_entity",
    "ask_sql",
    "ask_store",
    "attempts",
    "boundary",
    "check_parity",
    "check_store",
    "compare",
    "entities",
    "fixture_of",
    "programs_of",
    "put",
    "stored",
    "valid",
    "violating",
    "vocabularies_of",
    "vocabulary_of",
    "worlds",
]

_HOMES = {
    "Answer": "gapless.testing.enforcers",
    "Attempt": "gapless.testing.counterexamples.attempts",
    "Casting": "gapless.testing.laws.casting",
    "ClosingLaws": "gapless.testing.laws.store_laws",
    "Disagreement": "gapless.testing.differential.comparison",
    "Factories": "gapless.testing.factories",
    "Factory": "gapless.testing.laws.checker",
    "Fixture": "gapless.testing.fixtures",
    "LawReport": "gapless.testing.laws.checker",
    "ParityReport": "gapless.testing.parity",
    "Plain": "gapless.testing.laws.parts",
    "PlainSql": "gapless.testing.counterexamples.attempts",
    "PreparationError": "gapless.testing.differential.runner",
    "Program": "gapless.testing.differential.programs",
    "RowViolation": "gapless.testing.counterexamples.attempts",
    "StepViolation": "gapless.testing.counterexamples.attempts",
    "StoreLaws": "gapless.testing.laws.store_laws",
    "Team": "gapless.testing.laws.parts",
    "Vocabulary": "gapless.testing.differential.vocabulary",
    "WORKSPACES": "gapless.testing.laws.catalogue",
    "World": "gapless.testing.strategies.world_generators",
    "ask_entity": "gapless.testing.enforcers",
    "ask_sql": "gapless.testing.enforcers",
    "ask_store": "gapless.testing.enforcers",
    "attempts": "gapless.testing.violations",
    "boundary": "gapless.testing.strategies.edges",
    "check_parity": "gapless.testing.parity",
    "check_store": "gapless.testing.laws.checker",
    "compare": "gapless.testing.differential.comparison",
    "entities": "gapless.testing.strategies.row_generators",
    "fixture_of": "gapless.testing.fixtures",
    "programs_of": "gapless.testing.differential.programs",
    "put": "gapless.testing.strategies.world_generators",
    "stored": "gapless.testing.additions",
    "valid": "gapless.testing.strategies.valid_rows",
    "violating": "gapless.testing.strategies.valid_rows",
    "vocabularies_of": "gapless.testing.differential.derived.vocabulary",
    "vocabulary_of": "gapless.testing.differential.derived.vocabulary",
    "worlds": "gapless.testing.strategies.world_generators",
}

_BROUGHT = ("hypothesis", "pytest", "pytest_asyncio")


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name not in _BROUGHT:
            raise
        raise ModuleNotFoundError(
            f"{__name__} needs {error.name}, which an extra brings: pip install 'gapless[testing]'", name=error.name
        ) from error


def __dir__() -> list[str]:
    return [*{*globals(), *__all__}]

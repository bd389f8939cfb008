"""Sequences of use cases in which now and then an argument is hostile, the organization and the actor among them."""

from __future__ import annotations

import attrs
from hypothesis import strategies as st

from gapless.testing.fuzzing.hostile import SPOILED, Hostile, hostile_values
from tests.every import parameters
from tests.programs.use_case_programs import UseCase, use_case_programs
from tests.voice.hosted import HOSTED

HOSTILE = st.sampled_from(hostile_values(HOSTED))


def hostile_use_cases(most: int, *, least: int = 1) -> st.SearchStrategy[tuple[UseCase, ...]]:
    """Sequences of use cases, some of whose arguments are hostile.

    Args:
        most: how many there are at most.
        least: and at least.
    """
    return use_case_programs(most, least=least).flatmap(lambda calls: st.tuples(*map(_perhaps_spoiled, calls)))


def _perhaps_spoiled(call: UseCase) -> st.SearchStrategy[UseCase]:
    names = tuple(parameters(call.name))
    chosen = st.sampled_from(SPOILED).flatmap(
        lambda most: st.dictionaries(st.sampled_from(names), HOSTILE, min_size=min(most, len(names)), max_size=most)
    )
    return chosen.map(lambda hostile: _spoiled(call, hostile)) if names else st.just(call)


def _spoiled(call: UseCase, hostile: dict[str, Hostile]) -> UseCase:
    return attrs.evolve(call, arguments=tuple((dict(call.arguments) | hostile).items()))

"""Looks for a program that fails among random ones; the same seed draws the same programs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

import attrs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

S = TypeVar("S")


@attrs.frozen
class Search(Generic[S]):
    """The result of a search.

    Attributes:
        programs: how many were run.
        steps: how many steps they had.
        failing: the first that failed, or None.
    """

    programs: int
    steps: int
    failing: tuple[S, ...] | None


class _Found(Exception):  # it is no error
    """Ends a search."""


def search(
    drawn: st.SearchStrategy[tuple[S, ...]], fails: Callable[[tuple[S, ...]], bool], *, programs: int, seed: int
) -> Search[S]:
    """Runs random programs until one fails.

    Args:
        drawn: what draws a program.
        fails: runs a program, and says whether it fails.
        programs: how many to run at most.
        seed: what they are drawn from.
    """
    steps: list[int] = []
    failing: list[tuple[S, ...]] = []

    @seeded(seed)
    @settings(
        max_examples=programs,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(program=drawn)
    def run(program: tuple[S, ...]) -> None:
        if not failing:
            steps.append(len(program))
            if fails(program):
                failing.append(program)
        if failing:
            raise _Found

    with suppress(_Found):
        run()
    return Search(len(steps), sum(steps), failing[0] if failing else None)

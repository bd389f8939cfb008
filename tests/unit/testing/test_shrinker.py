"""A program that fails is made as small as it can be by leaving steps out, in few runs."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from gapless.testing.differential.shrinker import shrunk
from tests.properties import bounded


@bounded(200)
@given(length=st.integers(0, 60), places=st.sets(st.integers(0, 59), max_size=4))
def test_what_is_left_is_what_it_takes(length: int, places: set[int]) -> None:
    """Of a program that fails by some of its steps together just those are left, in their order."""
    needed = {place for place in places if place < length}
    runs = 0

    async def fails(program: tuple[int, ...]) -> bool:
        nonlocal runs
        runs += 1
        return needed <= set(program)

    assert asyncio.run(shrunk(range(length), fails)) == tuple(sorted(needed))
    assert runs <= 2 * length + 8 * len(needed) + 8


@bounded(200)
@given(st.lists(st.integers(0, 9), max_size=20))
def test_no_step_can_be_left_out(program: list[int]) -> None:
    """Whatever makes a program fail, it no longer does without any one of the steps that are left."""

    async def fails(steps: tuple[int, ...]) -> bool:
        return sum(steps) % 7 > 2

    if sum(program) % 7 > 2:
        left = asyncio.run(shrunk(program, fails))
        assert sum(left) % 7 > 2
        for place in range(len(left)):
            assert sum(left[:place] + left[place + 1 :]) % 7 <= 2

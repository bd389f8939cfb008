"""Time and ids of a story."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gapless.demo.pace import PLACES, Pace

STEPS = st.lists(st.integers(0, 5), min_size=1, max_size=8)


def ids(story: int, steps: list[int]) -> list[UUID]:
    """The ids of a story whose steps make so many each."""
    pace = Pace(story)
    made = []
    for number in steps:
        pace.step()
        made += [pace.new() for _ in range(number)]
    return made


@given(STEPS)
def test_ids_are_of_version_7_and_rise(steps: list[int]) -> None:
    """Every id is a UUIDv7, greater than the one before, and no other story makes it."""
    made = ids(1, steps)
    assert all(own.version == 7 for own in made)
    assert made == sorted(set(made))
    assert set(made).isdisjoint(ids(2, steps))


@given(STEPS, STEPS)
def test_a_step_starts_anew(steps: list[int], others: list[int]) -> None:
    """What a step makes does not depend on how many ids the steps before have made, only on their number."""
    assert ids(1, [*steps, 3])[-3:] == ids(1, [*(0 for _ in steps), 3])
    one, other = Pace(1), Pace(1)
    for pace, made in ((one, steps), (other, others)):
        pace.step()
        for _ in made:
            pace.new()
    assert one.now() == other.now()


def test_many_ids_of_a_step_still_rise() -> None:
    """More ids than a millisecond has places for go on in the next one: each is a UUIDv7, and none comes twice."""
    made = ids(1, [2 * PLACES + 1, 1])
    assert made == sorted(set(made))
    assert {own.version for own in made} == {7}


def test_waiting_lets_time_pass() -> None:
    """What waits is later by so much."""
    pace = Pace(1)
    before = pace.now()
    pace.wait(timedelta(days=31))
    assert pace.now() - before == timedelta(days=31)

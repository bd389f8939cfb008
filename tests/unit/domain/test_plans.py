"""Which of two plans is the smaller one, and what a limit is."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.plans import DEFAULT_PLANS, PlanCatalogue, PlanLimits
from gapless.domain.values import Bytes
from gapless.kit.columns import BigInteger
from gapless.kit.errors import InvalidValue

NAMES = [field.name for field in attrs.fields(PlanLimits)]


def limits(call_minutes: int, team_members: int, phone_numbers: int, storage: int) -> PlanLimits:
    """The limits of a plan."""
    return PlanLimits(
        call_minutes=call_minutes,
        team_members=team_members,
        phone_numbers=phone_numbers,
        storage=Bytes(BigInteger(storage)),
    )


PLANS = st.builds(limits, *[st.integers(0, 2)] * 4)


@given(PLANS, PLANS)
def test_smaller(one: PlanLimits, other: PlanLimits) -> None:
    """A plan is smaller if it gives more of nothing and less of something; of two at most one is, of equals neither."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in NAMES]
    assert one.below(other) == tuple(name for name, (here, there) in zip(NAMES, pairs, strict=True) if here < there)
    assert one.is_smaller_than(other) == (one != other and all(here <= there for here, there in pairs))
    assert not (one.is_smaller_than(other) and other.is_smaller_than(one))


@given(PLANS, PLANS, PLANS)
def test_smaller_than_the_smaller(one: PlanLimits, other: PlanLimits, third: PlanLimits) -> None:
    """What is smaller than a smaller plan is smaller."""
    if one.is_smaller_than(other) and other.is_smaller_than(third):
        assert one.is_smaller_than(third)


def test_the_plans_to_start_with_grow() -> None:
    """Each plan of the default catalogue is smaller than the next, so that a downgrade goes down it."""
    plans = list(DEFAULT_PLANS.plans.values())
    assert all(one.is_smaller_than(greater) for one, greater in pairwise(plans))


@pytest.mark.parametrize("wrong", [None, True, 5.0, "5"])
@pytest.mark.parametrize("name", NAMES)
def test_limits_are_whole_numbers(name: str, wrong: object) -> None:
    """What is no whole number is no limit, and the error names it."""
    with pytest.raises(InvalidValue, match=name):
        attrs.evolve(limits(1, 1, 1, 1), **{name: cast(int, wrong)})  # type: ignore[arg-type]  # planted


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, 5, "small", {}, [], [("small", limits(1, 1, 1, 1))], {"small": 5}, {5: limits(1, 1, 1, 1)}),
        *({"small": limits(1, 1, 1, 1), "large": 5}, {"small": limits(1, 1, 1, 1), 5: limits(2, 2, 2, 2)}),
    ],
)
def test_plans_are_a_mapping(wrong: object) -> None:
    """What is no mapping from names to limits, or has no plan, makes no catalogue, and the error names the argument."""
    with pytest.raises(InvalidValue) as caught:
        PlanCatalogue(cast("dict[str, PlanLimits]", wrong))
    assert caught.value.fields == ("plans",)

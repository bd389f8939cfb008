"""Plans and their limits: the host passes them in; a small catalogue is there to start with."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TypeVar, cast

import attrs

from gapless.domain.values import Bytes
from gapless.kit.columns import BigInteger
from gapless.kit.errors import InvalidValue
from gapless.kit.plain import entries_of, is_of, kind_of, plain_integer, plain_text, settle, shown

GIBIBYTE = 2**30
MOST_NAMED = 20
MOST_PLANS = 10_000
N = TypeVar("N")


def _number(_: object, attribute: attrs.Attribute[N], value: N) -> None:
    if plain_integer(value) is None:
        said = f"The limit {attribute.name} of a plan is a whole number, not {kind_of(value)}."
        raise InvalidValue(attribute.name, said, fields=(attribute.name,))


@attrs.frozen(kw_only=True)
class PlanLimits:
    """What an organization may use on a plan.

    Attributes:
        call_minutes: minutes of calls in a billing period.
        team_members: active members.
        phone_numbers: telephone numbers.
        storage: bytes.

    Raises:
        InvalidValue: one of these is not a whole number.
    """

    call_minutes: int = attrs.field(validator=_number)
    team_members: int = attrs.field(validator=_number)
    phone_numbers: int = attrs.field(validator=_number)
    storage: Bytes = attrs.field(validator=_number)

    def __attrs_post_init__(self) -> None:
        settle(self)

    def below(self, other: PlanLimits) -> tuple[str, ...]:
        """The names of the limits of this plan that are less than the other's, in their order."""
        return tuple(name for name, limit in _limits(self).items() if limit < _limits(other)[name])

    def is_smaller_than(self, other: PlanLimits) -> bool:
        """Whether no limit of this plan is greater than the other's, and at least one is less."""
        return bool(self.below(other)) and not other.below(self)


def _limits(limits: PlanLimits) -> dict[str, int]:
    return attrs.asdict(limits)


def _named(plans: Mapping[str, PlanLimits]) -> Mapping[str, PlanLimits]:
    """The plans, with their names as plain texts."""
    given = entries_of(plans, MOST_PLANS) or {}
    found = {plain_text(name): limits for name, limits in given.items()}
    wrong = None in found or not all(is_of(limits, PlanLimits) for limits in found.values())
    if wrong or not 1 <= len(given) <= MOST_PLANS:
        said = f"Plans are a mapping from 1 to {MOST_PLANS} plan names to PlanLimits."
        raise InvalidValue("plans", said, fields=("plans",))
    return cast("Mapping[str, PlanLimits]", found)


@attrs.frozen
class PlanCatalogue:
    """The plans that a host sells, by name.

    Raises:
        InvalidValue: the plans are not a mapping from texts to PlanLimits, or there are none, or more than 10,000.
    """

    plans: Mapping[str, PlanLimits] = attrs.field(converter=_named)

    def limits(self, plan: str) -> PlanLimits:
        """The limits of a plan.

        Raises:
            InvalidValue: the catalogue has no plan of this name; the message lists the names that it has.
        """
        name = plain_text(plan)
        if name is None or name not in self.plans:
            there = ", ".join(map(shown, islice(self.plans, MOST_NAMED)))
            asked = kind_of(plan) if name is None else f"'{shown(name)}'"
            raise InvalidValue("plan", f"There is no plan {asked}; the plans are {there}.", fields=("plan",))
        return self.plans[name]


DEFAULT_PLANS = PlanCatalogue(
    {
        "starter": PlanLimits(call_minutes=500, team_members=10, phone_numbers=2, storage=Bytes(BigInteger(GIBIBYTE))),
        "team": PlanLimits(
            call_minutes=5_000, team_members=50, phone_numbers=10, storage=Bytes(BigInteger(20 * GIBIBYTE))
        ),
        "business": PlanLimits(
            call_minutes=50_000, team_members=500, phone_numbers=100, storage=Bytes(BigInteger(200 * GIBIBYTE))
        ),
    }
)

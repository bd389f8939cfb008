"""Plans and their limits: data that the host passes in, with a small catalogue to start from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import attrs

from gapless.domain.errors import InvalidValue
from gapless.domain.rules.columns import BigInteger
from gapless.domain.values import Bytes

GIBIBYTE = 2**30
N = TypeVar("N")


def _number(_: object, attribute: attrs.Attribute[N], value: N) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidValue(attribute.name, f"The limit {attribute.name} of a plan is a whole number.")


@attrs.frozen(kw_only=True)
class PlanLimits:
    """What an organization may use on a plan.

    Attributes:
        call_minutes: minutes of calls in a billing period.
        team_members: active members.
        phone_numbers: telephone numbers.
        storage: bytes.

    Raises:
        InvalidValue: one of these is no whole number.
    """

    call_minutes: int = attrs.field(validator=_number)
    team_members: int = attrs.field(validator=_number)
    phone_numbers: int = attrs.field(validator=_number)
    storage: Bytes = attrs.field(validator=_number)

    def below(self, other: PlanLimits) -> tuple[str, ...]:
        """The names of the limits that are less here than there, in their order."""
        return tuple(name for name, limit in _limits(self).items() if limit < _limits(other)[name])

    def is_smaller_than(self, other: PlanLimits) -> bool:
        """Whether no limit is greater here than there, and one is less; where each lacks something, neither is."""
        return bool(self.below(other)) and not other.below(self)


def _limits(limits: PlanLimits) -> dict[str, int]:
    return attrs.asdict(limits)


@attrs.frozen
class PlanCatalogue:
    """The plans that a host sells, by name."""

    plans: Mapping[str, PlanLimits]

    def limits(self, plan: str) -> PlanLimits:
        """The limits of a plan.

        Raises:
            InvalidValue: there is no such plan.
        """
        found = next((limits for name, limits in self.plans.items() if name == plan), None)
        if found is None:
            raise InvalidValue("plan", f"There is no such plan; there are {', '.join(self.plans)}.")
        return found


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

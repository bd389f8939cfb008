"""The errors of the voice service, beside those of the kit: calls that are going on, plans and billing periods.

RuleViolated
└── CallsInProgress            an organization can't be deleted while calls are going on
InvalidState
├── PlanNotSmaller             a downgrade to a plan that is not smaller was asked for
├── PlanTooSmall               a plan has less room than the organization uses
│   └── DowngradeExceedsPlan   ... a downgrade would leave more members than the plan has seats
└── PeriodMismatch             a billing period does not begin when the present one ends
"""

from __future__ import annotations

from collections.abc import Mapping

from gapless.kit import Source
from gapless.kit.errors import Detail, InvalidState, RuleViolated


class CallsInProgress(RuleViolated):
    """An organization can't be deleted while calls are going on in it; `active_calls` says how many."""

    code = "calls_in_progress"

    def __init__(
        self, *, rule: str, entity: str, fields: tuple[str, ...], active_calls: int, source: Source | None = None
    ) -> None:
        message = f"An organization can't be deleted while calls are going on in it: {active_calls} at the moment."
        super().__init__(rule=rule, entity=entity, fields=fields, message=message, source=source)
        self.active_calls = active_calls

    def details(self) -> dict[str, Detail]:
        """The details of every broken rule, and the number of calls."""
        return {**super().details(), "active_calls": self.active_calls}


class PlanNotSmaller(InvalidState):
    """A downgrade was asked for to a plan that is not smaller than what the organization has; use `change_plan`."""

    code = "plan_not_smaller"

    def __init__(self, entity: str, id: object, plan: str, greater: tuple[str, ...]) -> None:
        what = f"it allows more {', '.join(greater)}" if greater else "it allows as much of everything"
        super().__init__(
            entity,
            id,
            f"The plan {plan!r} is not smaller than what the organization has: {what}. Change the plan instead.",
            fields=("plan",),
        )
        self.plan = plan
        self.greater = greater

    def details(self) -> dict[str, Detail]:
        """The entity and its id, the plan, and which of its limits are greater."""
        return {**super().details(), "plan": self.plan, "greater": list(self.greater)}


class PlanTooSmall(InvalidState):
    """A plan has less room than the organization uses; `used` and `allowed` say how much, by `exceeded` limit."""

    code = "plan_too_small"

    def __init__(
        self, entity: str, id: object, plan: str, exceeded: Mapping[str, tuple[int, int]], message: str
    ) -> None:
        super().__init__(entity, id, message, fields=("plan",))
        self.plan = plan
        self.exceeded: tuple[str, ...] = tuple(exceeded)
        self.used: dict[str, int] = {name: used for name, (used, _) in exceeded.items()}
        self.allowed: dict[str, int] = {name: allowed for name, (_, allowed) in exceeded.items()}

    def details(self) -> dict[str, Detail]:
        """The entity and its id, the plan, its limits that are exceeded, and how much of each is used and allowed."""
        numbers: dict[str, Detail] = {}
        for name in self.exceeded:
            numbers[f"used_{name}"] = self.used[name]
            numbers[f"allowed_{name}"] = self.allowed[name]
        return {**super().details(), "plan": self.plan, "exceeded": list(self.exceeded), **numbers}


class DowngradeExceedsPlan(PlanTooSmall):
    """A downgrade can't be executed, because it would leave more members than the new plan has seats."""

    code = "downgrade_exceeds_plan"

    def __init__(self, entity: str, id: object, plan: str, members: int, seats: int) -> None:
        super().__init__(
            entity,
            id,
            plan,
            {"team_members": (members, seats)},
            f"The downgrade would leave {members} members, but the plan has {seats} seats: deactivate members, or "
            "schedule it again and name the users who lose their seats.",
        )
        self.members = members
        self.seats = seats

    def details(self) -> dict[str, Detail]:
        """The entity and its id, how many active members would be left, and how many seats the plan has."""
        return {**super().details(), "members": self.members, "seats": self.seats}


class PeriodMismatch(InvalidState):
    """A billing period does not follow the present one: the two would overlap, or there would be a gap between them."""

    code = "period_mismatch"

    def __init__(self, entity: str, id: object, given: str, expected: str, message: str) -> None:
        super().__init__(entity, id, message, fields=("period_start",))
        self.given = given
        self.expected = expected

    def details(self) -> dict[str, Detail]:
        """The entity and its id, the start that was given and the start that is needed, both in ISO 8601 and UTC."""
        return {**super().details(), "given": self.given, "expected": self.expected}

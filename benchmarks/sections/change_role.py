"""W2: a role is changed under the organization's lock, with an audit record, and with an event if it is a lower one."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.contender import Contender, Entry
from benchmarks.contenders.registry import BY_HAND, GAPLESS, RAW
from benchmarks.context import Context
from benchmarks.measurement import Effort, Side
from benchmarks.stage import LATENCIES, Home, Stage
from benchmarks.works import Prepare, Task, Work, compared
from gapless.domain.users import Role
from gapless.kit.ids import UserId

NAME = "change_role"
EFFORTS = dict(zip(LATENCIES, (Effort(rounds=40, steps=40), Effort(rounds=20, steps=10)), strict=True))
GOALS = {
    LATENCIES[0]: [
        Goal(
            ours=GAPLESS,
            other=BY_HAND,
            greatest=1.2,
            requests=4,
            reason="by hand is at its best and sends the same four requests; rules and the trail may add a fifth",
        )
    ],
    LATENCIES[1]: [
        Goal(
            ours=GAPLESS,
            other=RAW,
            greatest=0.68,
            requests=4,
            reason="where round trips take long, fewer of them are worth more than what the guarantees cost",
        )
    ],
}
LINES: dict[str, tuple[Callable[[Home], UserId], tuple[Role, Role]]] = {
    "change a role (admin, manager)": (lambda home: home.member, (Role.ADMIN, Role.MANAGER)),
    "change a role (admin, owner)": (lambda home: home.owner, (Role.ADMIN, Role.OWNER)),
}
"""Whose role is changed, and between which two."""


def prepared(whose: Callable[[Home], UserId], roles: tuple[Role, Role]) -> Prepare:
    """Makes what prepares the change of one user's role, to and fro; what stands in the tables is compared."""

    async def prepare(stage: Stage, entry: Entry, contender: Contender, _: Effort) -> Task:
        home = await stage.home(entry.schema)
        user_id = whose(home)

        async def step(place: int) -> None:
            await contender.change_role(home.id, user_id, roles[place % 2])

        async def outcome() -> dict[str, object]:
            return dict(await stage.contents(entry.schema, [home.id], with_events=entry.has_events))

        return Task(side=Side(step=step), outcome=outcome)

    return prepare


async def measured(context: Context) -> list[Comparison]:
    """Compares all contenders, for a member and for an owner."""
    works = (
        Work(section=NAME, name=name, prepare=prepared(whose, roles), efforts=EFFORTS, goals=GOALS)
        for name, (whose, roles) in LINES.items()
    )
    return await compared(context, *works)

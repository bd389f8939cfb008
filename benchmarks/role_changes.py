"""Changing a role: the organization locked, the row read, written with its audit record and its event, committed."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from benchmarks.by_hand import RoleChange
from benchmarks.figures import Figure
from benchmarks.ground import ground
from benchmarks.measurement import Effort, Side, SidesDiffer, Step, round_medians
from benchmarks.stage import ACTOR, Access, Company, Stage
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.domain.users import Role, User

GREATEST_RATIO = 1.25
REQUESTS = 4
REASON = (
    "by hand is at its best and sends the same four requests, which the guarantees need; "
    "a unit of work, its rules and its trail may add a quarter"
)


@attrs.frozen(kw_only=True)
class Line:
    """One line of the table: whose role changes, and between which two."""

    name: str
    slug: str
    whose: Callable[[Company], User]
    roles: tuple[Role, Role]


LINES = (
    Line(
        name="change a role (admin, manager)",
        slug="members",
        whose=lambda company: company.members[0],
        roles=(Role.ADMIN, Role.MANAGER),
    ),
    Line(
        name="change a role (owner, admin)",
        slug="owners",
        whose=lambda company: company.owners[1],
        roles=(Role.ADMIN, Role.OWNER),
    ),
)


def step_ours(access: Access, company: Company, line: Line) -> Step:
    """The use case of gapless."""
    user = line.whose(company)
    return lambda place: access.app.members.change_role(company.id, user.id, line.roles[place % 2], actor=ACTOR)


def step_by_hand(access: Access, company: Company, line: Line) -> Step:
    """The same by hand."""
    user, change = line.whose(company), RoleChange(pool=access.pool, clock=SystemClock(), ids=UuidV7Factory())
    return lambda place: change(company.id, user.id, line.roles[place % 2], actor=ACTOR)


async def benchmark(stage: Stage, effort: Effort) -> list[Figure]:
    """Measures the use case of gapless and by hand, each in an organization of its own."""
    return [await _line(stage, effort, line) for line in LINES]


async def _line(stage: Stage, effort: Effort, line: Line) -> Figure:
    ours, other = await stage.companies(line.slug)
    requests = (
        await stage.requests(step_ours(stage.counted, ours, line)),
        await stage.requests(step_by_hand(stage.counted, other, line)),
    )
    sides = {
        "ours": Side(step=step_ours(stage.direct, ours, line)),
        "other": Side(step=step_by_hand(stage.direct, other, line)),
    }
    medians = await round_medians(sides, effort)
    await require_equal(stage, ours, other)
    return Figure(
        name=line.name,
        ours="gapless",
        other="by hand",
        ours_us=medians["ours"].wall_us,
        other_us=medians["other"].wall_us,
        goal=GREATEST_RATIO,
        reason=REASON,
        requests=requests,
        greatest_requests=REQUESTS,
        ground=ground(stage.version),
    )


async def require_equal(stage: Stage, ours: Company, other: Company) -> None:
    """Sees to it that both sides have left the same users, audit records and events.

    Raises:
        SidesDiffer: they have not.
    """
    if await stage.contents(ours) != await stage.contents(other):
        raise SidesDiffer("change a role: the two sides have left different data.")

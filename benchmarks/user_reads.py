"""Getting a user by its id: one request, and a frozen value made of the row."""

from __future__ import annotations

from benchmarks import by_hand
from benchmarks.figures import Figure
from benchmarks.ground import ground
from benchmarks.measurement import Effort, Side, SidesDiffer, round_medians
from benchmarks.stage import Access, Company, Stage
from gapless.domain.users import User

NAME = "get a user"
GREATEST_RATIO = 1.25
REQUESTS = 1
REASON = "by hand is at its best and sends the same request; a repository may add a quarter"


async def get_ours(access: Access, company: Company, place: int) -> User:
    """Reads a user with gapless."""
    async with access.app.store.reading(company.id) as reading:
        return await reading.of(User).get(company.members[place % len(company.members)].id)


async def get_by_hand(access: Access, company: Company, place: int) -> User:
    """Reads the same user with asyncpg."""
    return await by_hand.get_user(access.pool, company.id, company.members[place % len(company.members)].id)


async def require_equal(access: Access, company: Company) -> None:
    """Sees to it that both sides answer alike.

    Raises:
        SidesDiffer: they do not.
    """
    for place, member in enumerate(company.members):
        ours, other = await get_ours(access, company, place), await get_by_hand(access, company, place)
        if not ours == other == member:
            raise SidesDiffer(f"{NAME}: the two sides read different users.")


async def benchmark(stage: Stage, effort: Effort) -> list[Figure]:
    """Measures reading by gapless and by hand, of the same users."""
    company, _ = await stage.companies("reading")
    await require_equal(stage.direct, company)
    requests = (
        await stage.requests(lambda place: get_ours(stage.counted, company, place)),
        await stage.requests(lambda place: get_by_hand(stage.counted, company, place)),
    )
    sides = {
        "ours": Side(step=lambda place: get_ours(stage.direct, company, place)),
        "other": Side(step=lambda place: get_by_hand(stage.direct, company, place)),
    }
    medians = await round_medians(sides, effort)
    return [
        Figure(
            name=NAME,
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
    ]

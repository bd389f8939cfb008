"""The greatest and the least number that an argument may be is taken, and what is just beyond it is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from gapless.adapters.postgres.connections.engine import create_engine
from gapless.adapters.postgres.sql.text import checked_role
from gapless.domain.plans import PlanCatalogue, PlanLimits
from gapless.domain.values import Bytes
from gapless.kit.columns import BigInteger
from gapless.kit.errors import InvalidValue, NotFound, QueryRefused
from gapless.kit.limits import Limits, pool_size_of, require_seconds
from tests.unit.services.worlds import World

URL = "postgresql+asyncpg://localhost/nobody_connects"
ALL = PlanLimits(call_minutes=1, team_members=1, phone_numbers=1, storage=Bytes(BigInteger(1)))


def plans(count: float) -> PlanCatalogue:
    """So many plans."""
    return PlanCatalogue({str(place): ALL for place in range(int(count))})


def listed(world: World, limit: float) -> Awaitable[object]:
    """A page with at most so many members."""
    return world.app.members.list_members(world.home, limit=int(limit))


def purged(world: World, batch: float) -> Awaitable[object]:
    """A cleanup in batches of so many rows."""
    return world.app.cleanup.purge_expired(timedelta(days=30), batch=int(batch))


async def named(world: World, count: float) -> None:
    """A downgrade that names so many users, who are not there."""
    schedule = world.app.subscriptions.schedule_downgrade
    with pytest.raises(NotFound):
        await schedule(world.home, "small", [UUID(int=1)] * int(count), actor=world.actor)  # type: ignore[list-item]


BOUNDS: dict[str, tuple[Callable[[float], object], float, float]] = {
    "the plans of a catalogue": (plans, 10_000, 10_001),
    "the connections of a pool": (lambda size: pool_size_of(int(size)), 1000, 1001),
    "one connection": (lambda size: pool_size_of(int(size)), 1, 0),
    "the time of a unit": (require_seconds, 2_147_483.0, 2_147_484.0),
    "the time of a unit that is over": (require_seconds, -2_147_483.0, -2_147_484.0),
    "the least limit": (lambda seconds: Limits(lock=seconds), 0.001, 0.0009),
    "the greatest limit": (lambda seconds: Limits(lock=seconds), 2_147_483.0, 2_147_484.0),
    "the time for connecting": (lambda seconds: create_engine(URL, connect_seconds=seconds), 2_147_483.0, 2_147_484.0),
    "the name of a role": (lambda length: checked_role("r" * int(length)), 63, 64),
    "the name of a role in bytes": (lambda length: checked_role("é" * 31 + "r" * int(length - 62)), 63, 64),
}
ASKED: dict[str, tuple[Callable[[World, float], Awaitable[object]], float, float]] = {
    "the rows of a page": (listed, 1000, 1001),
    "one row": (listed, 1, 0),
    "the rows of a batch": (purged, 10_000, 10_001),
    "one row of a batch": (purged, 1, 0),
    "the users of a downgrade": (named, 10_000, 10_001),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_value_at_its_bound_is_taken(name: str) -> None:
    """An argument may be what its refusal says, and no more, or no less."""
    make, within, beyond = BOUNDS[name]
    make(within)
    with pytest.raises(InvalidValue):
        make(beyond)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ASKED)
async def test_a_use_case_takes_what_is_at_the_bound(world: World, name: str) -> None:
    """A use case may be asked for as much as its refusal says, and for no more."""
    ask, within, beyond = ASKED[name]
    await ask(world, within)
    with pytest.raises((InvalidValue, QueryRefused)):
        await ask(world, beyond)

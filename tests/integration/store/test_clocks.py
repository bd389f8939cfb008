"""The machine's clock beside the server's: compared when a store is opened, and before something goes for good."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import gapless
from gapless.adapters.clocks import require_not_ahead, require_same_time
from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.system import SystemClock
from gapless.bootstrap import Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.kit.audit import Actor
from gapless.kit.errors import ClockSkewed
from gapless.kit.limits import Limits
from gapless.kit.ports import Store
from tests.use_cases.worlds import TurnedClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACTOR = Actor.system("tests")
MINUTE, STEP = timedelta(minutes=1), timedelta(microseconds=1)


@pytest.mark.parametrize("seconds", [-400 * 86400, -61, 61, 400 * 86400])
@pytest.mark.asyncio
async def test_a_machine_whose_clock_is_wrong_is_refused(
    database_url: str, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """Opening is refused when the machine's clock is ahead or behind, whatever clock is handed in; both are told."""
    wrong = timedelta(seconds=seconds)
    monkeypatch.setattr(SystemClock, "now", lambda _: datetime.now(UTC) + wrong)
    with pytest.raises(ClockSkewed) as caught:
        async with gapless.open(database_url, clock=TurnedClock()):
            pass
    assert abs(caught.value.ours - caught.value.theirs - wrong) < MINUTE
    assert caught.value.theirs.isoformat() in str(caught.value)
    assert set(caught.value.details()) == {"ours", "theirs"}
    async with gapless.open(database_url, limits=Limits(clock=None)):
        pass
    if abs(seconds) < 62:
        async with gapless.open(database_url, limits=Limits(clock=90)):
            pass


def test_the_round_trip_is_allowed_for() -> None:
    """The server answered at some moment between asking and the answer: only what fits none of them is refused."""
    slow = (NOON, NOON + 3 * MINUTE)
    for theirs in (NOON - MINUTE, NOON, NOON + 4 * MINUTE):
        require_same_time(60.0, slow[0], theirs, slow[1])
    for theirs in (NOON - MINUTE - STEP, NOON + 4 * MINUTE + STEP):
        with pytest.raises(ClockSkewed):
            require_same_time(60.0, slow[0], theirs, slow[1])
        require_same_time(None, slow[0], theirs, slow[1])


def test_only_a_time_that_is_ahead_is_refused() -> None:
    """By a clock that is behind too little is removed, which harms nobody."""
    require_not_ahead(60.0, NOON + MINUTE, NOON)
    require_not_ahead(60.0, NOON - timedelta(days=400), NOON)
    require_not_ahead(None, NOON + timedelta(days=400), NOON)
    with pytest.raises(ClockSkewed):
        require_not_ahead(60.0, NOON + MINUTE + STEP, NOON)


@pytest.fixture(params=["memory", "postgres"])
def strict(request: pytest.FixtureRequest, engine: AsyncEngine) -> Store:
    """A store with the usual limits."""
    return MemoryStore(GAPLESS) if request.param == "memory" else PostgresStore(engine, GAPLESS)


@pytest.mark.asyncio
@pytest.mark.parametrize("days", [1, 400])
async def test_a_cleanup_by_a_clock_that_is_ahead_removes_nothing(strict: Store, days: int) -> None:
    """What was deleted a minute ago stays when the machine of the cleanup is days ahead of the store's own clock."""
    clock = TurnedClock()
    clock.time = datetime.now(UTC)
    app = assembled(strict, Parts(clock=clock))
    slug = f"ahead-{clock.time.timestamp():.0f}-{days}-{type(strict).__name__.lower()}"
    home = (await app.organizations.create("Acme", slug, f"a@{slug}.org", "Ann", actor=ACTOR)).organization.id
    item = await app.knowledge.add(home, "When are you open?", "From nine to five.", "hours", actor=ACTOR)
    await app.knowledge.delete(home, item.id, actor=ACTOR)
    clock.turn(timedelta(days=days))
    with pytest.raises(ClockSkewed):
        await app.cleanup.purge_expired(timedelta(0))
    clock.turn(-timedelta(days=days))
    assert (await app.knowledge.restore(home, item.id, actor=ACTOR)).id == item.id

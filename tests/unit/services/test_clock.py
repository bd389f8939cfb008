"""What a host's clock says: each use case takes it as the time that it is, or refuses it by name, changing nothing."""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import attrs
import pytest

from gapless import bootstrap
from gapless.adapters.memory import MemoryStore
from gapless.application.clock import LAST, UtcClock
from gapless.bootstrap import Gapless, Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import GaplessError, InvalidValue
from gapless.kit.ports import Clock
from gapless.testing.fuzzing.hostile_classes import Agreeing, LyingTime, PlainTime, Pretender, RaisingZone, ZoneOfNone
from tests.every import USE_CASES
from tests.unit.services.test_time_arguments import ACTOR, other_arguments

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WRONG = {
    "without a zone": NOON.replace(tzinfo=None),
    "of a zone that is none": NOON.replace(tzinfo=ZoneOfNone()),
    "of a zone that raises": NOON.replace(tzinfo=RaisingZone()),
    "None": None,
    "a number": NOON.timestamp(),
    "a text": NOON.isoformat(),
    "a day": NOON.date(),
    "what says that it is a time": Pretender(datetime),
    "what agrees to everything": Agreeing(),
    "the first year": datetime.min.replace(tzinfo=UTC),
    "the last year": datetime.max.replace(tzinfo=UTC),
    "beyond the last year": datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
}
RIGHT = (
    NOON.astimezone(timezone(timedelta(hours=5))),
    PlainTime(2026, 3, 1, 12, tzinfo=UTC),
    LyingTime(2026, 3, 1, 12, tzinfo=UTC),
)


@attrs.define
class Said:
    """A clock that says what it is told."""

    at: object = NOON

    def now(self) -> datetime:
        """That."""
        return cast(datetime, self.at)


def use_cases(app: Gapless) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every use case of every service."""
    for use_case in USE_CASES:
        service, name = use_case.split(".")
        yield use_case, getattr(getattr(app, service), name)


async def asked(clock: Said, said: object) -> dict[str, BaseException | None]:
    """What every use case raises in an organization that is there, while the clock says something."""
    clock.at = NOON
    app = assembled(MemoryStore(GAPLESS), Parts(clock=clock))
    created = await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=ACTOR)
    home, owner = created.organization, created.owner
    await app.subscriptions.subscribe(home.id, "starter", NOON, NOON + timedelta(days=30), actor=ACTOR)
    before = await app.audit_trail.of_root(home.id)
    raised: dict[str, BaseException | None] = {}
    clock.at = said
    for name, use_case in sorted(use_cases(app), key=lambda named: named[0].startswith("organizations.")):
        given = other_arguments(use_case, "", NOON) | {
            "organization_id": home.id,
            "user_id": owner.id,
            "retention": DAY,
        }
        try:
            await use_case(**{key: given[key] for key in inspect.signature(use_case).parameters if key in given})
            raised[name] = None
        except Exception as error:  # noqa: BLE001  # which one is what is asked
            raised[name] = error
    if getattr(raised["organizations.rename"], "fields", ()) == ("clock",):
        assert await app.audit_trail.of_root(home.id) == before
    return raised


@pytest.mark.asyncio
@pytest.mark.parametrize("name", WRONG)
async def test_a_clock_that_says_no_time_is_refused(name: str) -> None:
    """A use case that needs the time refuses a clock that tells none, the others go on; nothing is changed."""
    raised = await asked(Said(), WRONG[name])
    assert len(raised) > 60
    assert all(error is None or isinstance(error, GaplessError) for error in raised.values())
    refused = {name for name, error in raised.items() if isinstance(error, InvalidValue) and error.fields == ("clock",)}
    needing = {"organizations.rename", "subscriptions.renew", "usage.reset_for_period", "cleanup.purge_expired"}
    assert refused >= needing | {"subscriptions.payment_failed", "members.seen"}


@pytest.mark.asyncio
async def test_a_clock_without_its_edge_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: without the edge a clock that tells none crashes some use case."""

    def as_it_is(clock: Clock) -> Clock:
        return clock

    monkeypatch.setattr(bootstrap, "UtcClock", as_it_is)
    raised = await asked(Said(), None)
    assert any(isinstance(error, TypeError) for error in raised.values())


@pytest.mark.parametrize("said", RIGHT, ids=lambda said: type(said).__name__)
def test_a_clock_tells_the_time_in_utc(said: datetime) -> None:
    """A time of a subclass, or in another zone, is the plain time in UTC that it is."""
    told = UtcClock(Said(said)).now()
    assert (type(told), told.tzinfo, str(told)) == (datetime, UTC, str(NOON))


@pytest.mark.asyncio
async def test_the_last_time_of_a_clock_can_be_counted_on() -> None:
    """At the latest time that is believed every use case still has room for what follows."""
    raised = await asked(Said(), LAST)
    assert raised["subscriptions.payment_failed"] is None
    assert all(error is None or isinstance(error, GaplessError) for error in raised.values())

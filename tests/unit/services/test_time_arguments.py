"""Times that callers say: each use case bounds them by the clock, or only asks by them."""

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from uuid import uuid4

import pytest

from gapless.adapters.memory import MemoryStore
from gapless.application.arguments import AHEAD, instant
from gapless.bootstrap import Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.kit.audit import Actor
from gapless.kit.errors import GaplessError, InvalidValue
from tests.every import USE_CASES, types_of
from tests.use_cases.worlds import TurnedClock

ASKING = {
    ("calls", "list_calls", "started_from"),
    ("calls", "list_calls", "started_before"),
    ("subscriptions", "ending_before", "at"),
}
"""Times by which something is looked for: nothing is kept of them."""
ACTOR = Actor.system("tests")
TIME = re.compile(r"\bdatetime\b(?!\.)")
"""A time in an annotation, and not the module that it comes from."""
STEP = timedelta(microseconds=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNKNOWN = {
    "has no time zone": NOON.replace(tzinfo=None),
    "has a time zone that does not say its offset": NOON.replace(tzinfo=tzinfo()),  # type: ignore[abstract]  # its author has not begun
    "is beyond the years 1 to 9999": datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
}
"""Times of which nobody knows when they are, by what the refusal says."""


def time_arguments() -> Iterator[tuple[str, str, str]]:
    """Every argument of every use case that takes a time: the service's name, the method's, and its own."""
    for use_case in USE_CASES:
        service, name = use_case.split(".")
        for argument, kind in types_of(use_case).items():
            if kind is datetime and argument != "return":
                yield service, name, argument


SAID = sorted(set(time_arguments()) - ASKING)


def other_arguments(method: Callable[..., object], argument: str, moment: datetime) -> dict[str, object]:
    """Something for every argument of a use case, and the time for the one that is tried."""
    given: dict[str, object] = {}
    for name, parameter in inspect.signature(method).parameters.items():
        kind = parameter.annotation
        if name == argument:
            given[name] = moment
        elif TIME.search(str(kind)):
            given[name] = datetime(2026, 3, 1, tzinfo=UTC)
        elif kind in (Actor, "Actor"):
            given[name] = ACTOR
        elif parameter.default is inspect.Parameter.empty:
            given[name] = {int: 1, str: "starter", "str": "starter", "int": 1}.get(kind) or uuid4()
    return given


def test_every_time_that_is_said_has_a_bound() -> None:
    """Who adds a use case that takes a time declares how far ahead it may lie, and no bound is left over."""
    said, bounded = {argument for _, _, argument in SAID}, set(AHEAD)
    assert said - bounded == set(), "Write into AHEAD of gapless.application.arguments how far ahead these may lie."
    assert bounded - said == set(), "Take out of AHEAD what no use case takes."
    assert set(time_arguments()) >= ASKING
    assert len(SAID) >= 8


@pytest.mark.parametrize("said", UNKNOWN)
def test_a_time_that_is_no_instant_is_refused(said: str) -> None:
    """What has no time zone, one without an offset, or no year in UTC is refused, and the error says which it is."""
    assert instant("due_at", NOON.astimezone(timezone(timedelta(hours=1)))) == NOON
    with pytest.raises(InvalidValue, match=f"^due_at .*{said}") as caught:
        instant("due_at", UNKNOWN[said])
    assert caught.value.fields == ("due_at",)


@pytest.mark.asyncio
@pytest.mark.parametrize(("service", "method", "argument"), SAID)
@pytest.mark.parametrize("far", [STEP, timedelta(days=365 * 36), timedelta(days=365 * 7000)], ids=str)
async def test_a_time_far_ahead_is_refused(service: str, method: str, argument: str, far: timedelta) -> None:
    """What lies further ahead than the bound is refused before the store is asked; the error says all of it."""
    clock = TurnedClock()
    app = assembled(MemoryStore(GAPLESS), Parts(clock=clock))
    use_case = getattr(getattr(app, service), method)
    edge = clock.now() + AHEAD[argument]
    with pytest.raises(InvalidValue) as caught:
        await use_case(**other_arguments(use_case, argument, edge + far))
    assert caught.value.kind == argument
    said = caught.value.message
    assert all(part in said for part in (argument, f"{AHEAD[argument].days} days", clock.now().isoformat(), "correct"))
    with pytest.raises(GaplessError) as passed:  # there is no such organization
        await use_case(**other_arguments(use_case, argument, edge))
    assert not isinstance(passed.value, InvalidValue)

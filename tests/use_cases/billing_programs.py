"""Random lives of one subscription, as data, and what has to hold after each step whatever came before.

What holds is said here once more, in other words than the use cases have, so that neither hides a fault of the other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import uuid4

import attrs
from hypothesis import strategies as st

from gapless.bootstrap import Gapless, Parts, assembled
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, Provider
from gapless.domain.plans import PlanCatalogue, PlanLimits
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.domain.usage import Storage
from gapless.domain.users import Role, User
from gapless.kit.errors import GaplessError
from gapless.kit.ids import UserId
from gapless.kit.ports import Store
from tests.use_cases.worlds import SIGNUP, TurnedClock, limits

Step: TypeAlias = tuple[str, object, object]
Program: TypeAlias = tuple[Step, ...]
Warned: TypeAlias = tuple[str, int]
PLANS = PlanCatalogue(
    {
        "small": limits(10, 2, 1, 100),
        "starter": limits(100, 4, 2, 1000),
        "large": limits(1000, 20, 10, 10_000),
        "chatty": limits(2000, 3, 2, 500),  # more minutes than any other, and less of the rest than large
    }
)
START, WEEK = datetime(2026, 3, 1, tzinfo=UTC), timedelta(days=7)
LEVELS = (80, 90, 100)
BEGINNING: Program = (("subscribe", "starter", False), *(("invite", 0, 0),) * 3)
"""It begins on a plan whose seats are all taken."""


def programs(least: int = 8, most: int = 25) -> st.SearchStrategy[Program]:
    """Sequences of steps: what they do, and two things to do it with."""
    plan, nothing = st.sampled_from(sorted(PLANS.plans)), st.just(0)
    size = st.sampled_from([5, 50, 400, 450, 810, 950, 5000])
    week = st.sampled_from([-1, 0, 0, 1])
    kinds: dict[str, tuple[st.SearchStrategy[object], st.SearchStrategy[object]]] = {
        "store": (size, nothing),
        "free": (size, nothing),
        "talk": (st.sampled_from([4, 8, 45, 80, 90, 400]), nothing),
        "change": (plan, nothing),
        "subscribe": (plan, st.booleans()),
        "schedule": (plan, st.integers(0, 3)),
        "execute": (nothing, nothing),
        "renew": (week, st.sampled_from([4, 5])),
        "correct": (st.sampled_from([2, 4, 5]), nothing),
        "cancel": (nothing, nothing),
        "reset": (nothing, nothing),
        "invite": (nothing, nothing),
        "leave": (nothing, nothing),
        "number": (nothing, nothing),
    }
    often = ["store", "talk", "change", *["schedule", "execute"] * 3, "renew", "reset"]
    steps = st.sampled_from([*kinds, *often]).flatmap(lambda kind: st.tuples(st.just(kind), *kinds[kind]))
    return st.lists(steps, min_size=least, max_size=most).map(tuple)


@attrs.frozen(kw_only=True)
class Sight:
    """What there is to be seen of the organization between two steps."""

    organization: Organization
    subscription: Subscription | None
    members: tuple[UserId, ...]
    numbers: tuple[PhoneNumberId, ...]
    warnings: tuple[Warned, ...]


@attrs.define
class Life:
    """One organization on a store, and what is known of it besides what the store says.

    Attributes:
        told: what it was warned of and has not been checked anew since.
        stored: how many bytes have to be counted.
    """

    store: Store
    storage: Storage
    clock: TurnedClock
    app: Gapless
    home: OrganizationId
    told: frozenset[Warned] = frozenset()
    stored: int = 0
    periods: int = 0

    async def seen(self) -> Sight:
        """What there is, in one snapshot."""
        async with self.store.reading(self.home, snapshot=True) as reading:
            subscriptions = await reading.of(Subscription).find()
            events = await reading.outbox.find(lambda event: event.kind == "quota.warning")
            return Sight(
                organization=await reading.of(Organization).get(self.home),
                subscription=subscriptions[0] if subscriptions else None,
                members=tuple(user.id for user in await reading.of(User).find(lambda user: user.is_member)),
                numbers=tuple(number.id for number in await reading.of(PhoneNumber).find()),
                warnings=tuple((str(event.payload["quota"]), int(str(event.payload["percent"]))) for event in events),
            )


async def play(store: Store, storage: Storage, program: Program) -> None:
    """Lives a program on a store, and looks after each step whether everything holds.

    Raises:
        AssertionError: something does not hold.
    """
    clock = TurnedClock()
    app = assembled(store, Parts(clock=clock, plans=PLANS, storage=storage))
    created = await app.organizations.create("Acme", f"life-{uuid4().hex}", "ann@acme.org", "Ann", actor=SIGNUP)
    life = Life(store, storage, clock, app, created.organization.id)
    before = await life.seen()
    for number, step in enumerate((*BEGINNING, *program)):
        refused = await _refusal(life, step, before)
        after = await life.seen()
        told = f"step {number}, {step}, {'refused: ' + refused if refused else 'done'}"
        if refused:
            assert after == before, f"{told}: it changed something all the same"
        else:
            _check(life, step, before, after, told)
        before = after


async def _refusal(life: Life, step: Step, before: Sight) -> str:
    """Carries out a step; why it was refused, or nothing."""
    life.clock.turn(timedelta(minutes=1))
    try:
        await _carried_out(life, step, before)
    except GaplessError as error:
        assert (step[0], life.storage) != ("free", Storage.PER_PERIOD), "what an earlier period stored can't be freed"
        return str(error)
    return ""


def _carried_out(life: Life, step: Step, before: Sight) -> Awaitable[object]:
    app, home, (kind, one, other) = life.app, life.home, step
    begun, end = _period(before)
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "store": lambda: app.usage.add_storage(home, one),  # type: ignore[arg-type]  # as the program has drawn it
        "free": lambda: app.usage.free_storage(home, one),  # type: ignore[arg-type]  # as above
        "talk": lambda: _talk(life, one, before),
        "change": lambda: app.subscriptions.change_plan(home, str(one), actor=SIGNUP),
        "subscribe": lambda: app.subscriptions.subscribe(
            home, str(one), begun, begun + 4 * WEEK, trial=bool(other), actor=SIGNUP
        ),
        "schedule": lambda: app.subscriptions.schedule_downgrade(
            home, str(one), before.members[::-1][: int(str(other))], actor=SIGNUP
        ),
        "execute": lambda: app.subscriptions.execute_scheduled_downgrade(home, actor=SIGNUP),
        "renew": lambda: app.subscriptions.renew(
            home, end + int(str(one)) * WEEK, end + int(str(other)) * WEEK, actor=SIGNUP
        ),
        "correct": lambda: app.subscriptions.renew(home, begun, begun + int(str(one)) * WEEK, actor=SIGNUP),
        "cancel": lambda: app.subscriptions.cancel(home, actor=SIGNUP),
        "reset": lambda: _reset(life),
        "invite": lambda: app.members.invite(home, f"{uuid4().hex}@acme.org", "Bob", Role.MANAGER, actor=SIGNUP),
        "leave": lambda: app.members.deactivate(home, before.members[-1], actor=SIGNUP),
        "number": lambda: app.phone_numbers.add(home, _number(), Provider.VAPI, actor=SIGNUP),
    }
    return steps[kind]()


def _period(sight: Sight) -> tuple[datetime, datetime]:
    if sight.subscription is None:
        return START, START + 4 * WEEK
    return sight.subscription.current_period_start, sight.subscription.current_period_end


def _number() -> str:
    return f"+1{uuid4().int % 10**13:013}"


async def _reset(life: Life) -> None:
    life.periods += 1
    await life.app.usage.reset_for_period(life.home, START + life.periods * WEEK, actor=SIGNUP)


async def _talk(life: Life, minutes: object, before: Sight) -> None:
    """A call of so many minutes, to the first number or to a new one."""
    number = before.numbers[0] if before.numbers else None
    if number is None:
        number = (await life.app.phone_numbers.add(life.home, _number(), Provider.VAPI, actor=SIGNUP)).id
    call = await life.app.calls.start(life.home, number)
    life.clock.turn(timedelta(minutes=int(str(minutes))))
    await life.app.calls.finish(life.home, call.id)


def _check(life: Life, step: Step, before: Sight, after: Sight, told: str) -> None:
    _check_direction(step, before, after, told)
    _check_room(before, after, told)
    _check_period(before, after, told)
    _check_storage(life, step, after, told)
    _check_warnings(life, step, before, after, told)


def _amounts(given: PlanLimits) -> tuple[int, int, int, int]:
    return given.call_minutes, given.team_members, given.phone_numbers, given.storage


def _is_less(some: PlanLimits, others: PlanLimits) -> bool:
    pairs = list(zip(_amounts(some), _amounts(others), strict=True))
    return some != others and all(one <= other for one, other in pairs)


def _check_direction(step: Step, before: Sight, after: Sight, told: str) -> None:
    """A downgrade goes down, and takes only seats that the smaller plan lacks."""
    had, has = before.organization.quotas, after.organization.quotas
    if step[0] == "schedule":
        assert _is_less(PLANS.limits(str(step[1])), had), f"{told}: no downgrade"
    if step[0] == "execute":
        assert _is_less(has, had), f"{told}: no downgrade"
    lost = set(before.members) - set(after.members)
    if lost and step[0] != "leave":
        assert step[0] == "execute", f"{told}: somebody lost a seat"
        assert len(after.members) == has.team_members, f"{told}: somebody lost a seat for nothing"


def _check_room(before: Sight, after: Sight, told: str) -> None:
    """No quota has fallen below what is used of it, minutes apart."""
    had, has = _amounts(before.organization.quotas), _amounts(after.organization.quotas)
    used = (len(after.members), len(after.numbers), after.organization.used_storage)
    for amount, earlier, now in zip(used, had[1:], has[1:], strict=True):
        assert now >= earlier or amount <= now, f"{told}: {amount} of {now}"


def _check_period(before: Sight, after: Sight, told: str) -> None:
    """Periods follow each other without an overlap or a gap, and a trial ends with the next one."""
    old, new = before.subscription, after.subscription
    if old is None or new is None:
        return
    if old.id != new.id:
        assert new.current_period_start >= old.current_period_start, f"{told}: time moved back"
        return
    follows = new.current_period_start == old.current_period_end
    assert follows or new.current_period_start == old.current_period_start, f"{told}: {new.current_period_start}"
    if old.status is SubscriptionStatus.TRIALING and new.status is not SubscriptionStatus.CANCELED:
        kept = SubscriptionStatus.ACTIVE if follows else SubscriptionStatus.TRIALING
        assert new.status is kept, f"{told}: the trial is {new.status}"


def _check_storage(life: Life, step: Step, after: Sight, told: str) -> None:
    """What is counted is what was stored and not freed, since the period began or ever."""
    size = int(str(step[1])) if step[0] in ("store", "free") else 0
    change = {"store": size, "free": -min(size, life.stored)}.get(step[0], 0)
    forgotten = step[0] == "reset" and life.storage is Storage.PER_PERIOD
    life.stored = 0 if forgotten else life.stored + change
    assert after.organization.used_storage == life.stored, f"{told}: {life.stored} bytes should be counted"


def _check_warnings(life: Life, step: Step, before: Sight, after: Sight, told: str) -> None:
    """Of each quota each level is warned at once a period and quota, and whatever is reached was warned of."""
    reached, grown = _reached(after.organization), _grown(before.organization, after.organization)
    kept = {each for each in life.told if each in reached or not (each[0] in grown or step[0] == "reset")}
    new = after.warnings[len(before.warnings) :]
    assert len({*kept, *new}) == len(kept) + len(new), f"{told}: warned again, {new}"
    life.told = frozenset(kept) | frozenset(new)
    assert reached <= life.told, f"{told}: not warned of {reached - life.told}"
    assert _flags(after.organization) == life.told, f"{told}: remembers {_flags(after.organization)}"


def _reached(organization: Organization) -> set[Warned]:
    amounts = {
        "call_minutes": (organization.used_minutes, organization.call_minutes_quota),
        "storage": (organization.used_storage, organization.storage_quota),
    }
    return {(name, level) for name, (used, most) in amounts.items() for level in LEVELS if used * 100 >= most * level}


def _grown(before: Organization, after: Organization) -> set[str]:
    minutes = {"call_minutes"} if after.call_minutes_quota > before.call_minutes_quota else set()
    return minutes | ({"storage"} if after.storage_quota > before.storage_quota else set())


def _flags(organization: Organization) -> set[Warned]:
    names = {"call_minutes": "quota_warning", "storage": "storage_warning"}
    return {
        (quota, level)
        for quota, name in names.items()
        for level in LEVELS
        if getattr(organization, f"{name}_{level}_sent")
    }

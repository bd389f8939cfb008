"""Whatever is done with a subscription and its usage: nobody loses for nothing, and each quota warns in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.adapters.memory import MemoryStore
from gapless.domain import usage as domain_usage
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.subscriptions import Subscription
from gapless.domain.usage import Storage, warned
from gapless.domain.users import User
from gapless.kit.ports import Store
from gapless.services import downgrades, periods, plan_changes, subscriptions, usage
from gapless.testing.differential.search import search
from tests.properties import Portal, bounded
from tests.use_cases.billing_programs import Program, play, programs

MOST_PROGRAMS, SEED = 3000, 1
Plant: TypeAlias = Callable[[pytest.MonkeyPatch], None]


@bounded(60)
@given(program=programs(), storage=st.sampled_from(Storage))
def test_lives_in_memory(portal: Portal, program: Program, storage: Storage) -> None:
    """After each step of a random life plans, seats, periods, storage and warnings are as they have to be."""
    portal(play(MemoryStore(GAPLESS), storage, program))


@bounded(8)
@given(program=programs(), storage=st.sampled_from(Storage))
def test_lives_on_postgresql(portal: Portal, postgres_store: Store, program: Program, storage: Storage) -> None:
    """So they are on PostgreSQL."""
    portal(play(postgres_store, storage, program))


def one_flag_for_both(patch: pytest.MonkeyPatch) -> None:
    """What one quota was warned at counts as told of the other."""

    def shared(before: Organization, after: Organization) -> object:
        flags = {level: getattr(after, f"quota_warning_{level}_sent") for level in domain_usage.LEVELS}
        flags = {level: flag or getattr(after, f"storage_warning_{level}_sent") for level, flag in flags.items()}
        joined = {
            f"{name}_warning_{level}_sent": flag for name in ("quota", "storage") for level, flag in flags.items()
        }
        return warned(before, attrs.evolve(after, **joined))

    for module in (usage, plan_changes):
        patch.setattr(module, "warned", shared)


def greater_quota_not_checked(patch: pytest.MonkeyPatch) -> None:
    """A greater quota keeps the levels that are not reached any more."""
    patch.setattr(plan_changes, "warned", lambda _, after: (after, ()))


def direction_ignored(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks whether a downgrade goes down."""
    patch.setattr(downgrades, "require_smaller", lambda *_: None)


def room_ignored(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks whether what is used fits into the plan."""

    async def unasked(*_: object, **__: object) -> None:
        return None

    for module in (subscriptions, downgrades):
        patch.setattr(module, "require_room", unasked)


def seats_for_nothing(patch: pytest.MonkeyPatch) -> None:
    """Everybody who is named loses the seat."""
    leaving = downgrades._leaving  # the fault stands in its place

    def everybody(freeing: Sequence[User], subscription: Subscription, _: int) -> object:
        return leaving(freeing, subscription, len(freeing))

    patch.setattr(downgrades, "_leaving", everybody)


def clamp_missing(patch: pytest.MonkeyPatch) -> None:
    """What an earlier period has stored can't be freed."""
    patch.setattr(usage, "with_storage_freed", lambda before, size, _: before.with_usage(storage=-size))


def clamp_everywhere(patch: pytest.MonkeyPatch) -> None:
    """A reset forgets what is stored."""
    reset = domain_usage.with_quotas_reset
    patch.setattr(usage, "with_quotas_reset", lambda before, _: reset(before, Storage.PER_PERIOD))


def any_period_follows(patch: pytest.MonkeyPatch) -> None:
    """A renewal is not held against the present period."""
    patch.setattr(subscriptions, "renewed", lambda before, start, end: before.renewed(start, end))


def gaps_allowed(patch: pytest.MonkeyPatch) -> None:
    """A renewal may leave a gap, and refuses only what is earlier."""

    def renewed(before: Subscription, start: object, end: object) -> Subscription:
        after = before.renewed(start, end)  # type: ignore[arg-type]  # handed on as they came
        periods.require_not_earlier(before, after.current_period_start)
        same = after.current_period_start == before.current_period_start
        return before.corrected(after.current_period_end) if same else after

    patch.setattr(subscriptions, "renewed", renewed)


FAULTS: list[Plant] = [
    one_flag_for_both,
    greater_quota_not_checked,
    direction_ignored,
    room_ignored,
    seats_for_nothing,
    clamp_missing,
    clamp_everywhere,
    any_period_follows,
    gaps_allowed,
]


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_planted_faults_are_found(portal: Portal, monkeypatch: pytest.MonkeyPatch, plant: Plant) -> None:
    """A fault that is planted into the use cases makes some life break what has to hold."""
    plant(monkeypatch)

    async def breaks(program: tuple[tuple[str, object, object], ...], storage: Storage) -> bool:
        try:
            await play(MemoryStore(GAPLESS), storage, program)
        except AssertionError:
            return True
        return False

    def fails(program: tuple[tuple[str, object, object], ...]) -> bool:
        return any(portal(breaks(program, storage)) for storage in Storage)

    found = search(programs(), fails, programs=MOST_PROGRAMS, seed=SEED)
    assert found.failing is not None, f"{plant.__name__} survived {found.programs} programs"

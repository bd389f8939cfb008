"""Every order in which the steps of two units can follow each other."""

from collections.abc import Callable, Sequence

import pytest

from gapless.adapters import locks
from gapless.adapters.memory import MemoryStore, commit
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.errors import ConcurrencyConflict, RuleViolated
from gapless.kit.ports import UnitOfWork
from tests.unit.memory.checking import faults
from tests.unit.memory.driving import Program, Turns, every_schedule, run
from tests.voice.rows import NOW, an_audit_record, an_organization, an_owner

pytestmark = pytest.mark.asyncio
Opening = Callable[[MemoryStore, User], UnitOfWork]


def locked(store: MemoryStore, user: User) -> UnitOfWork:
    """A unit that takes the lock of the organization."""
    return store.unit(user.organization_id)


def lockless(store: MemoryStore, user: User) -> UnitOfWork:
    """A unit that takes no lock, as if nobody had thought of one."""
    return store.creating(user.organization_id)


def demoting(store: MemoryStore, user: User, opening: Opening) -> Program:
    """A program that takes the role of an owner away, and says how it ended."""

    async def demote(turn: Turns) -> object:
        await turn()
        try:
            async with opening(store, user) as unit:
                await turn()
                found = await unit.of(User).get(user.id)
                await turn()
                await unit.of(User).save(found.with_role(Role.MANAGER), an_audit_record(user.organization_id))
                await turn()
                await unit.commit()
                await turn()
        except (RuleViolated, ConcurrencyConflict) as error:
            return getattr(error, "rule", error.code)
        return "kept"

    return demote


class World:
    """A store with an organization and its two owners, made anew for each order."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.prepare()

    def prepare(self) -> Sequence[Program]:
        """Creates the organization, and returns one program for each owner."""
        self.store = MemoryStore(GAPLESS)
        home = an_organization()
        owners = [an_owner(home.id, created_at=NOW) for _ in range(2)]
        run(self._found(home.id, owners))
        return [demoting(self.store, owner, self.opening) for owner in owners]

    async def _found(self, id: object, owners: Sequence[User]) -> None:
        home = an_organization(id=id)
        async with self.store.creating(home.id) as unit:
            await unit.of(Organization).add(home, audit := an_audit_record(home.id))
            await unit.of(User).add_all(owners, audit)
            await unit.commit()


@pytest.fixture(autouse=True)
def _driven_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs are no tasks of the loop, so none of them is the one that runs this test."""
    monkeypatch.setattr(locks, "_current_task", lambda: None)


async def test_two_demotions_leave_one_owner() -> None:
    """In whatever order two units demote the two owners: one is kept, the other refused, and nobody hangs."""
    world = World(locked)
    orders = 0
    for results in every_schedule(world.prepare):
        orders += 1
        assert sorted(map(str, results)) == ["kept", "last_owner"]
        assert faults(world.store) == []
        assert len(world.store._database.locks) == 0
    assert orders > 10


async def test_two_demotions_leave_one_owner_without_a_lock() -> None:
    """The commit checks the newest state, so the rule holds even where nobody takes the lock."""
    world = World(lockless)
    orders = 0
    for results in every_schedule(world.prepare):
        orders += 1
        assert sorted(map(str, results)) == ["kept", "last_owner"]
        assert faults(world.store) == []
    assert orders > 100


async def test_an_order_that_loses_the_last_owner_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search sees it when a commit checks nothing."""
    monkeypatch.setattr(commit, "_check_invariants", lambda *_: None)
    world = World(locked)
    assert any("last_owner" in faults(world.store) for _ in every_schedule(world.prepare))


async def test_programs_that_wait_for_each_other_are_found() -> None:
    """The search sees it when two units each want what the other one holds."""
    world = World(locked)

    def crossing(first: User, second: User) -> Program:
        async def cross(turn: Turns) -> object:
            async with world.store.unit(first.organization_id):
                await turn()
                async with world.store.unit(second.organization_id):
                    return "crossed"

        return cross

    def prepare() -> Sequence[Program]:
        world.store = MemoryStore(GAPLESS)
        homes = [an_organization() for _ in range(2)]
        owners = [an_owner(home.id) for home in homes]
        for home, owner in zip(homes, owners, strict=True):
            run(world._found(home.id, [owner]))
        return [crossing(*owners), crossing(*reversed(owners))]

    with pytest.raises(AssertionError, match="every program waits"):
        list(every_schedule(prepare))

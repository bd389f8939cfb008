"""A rule that is declared otherwise, in that one place: services, stores, violations and strategies all follow."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache, partial
from uuid import uuid4

import attrs
import pytest
import pytest_asyncio
from hypothesis import given
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.system import UuidV7Factory
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import CallsInProgress, DowngradeExceedsPlan, PlanTooSmall
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.plans import PlanCatalogue
from gapless.domain.users import Role, User
from gapless.kit import Catalogue, Invariant, all_of, any_of, previous, row
from gapless.kit.ports import Store
from gapless.testing.additions import stored
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.enforcers import ask_entity, ask_sql, ask_store
from gapless.testing.factories import Factories
from gapless.testing.strategies import World as DrawnWorld
from gapless.testing.strategies import put, worlds
from gapless.testing.violations import attempts
from tests.catalogues import redeclared
from tests.integration.databases import driver_of
from tests.properties import bounded
from tests.stores import STORES, postgres_store
from tests.use_cases.worlds import PLANS, World, fails, refused, world_on
from tests.voice.rows import a_subscription

SCHEMA = "declared_otherwise"
HOME, HELD = row(Organization), row(Organization)
CHANGES: dict[type, dict[str, dict[str, object]]] = {
    # Two seats, whatever the plan says; an organization needs an owner only while it may take calls.
    User: {"team_members_quota": {"limit": 2}, "last_owner": {"while_parent": HOME.has_minutes_left}},
    PhoneNumber: {"phone_numbers_quota": {"limit": HOME.team_members_quota}},
    Call: {"no_active_calls": {"limit": 1}},
    Organization: {
        "storage_quota": {
            "holds": any_of(HELD.used_storage <= previous(HELD).used_storage, HELD.used_storage <= HELD.used_storage),
            "added": HELD.used_storage <= HELD.used_storage,
        }
    },
}


def declared_otherwise() -> Catalogue:
    """The catalogue of gapless with these changes."""
    found = GAPLESS
    for entity, changes in CHANGES.items():
        found = redeclared(found, entity, changes)
    return found


CHANGED = declared_otherwise()
FACTORIES = Factories(CHANGED)
IDS = UuidV7Factory()


@cache
def count_attempts() -> tuple[Attempt, ...]:
    """The attempts to break the rules that count rows, as they are declared now."""
    return tuple(attempt for attempt in attempts(FACTORIES) if isinstance(attempt.rule, Invariant))


@pytest_asyncio.fixture(scope="module")
async def postgres_otherwise(engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    """A store on PostgreSQL whose database was made from the changed declarations."""
    async with postgres_store(engine, CHANGED, SCHEMA) as store:
        yield store


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """A store of the changed catalogue: each of the two in turn."""
    if request.param == "memory":
        return MemoryStore(CHANGED)
    found: Store = request.getfixturevalue("postgres_otherwise")
    return found


@pytest_asyncio.fixture
async def world(store: Store) -> World:
    """An application of the changed catalogue; its plan has four seats and two phone numbers."""
    return await world_on(store, f"acme-{uuid4().hex}", catalogue=CHANGED)


async def add_numbers(world: World, number: int) -> list[PhoneNumber]:
    """Adds so many phone numbers."""
    add = world.app.phone_numbers.add
    numbers = [f"+1{str(world.new_id().int)[-12:]}{end}" for end in range(number)]
    return [await add(world.home, each, Provider.VAPI, actor=world.actor) for each in numbers]


@pytest.mark.asyncio
async def test_limit_of_a_team(world: World) -> None:
    """Two members are let in and no third, by each way in; the plan's four seats count for nothing."""
    team, bob = world.app.members, await world.member("Bob")
    await refused(lambda: world.member("Eve"), "team_members_quota")
    ways: list[tuple[Callable[..., Awaitable[User]], Callable[..., Awaitable[User]]]]
    ways = [(team.deactivate, team.reactivate), (team.remove, team.restore)]
    for leave, come_back in ways:
        await leave(world.home, bob.id, actor=world.actor)
        other = await world.member(f"Eve{world.new_id().hex}")
        before = await world.everything(CHANGED)
        await refused(partial(come_back, world.home, bob.id, actor=world.actor), "team_members_quota")
        assert await world.everything(CHANGED) == before
        await team.remove(world.home, other.id, actor=world.actor)
        await come_back(world.home, bob.id, actor=world.actor)


@pytest.mark.asyncio
async def test_what_the_store_lets_in_the_service_does(world: World) -> None:
    """A quota below what is there refuses nobody any more, since the rule does not ask for it."""
    await world.save(attrs.evolve(await world.current(), team_members_quota=1))
    assert (await world.member("Bob")).is_member
    small = await world_on(world.store, f"acme-{uuid4().hex}", "small", catalogue=CHANGED)
    await small.save(attrs.evolve(await small.current(), team_members_quota=0))
    assert (await small.member("Bob")).is_member


@pytest.mark.asyncio
async def test_owner_who_is_needed_while_calls_may_come(world: World) -> None:
    """The last owner may step down once all minutes are used up, and not before."""
    bob = await world.member("Bob")
    await refused(
        lambda: world.app.members.change_role(world.home, world.owner.id, Role.ADMIN, actor=world.actor), "last_owner"
    )
    async with world.store.unit(world.home) as unit:
        home = await unit.of(Organization).get(world.home)
        await unit.of(Organization).save_unaudited(attrs.evolve(home, used_minutes=home.call_minutes_quota))
        await unit.commit()
    demoted = await world.app.members.change_role(world.home, world.owner.id, Role.ADMIN, actor=world.actor)
    assert (demoted.role, bob.role) == (Role.ADMIN, Role.MANAGER)


@pytest.mark.asyncio
async def test_room_of_a_plan(world: World) -> None:
    """What a plan must have room for is what the rules count, held against the limits that they name."""
    await add_numbers(world, 4)
    error = await refused(lambda: add_numbers(world, 1), "phone_numbers_quota")
    assert error.entity == "PhoneNumber"
    await world.member("Bob")
    await world.app.usage.add_storage(world.home, 1001)
    await world.add(a_subscription(world.home, plan="starter"))
    refusal = await fails(
        lambda: world.app.subscriptions.change_plan(world.home, "small", actor=world.actor), PlanTooSmall
    )
    assert isinstance(refusal, PlanTooSmall)
    assert (refusal.used, refusal.allowed) == ({"phone_numbers": 4}, {"phone_numbers": 2})


@pytest.mark.asyncio
async def test_downgrade(world: World) -> None:
    """Nobody loses the seat that the rule has room for, though the plan has none."""
    bob = await world.member("Bob")
    await world.add(a_subscription(world.home, plan="starter"))
    none = PlanCatalogue({"seatless": attrs.evolve(PLANS.limits("small"), team_members=0)})
    subscriptions = attrs.evolve(world.app.subscriptions, plans=none)
    await subscriptions.schedule_downgrade(world.home, "seatless", [bob.id, world.owner.id], actor=world.actor)
    await subscriptions.execute_scheduled_downgrade(world.home, actor=world.actor)
    assert (await world.current()).team_members_quota == 0
    assert [user.is_member for user in await world.rows(User)] == [True, True]


async def redeclared_seats(**changes: object) -> World:
    """An application in memory whose seats are counted otherwise."""
    catalogue = redeclared(GAPLESS, User, {"team_members_quota": changes})
    return await world_on(MemoryStore(catalogue), f"acme-{uuid4().hex}", catalogue=catalogue)


@pytest.mark.asyncio
async def test_a_downgrade_that_arms_the_seats_has_its_own_error() -> None:
    """Where the smaller plan puts the rule in question, the refusal has the numbers all the same."""
    world = await redeclared_seats(while_parent=row(Organization).team_members_quota < 3)
    for name in ("Bob", "Eve"):
        await world.member(name)
    await world.add(a_subscription(world.home, plan="starter"))
    await world.app.subscriptions.schedule_downgrade(world.home, "small", [], actor=world.actor)
    execute = partial(world.app.subscriptions.execute_scheduled_downgrade, world.home, actor=world.actor)
    refusal = await fails(execute, DowngradeExceedsPlan)
    assert isinstance(refusal, DowngradeExceedsPlan)
    assert (refusal.members, refusal.seats) == (3, 2)


@pytest.mark.asyncio
async def test_whoever_counts_is_counted_by_a_downgrade() -> None:
    """Where a removed member keeps the seat, the refusal of a downgrade counts that member too."""
    world = await redeclared_seats(of=True)
    await world.member("Eve")
    await world.app.members.remove(world.home, (await world.member("Bob")).id, actor=world.actor)
    await world.add(a_subscription(world.home, plan="starter"))
    await world.app.subscriptions.schedule_downgrade(world.home, "small", [], actor=world.actor)
    execute = partial(world.app.subscriptions.execute_scheduled_downgrade, world.home, actor=world.actor)
    refusal = await fails(execute, DowngradeExceedsPlan)
    assert isinstance(refusal, DowngradeExceedsPlan)
    assert (refusal.members, refusal.seats) == (3, 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("owner_first", [False, True])
async def test_only_who_frees_a_seat_loses_it(owner_first: bool) -> None:
    """Somebody who counts though inactive is passed over, wherever in the list of those to lose a seat."""
    owners = all_of(row(User).role == Role.OWNER, row(User).is_live)
    world = await redeclared_seats(of=any_of(owners, all_of(row(User).is_active, row(User).is_live)))
    bob, second = await world.member("Bob"), await world.member("Eve", Role.OWNER)
    await world.add(a_subscription(world.home, plan="starter"))
    named = [second.id, bob.id] if owner_first else [bob.id, second.id]
    await world.app.subscriptions.schedule_downgrade(world.home, "small", named, actor=world.actor)
    await world.app.subscriptions.execute_scheduled_downgrade(world.home, actor=world.actor)
    assert {user.id for user in await world.rows(User) if not user.is_active} == {bob.id}


@pytest.mark.asyncio
async def test_deletion_with_calls(world: World) -> None:
    """Of two calls that go on a caller hears that they are two; one is no matter of this rule any more."""
    (number,) = await add_numbers(world, 1)
    first, _ = [await world.app.calls.start(world.home, number.id) for _ in range(2)]
    before = await world.everything(CHANGED)
    error = await fails(lambda: world.app.organizations.delete(world.home, actor=world.actor), CallsInProgress)
    assert isinstance(error, CallsInProgress)
    assert (error.active_calls, error.rule) == (2, "no_active_calls")
    assert await world.everything(CHANGED) == before
    await world.app.calls.finish(world.home, first.id)
    await refused(lambda: world.app.organizations.delete(world.home, actor=world.actor), "calls_active_needs_number")


@pytest.mark.asyncio
async def test_violations_follow(store: Store) -> None:
    """The attempts to break the rules are made from the declarations, and both entity and store refuse each."""
    for attempt in count_attempts():
        fixture = await stored(FACTORIES, store, IDS)
        assert ask_entity(attempt, fixture).is_right, (attempt.rule.name, attempt.tried)
        assert (await ask_store(attempt, store, fixture)).is_right, (attempt.rule.name, attempt.tried)


@pytest.mark.asyncio
async def test_server_follows(postgres_otherwise: PostgresStore, engine: AsyncEngine) -> None:
    """PostgreSQL itself refuses the same attempts in plain SQL, and names the rule."""
    fixture = await stored(FACTORIES, postgres_otherwise, IDS)
    async with engine.connect() as leased:
        connection = await driver_of(leased)
        answers = {
            (attempt.rule.name, attempt.tried): (await ask_sql(attempt, connection, SCHEMA, fixture)).words
            for attempt in count_attempts()
            if attempt.sql is not None
        }
    assert {tried: words for tried, words in answers.items() if words != "refused"} == {}


@bounded(15)
@given(worlds(CHANGED))
def test_strategies_follow(drawn: DrawnWorld) -> None:
    """A world that is drawn for the changed declarations is one that its store takes."""
    asyncio.run(put(MemoryStore(CHANGED), drawn))

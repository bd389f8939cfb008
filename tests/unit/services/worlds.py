"""A small world for tests of the services: an in-memory store, a clock that a test turns, and what they are asked."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self, cast
from uuid import UUID

import attrs

from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import UuidV7Factory
from gapless.application.audit_records import Recorder
from gapless.bootstrap import Gapless, Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.plans import PlanCatalogue, PlanLimits
from gapless.domain.users import Role, User
from gapless.domain.values import Bytes
from gapless.kit.audit import Actor, AuditRecord
from gapless.kit.columns import BigInteger
from gapless.kit.ids import UserId
from gapless.kit.json_object import Json
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import IdFactory, Store

SIGNUP = Actor.system("signup")
SEATS = 3
RETENTION = timedelta(days=30)
PLANS = PlanCatalogue(
    {
        "starter": PlanLimits(call_minutes=10, team_members=SEATS, phone_numbers=1, storage=Bytes(BigInteger(100))),
        "seatless": PlanLimits(call_minutes=0, team_members=0, phone_numbers=0, storage=Bytes(BigInteger(0))),
        "small": PlanLimits(call_minutes=5, team_members=2, phone_numbers=1, storage=Bytes(BigInteger(50))),
        "large": PlanLimits(call_minutes=99, team_members=9, phone_numbers=9, storage=Bytes(BigInteger(999))),
    }
)
Step = Callable[[], Awaitable[None]]


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """The time that it was turned to."""
        return self.time

    def turn(self, by: timedelta) -> None:
        """Lets time pass."""
        self.time += by


class CountedIds:
    """Makes the same ids in each world: 1, 2, 3 and so on."""

    def __init__(self) -> None:
        self.made = 0

    def new(self) -> UUID:
        """The next id."""
        self.made += 1
        return UUID(int=self.made)


@attrs.frozen(kw_only=True)
class World:
    """An application on an in-memory store, with one organization, and its owner."""

    store: Store
    clock: TurnedClock
    parts: Parts
    app: Gapless
    organization: Organization
    owner: User

    @property
    def home(self) -> OrganizationId:
        """The id of the organization."""
        return self.organization.id

    @property
    def actor(self) -> Actor:
        """The owner, who acts."""
        return Actor.user(self.owner.id, ip_address="192.0.2.7", user_agent="tests")

    async def member(self, name: str = "Bob", role: Role = Role.MANAGER) -> User:
        """Invites one more member, whose address follows from the name."""
        return await self.app.members.invite(self.home, f"{name.lower()}@acme.org", name, role, actor=self.actor)

    async def trail(self, id: OrganizationId | None = None) -> list[AuditRecord]:
        """The audit records of an organization, the oldest first."""
        async with self.store.reading(id or self.home) as reading:
            return list(await reading.audit_trail.find(order=lambda audit: (audit.created_at, audit.id)))

    async def actions(self) -> list[str]:
        """What was done in the organization since it was created, the oldest first."""
        return [audit.action for audit in await self.trail()][2:]

    async def events(self) -> list[tuple[str, dict[str, Json]]]:
        """The kinds and payloads in the organization's outbox."""
        async with self.store.reading(self.home) as reading:
            return [(event.kind, event.payload.to_dict()) for event in await reading.outbox.find()]

    async def users(self) -> dict[UserId, User]:
        """Every user, deleted or not."""
        async with self.store.reading(self.home) as reading:
            return {user.id: user for user in await reading.of(User).find(include_deleted=True)}

    async def everything(self) -> tuple[object, ...]:
        """Every row of every organization, to compare with what it is later."""
        async with self.store.system() as unit:
            return tuple([await unit.of(model.entity).find(include_deleted=True) for model in GAPLESS.models])

    @property
    def commits(self) -> int:
        """How many units have been committed in its store."""
        store = self.store
        assert isinstance(store, MemoryStore)
        return store._database.committed.commits

    def on(self, store: Store) -> "World":
        """The same world on a store that stands before its own."""
        return attrs.evolve(self, store=store, app=assembled(store, self.parts))

    async def save(self, row: Organization | User) -> None:
        """Writes a row past the use cases."""
        recorder = Recorder(UuidV7Factory(), self.clock.now(), SIGNUP)
        async with self.store.unit(self.home) as unit:
            if isinstance(row, User):
                await unit.of(User).save(row, recorder.audit("test", None, row))
            else:
                await unit.of(Organization).save(row, recorder.audit("test", None, row))
            await unit.commit()

    async def put_events(self, number: int) -> list[UUID]:
        """Puts events into the outbox, each due for longer than the one before; returns the ids, the longest first."""
        ids, now = UuidV7Factory(), self.clock.now()
        rows = [
            OutboxEvent(
                root_id=self.home,
                id=ids.new(),  # type: ignore[arg-type]  # a fresh id is an id of anything
                created_at=now,
                kind="test",
                payload={"secret": "hush"},  # type: ignore[arg-type]  # the entity makes a JsonObject of it
                due_at=now - timedelta(seconds=place),
            )
            for place in range(number)
        ]
        async with self.store.unit(self.home) as unit:
            await unit.outbox.add_all(rows)
            await unit.commit()
        return [row.id for row in reversed(rows)]

    async def outbox(self) -> dict[UUID, OutboxEvent]:
        """The organization's outbox by id."""
        async with self.store.reading(self.home) as reading:
            return {event.id: event for event in await reading.outbox.find()}


@asynccontextmanager
async def opened_world(ids: IdFactory | None = None) -> AsyncIterator[World]:
    """A fresh world."""
    clock = TurnedClock()
    store = MemoryStore(GAPLESS)
    parts = Parts(clock=clock, ids=ids or UuidV7Factory(), plans=PLANS, retention=RETENTION)
    app = assembled(store, parts)
    created = await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=SIGNUP)
    try:
        yield World(
            store=store,
            clock=clock,
            parts=parts,
            app=app,
            organization=created.organization,
            owner=created.owner,
        )
    finally:
        await store.aclose()


class Stepped:
    """Stands before a store and all it hands out, and takes a step before and after everything that is awaited."""

    def __init__(self, inner: object, step: Step) -> None:
        self._inner, self._step = inner, step

    def __getattr__(self, name: str) -> object:
        value = getattr(self._inner, name)
        if not callable(value):
            return Stepped(value, self._step)

        def called(*args: object, **options: object) -> object:
            result = value(*args, **options)
            return self._between(result) if inspect.isawaitable(result) else Stepped(result, self._step)

        return called

    async def _between(self, result: Awaitable[object]) -> object:
        try:
            await self._step()
        except BaseException:
            if inspect.iscoroutine(result):
                result.close()
            raise
        value = await result
        await self._step()
        return value

    async def __aenter__(self) -> Self:
        await self._step()
        inner = cast("Self", self._inner)
        entered = await inner.__aenter__()
        try:
            await self._step()
        except BaseException as error:  # as if it had been raised by the first statement of the block
            await inner.__aexit__(type(error), error, error.__traceback__)
            raise
        return self if entered is inner else type(self)(entered, self._step)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        leaving = cast("Self", self._inner).__aexit__(kind, error, traceback)
        result = await leaving
        await self._step()
        return result


def stepped(store: Store, step: Step) -> Store:
    """The store with a step before and after everything that is awaited of it."""
    return cast("Store", Stepped(store, step))


class CancelAt:
    """A step that cancels the task which takes it for the n-th time."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.taken = 0

    async def __call__(self) -> None:
        """Takes a step."""
        self.taken += 1
        if self.taken == self.place:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(0)


async def cancelled_everywhere(
    use_case: Callable[[Store], Awaitable[object]], around: Callable[[], Store], check: Callable[[int], Awaitable[None]]
) -> int:
    """Runs a use case again and again, cancelled at its first step, at its second, until there is none left.

    Args:
        use_case: what is run, on a store.
        around: the store for the next run.
        check: looks at what is left, after each cancellation at the step of this number.

    Returns:
        How many steps there were.
    """
    place = 0
    while True:
        place += 1
        step = CancelAt(place)
        task = asyncio.ensure_future(use_case(stepped(around(), step)))
        await asyncio.wait((task,))
        if not task.cancelled():
            task.result()
            return step.taken
        await check(place)

"""A change of role on PostgreSQL that is cancelled, or fails, anywhere is done as a whole or not at all."""

import asyncio
import time
from collections.abc import AsyncIterator

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.connections import requests as session_requests
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.audit_records import Recorder
from gapless.domain.catalogue import GAPLESS
from gapless.domain.events import RevokeSessions
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role, User
from gapless.kit import one_of
from gapless.kit.audit import Actor
from gapless.kit.ids import UserId
from gapless.kit.ports import Store, UnitOfWork
from gapless.services.members import Members
from gapless.testing.laws.steps import every_cancellation
from tests.conftest import SCHEMA
from tests.integration.store.conftest import checked_out, own_engine
from tests.integration.store.sessions import session_of
from tests.unit.services.worlds import stepped
from tests.voice.rows import an_owner, created, fresh_id

pytestmark = pytest.mark.asyncio

ACTOR = Actor.system("tests")
IDS = UuidV7Factory()
State = tuple[Role, int, int]


class Broken(Exception):
    """Something that a use case does not expect."""


@attrs.define
class BreakAt:
    """A step that raises when it is taken for the n-th time."""

    place: int
    taken: int = 0

    async def __call__(self) -> None:
        """Takes a step."""
        self.taken += 1
        if self.taken == self.place:
            raise Broken


@attrs.define
class Scene:
    """An organization of two owners, of whom one becomes an admin; and what was found wrong with it on the way.

    Attributes:
        engine: on which everything happens.
        user: whose role changes.
        before: the role, and how many audit records and events there were when the change began.
        wrong: what was left behind that should not be.
    """

    engine: AsyncEngine
    user: User
    before: State
    wrong: list[str] = attrs.field(factory=list)

    @property
    def store(self) -> PostgresStore:
        """The store on the engine."""
        return PostgresStore(self.engine, GAPLESS, schema=SCHEMA)

    async def check(self) -> None:
        """Looks at what a change has left, and makes the user an owner again."""
        if checked_out(self.engine):
            self.wrong.append("a connection is checked out")
        after = await state_of(self.store, self.user)
        if after not in (self.before, (Role.ADMIN, self.before[1] + 1, self.before[2] + 1)):
            self.wrong.append(f"{self.before} became {after}")
        await team_on(self.store).change_role(self.user.organization_id, self.user.id, Role.OWNER, actor=ACTOR)
        self.before = await state_of(self.store, self.user)

    async def change(self, service: Members) -> None:
        """Makes the user an admin."""
        await service.change_role(self.user.organization_id, self.user.id, Role.ADMIN, actor=ACTOR)


def team_on(store: Store) -> Members:
    """The use cases on a store."""
    return Members(store=store, clock=SystemClock(), ids=IDS, catalogue=GAPLESS)


async def state_of(store: PostgresStore, user: User) -> State:
    """The user's role, and how many records and events there are, seen under the organization's lock: it is free."""
    async with store.unit(user.organization_id, seconds=2) as unit:
        role = (await unit.of(User).get(user.id)).role
        return role, await unit.audit_trail.count(), await unit.outbox.count()


@pytest_asyncio.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    """Two owners, on an engine whose connections are warm."""
    async with own_engine(database_url) as engine:
        store, home = PostgresStore(engine, GAPLESS, schema=SCHEMA), fresh_id()
        user = an_owner(home)
        await created(store, user, an_owner(home), id=home)
        yield Scene(engine, user, await state_of(store, user))


async def test_cancelled_anywhere(scene: Scene) -> None:
    """Cancelled at any suspension, role, record and event are there together or not; lock and connection are free."""
    places = await every_cancellation(lambda: scene.change(team_on(scene.store)), scene.check)
    assert scene.wrong == []
    assert places >= 4, "it asks the server four times, and may be cancelled each time"


async def test_cancelled_anywhere_in_a_fresh_pool(scene: Scene) -> None:
    """The same holds when the connection has to be made, and its statements prepared, first."""

    async def check() -> None:
        await scene.check()
        await scene.engine.dispose()

    await scene.engine.dispose()
    assert await every_cancellation(lambda: scene.change(team_on(scene.store)), check) >= 8
    assert scene.wrong == []


async def test_cancelled_twice(scene: Scene) -> None:
    """A change that is cancelled again while it ends leaves nothing half done either."""

    async def impatient(number: int) -> None:
        task = asyncio.create_task(scene.change(team_on(scene.store)))
        for _ in range(number):
            await asyncio.sleep(0)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
        assert task.cancelled()

    for number in range(1, 12):
        await impatient(number)
        await scene.check()
    assert scene.wrong == []


async def test_failing_anywhere(scene: Scene) -> None:
    """An exception before or after anything that is awaited leaves all or nothing, lock and connection free."""
    place, step = 0, BreakAt(1)
    while step.taken >= place:
        place += 1
        step = BreakAt(place)
        try:
            await scene.change(team_on(stepped(scene.store, step)))
        except Broken:
            await scene.check()
        else:
            break
    assert scene.wrong == []
    assert place == 10, "four awaits with a step on either side, and one step more for leaving the unit"


@attrs.frozen(kw_only=True)
class TwoTransactions(Members):
    """A planted fault: the role and its event are kept by two transactions."""

    async def change_role(self, organization_id: OrganizationId, user_id: UserId, role: Role, *, actor: Actor) -> User:
        """Changes the role first, and thinks of the sessions then."""
        recorder = Recorder(self._ids, self._clock.now(), actor)
        async with self._store.unit(organization_id) as unit:
            before = await unit.of(User).get(user_id)
            after = before.with_role(role)
            stored = await unit.of(User).save(after, recorder.audit("user.role.changed", before, after))
            await unit.commit()
        async with self._store.unit(organization_id) as unit:
            revoked = RevokeSessions(user_id=user_id, reason="role_lowered")
            await unit.outbox.add_all(recorder.events(organization_id, [revoked]))
            await unit.commit()
        return stored


async def test_half_done_work_is_noticed(scene: Scene) -> None:
    """A planted fault is caught: a change that takes two transactions is found half done."""
    service = TwoTransactions(store=scene.store, clock=SystemClock(), ids=IDS, catalogue=GAPLESS)
    await every_cancellation(lambda: scene.change(service), scene.check)
    assert any("became" in wrong for wrong in scene.wrong)


async def test_connection_that_is_kept_is_noticed(scene: Scene) -> None:
    """A planted fault is caught: a unit that is not left when it is cancelled keeps its connection."""
    opened: list[UnitOfWork] = []

    async def change() -> None:
        unit = scene.store.unit(scene.user.organization_id)
        opened.append(unit)
        await unit.__aenter__()
        await unit.of(User).get(scene.user.id)
        await unit.__aexit__(None, None, None)

    async def check() -> None:
        if checked_out(scene.engine):
            scene.wrong.append("a connection is checked out")
        await opened.pop().__aexit__(None, None, None)
        for _ in range(2):  # the connection that is made anew is warm again, so that each round has the same steps
            await state_of(scene.store, scene.user)

    await every_cancellation(change, check)
    assert scene.wrong


async def test_a_reading_that_is_cancelled_leaves_no_transaction(database_url: str) -> None:
    """Whenever a reading is cancelled, also as its answer comes, its connection goes back as it was taken."""
    engine = create_async_engine(database_url, pool_size=1, max_overflow=0)
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    home = (await created(store)).id

    async def read(number: int) -> None:
        async with store.reading(home) as reading:  # a statement that no connection has prepared yet
            await reading.of(User).find(lambda user: one_of(user.name, *map(str, range(number + 1))))

    for number in range(150):
        task = asyncio.create_task(read(number))
        for _ in range(number % 75):
            await asyncio.sleep(0)
        time.sleep(0.002)  # noqa: ASYNC251  # the answer is there now, and is read in the turn of the cancellation
        asyncio.get_running_loop().call_soon(task.cancel)
        await asyncio.wait([task])
        async with store.reading(home, snapshot=True) as snapshot:
            assert await snapshot.of(User).count() == 1
    await engine.dispose()


@pytest.mark.parametrize("cancelled", [False, True])
async def test_who_is_not_cancelled_has_the_time_of_the_unit_for_its_rollback(
    store: PostgresStore, database_url: str, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    """A unit that is left by an error waits for ROLLBACK as long as it has time, and keeps its connection."""
    organization = await created(store)
    monkeypatch.setattr(session_requests, "SETTLE_SECONDS", 0.0)  # what a cancelled task gives the server

    async def left() -> object:
        async with mine.unit(organization.id) as unit:
            drivers.append(session_of(unit).driver)
            await unit.of(User).find()
            if cancelled:
                asyncio.current_task().cancel()  # type: ignore[union-attr]  # this is a task
                await asyncio.sleep(0)
            raise LookupError

    drivers: list[object] = []
    async with own_engine(database_url) as engine:
        mine = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        (ended,) = await asyncio.gather(asyncio.create_task(left()), return_exceptions=True)
        assert type(ended) is (asyncio.CancelledError if cancelled else LookupError)
        await asyncio.gather(asyncio.create_task(left()), return_exceptions=True)
    assert (drivers[0] is drivers[1]) is not cancelled

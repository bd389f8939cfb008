"""Opening, wiring and closing an application."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import cast
from unittest.mock import AsyncMock

import attrs
import punq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gapless
from examples.tickets import HELP_DESK
from gapless import bootstrap
from gapless.adapters import memory
from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.outbox import OutboxRelay, RelaySettings
from gapless.bootstrap import Gapless, Parts, assembled, container_of, services
from gapless.domain.catalogue import GAPLESS
from gapless.domain.migrations import REVISIONS
from gapless.kit import Catalogue, Revisions
from gapless.kit.errors import (
    DatabaseNotMigrated,
    DatabaseUnsuitable,
    InvalidValue,
    RetentionExpired,
    StoreUnavailable,
)
from gapless.kit.limits import Limits
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Clock, EventHandler, IdFactory, Store
from gapless.stores import Stores, postgres_url
from gapless.testing import WORKSPACES
from tests.every import SERVICES
from tests.unit.services.worlds import PLANS, SIGNUP, TurnedClock

CLOSED: list[str] = []
OF_DESK = Revisions(
    package="own_service.migrations", catalogue=HELP_DESK, beyond=GAPLESS, version_table="own_service_version"
)


class ClosingStore(MemoryStore):
    """A store that notes that it was closed."""

    async def aclose(self) -> None:
        """Notes it."""
        CLOSED.append("store")
        await super().aclose()


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is closed from now on."""
    CLOSED.clear()
    monkeypatch.setattr(memory, "MemoryStore", ClosingStore)
    yield CLOSED
    CLOSED.clear()


async def ignores(_: OutboxEvent) -> None:
    """Handles an event by doing nothing."""


@pytest.mark.parametrize("handler", [None, ignores])
def test_every_registration_resolves(handler: EventHandler | None) -> None:
    """Whatever is registered can be built, once, and nothing is built twice."""
    store = MemoryStore(GAPLESS)
    container = container_of(Stores(store, store), Parts(event_handler=handler))
    registered = list(container.registrations._Registry__registrations.entries)  # type: ignore[attr-defined]  # no public listing
    assert {Store, Clock, IdFactory} <= set(registered)
    assert (OutboxRelay in registered) is (handler is not None)
    for service in registered:
        assert container.resolve(service) is container.resolve(service)


@pytest.mark.asyncio
async def test_a_service_is_built_when_it_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """To open an application builds no service; each is built once, and what is not declared is not there."""
    made: list[Stores] = []

    def counted(stores: Stores, parts: Parts) -> punq.Container:
        made.append(stores)
        return container_of(stores, parts)

    monkeypatch.setattr(bootstrap, "container_of", counted)
    async with gapless.open("memory:") as app:
        assert app.store is app.jobs
        assert made == []
        assert all(getattr(app, name) is getattr(app, name) for name in services())
        assert len(made) == 1
        with pytest.raises(AttributeError, match="no attribute 'callers'"):
            _ = app.callers  # type: ignore[attr-defined]  # it is not declared
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            app.calls = app.calls  # type: ignore[misc]  # it is frozen


@pytest.mark.asyncio
async def test_replacements_are_used() -> None:
    """The clock, the ids, the plans, the handler and the retention that a host brings are the ones in use."""
    clock, ids = TurnedClock(), UuidV7Factory(lambda: 10**18)
    delivered = asyncio.Event()

    async def handler(_: OutboxEvent) -> None:
        delivered.set()

    options = {"clock": clock, "ids": ids, "plans": PLANS, "event_handler": handler, "retention": timedelta(hours=1)}
    async with gapless.open("memory:", **options) as app:  # type: ignore[arg-type]  # each is of its own type
        created = await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=SIGNUP)
        home = created.organization
        assert (home.created_at, home.id.int >> 80) == (clock.now(), 10**12)
        assert home == home.with_limits(PLANS.limits("starter"))
        await app.organizations.delete(home.id, actor=SIGNUP)
        assert app.outbox is not None
        app.outbox.wake()
        await asyncio.wait_for(delivered.wait(), 5)
        clock.turn(timedelta(hours=1))
        with pytest.raises(RetentionExpired):
            await app.organizations.restore(home.id, actor=SIGNUP)


@pytest.mark.asyncio
async def test_defaults() -> None:
    """Without replacements an application has the default plans, and no relay."""
    async with gapless.open("memory:") as app:
        assert isinstance(app, Gapless)
        assert app.outbox is None
        created = await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", plan="team", actor=SIGNUP)
        assert created.organization.team_members_quota == 50
        with pytest.raises(InvalidValue):
            await app.organizations.create("Acme", "acme-2", "ann@acme.org", "Ann", plan="golden", actor=SIGNUP)
    assert (Parts().clock, Parts().ids) != (Parts().clock, Parts().ids)
    assert isinstance(Parts().clock, SystemClock)


@pytest.mark.asyncio
@pytest.mark.parametrize(("options", "left"), [({}, 0), ({"storage": gapless.Storage.STORED}, 100)])
async def test_what_counts_as_storage(options: dict[str, object], left: int) -> None:
    """By default a billing period begins with no storage; a host that counts what is stored keeps it."""
    async with gapless.open("memory:", clock=TurnedClock(), **options) as app:  # type: ignore[arg-type]  # a storage
        home = (await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=SIGNUP)).organization.id
        await app.usage.add_storage(home, 100)
        reset = await app.usage.reset_for_period(home, datetime(2026, 3, 1, tzinfo=UTC), actor=SIGNUP)
        assert reset.used_storage == left


@pytest.mark.asyncio
async def test_closes_at_the_end(closed: list[str]) -> None:
    """At the end the delivery has stopped and the store is closed."""
    async with gapless.open("memory:", event_handler=ignores):
        assert not closed
        assert "gapless outbox" in running()
    assert closed == ["store"]
    assert "gapless outbox" not in running()


@pytest.mark.asyncio
async def test_closes_when_the_block_raises(closed: list[str]) -> None:
    """Also when the block raises, and the error is what the caller sees."""
    with pytest.raises(ZeroDivisionError):
        async with gapless.open("memory:", event_handler=ignores):
            raise ZeroDivisionError
    assert closed == ["store"]
    assert "gapless outbox" not in running()


@pytest.mark.asyncio
async def test_closes_when_the_block_is_cancelled(closed: list[str]) -> None:
    """Also when the block is cancelled, even in the middle of a delivery."""
    begun, never = asyncio.Event(), asyncio.Event()

    async def hangs(_: OutboxEvent) -> None:
        begun.set()
        await never.wait()

    async def application() -> None:
        async with gapless.open("memory:", event_handler=hangs) as app:
            created = await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=SIGNUP)
            await app.organizations.delete(created.organization.id, actor=SIGNUP)
            assert app.outbox is not None
            app.outbox.wake()
            await never.wait()

    task = asyncio.ensure_future(application())
    await asyncio.wait_for(begun.wait(), 5)
    task.cancel()
    await asyncio.wait((task,), timeout=5)
    assert task.cancelled()
    assert closed == ["store"]
    assert "gapless outbox" not in running()


def running() -> set[str]:
    """The names of the tasks that have not ended."""
    return {task.get_name() for task in asyncio.all_tasks()}


@pytest.mark.parametrize("url", ["", "memory", "mysql://host/db", "postgresql+psycopg://host/db", "POSTGRES://host", 5])
def test_unknown_kind_of_url(url: object) -> None:
    """A url of another kind is refused at once, by a sentence that says which kinds there are."""
    with pytest.raises(StoreUnavailable, match="memory: or begin with one of postgres, postgresql"):
        gapless.open(cast("str", url))


def test_the_url_is_not_repeated() -> None:
    """A refused url may hold a password, so the message does not hold the url."""
    with pytest.raises(StoreUnavailable) as caught:
        gapless.open("mysql://ann:hush@host/db")
    assert "hush" not in str(caught.value)


@given(
    st.sampled_from(["postgres", "postgresql", "postgresql+asyncpg"]),
    st.text(st.characters(codec="ascii"), max_size=40),
)
def test_urls_of_postgresql(scheme: str, rest: str) -> None:
    """A url of PostgreSQL, in each of the three ways to write its scheme, is passed on as it is."""
    assert postgres_url(f"{scheme}://{rest}") == f"{scheme}://{rest}"


class Engine:
    """Stands for an engine, and notes that it was disposed of."""

    def __init__(self, url: str, **settings: object) -> None:
        self.url, self.settings = url, settings

    async def dispose(self) -> None:
        """Notes it."""
        CLOSED.append("engine")


class CheckedStore(ClosingStore):
    """Stands for the store on PostgreSQL."""

    fails = False

    def __init__(
        self, engine: Engine, catalogue: Catalogue, *, schema: str, limits: Limits, revisions: tuple[Revisions, ...]
    ) -> None:
        super().__init__(catalogue, limits=limits)
        self.engine, self.schema, self.limits, self.checked = engine, schema, limits, False
        self.catalogue, self.revisions = catalogue, revisions

    async def check(self, *, verify: bool, pooler: bool) -> None:
        """Finds the database migrated, or not."""
        if self.fails:
            raise DatabaseNotMigrated("Run gapless migrate.")
        self.checked, self.verified, self.pooler = True, verify, pooler

    def beside(self, engine: Engine) -> "CheckedStore":
        """Another one."""
        return type(self)(engine, self.catalogue, schema=self.schema, limits=self.limits, revisions=self.revisions)

    async def require_same_as(self, other: "CheckedStore") -> None:
        """Finds another database if the url says so."""
        self.compared = other
        if self.engine.url.endswith("elsewhere"):
            raise DatabaseUnsuitable("Another database.")


@pytest.fixture
def postgres(monkeypatch: pytest.MonkeyPatch, closed: list[str]) -> list[str]:
    """Puts the stand-ins where the adapter would be; returns what is closed from now on."""
    adapter = ModuleType("gapless.adapters.postgres")
    vars(adapter).update(create_engine=Engine, close_engine=Engine.dispose, PostgresStore=CheckedStore)
    monkeypatch.setitem(sys.modules, adapter.__name__, adapter)
    return closed


@pytest.mark.asyncio
async def test_a_url_of_postgresql(postgres: list[str]) -> None:
    """For a url the engine is made and disposed of here, after the store; the database is checked before it is used."""
    async with gapless.open("postgres://ann@host/db", schema="mine") as app:
        store = cast("CheckedStore", app.store)
        assert (store.engine.url, store.schema, store.checked) == ("postgres://ann@host/db", "mine", True)
    assert postgres == ["store", "engine"]


@pytest.mark.asyncio
async def test_what_a_host_says_of_the_connections(postgres: list[str]) -> None:
    """The size of the pool, the pooler, the limits and whether the database is verified reach what they are for."""
    limits = Limits(lock=1, unit=2)
    async with gapless.open("postgres://host/db", pool_size=3, pooler=True, limits=limits, verify=False) as app:
        store = cast("CheckedStore", app.store)
        assert store.engine.settings == {"pool_size": 3, "pooler": True}
        assert (store.limits, store.verified, store.pooler) == (limits, False, True)
    assert postgres == ["store", "engine"]


@pytest.mark.asyncio
async def test_the_chains_of_a_store(postgres: list[str]) -> None:
    """The host's chain stands beside that of gapless if it goes beyond it, and else in its place; memory needs none."""
    alone = attrs.evolve(OF_DESK, beyond=Catalogue(()))
    for named, chains in ((None, (REVISIONS,)), (OF_DESK, (REVISIONS, OF_DESK)), (alone, (alone,))):
        async with gapless.open("postgres://host/db", catalogue=HELP_DESK, revisions=named) as app:
            assert cast("CheckedStore", app.store).revisions == chains
        async with gapless.open("memory:", catalogue=HELP_DESK, revisions=named) as app:
            assert isinstance(app.store, MemoryStore)
    assert postgres == ["store", "engine", "store"] * 3


def calls_nobody(_: OutboxEvent) -> None:
    """Is no coroutine function."""


class Callable:
    """An object that is called like a coroutine function."""

    async def __call__(self, _: OutboxEvent) -> None:
        """Handles an event by doing nothing."""


NO_SIZES: tuple[object, ...] = (0, -1, 1001, True, 2.0, "5")
WRONG: list[tuple[str, dict[str, object]]] = [
    ("coroutine function", {"event_handler": calls_nobody}),
    ("coroutine function", {"event_handler": 5}),
    ("timedelta", {"retention": 30}),
    ("timedelta", {"retention": timedelta(-1)}),
    ("a Storage: PER_PERIOD or STORED", {"storage": "STORED"}),
    ("a Storage: PER_PERIOD or STORED", {"storage": None}),
    ("PlanCatalogue", {"plans": {}}),
    *[("a Clock, an object with a method now", {"clock": clock}) for clock in (5, "now", object(), SystemClock)],
    *[("an IdFactory, an object with a method new", {"ids": ids}) for ids in (5, "uuid", object(), UuidV7Factory)],
    ("RelaySettings", {"relay": {"pause": timedelta(1)}}),
    ("Limits", {"limits": 5}),
    ("Catalogue", {"catalogue": ignores}),
    ("Catalogue", {"catalogue": None}),
    ("Revisions", {"revisions": "own_service.migrations"}),
    ("another root", {"revisions": Revisions(package="own_service", catalogue=WORKSPACES)}),
    ("the table of Ticket, which the catalogue lacks", {"catalogue": GAPLESS, "revisions": OF_DESK}),
    ("True or False", {"pooler": "no"}),
    ("True or False", {"verify": 1}),
    *[("connections", {"pool_size": size}) for size in NO_SIZES],
]


@pytest.mark.parametrize(("named", "arguments"), WRONG)
def test_arguments_that_can_not_be_right(named: str, arguments: dict[str, object]) -> None:
    """An argument of another kind, or out of its range, is refused at once, whatever the store."""
    for url in ("memory:", "postgresql://host/db"):
        with pytest.raises(InvalidValue, match=named) as caught:
            gapless.open(url, **arguments)  # type: ignore[arg-type]  # planted: each is of a wrong type
        assert caught.value.kind in arguments
        assert caught.value.fields == (caught.value.kind,)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), "5", None, True, 0, -1.0])
@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Limits)])
def test_limits_that_are_no_time(name: str, seconds: object) -> None:
    """A limit is a finite number of seconds, some at least, and the error names it."""
    if (name, seconds) == ("clock", None):
        assert Limits(clock=None).clock is None  # clocks are not compared then
        return
    with pytest.raises(InvalidValue, match=f"limit {name}"):
        Limits(**{name: seconds})  # type: ignore[arg-type]  # planted: of a wrong type


@pytest.mark.parametrize("name", ["lease", "first_delay", "greatest_delay", "pause"])
def test_settings_of_a_relay_that_are_no_time(name: str) -> None:
    """A setting of the relay is a timedelta that is long enough, and the error names it."""
    for value in (5, timedelta(-1), None, timedelta(days=367), timedelta.max):
        with pytest.raises(InvalidValue, match=name):
            RelaySettings(**{name: value})  # type: ignore[arg-type]  # planted: of a wrong type
    with pytest.raises(InvalidValue, match="greatest_delay"):
        RelaySettings(first_delay=timedelta(hours=2))


@pytest.mark.asyncio
@pytest.mark.parametrize("handler", [Callable(), partial(ignores), partial(Callable()), AsyncMock()])
async def test_handlers_that_are_no_functions(handler: EventHandler) -> None:
    """What is called like a coroutine function is a handler, a host's mock as well, with the settings of its relay."""
    settings = RelaySettings(lease=timedelta(seconds=7))
    async with gapless.open("memory:", event_handler=handler, relay=settings) as app:
        assert app.outbox is not None
        assert app.outbox._lease == settings.lease


@pytest.mark.asyncio
async def test_an_engine_of_the_host(postgres: list[str]) -> None:
    """A host's engine is used and not disposed of."""
    engine = Engine("theirs")
    async with gapless.open(engine=engine) as app:  # type: ignore[arg-type]  # stands for an engine
        assert cast("CheckedStore", app.store).engine is engine
    assert postgres == ["store"]


@pytest.mark.asyncio
async def test_a_database_that_cannot_be_used(postgres: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """If the check fails the block is not entered, and all is closed."""
    monkeypatch.setattr(CheckedStore, "fails", True)
    with pytest.raises(DatabaseNotMigrated):
        async with gapless.open("postgres://ann@host/db"):
            pytest.fail("entered")
    assert postgres == ["store", "engine"]


def test_what_an_engine_decides() -> None:
    """What is the engine's to decide is refused beside one, and the error says where it belongs."""
    with pytest.raises(InvalidValue, match="engine") as caught:
        gapless.open(engine=Engine("theirs"), pool_size=5)  # type: ignore[arg-type]  # stands for an engine
    assert caught.value.kind == "pool_size"


def test_a_url_or_an_engine() -> None:
    """Neither a url nor an engine, and both of them, are refused at once."""
    with pytest.raises(StoreUnavailable, match="one of the two"):
        gapless.open()
    with pytest.raises(StoreUnavailable, match="one of the two"):
        gapless.open("memory:", engine=Engine("theirs"))  # type: ignore[arg-type]  # stands for an engine


@pytest.mark.asyncio
async def test_jobs_with_a_role_of_their_own(postgres: list[str]) -> None:
    """The jobs have a store of their own on the same database, which is checked as well, and closed first."""
    async with gapless.open("postgres://ann@host/db", jobs_url="postgres://job@host/db", event_handler=ignores) as app:
        store, jobs = cast("CheckedStore", app.store), cast("CheckedStore", app.jobs)
        assert (store.engine.url, jobs.engine.url) == ("postgres://ann@host/db", "postgres://job@host/db")
        assert (jobs.checked, jobs.compared) == (True, store)
        assert app.outbox is not None
        by_jobs = {app.outbox._store, app.cleanup._store, app.organizations._jobs, app.subscriptions._jobs}
        assert by_jobs == {jobs}
        assert {app.organizations._store, app.subscriptions._store, app.members._store} == {store}
    assert postgres == ["store", "engine", "store", "engine"]


@pytest.mark.asyncio
async def test_engines_of_the_host_for_both(postgres: list[str]) -> None:
    """A host's engines are used and not disposed of; the same one twice is one store."""
    engine, own = Engine("theirs"), Engine("their jobs")
    async with gapless.open(engine=engine, jobs_engine=own) as app:  # type: ignore[arg-type]  # stand for engines
        assert cast("CheckedStore", app.jobs).engine is own
    assert postgres == ["store", "store"]
    async with gapless.open(engine=engine, jobs_engine=engine) as app:  # type: ignore[arg-type]  # as above
        assert app.jobs is app.store
    assert postgres == ["store"] * 3


@pytest.mark.asyncio
async def test_jobs_of_another_database(postgres: list[str]) -> None:
    """Jobs that would work on other rows than the requests are refused, and all is closed."""
    with pytest.raises(DatabaseUnsuitable):
        async with gapless.open("postgres://ann@host/db", jobs_url="postgres://job@host/elsewhere"):
            pytest.fail("entered")
    assert postgres == ["store", "engine", "store", "engine"]


@pytest.mark.asyncio
async def test_one_store_for_all() -> None:
    """Without a role of their own the jobs work on the store of the requests."""
    async with gapless.open("memory:") as app:
        assert app.jobs is app.store


def test_jobs_that_can_not_be_opened() -> None:
    """A role for jobs in memory, two ways to the jobs, and a url of another kind are refused at once."""
    engine = Engine("theirs")
    for name, value in {"jobs_engine": engine, "jobs_url": "postgres://host/db"}.items():
        with pytest.raises(InvalidValue, match="has no roles") as caught:
            gapless.open("memory:", **{name: value})  # type: ignore[arg-type]  # one stands for an engine
        assert caught.value.fields == (name,)
    with pytest.raises(InvalidValue, match="same database"):
        gapless.open("postgres://host/db", jobs_url="memory:")
    with pytest.raises(StoreUnavailable, match="a jobs_url or a jobs_engine, not both"):
        gapless.open("postgres://host/db", jobs_url="postgres://host/db", jobs_engine=engine)  # type: ignore[arg-type]  # as above
    for url in ("mysql://host/db", cast("str", 5)):
        with pytest.raises(StoreUnavailable, match="begin with one of"):
            gapless.open("postgres://host/db", jobs_url=url)


def test_the_size_of_a_pool_for_jobs(postgres: list[str]) -> None:
    """The size of the pool is for each url: it is taken beside an engine, if the jobs have a url."""
    engine = Engine("theirs")
    assert postgres == []
    gapless.open(engine=engine, jobs_url="postgres://host/db", pool_size=5)  # type: ignore[arg-type]  # as above
    with pytest.raises(InvalidValue, match="engine"):
        gapless.open(engine=engine, jobs_engine=engine, pool_size=5)  # type: ignore[arg-type]  # as above


def test_a_service_without_jobs_of_its_own_uses_its_store() -> None:
    """Each service that works with the rights of jobs takes its own store for them, unless it is told another."""
    app = assembled(MemoryStore(GAPLESS), Parts())
    several = [getattr(app, name) for name in SERVICES]
    those = [service for service in several if any(field.name == "_jobs" for field in attrs.fields(type(service)))]
    assert len(those) > 2
    for service in those:
        given = {field.alias: getattr(service, field.name) for field in attrs.fields(type(service)) if field.init}
        del given["jobs"]
        assert type(service)(**given)._jobs is app.store


def test_an_application_is_shown_without_its_services() -> None:
    """To show one builds none of its services, and names neither them nor what builds them."""
    app = assembled(MemoryStore(GAPLESS), Parts())
    assert [name for name in (*SERVICES, "resolve") if f"{name}=" in repr(app)] == []

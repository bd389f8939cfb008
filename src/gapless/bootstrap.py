"""Opens and closes what an application holds, and puts it together. No other module knows the container.

async with gapless.open("postgresql://localhost/app") as app:
    created = await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=Actor.system("signup"))
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import typing
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs
import punq

from gapless import default_catalogue
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.arguments import duration, require_kind
from gapless.application.audit_trail import AuditTrail
from gapless.application.cleanup import Cleanup
from gapless.application.clock import UtcClock
from gapless.application.outbox import DEFAULT_RELAY, DELIVERY, OutboxRelay, RelaySettings
from gapless.application.retention import DEFAULT_RETENTION
from gapless.domain.migrations import REVISIONS
from gapless.domain.plans import DEFAULT_PLANS, PlanCatalogue
from gapless.domain.usage import Storage
from gapless.domain.values import E164
from gapless.kit import Catalogue, Revisions
from gapless.kit.catalogue import require_catalogue
from gapless.kit.errors import InvalidValue
from gapless.kit.limits import DEFAULT_LIMITS, Limits
from gapless.kit.plain import kind_of, settle
from gapless.kit.ports import Clock, EventHandler, IdFactory, SqlAnswer, Store
from gapless.kit.revisions import chains_of, require_about, require_made, require_revisions
from gapless.services.call_notes import CallNotes
from gapless.services.calls import Calls
from gapless.services.invoices import Invoices
from gapless.services.knowledge import KnowledgeBase
from gapless.services.members import Members
from gapless.services.organizations import Organizations
from gapless.services.phone_numbers import PhoneNumbers
from gapless.services.subscriptions import Subscriptions
from gapless.services.usage import Usage
from gapless.stores import StoreAddress, StoreOptions, Stores, opened_stores

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")
DEFAULT_CATALOGUE = default_catalogue.DEFAULT_CATALOGUE
"""The entities and rules if none are named, for `open`, the command line and the test kit."""
DEFAULT_REVISIONS = REVISIONS
"""The chain of revisions if none is named, for catalogues that have its root."""


def default_revisions(catalogue: Catalogue) -> Revisions | None:
    """The default chain, if it makes the tables of this catalogue; otherwise None, and the chain must be named."""
    return DEFAULT_REVISIONS if DEFAULT_REVISIONS.is_about(catalogue) else None


def chains_for(catalogue: Catalogue, named: Revisions | None) -> tuple[Revisions, ...]:
    """The chains that make the tables of a catalogue, the default one first if the named one goes beyond it.

    Raises:
        InvalidValue: the named one is not a Revisions, or is of another root than the catalogue.
    """
    usual = default_revisions(catalogue)
    if named is None:
        return chains_of(usual)
    require_about(require_revisions(named), catalogue)
    return (usual, named) if usual is not None and usual.is_about(named.beyond) else (named,)


OF_JOBS = (Cleanup, OutboxRelay)
"""The services whose units of work are all units of jobs."""


_UNUSED: Any = None
"""Stands for a service that is built when it is first used."""


@attrs.frozen(kw_only=True, eq=False)
class Gapless:
    """What an application uses, as long as it runs. A service that is declared here is built when it is first used.

    Attributes:
        organizations: creates, renames, deletes and restores organizations.
        members: the members of an organization.
        phone_numbers: the numbers at which an organization is called.
        calls: starts, finishes and rates calls.
        call_notes: the notes of users on calls.
        knowledge: the questions of callers, and their answers.
        subscriptions: plans, downgrades and payments.
        invoices: the invoices of an organization.
        usage: the minutes and the storage that count towards the quotas.
        cleanup: removes for good what was deleted long enough ago, and what was released.
        audit_trail: who did what.
        outbox: delivers events in the background; None if no handler was given.
        store: opens units of work for the host's own code.
        jobs: opens units of work for the host's own jobs; the same as `store` unless the jobs have a role of their own.
    """

    organizations: Organizations = attrs.field(default=_UNUSED, repr=False)
    members: Members = attrs.field(default=_UNUSED, repr=False)
    phone_numbers: PhoneNumbers = attrs.field(default=_UNUSED, repr=False)
    calls: Calls = attrs.field(default=_UNUSED, repr=False)
    call_notes: CallNotes = attrs.field(default=_UNUSED, repr=False)
    knowledge: KnowledgeBase = attrs.field(default=_UNUSED, repr=False)
    subscriptions: Subscriptions = attrs.field(default=_UNUSED, repr=False)
    invoices: Invoices = attrs.field(default=_UNUSED, repr=False)
    usage: Usage = attrs.field(default=_UNUSED, repr=False)
    cleanup: Cleanup = attrs.field(default=_UNUSED, repr=False)
    audit_trail: AuditTrail = attrs.field(default=_UNUSED, repr=False)
    outbox: OutboxRelay | None
    store: Store
    jobs: Store
    _resolve: Callable[[type], object] = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        for name in services():
            if getattr(self, name) is _UNUSED:
                object.__delattr__(self, name)

    if not TYPE_CHECKING:  # the type checker is to refuse attributes that are not declared

        def __getattr__(self, name: str) -> object:
            # Python asks this only where a slot is empty: for a service that was not used yet (decision 0047).
            kind = services().get(name)
            if kind is None:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            service = self._resolve(kind)
            object.__setattr__(self, name, service)
            return service


def _no_negative_time(_: object, __: object, value: object) -> None:
    duration("retention", value)


def _coroutine_function(_: object, __: object, value: EventHandler | None) -> None:
    """Refuses a handler that is not a coroutine function: it would be called and not awaited, and lose each event."""
    if value is None:
        return
    called = value.func if isinstance(value, partial) else value
    is_coroutine = inspect.iscoroutinefunction(called) or inspect.iscoroutinefunction(type(called).__call__)
    if not is_coroutine:
        said = "event_handler must be a coroutine function: async def handler(event)."
        raise InvalidValue("event_handler", said, fields=("event_handler",))


def _require_asked(name: str, value: object, port: str, method: str) -> None:
    """Refuses an object without the method, or a class instead of its object: the first use case would fail."""
    try:
        can_be_asked = callable(getattr(value, method, None)) and not isinstance(value, type)
    except Exception:  # noqa: BLE001  # the object may be of any class, and raise anything
        can_be_asked = False
    if not can_be_asked:
        said = f"{name} must be {port}, an object with a method {method}(), not {kind_of(value)}."
        raise InvalidValue(name, said, fields=(name,))


def _clock(_: object, __: object, value: object) -> None:
    _require_asked("clock", value, "a Clock", "now")


def _ids(_: object, __: object, value: object) -> None:
    _require_asked("ids", value, "an IdFactory", "new")


def _catalogue(_: object, __: object, value: object) -> None:
    require_catalogue("catalogue", value)


def _relay(_: object, __: object, value: object) -> None:
    require_kind("relay", value, RelaySettings)


def _plans(_: object, __: object, value: object) -> None:
    require_kind("plans", value, PlanCatalogue)


def _storage(_: object, __: object, value: object) -> None:
    require_kind("storage", value, Storage, ": PER_PERIOD or STORED")


@attrs.frozen(kw_only=True)
class Parts:
    """What the services are built with, besides the store.

    Attributes:
        catalogue: the entities and rules of the store; its references say what keeps a row from being purged.
        clock: tells the time.
        ids: makes ids.
        plans: the plans that quotas come from.
        retention: for how long after its deletion something can be restored.
        storage: what counts as storage: what was stored in a billing period, or all that is stored.
        event_handler: delivers events; None to keep them in the outbox.
        relay: how the relay delivers events.

    Raises:
        InvalidValue: one of these is not what it must be.
    """

    catalogue: Catalogue = attrs.field(default=DEFAULT_CATALOGUE, validator=_catalogue)
    clock: Clock = attrs.field(factory=SystemClock, validator=_clock)
    ids: IdFactory = attrs.field(factory=UuidV7Factory, validator=_ids)
    plans: PlanCatalogue = attrs.field(default=DEFAULT_PLANS, validator=_plans)
    retention: timedelta = attrs.field(default=DEFAULT_RETENTION, validator=_no_negative_time)
    storage: Storage = attrs.field(default=Storage.PER_PERIOD, validator=_storage)
    event_handler: EventHandler | None = attrs.field(default=None, validator=_coroutine_function)
    relay: RelaySettings = attrs.field(default=DEFAULT_RELAY, validator=_relay)

    def __attrs_post_init__(self) -> None:
        settle(self)


def open(  # noqa: A001, PLR0913  # gapless.open reads as intended; a host names only what it replaces
    url: str | None = None,
    *,
    engine: AsyncEngine | None = None,
    jobs_url: str | None = None,
    jobs_engine: AsyncEngine | None = None,
    catalogue: Catalogue = DEFAULT_CATALOGUE,
    clock: Clock | None = None,
    ids: IdFactory | None = None,
    event_handler: EventHandler | None = None,
    plans: PlanCatalogue | None = None,
    retention: timedelta = DEFAULT_RETENTION,
    storage: Storage = Storage.PER_PERIOD,
    relay: RelaySettings = DEFAULT_RELAY,
    limits: Limits = DEFAULT_LIMITS,
    schema: str = "gapless",
    revisions: Revisions | None = None,
    pool_size: int | None = None,
    pooler: bool = False,
    verify: bool = True,
    sql: SqlAnswer | None = None,
) -> AbstractAsyncContextManager[Gapless]:
    """Opens an application: `async with gapless.open(url) as app`. At the end it closes what it opened.

    Args:
        url: where the rows are kept: `memory:`, or `postgresql://user:password@host:port/database`.
        engine: the host's own engine instead of a url; it is not disposed of at the end.
        jobs_url: the same database with the role of the jobs, if they have their own: the relay, `cleanup`, marks for
            erasure, the erasure of persons, and what concerns all organizations. Everything else uses the role of url
            or engine.
        jobs_engine: the host's own engine instead of a jobs_url; it is not disposed of either.
        catalogue: the entities and rules; `GAPLESS + mine` for a host with entities of its own.
        clock: tells the time, in any time zone; by default the clock of the machine.
        ids: makes ids; by default UUIDv7.
        event_handler: delivers events after the commit, in the background; without it they stay in the outbox.
        plans: the plans that quotas come from; by default three to start with.
        retention: for how long after its deletion something can be restored.
        storage: what counts as storage: the bytes that were stored in the present billing period
            (`Storage.PER_PERIOD`),
            or all stored bytes until they are freed (`Storage.STORED`).
        relay: how the relay delivers events.
        limits: how long a lock and a unit of work may take, and how far clocks may differ.
        schema: the PostgreSQL schema of the tables.
        revisions: the host's own chain, whose newest revision the database must have: beside that of gapless if it goes
            `beyond` it, else instead of it. By default only that of gapless. The catalogue has to have its entities.
        pool_size: the greatest number of connections of each url, by default 10; they are made when they are needed. It
            is not for an engine, which has its own pool.
        pooler: whether a pooler in transaction mode, such as PgBouncer, stands before the server; a url may also say so
            by `pooler=true`. With an engine, it says that the engine was made for a pooler.
        verify: whether its revisions are asked for, and the database is compared with the catalogue, rule by rule.
        sql: answers in memory what the host asks in SQL (`Reading.connection`); on PostgreSQL nobody asks it.

    Returns:
        A context manager that opens the store, checks that the database can be used, and starts the delivery of events.

    Raises:
        StoreUnavailable: neither or both of url and engine are given, or the url is of an unknown kind. On entering:
            the database can't be reached (DatabaseUnreachable, TooManyConnections, AccessDenied) or used
            (DatabaseUnsuitable, DatabaseOnStandby); its clock differs from the machine's (ClockSkewed); it has other
            migrations (DatabaseNotMigrated, DatabaseTooNew); it does not enforce what the catalogue declares
            (DatabaseDiffers); the jobs have another database (DatabaseUnsuitable); or there is a handler, and its role
            must not claim events (AccessDenied).
        InvalidValue: an argument is not what it must be, such as a handler that is not a coroutine function.
    """
    parts = Parts(
        catalogue=catalogue,
        clock=SystemClock() if clock is None else clock,
        ids=UuidV7Factory() if ids is None else ids,
        plans=DEFAULT_PLANS if plans is None else plans,
        retention=retention,
        storage=storage,
        event_handler=event_handler,
        relay=relay,
    )
    chains = chains_for(parts.catalogue, revisions)
    if revisions is not None:
        require_made(revisions, parts.catalogue)
    options = StoreOptions(
        catalogue=catalogue,
        limits=limits,
        schema=schema,
        pool_size=pool_size,
        pooler=pooler,
        verify=verify,
        revisions=chains,
        sql=sql,
    )
    return _opened(opened_stores(StoreAddress(url, engine), StoreAddress(jobs_url, jobs_engine), options), parts)


def read_number(text: str) -> E164:
    """Reads a telephone number as people write it, if the extra gapless[phone] is installed.

    Raises:
        InvalidValue: it is not a number, or the extra is not installed; the message says which.
    """
    try:
        phone_numbers = importlib.import_module("gapless.inputs.phone_numbers")
    except ModuleNotFoundError:
        raise InvalidValue(
            "phone_number",
            "A telephone number must be written as E.164 (+998901234567); to read other spellings, install the "
            "extra gapless[phone].",
        ) from None
    return cast(E164, phone_numbers.parse_phone_number(text))


@cache
def services() -> Mapping[str, type]:
    """Every service of an application by its name: what `Gapless` declares, and need not be given when it is made."""
    declared = typing.get_type_hints(Gapless)
    unused = [field.name for field in attrs.fields(Gapless) if field.default is _UNUSED]
    return MappingProxyType({name: declared[name] for name in unused})


def container_of(stores: Stores, parts: Parts) -> punq.Container:
    """Registers each part once; what is resolved is shared as long as the container lives.

    A service gets what its parameters name: a port by its type, and what several ports have in common by its name.
    """
    container = punq.Container()
    container.register(Store, instance=stores.requests)
    container.register(Clock, instance=UtcClock(parts.clock))
    container.register(IdFactory, instance=parts.ids)
    container.register(PlanCatalogue, instance=parts.plans)
    container.register(Catalogue, instance=parts.catalogue)
    named = {
        "retention": parts.retention,
        "storage": parts.storage,
        "jobs": stores.jobs,
        "read_number": read_number,
        **attrs.asdict(parts.relay),
    }
    relays = [] if parts.event_handler is None else [OutboxRelay]
    if parts.event_handler is not None:
        container.register(EventHandler, instance=parts.event_handler)
    for service in (*services().values(), *relays):
        asked = {field.alias for field in attrs.fields(service)}
        given = {name: value for name, value in named.items() if name in asked}
        if service in OF_JOBS:
            given["store"] = stores.jobs
        container.register(service, scope=punq.Scope.singleton, **given)
    return container


def assembled(store: Store, parts: Parts, *, jobs: Store | None = None) -> Gapless:
    """Builds the application on an open store; nothing runs in the background yet.

    Args:
        store: the store that keeps the rows.
        parts: what the services are built with, besides the store.
        jobs: the same rows with the rights of the jobs; None if `store` has these rights.
    """
    stores = Stores(store, store if jobs is None else jobs)
    container: punq.Container | None = None

    def resolve(kind: type[T]) -> T:
        nonlocal container
        # It is made for the first service: many who open an application in a test use its store alone (decision 0047).
        if container is None:
            container = container_of(stores, parts)
        return container.resolve(kind)

    outbox = None if parts.event_handler is None else resolve(OutboxRelay)
    return Gapless(
        outbox=outbox,
        store=stores.requests,
        jobs=stores.jobs,
        resolve=resolve,
    )


@asynccontextmanager
async def _opened(opening: AbstractAsyncContextManager[Stores], parts: Parts) -> AsyncIterator[Gapless]:
    async with opening as stores:
        app = assembled(stores.requests, parts, jobs=stores.jobs)
        if app.outbox is None:
            yield app
            return
        await stores.jobs.require_rights(DELIVERY)
        task = asyncio.create_task(app.outbox.run(), name="gapless outbox")
        try:
            yield app
        finally:
            task.cancel()
            await asyncio.wait((task,))

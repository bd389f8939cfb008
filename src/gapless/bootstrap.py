"""Opens and closes what an application holds, and wires it together. Nothing else knows the container.

async with gapless.open("postgresql://localhost/app") as app:
    founded = await app.organizations.found("Acme", "acme", "ann@acme.org", "Ann", actor=Actor.system("signup"))
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import attrs
import punq

from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import InvalidValue
from gapless.domain.limits import DEFAULT_LIMITS, Limits
from gapless.domain.plans import DEFAULT_PLANS, PlanCatalogue
from gapless.domain.ports import Clock, EventHandler, IdFactory, Store
from gapless.domain.rules import Catalogue
from gapless.services.audit_trail import AuditTrail
from gapless.services.call_notes import CallNotes
from gapless.services.calls import Calls
from gapless.services.cleanup import Cleanup
from gapless.services.invoices import Invoices
from gapless.services.knowledge import KnowledgeBase
from gapless.services.organizations import Organizations
from gapless.services.outbox import DEFAULT_RELAY, OutboxRelay, RelaySettings
from gapless.services.phone_numbers import PhoneNumbers
from gapless.services.retention import DEFAULT_RETENTION
from gapless.services.subscriptions import Subscriptions
from gapless.services.team import TeamService
from gapless.services.usage import Usage
from gapless.stores import StoreOptions, opened_store

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


@attrs.frozen(kw_only=True)
class Gapless:
    """What an application uses, for as long as it lives.

    Attributes:
        organizations: founds, renames, deletes and restores organizations.
        team: the members of an organization.
        phone_numbers: where it is called.
        calls: starts, finishes and rates calls.
        call_notes: what users note on calls.
        knowledge: what callers ask, and what they are answered.
        subscriptions: plans, downgrades and payments.
        invoices: what it is asked to pay.
        usage: the minutes and the storage that count towards its quotas.
        cleanup: removes for good what was deleted long enough ago.
        audit_trail: who did what.
        outbox: delivers events, in the background; None if no handler was given.
        store: units of work of the host's own.
    """

    organizations: Organizations
    team: TeamService
    phone_numbers: PhoneNumbers
    calls: Calls
    call_notes: CallNotes
    knowledge: KnowledgeBase
    subscriptions: Subscriptions
    invoices: Invoices
    usage: Usage
    cleanup: Cleanup
    audit_trail: AuditTrail
    outbox: OutboxRelay | None
    store: Store


def _no_negative_time(_: object, __: object, value: object) -> None:
    if not isinstance(value, timedelta) or value < timedelta(0):
        raise InvalidValue("retention", "A retention is a timedelta that is not negative.")


def _coroutine_function(_: object, __: object, value: EventHandler | None) -> None:
    """A handler that is called and not awaited would lose every event in silence."""
    called = value.func if isinstance(value, partial) else value
    is_coroutine = inspect.iscoroutinefunction(called) or inspect.iscoroutinefunction(type(called).__call__)
    if value is not None and not is_coroutine:
        raise InvalidValue("event_handler", "An event handler is a coroutine function: async def handler(event).")


def _relay(_: object, __: object, value: object) -> None:
    if not isinstance(value, RelaySettings):
        raise InvalidValue("relay", "The settings of the relay are a RelaySettings.")


@attrs.frozen(kw_only=True)
class Parts:
    """What the services are built with besides the store.

    Attributes:
        catalogue: the entities and rules of the store; their references say what keeps a row from being purged.
        clock: tells the time.
        ids: makes ids.
        plans: the plans that quotas are taken from.
        retention: how long after its deletion something can be restored.
        event_handler: delivers events, or None: they then stay in the outbox.
        relay: how the relay goes about it.

    Raises:
        InvalidValue: one of these is not what it is meant to be.
    """

    catalogue: Catalogue = GAPLESS
    clock: Clock = attrs.field(factory=SystemClock)
    ids: IdFactory = attrs.field(factory=UuidV7Factory)
    plans: PlanCatalogue = DEFAULT_PLANS
    retention: timedelta = attrs.field(default=DEFAULT_RETENTION, validator=_no_negative_time)
    event_handler: EventHandler | None = attrs.field(default=None, validator=_coroutine_function)
    relay: RelaySettings = attrs.field(default=DEFAULT_RELAY, validator=_relay)


def open(  # noqa: A001, PLR0913  # gapless.open reads as intended; a host names only what it replaces
    url: str | None = None,
    *,
    engine: AsyncEngine | None = None,
    catalogue: Catalogue = GAPLESS,
    clock: Clock | None = None,
    ids: IdFactory | None = None,
    event_handler: EventHandler | None = None,
    plans: PlanCatalogue | None = None,
    retention: timedelta = DEFAULT_RETENTION,
    relay: RelaySettings = DEFAULT_RELAY,
    limits: Limits = DEFAULT_LIMITS,
    schema: str = "gapless",
    pool_size: int | None = None,
    pooler: bool = False,
    verify: bool = True,
) -> AbstractAsyncContextManager[Gapless]:
    """Opens an application: `async with gapless.open(url) as app`. At the end it closes what it opened.

    Args:
        url: where the rows are kept: `memory:`, or `postgresql://user:password@host:port/database`.
        engine: the host's own engine instead of a url; it is not disposed of at the end.
        catalogue: the entities and rules; `GAPLESS + mine` for a host with entities of its own.
        clock: tells the time; the machine's by default.
        ids: makes ids; UUIDv7 by default.
        event_handler: delivers events after the commit, in the background; without one they stay in the outbox.
        plans: the plans that quotas are taken from; three to start with by default.
        retention: how long after its deletion something can be restored.
        relay: how the delivery of events goes about it.
        limits: how long a lock and a unit of work may take.
        schema: the PostgreSQL schema that holds the tables.
        pool_size: how many connections a url is given at most, 10 by default; they are made when they are needed. An
            engine has a pool of its own.
        pooler: whether a pooler in transaction mode, such as PgBouncer, stands before the server; a url may say so
            itself by `pooler=true`. Beside an engine it says that the engine was made for that, and none is looked for.
        verify: whether the database is compared with the catalogue, rule by rule.

    Returns:
        A context manager that opens the store, checks that the database can be used, and starts the delivery of events.

    Raises:
        StoreUnavailable: neither or both of url and engine are given, or a url of an unknown kind. When it is entered:
            the database can't be reached (DatabaseUnreachable, TooManyConnections, AccessDenied) or used
            (DatabaseUnsuitable, DatabaseOnStandby), its clock and the machine's differ (ClockSkewed), it has other
            migrations (DatabaseNotMigrated, DatabaseTooNew), or does not enforce what the catalogue declares
            (DatabaseDiffers).
        InvalidValue: an argument is not what it is meant to be, such as a handler that is no coroutine function.
    """
    parts = Parts(
        catalogue=catalogue,
        clock=SystemClock() if clock is None else clock,
        ids=UuidV7Factory() if ids is None else ids,
        plans=DEFAULT_PLANS if plans is None else plans,
        retention=retention,
        event_handler=event_handler,
        relay=relay,
    )
    options = StoreOptions(
        catalogue=catalogue, limits=limits, schema=schema, pool_size=pool_size, pooler=pooler, verify=verify
    )
    return _opened(opened_store(url, engine, options), parts)


def container_of(store: Store, parts: Parts) -> punq.Container:
    """Registers everything once; what is resolved is shared for as long as the container lives."""
    container = punq.Container()
    container.register(Store, instance=store)
    container.register(Clock, instance=parts.clock)
    container.register(IdFactory, instance=parts.ids)
    container.register(PlanCatalogue, instance=parts.plans)
    container.register(Catalogue, instance=parts.catalogue)
    for restoring in (Organizations, TeamService, KnowledgeBase):
        container.register(restoring, scope=punq.Scope.singleton, retention=parts.retention)
    for service in (PhoneNumbers, Calls, CallNotes, Subscriptions, Invoices, Usage, Cleanup, AuditTrail):
        container.register(service, scope=punq.Scope.singleton)
    if parts.event_handler is not None:
        container.register(EventHandler, instance=parts.event_handler)
        container.register(OutboxRelay, scope=punq.Scope.singleton, **attrs.asdict(parts.relay))
    return container


def assembled(store: Store, parts: Parts) -> Gapless:
    """The application on a store that is open; nothing runs in the background yet."""
    container = container_of(store, parts)
    return Gapless(
        organizations=container.resolve(Organizations),
        team=container.resolve(TeamService),
        phone_numbers=container.resolve(PhoneNumbers),
        calls=container.resolve(Calls),
        call_notes=container.resolve(CallNotes),
        knowledge=container.resolve(KnowledgeBase),
        subscriptions=container.resolve(Subscriptions),
        invoices=container.resolve(Invoices),
        usage=container.resolve(Usage),
        cleanup=container.resolve(Cleanup),
        audit_trail=container.resolve(AuditTrail),
        outbox=None if parts.event_handler is None else container.resolve(OutboxRelay),
        store=store,
    )


@asynccontextmanager
async def _opened(opening: AbstractAsyncContextManager[Store], parts: Parts) -> AsyncIterator[Gapless]:
    async with opening as store:
        app = assembled(store, parts)
        async with _delivering(app.outbox):
            yield app


@asynccontextmanager
async def _delivering(relay: OutboxRelay | None) -> AsyncIterator[None]:
    if relay is None:
        yield
        return
    task = asyncio.create_task(relay.run(), name="gapless outbox")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))

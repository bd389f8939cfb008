"""Opens and closes what an application holds, and wires it together. Nothing else knows the container.

async with gapless.open("postgresql://localhost/app") as app:
    founded = await app.organizations.found("Acme", "acme", "ann@acme.org", "Ann", actor=Actor.system("signup"))
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import punq

from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import StoreUnavailable
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
from gapless.services.outbox import OutboxRelay
from gapless.services.phone_numbers import PhoneNumbers
from gapless.services.retention import DEFAULT_RETENTION
from gapless.services.subscriptions import Subscriptions
from gapless.services.team import TeamService
from gapless.services.usage import Usage

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

MEMORY = "memory:"
POSTGRES_SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")


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
    """

    catalogue: Catalogue = GAPLESS
    clock: Clock = attrs.field(factory=SystemClock)
    ids: IdFactory = attrs.field(factory=UuidV7Factory)
    plans: PlanCatalogue = DEFAULT_PLANS
    retention: timedelta = DEFAULT_RETENTION
    event_handler: EventHandler | None = None


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
    schema: str = "gapless",
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
        schema: the PostgreSQL schema that holds the tables.

    Returns:
        A context manager that opens the store, checks that the database can be used, and starts the delivery of events.

    Raises:
        StoreUnavailable: neither or both of url and engine are given, or a url of an unknown kind. When it is entered:
            the database can't be reached (DatabaseUnreachable, AccessDenied), used (DatabaseUnsuitable) or has other
            migrations (DatabaseNotMigrated, DatabaseTooNew).
    """
    parts = Parts(
        catalogue=catalogue,
        clock=SystemClock() if clock is None else clock,
        ids=UuidV7Factory() if ids is None else ids,
        plans=DEFAULT_PLANS if plans is None else plans,
        retention=retention,
        event_handler=event_handler,
    )
    return _opened(_store(url, engine, catalogue, schema), parts)


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
        container.register(OutboxRelay, scope=punq.Scope.singleton)
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


def postgres_url(url: str) -> str:
    """The url with the one scheme that SQLAlchemy's asyncpg dialect has.

    Raises:
        StoreUnavailable: it is no url of PostgreSQL. The message does not repeat it: it may hold a password.
    """
    scheme, separator, rest = str(url).partition("://")
    if not separator or scheme not in POSTGRES_SCHEMES:
        raise StoreUnavailable(
            f"The url of a store is {MEMORY} or begins with one of {', '.join(POSTGRES_SCHEMES)}://."
        )
    return f"postgresql+asyncpg://{rest}"


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


def _store(
    url: str | None, engine: AsyncEngine | None, catalogue: Catalogue, schema: str
) -> AbstractAsyncContextManager[Store]:
    if (url is None) == (engine is None):
        raise StoreUnavailable("gapless.open takes a url or an engine, one of the two.")
    if engine is not None:
        return _on_engine(engine, catalogue, schema)
    if url == MEMORY:
        return _in_memory(catalogue)
    return _on_server(postgres_url(str(url)), catalogue, schema)


@asynccontextmanager
async def _in_memory(catalogue: Catalogue) -> AsyncIterator[Store]:
    from gapless.adapters.memory import MemoryStore  # noqa: PLC0415  # only the store that is asked for is loaded

    store = MemoryStore(catalogue)
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def _on_server(url: str, catalogue: Catalogue, schema: str) -> AsyncIterator[Store]:
    from gapless.adapters.postgres import create_engine  # noqa: PLC0415  # as above

    engine = create_engine(url)
    try:
        async with _on_engine(engine, catalogue, schema) as store:
            yield store
    finally:
        await engine.dispose()


@asynccontextmanager
async def _on_engine(engine: AsyncEngine, catalogue: Catalogue, schema: str) -> AsyncIterator[Store]:
    from gapless.adapters.postgres import PostgresStore  # noqa: PLC0415  # as above

    store = PostgresStore(engine, catalogue, schema=schema)
    try:
        await store.check()
        yield store
    finally:
        await store.aclose()

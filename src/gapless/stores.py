"""Opens and closes the stores of an application, in memory or on PostgreSQL; it imports only the one that is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import attrs

from gapless.adapters.schemes import SCHEMES
from gapless.application.arguments import require_kind
from gapless.kit import Catalogue, Revisions
from gapless.kit.booleans import require_boolean
from gapless.kit.catalogue import require_catalogue
from gapless.kit.errors import InvalidValue, StoreUnavailable
from gapless.kit.limits import DEFAULT_LIMITS, Limits, pool_size_of
from gapless.kit.plain import plain_text, settle
from gapless.kit.ports import SqlAnswer, Store

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from gapless.adapters.postgres import PostgresStore

MEMORY = "memory:"


def _connections(_: object, __: object, value: int | None) -> None:
    if value is not None:
        pool_size_of(value)


def _catalogue(_: object, __: object, value: Catalogue) -> None:
    require_catalogue("catalogue", value)


def _yes_or_no(_: object, attribute: attrs.Attribute[bool], value: object) -> None:
    require_boolean(attribute.name, value)


def _limits(_: object, __: object, value: object) -> None:
    require_kind("limits", value, Limits)


@attrs.frozen(kw_only=True)
class StoreOptions:
    """How a store is opened, wherever it is.

    Attributes:
        catalogue: the entities and rules.
        limits: how long a lock and a unit of work may take, and how far clocks may differ.
        schema: the PostgreSQL schema of the tables.
        pool_size: the greatest number of connections of each url; None for the default.
        pooler: whether a pooler in transaction mode stands before the server.
        verify: whether the database is compared with the catalogue.
        sql: answers a host's own SELECTs in memory.
        revisions: the chains whose newest revisions a PostgreSQL database must have, in their order.

    Raises:
        InvalidValue: one of these is not what it must be.
    """

    catalogue: Catalogue = attrs.field(validator=_catalogue)
    limits: Limits = attrs.field(default=DEFAULT_LIMITS, validator=_limits)
    schema: str = "gapless"
    pool_size: int | None = attrs.field(default=None, validator=_connections)
    pooler: bool = attrs.field(default=False, validator=_yes_or_no)
    verify: bool = attrs.field(default=True, validator=_yes_or_no)
    sql: SqlAnswer | None = None
    revisions: tuple[Revisions, ...] = ()

    def __attrs_post_init__(self) -> None:
        settle(self)


@attrs.frozen
class StoreAddress:
    """Where a store is: a url, or an engine of the host, but not both."""

    url: str | None = None
    engine: AsyncEngine | None = None

    @property
    def is_given(self) -> bool:
        """Whether a url or an engine was given."""
        return self.url is not None or self.engine is not None


@attrs.frozen
class Stores:
    """The stores of an application: one for the use cases, and one for the jobs, which may have a role of its own."""

    requests: Store
    jobs: Store


def opened_stores(
    address: StoreAddress, jobs: StoreAddress, options: StoreOptions
) -> AbstractAsyncContextManager[Stores]:
    """Opens the stores at their addresses, checks that they can be used, and closes them at the end.

    Args:
        address: the address of the store.
        jobs: the address with which the jobs reach the same database; empty if they have no role of their own.
        options: how both are opened.

    Raises:
        StoreUnavailable: neither or both of url and engine are given, or the url is of an unknown kind. On entering: a
            store can't be opened, or the two stores do not have the same database.
        InvalidValue: an option is given that the engine itself decides, or jobs are given to a store without roles.
    """
    if (address.url is None) == (address.engine is None):
        raise StoreUnavailable("gapless.open takes either a url or an engine: pass one of the two.")
    if jobs.url is not None and jobs.engine is not None:
        raise StoreUnavailable("gapless.open takes a jobs_url or a jobs_engine, not both.")
    if plain_text(address.url) == MEMORY:
        if jobs.is_given:
            given = "jobs_engine" if jobs.url is None else "jobs_url"
            said = "An in-memory store has no roles: leave out jobs_engine and jobs_url."
            raise InvalidValue(given, said, fields=(given,))
        return _in_memory(options)
    if plain_text(jobs.url) == MEMORY:
        said = "jobs_url must be an address of the same database as url or engine, on PostgreSQL."
        raise InvalidValue("jobs_url", said, fields=("jobs_url",))
    for url in (address.url, jobs.url):
        if url is not None:
            postgres_url(url)
    _require_engines_own(address, jobs, options)
    return _on_postgres(address, jobs, options)


def _require_engines_own(address: StoreAddress, jobs: StoreAddress, options: StoreOptions) -> None:
    if options.pool_size is not None and address.url is None and jobs.url is None:
        said = "pool_size is for a url: an engine has its own pool, so pass the size to create_async_engine."
        raise InvalidValue("pool_size", said, fields=("pool_size",))


def postgres_url(url: object) -> str:
    """Gives back a url if it is one of PostgreSQL; it is read when the engine is made.

    Raises:
        StoreUnavailable: it is not. The message does not repeat it, because it may hold a password.
    """
    text = plain_text(url) or ""
    scheme, separator, _ = text.partition("://")
    if not separator or scheme not in SCHEMES:
        raise StoreUnavailable(f"The url of a store must be {MEMORY} or begin with one of {', '.join(SCHEMES)}://.")
    return text


@asynccontextmanager
async def _in_memory(options: StoreOptions) -> AsyncIterator[Stores]:
    from gapless.adapters.memory import MemoryStore  # noqa: PLC0415  # only the store that is asked for is loaded

    store = MemoryStore(options.catalogue, limits=options.limits, sql=options.sql)
    store.bind()
    try:
        yield Stores(store, store)
    finally:
        await store.aclose()


@asynccontextmanager
async def _on_postgres(address: StoreAddress, jobs: StoreAddress, options: StoreOptions) -> AsyncIterator[Stores]:
    from gapless.adapters.postgres import PostgresStore  # noqa: PLC0415  # as above

    async with _engine_at(address, options) as engine:
        store = PostgresStore(
            engine, options.catalogue, schema=options.schema, limits=options.limits, revisions=options.revisions
        )
        async with _checked(store, options):
            if not jobs.is_given or jobs.engine is engine:
                yield Stores(store, store)
                return
            async with _engine_at(jobs, options) as jobs_engine, _checked(store.beside(jobs_engine), options) as beside:
                await beside.require_same_as(store)
                yield Stores(store, beside)


@asynccontextmanager
async def _engine_at(address: StoreAddress, options: StoreOptions) -> AsyncIterator[AsyncEngine]:
    """The engine of an address; an engine that was made for a url is closed at the end."""
    from gapless.adapters.postgres import close_engine, create_engine  # noqa: PLC0415  # as above

    if address.engine is not None:
        yield address.engine
        return
    engine = create_engine(postgres_url(address.url), pool_size=options.pool_size, pooler=options.pooler)
    try:
        yield engine
    finally:
        await close_engine(engine)


@asynccontextmanager
async def _checked(store: PostgresStore, options: StoreOptions) -> AsyncIterator[PostgresStore]:
    store.bind()
    try:
        await store.check(verify=options.verify, pooler=options.pooler)
        yield store
    finally:
        await store.aclose()

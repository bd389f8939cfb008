"""Opens and closes the store at an address: in memory, or on PostgreSQL. Only the one that is asked for is loaded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import attrs

from gapless.adapters.schemes import SCHEMES
from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import InvalidValue, StoreUnavailable
from gapless.domain.limits import DEFAULT_LIMITS, Limits
from gapless.domain.plain import is_of, kind_of, plain_integer, plain_text, settle, shown
from gapless.domain.ports import Store
from gapless.domain.rules import Catalogue

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

MEMORY = "memory:"
GREATEST_POOL_SIZE = 1000


def _connections(_: object, __: object, value: int | None) -> None:
    number = plain_integer(value)
    if value is not None and (number is None or not 1 <= number <= GREATEST_POOL_SIZE):
        said = f"A pool has 1 to {GREATEST_POOL_SIZE} connections, not {shown(value)}."
        raise InvalidValue("pool_size", said, fields=("pool_size",))


def _catalogue(_: object, __: object, value: object) -> None:
    if not is_of(value, Catalogue):
        said = "The catalogue of a store is a Catalogue, such as GAPLESS + my_rules."
        raise InvalidValue("catalogue", said, fields=("catalogue",))


def _yes_or_no(_: object, attribute: attrs.Attribute[bool], value: object) -> None:
    if type(value) is not bool:
        said = f"{attribute.name} is True or False, not {kind_of(value)}."
        raise InvalidValue(attribute.name, said, fields=(attribute.name,))


def _limits(_: object, __: object, value: object) -> None:
    if not is_of(value, Limits):
        raise InvalidValue("limits", "The limits of a store are a Limits.", fields=("limits",))


@attrs.frozen(kw_only=True)
class StoreOptions:
    """How a store is opened, wherever it is.

    Attributes:
        catalogue: the entities and rules.
        limits: how long a lock and a unit of work may take.
        schema: the PostgreSQL schema that holds the tables.
        pool_size: how many connections to PostgreSQL a url is given at most; None for the usual number.
        pooler: whether a pooler in transaction mode stands before the server.
        verify: whether the database is compared with the catalogue.

    Raises:
        InvalidValue: one of these is not what it is meant to be.
    """

    catalogue: Catalogue = attrs.field(default=GAPLESS, validator=_catalogue)
    limits: Limits = attrs.field(default=DEFAULT_LIMITS, validator=_limits)
    schema: str = "gapless"
    pool_size: int | None = attrs.field(default=None, validator=_connections)
    pooler: bool = attrs.field(default=False, validator=_yes_or_no)
    verify: bool = attrs.field(default=True, validator=_yes_or_no)

    def __attrs_post_init__(self) -> None:
        settle(self)


def opened_store(
    url: str | None, engine: AsyncEngine | None, options: StoreOptions
) -> AbstractAsyncContextManager[Store]:
    """Opens the store at a url or on an engine, looks whether it can be used, and closes it at the end.

    Raises:
        StoreUnavailable: neither or both of url and engine are given, or a url of an unknown kind. When it is entered:
            the store can't be opened.
        InvalidValue: what an engine decides is asked for beside one.
    """
    if (url is None) == (engine is None):
        raise StoreUnavailable("gapless.open takes a url or an engine, one of the two.")
    if engine is not None:
        _require_engines_own(options)
        return _on_engine(engine, options)
    if plain_text(url) == MEMORY:
        return _in_memory(options)
    return _on_server(postgres_url(url), options)


def _require_engines_own(options: StoreOptions) -> None:
    if options.pool_size is not None:
        said = "An engine has a pool of its own: say its size to create_async_engine."
        raise InvalidValue("pool_size", said, fields=("pool_size",))


def postgres_url(url: object) -> str:
    """The url, if it is one of PostgreSQL; what it says is read when the engine is made.

    Raises:
        StoreUnavailable: it is none. The message does not repeat it: it may hold a password.
    """
    text = plain_text(url) or ""
    scheme, separator, _ = text.partition("://")
    if not separator or scheme not in SCHEMES:
        raise StoreUnavailable(f"The url of a store is {MEMORY} or begins with one of {', '.join(SCHEMES)}://.")
    return text


@asynccontextmanager
async def _in_memory(options: StoreOptions) -> AsyncIterator[Store]:
    from gapless.adapters.memory import MemoryStore  # noqa: PLC0415  # only the store that is asked for is loaded

    store = MemoryStore(options.catalogue, limits=options.limits)
    store.bind()
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def _on_server(url: str, options: StoreOptions) -> AsyncIterator[Store]:
    from gapless.adapters.postgres import close_engine, create_engine  # noqa: PLC0415  # as above

    engine = create_engine(url, pool_size=options.pool_size, pooler=options.pooler)
    try:
        async with _on_engine(engine, options) as store:
            yield store
    finally:
        await close_engine(engine)


@asynccontextmanager
async def _on_engine(engine: AsyncEngine, options: StoreOptions) -> AsyncIterator[Store]:
    from gapless.adapters.postgres import PostgresStore  # noqa: PLC0415  # as above

    store = PostgresStore(engine, options.catalogue, schema=options.schema, limits=options.limits)
    store.bind()
    try:
        await store.check(verify=options.verify, pooler=options.pooler)
        yield store
    finally:
        await store.aclose()

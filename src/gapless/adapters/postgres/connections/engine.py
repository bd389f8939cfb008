"""The engine: SQLAlchemy's pool of asyncpg connections, from a URL as people write it or from the host."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

import asyncpg
import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util.concurrency import in_greenlet

from gapless.adapters.postgres.addresses.address import Address, read_address
from gapless.adapters.postgres.addresses.hosts import DEFAULT_PORT, Host
from gapless.adapters.postgres.connections.connector import Connector
from gapless.adapters.schemes import DRIVER
from gapless.kit.booleans import require_boolean
from gapless.kit.errors import InvalidValue, StoreUnavailable
from gapless.kit.limits import GREATEST_SECONDS, pool_size_of
from gapless.kit.plain import plain_number, shown

CONNECT_SECONDS = 5.0
DEFAULT_POOL_SIZE = 10
# Of a URL these are fields of their own, or secret: what is left shows in a log.
UNSHOWN = ("user", "password", "dbname", "sslpassword")


class PlainPool(sa.AsyncAdaptedQueuePool):
    """A pool that neither pings nor recycles its connections, and has no listeners.

    SQLAlchemy uses a pool in a greenlet, because it might have to await. This one awaits nothing while a connection is
    idle in it, or while it has room for one that comes back: so it can be used without a greenlet, in half of the time.
    """

    def has_idle(self) -> bool:
        """Whether a connection can be taken at once."""
        return self.checkedin() > 0

    def has_room(self) -> bool:
        """Whether it can keep one more idle connection; otherwise it closes a connection that comes back."""
        return self.checkedin() < self.size()


def create_engine(
    url: str,
    *,
    pool_size: int | None = None,
    pooler: bool = False,
    connect_seconds: float = CONNECT_SECONDS,
) -> AsyncEngine:
    """Makes an engine for a URL; nothing is connected yet.

    Args:
        url: `postgres://`, `postgresql://` or `postgresql+asyncpg://`, read as libpq reads it; all of them use asyncpg.
        pool_size: the greatest number of connections; None for the default.
        pooler: whether a pooler in transaction mode stands before the server, so that no statement stays prepared. The
            URL may say so itself.
        connect_seconds: how many seconds connecting may take, if the URL does not say.

    Raises:
        StoreUnavailable: the URL is not one of PostgreSQL, or something in it can't be right.
        InvalidValue: `pool_size`, `pooler` or `connect_seconds` is not what it must be.
    """
    size = DEFAULT_POOL_SIZE if pool_size is None else pool_size_of(pool_size)
    seconds = plain_number(connect_seconds)
    if seconds is None or not 0 < seconds <= GREATEST_SECONDS:
        said = f"connect_seconds is a number above 0 and up to {GREATEST_SECONDS:.0f}, not {shown(connect_seconds)}."
        raise InvalidValue("connect_seconds", said, fields=("connect_seconds",))
    require_boolean("pooler", pooler)
    address = read_address(url, pooler=pooler)
    engine = create_async_engine(
        shown_url(address),
        connect_args=_connect_args(address, seconds),
        poolclass=PlainPool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=seconds,
    )
    sa.event.listen(engine.sync_engine, "do_connect", _require_greenlet)
    return engine


async def close_engine(engine: AsyncEngine) -> None:
    """Closes the connections of an engine of ours, without waiting for a server that may not answer.

    Args:
        engine: made by `create_engine`; all of its connections are idle.
    """
    for _ in range(cast(PlainPool, engine.pool).checkedin()):
        with suppress(sa.exc.MissingGreenlet):  # one that was thrown away would have to be connected anew
            pooled = engine.sync_engine.raw_connection()
            cast(asyncpg.Connection, pooled.driver_connection).terminate()  # which still tells the server
            pooled.invalidate()
            pooled.close()
    await engine.dispose()


def create_unpooled_engine(url: str, *, pooler: bool = False, prepares: bool = True) -> AsyncEngine:
    """Makes an engine that keeps no connection, so it can be used on any event loop.

    Args:
        url: as above.
        pooler: as above.
        prepares: whether a connection keeps prepared statements. Without them, it also works through an undeclared
            pooler.

    Raises:
        StoreUnavailable: the URL is not one of PostgreSQL, or something in it can't be right.
    """
    address = read_address(url, pooler=pooler)
    connecting = address if prepares else attrs.evolve(address, pooler=True)
    return create_async_engine(
        shown_url(address), connect_args=_connect_args(connecting, CONNECT_SECONDS), poolclass=sa.NullPool
    )


def _connect_args(address: Address, seconds: float) -> dict[str, object]:
    """What SQLAlchemy's dialect is told: who connects, and the size of the cache that is its own."""
    size = 0 if address.pooler else address.values.get("prepared_statement_cache_size")
    cache = {} if size is None else {"prepared_statement_cache_size": size}
    return {"async_creator_fn": Connector(address, seconds), **cache}


def _require_greenlet(*_: object) -> None:
    """Refuses to connect where nobody can wait for it, before there is a coroutine that nobody would await.

    Raises:
        MissingGreenlet: it was tried outside of a greenlet, as `acquire` does when it hopes for an idle connection.
    """
    if not in_greenlet():
        raise sa.exc.MissingGreenlet


def normalised_url(url: str) -> sa.URL:
    """The URL with asyncpg as its driver, in the form that SQLAlchemy has for it.

    Raises:
        StoreUnavailable: it is not a URL of PostgreSQL, or something in it can't be right.
    """
    address = read_address(url)
    password = address.text("sslpassword")
    return shown_url(address).update_query_dict({} if password is None else {"sslpassword": password})


def shown_url(address: Address) -> sa.URL:
    """What an engine shows of an address: where it leads to, and the parameters that are no secret."""
    first = address.hosts[0]
    plain = len(address.hosts) == 1 and first.name is not None and not first.is_socket
    several = {
        "host": ",".join(host.name or "" for host in address.hosts),
        "port": ",".join(str(host.port) for host in address.hosts),
    }
    said = {name: str(value) for name, value in address.values.items() if name not in UNSHOWN}
    return sa.URL.create(
        DRIVER,
        username=address.text("user"),
        password=address.text("password"),
        host=first.name if plain else None,
        port=first.port if plain else None,
        database=address.text("dbname"),
        query=({} if plain or first.name is None else several) | said | ({"pooler": "true"} if address.pooler else {}),
    )


def says_pooler(engine: AsyncEngine) -> bool:
    """Whether the engine was made for a pooler in transaction mode, by `create_engine` or by its URL."""
    return engine.url.query.get("pooler") == "true"


def place_of(engine: AsyncEngine) -> str:
    """The host and the port of an engine, for a message."""
    url = engine.url
    hosts, ports = (url.query.get(name, ()) for name in ("host", "port"))
    if url.host is None and hosts:
        port = f", port {_joined(ports)}" if ports else ""
        return f"{_joined(hosts)}{port}"
    return str(Host(url.host, url.port or DEFAULT_PORT))


def _joined(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def require_asyncpg(engine: object) -> AsyncEngine:
    """Gives back the engine, if it uses asyncpg.

    Raises:
        StoreUnavailable: it is not an engine of SQLAlchemy for asyncio, or it uses another driver.
    """
    if isinstance(engine, sa.Engine):
        raise StoreUnavailable(f"The engine is a synchronous one: make it by create_async_engine, with {DRIVER}://.")
    if not isinstance(engine, AsyncEngine):
        raise StoreUnavailable("The engine is none: make it by SQLAlchemy's create_async_engine.")
    if engine.dialect.driver != "asyncpg":
        raise StoreUnavailable(f"The engine uses {engine.dialect.driver}; gapless needs one of {DRIVER}://.")
    return engine

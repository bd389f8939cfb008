"""The engine: SQLAlchemy's pool of asyncpg connections, from a URL as people write it or from the host."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util.concurrency import in_greenlet

from gapless.domain.errors import StoreUnavailable

DRIVER = "postgresql+asyncpg"
ALIASES = ("postgres", "postgresql", DRIVER)
CONNECT_SECONDS = 5.0
DEFAULT_POOL_SIZE = 10


class PlainPool(sa.AsyncAdaptedQueuePool):
    """A pool that neither pings nor recycles its connections, and has no listeners.

    SQLAlchemy uses a pool in a greenlet, because it might have to await. This one awaits nothing while a connection is
    idle in it, or while it has room for one that comes back: then it can be used without, in half of the time.
    """

    def has_idle(self) -> bool:
        """Whether a connection can be taken at once."""
        return self.checkedin() > 0

    def has_room(self) -> bool:
        """Whether it keeps one more idle connection; else it closes what comes back."""
        return self.checkedin() < self.size()


def create_engine(
    url: str,
    *,
    pool_size: int = DEFAULT_POOL_SIZE,
    pooler: bool = False,
    connect_seconds: float = CONNECT_SECONDS,
) -> AsyncEngine:
    """Makes an engine for a URL; nothing is connected yet.

    Args:
        url: `postgres://`, `postgresql://` or `postgresql+asyncpg://`; all mean asyncpg.
        pool_size: how many connections it makes at most.
        pooler: whether a pooler in transaction mode stands before the server, so that nothing is prepared for later.
        connect_seconds: how long connecting may take.

    Raises:
        StoreUnavailable: the URL is none of PostgreSQL.
    """
    caches: dict[str, object] = {"statement_cache_size": 0, "prepared_statement_cache_size": 0} if pooler else {}
    engine = create_async_engine(
        normalised_url(url),
        connect_args={"timeout": connect_seconds, "server_settings": {"application_name": "gapless"}, **caches},
        poolclass=PlainPool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=connect_seconds,
    )
    sa.event.listen(engine.sync_engine, "do_connect", _require_greenlet)
    return engine


def _require_greenlet(*_: object) -> None:
    """Refuses to connect where nobody can wait for it, before there is a coroutine that nobody would await.

    Raises:
        MissingGreenlet: it was tried outside of a greenlet, as `lease` does when it hopes for an idle connection.
    """
    if not in_greenlet():
        raise sa.exc.MissingGreenlet


def normalised_url(url: str) -> sa.URL:
    """The URL with asyncpg as its driver.

    Raises:
        StoreUnavailable: it is no URL, or none of PostgreSQL.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # Without its cause, which repeats the URL and with it the password.
        raise StoreUnavailable("The database URL can't be read; it looks like postgresql://user@host/name.") from None
    if parsed.drivername not in ALIASES:
        raise StoreUnavailable("There is no store for this kind of URL: use postgresql:// or memory:.")
    return parsed.set(drivername=DRIVER)


def require_asyncpg(engine: AsyncEngine) -> AsyncEngine:
    """The engine, if it moves its data by asyncpg.

    Raises:
        StoreUnavailable: it uses another driver.
    """
    if engine.dialect.driver != "asyncpg":
        raise StoreUnavailable(f"The engine uses {engine.dialect.driver}; gapless needs one of {DRIVER}://.")
    return engine

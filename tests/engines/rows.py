"""The engines that a host may hand over: rows of a table, each a way of making one, or a setting of its database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import attrs
import sqlalchemy as sa
from sqlalchemy import AssertionPool, NullPool, StaticPool, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gapless.adapters.postgres import create_engine

CACHES_OFF = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
"""What docs/operations.md tells a host whose engine works through a pooler."""
Options = Mapping[str, object]


class HostsRecord(asyncpg.Record):
    """A record of the host's own."""


@attrs.frozen(kw_only=True)
class EngineRow:
    """A way of making an engine.

    Attributes:
        options: what create_async_engine is told.
        connect: what the driver is told.
        listener: does something with each new connection, as SQLAlchemy's event "connect".
        adapted: what becomes of the engine afterwards.
        settings: what the database is set to.
        own: whether gapless makes the engine.
        created: whether the host makes the driver's connections.
        wide: whether several connections can be in use at once.
        behind_pooler: whether it can stand behind a pooler in transaction mode as well.
    """

    options: Options = attrs.field(factory=dict)
    connect: Options = attrs.field(factory=dict)
    listener: Callable[[sa.engine.interfaces.DBAPIConnection], None] | None = None
    adapted: Callable[[AsyncEngine], AsyncEngine] = lambda engine: engine
    settings: Mapping[str, str] = attrs.field(factory=dict)
    own: bool = False
    created: bool = False
    wide: bool = True
    behind_pooler: bool = True

    @asynccontextmanager
    async def engine(self, url: str, *, pooler: bool = False) -> AsyncIterator[AsyncEngine]:
        """The engine, disposed of at the end.

        Args:
            url: the address of the database.
            pooler: whether that is the address of a pooler.
        """
        engine = self._made(url, pooler=pooler)
        if self.listener is not None:
            listener = self.listener
            sa.event.listen(engine.sync_engine, "connect", lambda connection, _: listener(connection))
        try:
            yield self.adapted(engine)
        finally:
            await engine.dispose()

    def _made(self, url: str, *, pooler: bool) -> AsyncEngine:
        if self.own:
            return create_engine(url, pooler=pooler, **self.options)  # type: ignore[arg-type]  # rows are written here
        connect = {**self.connect, **(CACHES_OFF if pooler else {})}
        if not self.created:
            return create_async_engine(url, connect_args=connect, **self.options)
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        cache = 0 if pooler else 100

        async def creator() -> asyncpg.Connection:
            return await asyncpg.connect(address, statement_cache_size=cache, record_class=HostsRecord)

        return create_async_engine("postgresql+asyncpg://", async_creator=creator, **self.options)


def told(statement: str, *, commits: bool) -> Callable[[sa.engine.interfaces.DBAPIConnection], None]:
    """A listener that runs a statement on each new connection; one that forgets to commit leaves a transaction open."""

    def listener(connection: sa.engine.interfaces.DBAPIConnection) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if commits:
            connection.commit()

    return listener


def codecs(connection: sa.engine.interfaces.DBAPIConnection) -> None:
    """A listener that lets the driver read and write some types as the host likes them."""

    async def install(driver: asyncpg.Connection) -> None:
        for kind in ("json", "jsonb"):
            await driver.set_type_codec(kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")

    connection.run_async(install)


def isolated(level: str) -> Callable[[AsyncEngine], AsyncEngine]:
    """Gives an engine's connections another isolation, beside the engine."""
    return lambda engine: engine.execution_options(isolation_level=level)


def set_to(**settings: str) -> EngineRow:
    """A row that sets the database, with an engine as anybody makes it."""
    return EngineRow(settings=settings)


def starting(**settings: str) -> EngineRow:
    """A row whose connections set something when they start, which poolers refuse."""
    return EngineRow(connect={"server_settings": settings}, behind_pooler=False)


LEVELS = ("read uncommitted", "read committed", "repeatable read", "serializable")
# The first row is the one that a short run takes: no other shows as much of what a second unit does otherwise.
ENGINES: dict[str, EngineRow] = {
    "no caches": EngineRow(connect=CACHES_OFF),
    "own": EngineRow(own=True),
    "own, one connection": EngineRow(own=True, options={"pool_size": 1}, wide=False),
    "as anybody makes it": EngineRow(),
    "no cache of the driver": EngineRow(connect={"statement_cache_size": 0}),
    "no cache of SQLAlchemy": EngineRow(connect={"prepared_statement_cache_size": 0}, behind_pooler=False),
    "cache of one": EngineRow(connect={"statement_cache_size": 1, "prepared_statement_cache_size": 1}),
    "cache for short statements": EngineRow(connect={"max_cacheable_statement_size": 40}, behind_pooler=False),
    "cache without a lifetime": EngineRow(connect={"max_cached_statement_lifetime": 0}, behind_pooler=False),
    "named by the host": EngineRow(connect={"prepared_statement_name_func": lambda: f"host_{uuid4()}"}),
    "NullPool": EngineRow(options={"poolclass": NullPool}),
    "NullPool, no caches": EngineRow(options={"poolclass": NullPool}, connect=CACHES_OFF),
    "StaticPool": EngineRow(options={"poolclass": StaticPool}, wide=False),
    "AssertionPool": EngineRow(options={"poolclass": AssertionPool}, wide=False),
    "pool of one": EngineRow(options={"pool_size": 1, "max_overflow": 0}, wide=False),
    "only overflow": EngineRow(options={"pool_size": 1, "max_overflow": 9}),
    "last in, first out": EngineRow(options={"pool_use_lifo": True}),
    "pre_ping": EngineRow(options={"pool_pre_ping": True}),
    "recycled at once": EngineRow(options={"pool_recycle": 0}),
    "no reset": EngineRow(options={"pool_reset_on_return": None}),
    "reset by commit": EngineRow(options={"pool_reset_on_return": "commit"}),
    "reset by rollback": EngineRow(options={"pool_reset_on_return": "rollback"}),
    **{
        level: EngineRow(options={"isolation_level": level})
        for level in ("AUTOCOMMIT", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
    },
    **{f"{level} beside": EngineRow(adapted=isolated(level)) for level in ("AUTOCOMMIT", "SERIALIZABLE")},
    "AUTOCOMMIT, no caches": EngineRow(options={"isolation_level": "AUTOCOMMIT"}, connect=CACHES_OFF),
    "SERIALIZABLE, pre_ping": EngineRow(options={"isolation_level": "SERIALIZABLE", "pool_pre_ping": True}),
    "created by the host": EngineRow(created=True),
    "records of the host": EngineRow(connect={"record_class": HostsRecord}),
    "codecs of the host": EngineRow(listener=codecs),
    "time limit of the driver": EngineRow(connect={"command_timeout": 60}),
    "listener": EngineRow(listener=told("SET lock_timeout = '30s'", commits=True)),
    "listener that leaves a transaction": EngineRow(listener=told("SET lock_timeout = '30s'", commits=False)),
    "listener, SERIALIZABLE": EngineRow(
        listener=told("SELECT 1", commits=False), options={"isolation_level": "SERIALIZABLE"}
    ),
    "listener, search_path": EngineRow(listener=told("SET search_path = pg_catalog", commits=True)),
    "starts with search_path": starting(search_path="public"),
    "starts without jit": starting(jit="off"),
    "starts with timezone": EngineRow(connect={"server_settings": {"timezone": "Asia/Tashkent"}}),
    "starts with limits": starting(statement_timeout="60s", lock_timeout="60s"),
    "starts SERIALIZABLE": starting(default_transaction_isolation="serializable"),
    **{f"set to {level}": set_to(default_transaction_isolation=level) for level in LEVELS},
    "set to deferrable": set_to(default_transaction_deferrable="on", default_transaction_isolation="serializable"),
    "set to old strings": set_to(standard_conforming_strings="off"),
    "set to a search_path": set_to(search_path="nowhere"),
    "set to texts of others": set_to(
        DateStyle="German, DMY", IntervalStyle="sql_standard", bytea_output="escape", timezone="Asia/Kathmandu"
    ),
    "set to limits": set_to(statement_timeout="60s", lock_timeout="60s", idle_in_transaction_session_timeout="60s"),
    "set to generic plans": set_to(plan_cache_mode="force_generic_plan"),
    "set to nulls that equal": set_to(transform_null_equals="on"),
}
"""Engines on a server."""
POOLED: dict[str, EngineRow] = {
    name: row for name, row in sorted(ENGINES.items(), key=lambda item: item[0] != "own") if row.behind_pooler
}
"""Engines on a pooler in transaction mode: the same rows, with the caches off and without what poolers refuse."""

"""Each use case, carried out by a role of its own in the worlds in which it has something to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import asyncpg
import attrs

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.bootstrap import Gapless, Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.domain.usage import QuotaWarning
from gapless.kit.errors import AccessDenied
from gapless.kit.outbox import OutboxEvent
from tests.conftest import SCHEMA
from tests.integration.databases import connected
from tests.privileges.finding import Listener, Privilege, Server, told_engine
from tests.unit.services.arguments import CALLABLE, JOBS, deleted_long_ago, method_of, prepared
from tests.unit.services.states import LONG_AGO, active_call, nothing, subscribed
from tests.use_cases.worlds import PLANS, RETENTION, World, world_on

State = Callable[[World], Awaitable[dict[str, object] | None]]
"""Something that happens besides, perhaps with arguments to say."""
RELAY = "outbox.deliver_due"
"""What the relay does, which is no use case that anybody asks for."""
EVERYTHING = (*CALLABLE, RELAY)
BY_JOBS = {*JOBS, RELAY, "organizations.mark_for_erasure", "organizations.lift_erasure", "members.erase"}
"""What needs the profile of jobs; everything else has enough with that of requests."""


async def talked(world: World) -> None:
    """The call has gone on for so long that a warning is due."""
    world.clock.time += timedelta(minutes=85)


async def stored(world: World) -> None:
    """The organization stores so much that a little more makes a warning."""
    await world.app.usage.add_storage(world.home, 790)


async def warned(world: World) -> None:
    """The organization has used up nearly everything, and was told so."""
    await world.app.usage.add_storage(world.home, 940)
    call = await active_call(world)
    await talked(world)
    await world.app.calls.finish(world.home, call)


async def failing(world: World) -> None:
    """The organization has not paid twice."""
    for event in ("evt_1", "evt_2"):
        await world.app.subscriptions.payment_failed(world.home, event, actor=world.actor)


async def crowded(world: World) -> None:
    """One member more came than the smaller plan has seats for."""
    await world.member("Tom")


async def purged_in_parts(world: World) -> dict[str, object]:
    """The organization was deleted long ago, and one unit of work is not enough to remove it."""
    await deleted_long_ago(world)
    return {"batch": 1}


async def handled_long_ago(world: World) -> None:
    """A command was handled so long ago that nobody asks for it any more."""
    await subscribed(world)
    now, world.clock.time = world.clock.time, LONG_AGO
    await world.app.subscriptions.payment_failed(world.home, "evt_1", actor=world.actor)
    world.clock.time = now


async def delivering(world: World) -> None:
    """Nothing waits for the relay but two events: one that will be delivered, and one that will not."""
    async with world.app.store.system() as unit:
        await unit.of(OutboxEvent).delete_where(lambda event: event.attempts >= 0)
        await unit.commit()
    user = await world.member("Tom")
    await world.app.members.deactivate(world.home, user.id, actor=world.actor)
    await world.app.usage.add_storage(world.home, 940)


# What happens besides in a further world, in which a use case writes something else.
FURTHER: dict[str, tuple[State, ...]] = {
    "calls.finish": (talked,),
    "usage.add_storage": (stored,),
    "usage.reset_for_period": (warned,),
    "subscriptions.execute_scheduled_downgrade": (crowded,),
    "subscriptions.payment_failed": (failing,),
    "cleanup.purge_expired": (deleted_long_ago, purged_in_parts, handled_long_ago),
}


async def fails_for_some(event: OutboxEvent) -> None:
    """Handles no warning of a quota."""
    if event.kind == QuotaWarning.kind:
        raise ValueError


@attrs.frozen
class Trial:
    """A use case that is about to be carried out, in a world that is ready for it."""

    use_case: str
    world: World
    arguments: dict[str, object]

    @classmethod
    async def ready(cls, owner: PostgresStore, use_case: str, state: State) -> Trial:
        """Makes the world by the rights of the owner."""
        world = await world_on(owner, f"acme-{uuid4().hex}")
        if use_case == RELAY:
            await delivering(world)
            return cls(use_case, world, {})
        arguments = await prepared(world, use_case)
        return cls(use_case, world, arguments | (await state(world) or {}))

    async def carried_out(self, store: PostgresStore) -> None:
        """Carries it out by the rights of a store."""
        app = self._app(store)
        if self.use_case == RELAY:
            assert app.outbox is not None
            for _ in range(2):
                await app.outbox.deliver_due()
            return
        await method_of(attrs.evolve(self.world, app=app), self.use_case)(**self.arguments)

    def _app(self, store: PostgresStore) -> Gapless:
        parts = Parts(clock=self.world.clock, plans=PLANS, retention=RETENTION, event_handler=fails_for_some)
        return assembled(store, parts)


def states_of(use_case: str) -> tuple[State, ...]:
    """What happens besides in each world of a use case."""
    return (nothing, *FURTHER.get(use_case, ()))


@attrs.frozen
class Laboratory:
    """A database with an owner, in which use cases are carried out by roles."""

    url: str
    connection: asyncpg.Connection
    store: PostgresStore
    server: Server

    @classmethod
    @asynccontextmanager
    async def on(cls, url: str) -> AsyncIterator[Laboratory]:
        """That of a migrated database, by a role that may do everything."""
        engine = create_engine(url)
        async with connected(url) as connection:
            yield cls(url, connection, PostgresStore(engine, GAPLESS, schema=SCHEMA), await Server.of(connection))
        await engine.dispose()

    async def needed(self, use_case: str) -> frozenset[Privilege]:
        """The privileges that a use case needs, in all of its worlds."""
        found: set[Privilege] = set()
        for state in states_of(use_case):
            listener = Listener(self.server)
            trial = await Trial.ready(self.store, use_case, state)
            engine = told_engine(self.url, listener)
            await trial.carried_out(PostgresStore(engine, GAPLESS, schema=SCHEMA))
            await engine.dispose()
            found |= listener.needed()
        return Listener(self.server, found).needed()

    async def has(self, role: str, privilege: Privilege) -> bool:
        """Whether a role has a privilege; of what names no column, on every one that a role may be given."""
        table = f"{SCHEMA}.{privilege.table}"
        if privilege.column:
            asked = "SELECT has_column_privilege($1, $2, $4, $3)"
            return bool(await self.connection.fetchval(asked, role, table, privilege.verb, privilege.column))
        if privilege.verb == "DELETE":
            return bool(await self.connection.fetchval("SELECT has_table_privilege($1, $2, 'DELETE')", role, table))
        if privilege.verb == "UPDATE":
            asked = "SELECT has_any_column_privilege($1, $2, 'UPDATE')"
            return bool(await self.connection.fetchval(asked, role, table))
        asked = "SELECT bool_and(has_column_privilege($1, $2, name, $3)) FROM unnest($4::text[]) AS name"
        names = writable()[privilege.table]
        return bool(await self.connection.fetchval(asked, role, table, privilege.verb, names))

    async def suffices(self, store: PostgresStore, use_case: str) -> bool:
        """Whether a store's role may carry out a use case in all of its worlds."""
        for state in states_of(use_case):
            trial = await Trial.ready(self.store, use_case, state)
            try:
                await trial.carried_out(store)
            except AccessDenied:
                return False
        return True


def given(role: str, privileges: Iterable[Privilege], columns: dict[str, tuple[str, ...]]) -> list[str]:
    """The statements that give a role these privileges and nothing else."""
    return [
        f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{role}"',
        *(f'GRANT {privilege.on(columns)} TO "{role}"' for privilege in sorted(privileges)),
    ]


def writable() -> dict[str, tuple[str, ...]]:
    """The columns of each table that a role may add; the last one is one that it may change, if it may any."""
    return {model.table: tuple(column.name for column in model.given) for model in GAPLESS.models}

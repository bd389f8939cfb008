"""Everything that an application does with a store: each use case, each opening of the port, each law."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

import gapless
from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.testing.laws.cases import SUBJECTS, laws
from gapless.testing.laws.casting import OWN
from gapless.testing.laws.catalogue import WORKSPACES
from tests.conftest import SCHEMA
from tests.laws.workspaces import WORKSPACES_SCHEMA
from tests.unit.services.arguments import CALLABLE, method_of, prepared
from tests.use_cases.worlds import world_on
from tests.voice.rows import a_user, an_audit_record, created, members


async def unit(store: PostgresStore) -> None:
    """A unit writes rows, and one of the host's statements runs in it; one that is left keeps nothing."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
        assert await unit.connection.scalar(sa.text("SELECT :number + 1"), {"number": 1}) == 2
        assert await unit.connection.scalar(sa.text("SHOW transaction_isolation")) == "read committed"
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_audit_record(organization.id))
    assert len(await members(store, organization.id)) == 2


async def creating(store: PostgresStore) -> None:
    """An organization is there after it was created."""
    organization = await created(store)
    async with store.reading(organization.id) as reading:
        assert await reading.of(Organization).get(organization.id) == organization


async def reading(store: PostgresStore) -> None:
    """Reads see what was committed before each of them, also when they were begun before; so do the host's own."""
    organization = await created(store)
    async with store.reading(organization.id) as reading:
        assert await reading.of(User).count() == 1
        assert (await reading.of(User).find())[0].organization_id == organization.id
    async with store.reading(organization.id, snapshot=True) as snapshot:
        (user,) = await snapshot.of(User).find(lambda user: user.is_active, order=lambda user: user.name, limit=7)
        assert await snapshot.of(User).get(user.id) == user
        asked = sa.text(f"SELECT name FROM {SCHEMA}.users WHERE organization_id = :home")  # noqa: S608  # our schema
        assert await snapshot.connection.scalar(asked, {"home": organization.id}) == user.name


async def system(store: PostgresStore) -> None:
    """A unit over all organizations sees each of them."""
    organization = await created(store)
    async with store.system() as system:
        assert await system.of(User).count(lambda user: user.organization_id == organization.id) == 1
        await system.commit()


async def check(store: PostgresStore) -> None:
    """The database is what an application needs."""
    await store.check()


async def aclose(store: PostgresStore) -> None:
    """A store that is closed leaves the engine as it was."""
    closed = PostgresStore(store._engine, GAPLESS, schema=SCHEMA)
    await created(closed)
    await closed.aclose()


PORTS: dict[str, Callable[[PostgresStore], Awaitable[None]]] = {
    name.__name__: name for name in (unit, creating, reading, system, check, aclose)
}
AT_ONCE = 8
"""How many use cases are carried out at the same time."""
LAWS = [module.__name__.rpartition(".")[2] for module in SUBJECTS]


def workspaces_on(engine: AsyncEngine) -> PostgresStore:
    """A store on the laws' own catalogue."""
    return PostgresStore(engine, WORKSPACES, schema=WORKSPACES_SCHEMA)


@attrs.frozen
class Stores:
    """The stores on one engine, made once: to compile a catalogue takes longer than most operations.

    Attributes:
        engine: on a database that has the tables of gapless, and those of the laws' own catalogue.
        plain: the store of gapless alone.
        workspaces: the store that the laws run on.
    """

    engine: AsyncEngine
    plain: PostgresStore
    workspaces: PostgresStore

    @classmethod
    def on(cls, engine: AsyncEngine) -> Stores:
        """The stores on an engine."""
        return cls(engine, PostgresStore(engine, GAPLESS, schema=SCHEMA), workspaces_on(engine))


async def all_ended(*works: Awaitable[None]) -> None:
    """Waits for the end of all, and raises what one of them has raised.

    Who fails leaves nobody at work on an engine that is disposed of next, where a connection would be left open.
    """
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def performed(store: PostgresStore, port: str, *, at_once: bool) -> None:
    """Opens the store in one way three times: what a connection keeps shows from its second unit on.

    Args:
        store: where.
        port: one of PORTS.
        at_once: whether the last two times are at the same time.
    """
    await PORTS[port](store)
    if at_once:
        await all_ended(PORTS[port](store), PORTS[port](store))
    else:
        await PORTS[port](store)
        await PORTS[port](store)


async def use_cases_fail(stores: Sequence[PostgresStore], *, at_once: bool, alone: bool = True) -> list[str]:
    """Carries out every use case on each store, one after the other, and all of them a second time.

    Args:
        stores: where; on several at the same time.
        at_once: whether the second time several are carried out at the same time.
        alone: whether there is a first time.

    Returns:
        Which of them failed, and how.
    """
    width = AT_ONCE if at_once else 1
    rounds = [[name] for name in CALLABLE if alone] + [
        [*CALLABLE[first : first + width]] for first in range(0, len(CALLABLE), width)
    ]
    failed: list[str] = []
    for names in rounds:
        calls = [(name, _carried_out(store, name)) for store in stores for name in names]
        outcomes = await asyncio.gather(*(call for _, call in calls), return_exceptions=True)
        failed += [f"{name}: {o!r:.300}" for (name, _), o in zip(calls, outcomes, strict=True) if o is not None]
    return failed


async def laws_hold(stores: Stores, subject: str) -> None:
    """Asserts that each law of a subject holds in its first case, on an engine with as many connections as it takes."""
    for law in laws():
        if law.subject == subject and law.runs_on(OWN):
            _, arguments = next(law.cases())
            store = workspaces_on(stores.engine) if law.closes else stores.workspaces
            await law.run(store, arguments)


async def opened(engine: AsyncEngine) -> None:
    """An application opens on the engine, and creates an organization."""
    async with gapless.open(engine=engine, schema=SCHEMA) as app:
        actor = gapless.Actor.system("tests")
        slug = f"acme-{uuid4().hex}"
        await app.organizations.create("Acme", slug, "ann@acme.org", "Ann", actor=actor)


async def _carried_out(store: PostgresStore, use_case: str) -> None:
    world = await world_on(store, f"acme-{uuid4().hex}")
    await method_of(world, use_case)(**await prepared(world, use_case))
    await world.everything(GAPLESS)

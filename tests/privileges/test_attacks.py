"""Each attack of the table has the verdict that the table gives it, held by one test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.domain.audit import AuditEntry
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.migrations import Profile, grants
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.privileges.attacks import ATTACKS, Attack, Verdict
from tests.roles import role_with
from tests.use_cases.worlds import World, world_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

AWAITED = {"entry-backdated": "the trail has no recorded_at yet"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def addresses(server_url: str, template: str, database_name: str) -> AsyncIterator[dict[str, str]]:
    """The address of a database for each role, of a database of its own: some attacks change the tables."""
    name = f"{database_name}_attacked"
    reader = [
        f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{name}_reader"',
        f'GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO "{name}_reader"',
    ]
    rights = {profile.value: list(grants(f"{name}_{profile.value}", profile=profile)) for profile in Profile}
    async with copied_database(server_url, template, name) as url, AsyncExitStack() as stack:
        found = {"owner": url}
        for role, statements in {**rights, "reader": reader, "nobody": []}.items():
            found[role] = await stack.enter_async_context(role_with(url, f"{name}_{role}", statements))
        yield found


async def a_world(store: PostgresStore) -> World:
    """An organization with an owner, an event and entries."""
    world = await world_on(store, f"acme-{uuid4().hex}")
    user = await world.app.team.invite(world.home, "bob@acme.org", "Bob", Role.ADMIN, actor=world.actor)
    await world.app.team.remove(world.home, user.id, actor=world.actor)
    return world


def about(statement: str, world: World, other: World) -> str:
    """The statement about two organizations."""
    columns = {"$ENTRIES": AuditEntry, "$USERS": User, "$ORGANIZATIONS": Organization}
    for place, entity in columns.items():
        names = ", ".join(column.name for column in GAPLESS.by_entity[entity].columns)
        statement = statement.replace(place, names)
    for place, key in {"$O": world.home, "$U": world.owner.id, "$P": other.home, "$V": other.owner.id}.items():
        statement = statement.replace(place, f"'{key}'::uuid")
    return statement


async def everything(owner: asyncpg.Connection) -> list[str]:
    """All that is in the tables, in one text each."""
    return [
        await owner.fetchval(f"SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM {model.table} AS t")  # noqa: S608  # names of our own
        for model in GAPLESS.models
    ]


async def carried_out(connection: asyncpg.Connection, attack: Attack, statements: list[str]) -> None:
    """Runs the statements, in one transaction or each in one of its own."""
    if attack.apart:
        for statement in statements:
            await connection.execute(statement)
        return
    async with connection.transaction():
        for statement in statements:
            await connection.execute(statement)


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(
            attack,
            id=attack.name,
            marks=[pytest.mark.xfail(strict=True, reason=AWAITED[attack.name])] if attack.name in AWAITED else [],
        )
        for attack in ATTACKS
    ],
)
async def test_attack(addresses: dict[str, str], attack: Attack) -> None:
    """It is refused, and leaves everything as it was; or it is done, and shows as the table says."""
    engine = create_engine(addresses["owner"])
    store = PostgresStore(engine, schema=SCHEMA)
    world, other = await a_world(store), await a_world(store)
    statements = [about(statement, world, other) for statement in attack.statements]
    async with connected(addresses["owner"]) as owner, connected(addresses[attack.by]) as attacker:
        for connection in (owner, attacker):
            await connection.execute(f"SET search_path = {SCHEMA}")
        before = await everything(owner)
        if attack.verdict is Verdict.REFUSED:
            with pytest.raises(asyncpg.PostgresError) as caught:
                await carried_out(attacker, attack, statements)
            assert caught.value.sqlstate in REFUSALS, caught.value
            assert attack.apart or await everything(owner) == before
        else:
            await carried_out(attacker, attack, statements)
            assert await owner.fetchval(about(attack.told, world, other)) is True
    await engine.dispose()


REFUSALS = ("42501", "23514", "23001", "23503")
"""No right, and the rules: an attack that fails by a mistake of ours proves nothing."""


async def test_each_attack_has_a_name_of_its_own() -> None:
    """A line of the page names the one test that holds it."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)

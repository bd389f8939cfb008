"""Each attack of the table has the verdict that the table gives it, held by one test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.audit import AuditRecord
from gapless.postgres import Profile, grants
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.integration.store.conftest import own_engine
from tests.privileges.attacks import ATTACKS, Attack, Verdict
from tests.roles import role_with
from tests.use_cases.worlds import World, world_on


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
    """An organization with an owner, an event and audit records."""
    world = await world_on(store, f"acme-{uuid4().hex}")
    user = await world.app.members.invite(world.home, "bob@acme.org", "Bob", Role.ADMIN, actor=world.actor)
    await world.app.members.remove(world.home, user.id, actor=world.actor)
    return world


@attrs.define
class Worlds:
    """Two organizations for each attack: those of the one before, if it was refused and has left them as they were.

    Attributes:
        store: the owner's, where they are made.
        left: those that can be attacked once more.
    """

    store: PostgresStore
    left: tuple[World, World] | None = None

    async def taken(self) -> tuple[World, World]:
        """The two; they are nobody else's until they are given back."""
        found, self.left = self.left, None
        return found or (await a_world(self.store), await a_world(self.store))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def worlds(addresses: dict[str, str]) -> AsyncIterator[Worlds]:
    """The organizations that are attacked."""
    async with own_engine(addresses["owner"]) as engine:
        yield Worlds(PostgresStore(engine, GAPLESS, schema=SCHEMA))


def about(statement: str, world: World, other: World) -> str:
    """The statement about two organizations."""
    columns = {"$AUDITS": AuditRecord, "$USERS": User, "$ORGANIZATIONS": Organization}
    for place, entity in columns.items():
        names = ", ".join(column.name for column in GAPLESS.by_entity[entity].given)
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


@pytest.mark.asyncio
@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in ATTACKS if not attack.held_by])
async def test_attack(addresses: dict[str, str], worlds: Worlds, attack: Attack) -> None:
    """It is refused, and leaves everything as it was; or it is done, and shows as the table says."""
    world, other = await worlds.taken()
    statements = [about(statement, world, other) for statement in attack.statements]
    async with connected(addresses["owner"]) as owner, connected(addresses[attack.by]) as attacker:
        for connection in (owner, attacker):
            await connection.execute(f"SET search_path = {SCHEMA}")
        if attack.before:
            await owner.execute(about(attack.before, world, other))
        before = await everything(owner)
        if attack.verdict is Verdict.REFUSED:
            with pytest.raises(asyncpg.PostgresError) as caught:
                await carried_out(attacker, attack, statements)
            assert caught.value.sqlstate in REFUSALS, caught.value
            assert attack.apart or await everything(owner) == before
            worlds.left = None if attack.apart or attack.before else (world, other)
        else:
            await carried_out(attacker, attack, statements)
            assert await owner.fetchval(about(attack.told, world, other)) is True


REFUSALS = ("42501", "23514", "23001", "23503")
"""No right, and the rules: an attack that fails by a mistake of ours proves nothing."""


def test_each_attack_has_one_test() -> None:
    """A line of the page names the one test that holds it; what is held elsewhere is there."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    for attack in ATTACKS:
        file, _, test = attack.held_by.partition("::")
        assert not attack.held_by or f"def {test}(" in Path(file).read_text(encoding="utf-8")


@pytest.mark.asyncio
async def test_a_right_too_many_is_noticed(addresses: dict[str, str], worlds: Worlds) -> None:
    """Whatever right of the jobs is given to the requests as well, an attack that was refused is not any more."""
    roles = {profile: make_url(addresses[profile.value]).username for profile in Profile}
    async with connected(addresses["owner"]) as owner:
        further = await owner.fetch(FURTHER, roles[Profile.JOBS], roles[Profile.REQUESTS], SCHEMA)
        assert {(right["relname"], right["verb"]) for right in further} > {("organizations", "DELETE")}
        for table, verb in further:
            await owner.execute(f'GRANT {verb} ON {SCHEMA}.{table} TO "{roles[Profile.REQUESTS]}"')
            passed = [attack.name for attack in ATTACKS if await is_done(addresses, worlds, attack, table)]
            assert passed, (verb, table)
            await owner.execute(f'REVOKE {verb} ON {SCHEMA}.{table} FROM "{roles[Profile.REQUESTS]}"')


async def is_done(addresses: dict[str, str], worlds: Worlds, attack: Attack, table: str) -> bool:
    """Whether an attack of requests on a table, which has to be refused, is not."""
    if attack.by != "requests" or attack.verdict is not Verdict.REFUSED or table not in attack.sql:
        return False
    try:
        await test_attack(addresses, worlds, attack)
    except (AssertionError, pytest.fail.Exception):
        return True
    return False


FURTHER = """
SELECT c.relname, verb FROM pg_class AS c, unnest('{INSERT,UPDATE,DELETE}'::text[]) AS verb
WHERE c.relnamespace = to_regnamespace($3) AND c.relkind = 'r' AND CASE verb WHEN 'DELETE'
    THEN has_table_privilege($1, c.oid, verb) AND NOT has_table_privilege($2, c.oid, verb)
    ELSE has_any_column_privilege($1, c.oid, verb) AND NOT has_any_column_privilege($2, c.oid, verb) END
"""
"""The rights that the one role has and the other has not."""

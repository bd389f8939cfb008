"""Random transactions of plain SQL get the verdicts that the model gives."""

from uuid import UUID, uuid4

import asyncpg
import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.databases import connected
from tests.integration.postgres.rows import add_organizations, add_users
from tests.integration.postgres.trigger_model import ORGANIZATIONS, USERS, Refused, Step, World, steps
from tests.properties import bounded

SAVE, BACK = "save", "back"
Transaction = list[Step | str]


@attrs.frozen
class Database:
    """The same rows in a database, under ids of this example alone."""

    connection: asyncpg.Connection
    homes: list[UUID] = attrs.field(factory=lambda: [uuid4() for _ in ORGANIZATIONS])
    users: list[UUID] = attrs.field(factory=lambda: [uuid4() for _ in USERS])

    async def execute(self, step: Step, world: World) -> None:
        """Executes a step as one statement."""
        users = [self.users[user] for user in step.whom]
        home = self.homes[step.home]
        match step.kind:
            case "role" | "is_active":
                sql = f"UPDATE gapless.users SET {step.kind} = $2 WHERE id = ANY ($1)"  # noqa: S608  # two known names
                await self.connection.execute(sql, users, step.value)
            case "is_deleted":
                sql = (
                    "UPDATE gapless.users SET is_deleted = $2, deleted_at = CASE WHEN $2 THEN now() END"
                    " WHERE id = ANY ($1)"
                )
                await self.connection.execute(sql, users, step.value)
            case "move":
                sql = "UPDATE gapless.users SET organization_id = $2 WHERE id = ANY ($1)"
                await self.connection.execute(sql, users, home)
            case "remove":
                await self.connection.execute("DELETE FROM gapless.users WHERE id = ANY ($1)", users)
            case "add":
                new = [(home, self.users[user]) for user in step.whom if user not in world.members]
                await add_users(self.connection, new, role="ADMIN" if step.value else "OWNER", is_active=step.home != 0)
            case "add home":
                await add_organizations(self.connection, [home], seats=2)
            case _:
                await self._execute_on_home(step, home)

    async def _execute_on_home(self, step: Step, home: UUID) -> None:
        clauses = {
            "quota": f"UPDATE gapless.organizations SET team_members_quota = {1 + int(bool(step.value))}",  # noqa: S608  # 1 or 2
            "delete home": "UPDATE gapless.organizations SET is_deleted = true, deleted_at = now()",
            "restore home": "UPDATE gapless.organizations SET is_deleted = false, deleted_at = NULL",
            "remove home": "DELETE FROM gapless.organizations",
        }
        await self.connection.execute(f"{clauses[step.kind]} WHERE id = $1", home)

    async def owners_and_seats(self) -> set[tuple[UUID, UUID, bool, bool]]:
        """Every user that is there: its organization, its id, whether it is an owner, whether it takes a seat."""
        rows = await self.connection.fetch(
            "SELECT organization_id, id, role = 'OWNER' AND is_active AND NOT is_deleted, is_active AND NOT is_deleted"
            " FROM gapless.users WHERE id = ANY ($1)",
            self.users,
        )
        return {tuple(row) for row in rows}

    def expected(self, world: World) -> set[tuple[UUID, UUID, bool, bool]]:
        """The same, as the model has it."""
        return {
            (self.homes[member.home], self.users[user], member.is_owner, member.takes_seat)
            for user, member in world.members.items()
        }


async def run(database: Database, before: World, transaction: Transaction) -> World:
    """Runs a transaction on both sides, compares the verdicts, and returns the model's rows afterwards."""
    saved: list[World] = []
    world = before.copy()
    world.pending.clear()
    await database.connection.execute("BEGIN")
    try:
        for step in transaction:
            if step == SAVE:
                await database.connection.execute(f"SAVEPOINT s{len(saved)}")
                saved.append(world.copy())
            elif step == BACK and saved:
                world = saved.pop()
                await database.connection.execute(f"ROLLBACK TO SAVEPOINT s{len(saved)}")
            elif isinstance(step, Step) and step.makes_sense(world):
                await step_on_both(database, world, step)
    except Refused:
        await database.connection.execute("ROLLBACK")
        return before
    return await commit_on_both(database, before, world)


async def step_on_both(database: Database, world: World, step: Step) -> None:
    """Executes a step in the database and in the model: both refuse it, or neither does."""
    known = world.copy()
    try:
        step.apply(world)
    except Refused:
        with pytest.raises(asyncpg.CheckViolationError, match=r"live_organization|users_key_constant"):
            await database.execute(step, known)
        raise
    await database.execute(step, known)


async def commit_on_both(database: Database, before: World, world: World) -> World:
    """Commits: the database names the first rule that the model calls broken, of any of the organizations."""
    broken = world.broken()
    first = {home: rule for rule, home in reversed(broken)}
    verdict = None
    try:
        await database.connection.execute("COMMIT")
    except asyncpg.CheckViolationError as error:
        verdict = error.constraint_name
    assert verdict in (first.values() if broken else [None])
    return before if broken else world


@pytest.mark.asyncio
@bounded(40)
@given(st.lists(st.lists(st.one_of(steps(), steps(), st.sampled_from([SAVE, BACK])), max_size=8), max_size=6))
async def test_database_agrees_with_the_model(database_url: str, transactions: list[Transaction]) -> None:
    """Whatever a transaction does, statement by statement and with savepoints, the verdict is the model's."""
    async with connected(database_url) as connection:
        database, world = Database(connection), World()
        first: Transaction = [Step("add home", (), home, value=True) for home in ORGANIZATIONS]
        owners: Transaction = [Step("add", (home,), home, value=False) for home in ORGANIZATIONS]
        active = Step("is_active", (0,), 0, value=True)
        for transaction in ([*first, *owners, active], *transactions):
            world = await run(database, world, transaction)
            assert await database.owners_and_seats() == database.expected(world)


@pytest.mark.asyncio
async def test_model_notices_a_lost_trigger(connection: asyncpg.Connection) -> None:
    """With the validator of the owners gone, the comparison fails: it can."""
    await connection.execute("DROP TRIGGER judge_01_last_owner ON gapless.organizations")
    database = Database(connection)
    world = await run(database, World(), [Step("add home", (), 1, value=True), Step("add", (0,), 1, value=False)])
    with pytest.raises(AssertionError):
        await run(database, world, [Step("remove", (0,), 1, value=True)])

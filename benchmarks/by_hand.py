"""What gapless is compared with: asyncpg written by hand at its best, on the same tables and with the same guarantees.

Everything that makes it fast is allowed that keeps the guarantees. The server's time limits stand on the connections,
one limit of the client covers a use case, the pool sends nothing when a connection comes back, and each statement is
prepared once a connection, the lock's too. A change of a role is four requests: BEGIN with the lock in one script, the
read, the write with its audit record and its event in one statement, COMMIT. A user is made by the constructor of the
same frozen class, the only way that a host has. JSON is written as text and not decided, nor is the audit record: the
schema does that. As with gapless, a COMMIT that has begun is not torn by a cancellation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeAlias

import asyncpg
import attrs

from gapless.domain.users import Language, Role, User
from gapless.kit.audit import Actor
from gapless.kit.errors import ConcurrencyConflict, NotFound
from gapless.kit.ids import OrganizationId, UserId
from gapless.kit.ports import Clock, IdFactory

# In quotes because only the stubs of asyncpg make them generic.
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
BareConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

# As gapless has them: how long a lock, a statement and an idle transaction may take, in milliseconds and seconds.
SETTINGS = {"lock_timeout": "5000", "statement_timeout": "10000", "idle_in_transaction_session_timeout": "10000"}
SECONDS = 10.0

# ruff: noqa: S608  # the columns are those of our own class
COLUMNS = ", ".join(field.name for field in attrs.fields(User))
SELECT_USER = f"SELECT {COLUMNS} FROM gapless.users WHERE organization_id = $1 AND id = $2 AND NOT is_deleted"
PREPARE_LOCK = """
    PREPARE lock_organization (uuid) AS SELECT 1 FROM gapless.organizations WHERE id = $1 FOR NO KEY UPDATE"""
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; EXECUTE lock_organization('{}')"
NOT_THERE = "SELECT 0"
WRITTEN = f"""
    WITH written AS (
        UPDATE gapless.users SET role = $4, version = version + 1
        WHERE organization_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS})"""
AUDIT_RECORD = """,
    audit AS (
        INSERT INTO gapless.audit_logs (organization_id, id, created_at, actor_kind, user_id, job, action,
            resource_type, resource_id, before, after, metadata, ip_address, user_agent)
        SELECT organization_id, $5, $6, $7, $8, $9, $10, 'user', id::text, $11::text::jsonb, $12::text::jsonb, '{}',
            $13, $14 FROM written)"""
EVENT = """,
    event AS (
        INSERT INTO gapless.outbox (organization_id, id, created_at, kind, payload, attempts, due_at, version)
        SELECT organization_id, $15, $6, 'sessions.revoke', $16::text::jsonb, 0, $6, 1 FROM written)"""
RESULT = f" SELECT {COLUMNS} FROM written"


@asynccontextmanager
async def opened_pool(host: str, port: int) -> AsyncIterator[Pool]:
    """A pool of one connection to the server on this unix socket."""

    async def prepare(connection: BareConnection) -> None:
        """Planning the lock takes the server longer than taking it."""
        await connection.execute(PREPARE_LOCK)

    async def keep(_: BareConnection) -> None:
        """Nothing that these functions do outlives their transaction, so nothing has to be reset."""

    pool = await asyncpg.create_pool(
        host=host,
        port=port,
        user="postgres",
        database="postgres",
        min_size=1,
        max_size=1,
        server_settings=SETTINGS,
        init=prepare,
        reset=keep,
    )
    try:
        yield pool
    finally:
        await pool.close()


async def get_user(pool: Pool, organization_id: OrganizationId, user_id: UserId) -> User:
    """Reads a user.

    Raises:
        NotFound: there is none, or it is deleted.
    """
    async with asyncio.timeout(SECONDS), pool.acquire() as connection:
        return await _user(connection, organization_id, user_id)


async def _user(connection: Connection, organization_id: OrganizationId, user_id: UserId) -> User:
    record = await connection.fetchrow(SELECT_USER, organization_id, user_id)
    if record is None:
        raise NotFound("User", user_id)
    return user_of(record)


def user_of(record: asyncpg.Record) -> User:
    """The user of a record: the same value that gapless builds."""
    organization_id, user_id, created_at, email, name, role, language, is_active, *rest = record.values()
    last_seen_at, deactivated_at, reason, is_deleted, deleted_at, deleted_by, deletion_id, version = rest
    return User(
        organization_id=organization_id,
        id=user_id,
        created_at=created_at,
        email=email,
        name=name,
        role=Role(role),
        language=Language(language),
        is_active=is_active,
        last_seen_at=last_seen_at,
        deactivated_at=deactivated_at,
        deactivation_reason=reason,
        is_deleted=is_deleted,
        deleted_at=deleted_at,
        deleted_by=deleted_by,
        deletion_id=deletion_id,
        version=version,
    )


@attrs.frozen(kw_only=True)
class RoleChange:
    """The use case of changing a role.

    Attributes:
        pool: the connections.
        clock: tells the time.
        ids: makes ids.
    """

    pool: Pool
    clock: Clock
    ids: IdFactory

    async def __call__(self, organization_id: OrganizationId, user_id: UserId, role: Role, *, actor: Actor) -> User:
        """Gives a user another role, with the audit record, and the event if it is a lower one.

        Raises:
            NotFound: there is no such organization or user.
            ConcurrencyConflict: the user was changed past the lock.
        """
        async with asyncio.timeout(SECONDS), self.pool.acquire() as connection:
            try:
                after = await self._change(connection, organization_id, user_id, role, actor)
            except BaseException:
                await connection.execute("ROLLBACK", timeout=SECONDS)
                raise
            await _finished(connection.execute("COMMIT"))
        return after

    async def _change(
        self, connection: Connection, organization_id: OrganizationId, user_id: UserId, role: Role, actor: Actor
    ) -> User:
        # A script takes no parameters; what a UUID is written as can't end the string.
        if await connection.execute(BEGIN.format(organization_id)) == NOT_THERE:
            raise NotFound("Organization", organization_id)
        before = await _user(connection, organization_id, user_id)
        if before.role is role:
            return before
        now = self.clock.now()
        statement, parameters = WRITTEN + AUDIT_RECORD, self._audit_record(before, role, actor, now)
        if before.role.is_above(role):
            statement += EVENT
            parameters += (self.ids.new(), json.dumps({"user_id": str(user_id), "reason": "role_lowered"}))
        record = await connection.fetchrow(
            statement + RESULT, organization_id, user_id, before.version, role.value, *parameters
        )
        if record is None:
            raise ConcurrencyConflict
        return user_of(record)

    def _audit_record(self, before: User, role: Role, actor: Actor, now: datetime) -> tuple[object, ...]:
        """The parameters of AUDIT_RECORD."""
        return (
            self.ids.new(),
            now,
            "system" if actor.user_id is None else "user",
            actor.user_id,
            actor.job,
            "user.role.changed",
            json.dumps({"role": before.role.value}),
            json.dumps({"role": role.value}),
            actor.ip_address,
            actor.user_agent,
        )


async def _finished(commit: Coroutine[object, object, object]) -> None:
    """Lets a COMMIT finish if the caller is cancelled meanwhile, else it would be torn, and then passes that on."""
    task = asyncio.ensure_future(commit)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise

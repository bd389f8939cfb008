"""Users by hand: one is read, and its role is changed with an audit record and an event in the same statement."""

from __future__ import annotations

import asyncio
import json

import attrs

from benchmarks.contenders.by_hand_connections import SECONDS, Connection, Pool, in_unit
from benchmarks.contenders.by_hand_rows import UserRow, user_of
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role
from gapless.kit.audit import Actor
from gapless.kit.errors import ConcurrencyConflict, NotFound
from gapless.kit.ids import UserId
from gapless.kit.ports import Clock, IdFactory

# ruff: noqa: S608  # the columns are those of our own classes
COLUMNS = ", ".join(field.name for field in attrs.fields(UserRow))
SELECT = f"SELECT {COLUMNS} FROM gapless.users WHERE organization_id = $1 AND id = $2 AND NOT is_deleted"
WRITTEN = f"""
    WITH written AS (
        UPDATE gapless.users SET role = $4, version = version + 1
        WHERE organization_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS})"""
AUDIT_RECORD = """,
    audit AS (
        INSERT INTO gapless.audit_logs (root_id, id, created_at, actor_kind, user_id, job, action,
            resource_type, resource_id, before, after, metadata, ip_address, user_agent)
        SELECT organization_id, $5, $6, $7, $8, $9, $10, 'user', id::text, $11::text::jsonb, $12::text::jsonb, '{}',
            $13, $14 FROM written)"""
EVENT = """,
    event AS (
        INSERT INTO gapless.outbox (root_id, id, created_at, kind, payload, attempts, due_at, version)
        SELECT organization_id, $15, $6, 'sessions.revoke', $16::text::jsonb, 0, $6, 1 FROM written)"""
RESULT = f" SELECT {COLUMNS} FROM written"


async def get_user(pool: Pool, home: OrganizationId, user_id: UserId) -> UserRow:
    """Reads a user.

    Raises:
        NotFound: there is none, or it is deleted.
    """
    async with asyncio.timeout(SECONDS), pool.acquire() as connection:
        return await _user(connection, home, user_id)


async def _user(connection: Connection, home: OrganizationId, user_id: UserId) -> UserRow:
    record = await connection.fetchrow(SELECT, home, user_id)
    if record is None:
        raise NotFound("User", user_id)
    return user_of(record)


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

    async def __call__(self, home: OrganizationId, user_id: UserId, role: Role, *, actor: Actor) -> UserRow:
        """Gives a user another role, with the audit record, and the event if it is a lower one.

        Raises:
            NotFound: there is no such organization or user.
            ConcurrencyConflict: the user was changed past the lock.
        """
        return await in_unit(self.pool, home, lambda connection: self._change(connection, home, user_id, role, actor))

    async def _change(
        self, connection: Connection, home: OrganizationId, user_id: UserId, role: Role, actor: Actor
    ) -> UserRow:
        before = await _user(connection, home, user_id)
        if before.role is role:
            return before
        statement, parameters = WRITTEN + AUDIT_RECORD, self._audit_record(before, role, actor)
        if before.role.is_above(role):
            statement += EVENT
            parameters += (self.ids.new(), json.dumps({"user_id": str(user_id), "reason": "role_lowered"}))
        record = await connection.fetchrow(statement + RESULT, home, user_id, before.version, role.value, *parameters)
        if record is None:
            raise ConcurrencyConflict
        return user_of(record)

    def _audit_record(self, before: UserRow, role: Role, actor: Actor) -> tuple[object, ...]:
        """The parameters of AUDIT_RECORD."""
        return (
            self.ids.new(),
            self.clock.now(),
            "system" if actor.user_id is None else "user",
            actor.user_id,
            actor.job,
            "user.role.changed",
            json.dumps({"role": before.role.value}),
            json.dumps({"role": role.value}),
            actor.ip_address,
            actor.user_agent,
        )

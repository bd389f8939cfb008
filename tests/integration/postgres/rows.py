"""Rows written by plain SQL, as somebody does who has never heard of gapless."""

from random import randrange
from uuid import UUID, uuid4

import asyncpg

_ORGANIZATION = """
INSERT INTO gapless.organizations (id, created_at, name, slug, call_minutes_quota, team_members_quota,
    phone_numbers_quota, storage_quota, used_minutes, used_storage, quota_warning_80_sent, quota_warning_90_sent,
    quota_warning_100_sent, storage_warning_80_sent, storage_warning_90_sent, storage_warning_100_sent, is_deleted,
    deleted_at, version)
SELECT id, now(), 'Organization', 'o-' || id, 100, $2, $4, 0, 0, 0, false, false, false, false, false, false, $3,
    CASE WHEN $3 THEN now() END, 1
FROM unnest($1::uuid[]) AS id
"""
_USERS = """
INSERT INTO gapless.users (organization_id, id, created_at, email, name, role, language, is_active, is_deleted,
    deleted_at, version)
SELECT organization, id, now(), id || '@example.org', 'User', $3, 'en', $4, $5, CASE WHEN $5 THEN now() END, 1
FROM unnest($1::uuid[], $2::uuid[]) AS given (organization, id)
"""
_NUMBER = """
INSERT INTO gapless.phone_numbers (organization_id, id, created_at, number, provider, is_released, version)
VALUES ($1, $2, now(), $3, 'vapi', false, 1)
"""
_CALL = """
INSERT INTO gapless.calls (organization_id, id, created_at, phone_number_id, status, started_at, handled_by, version)
VALUES ($1, $2, now(), $3, $4, now(), 'AI', 1)
"""
_AUDIT = """
INSERT INTO gapless.audit_logs (root_id, id, created_at, actor_kind, job, action, resource_type, resource_id,
    metadata)
VALUES ($1, $2, now(), 'system', 'test', 'tested', 'test', '1', '{}')
"""


async def add_organizations(
    connection: asyncpg.Connection,
    organizations: list[UUID],
    *,
    seats: int = 1000,
    numbers: int = 1000,
    is_deleted: bool = False,
) -> None:
    """Add organizations in one statement; without an owner, so that the transaction is not over yet."""
    await connection.execute(_ORGANIZATION, organizations, seats, is_deleted, numbers)


async def add_users(
    connection: asyncpg.Connection,
    users: list[tuple[UUID, UUID]],
    *,
    role: str = "OWNER",
    is_active: bool = True,
    is_deleted: bool = False,
) -> None:
    """Add users, each given by the ids of the organization and of the user, in one statement."""
    organizations, ids = [user[0] for user in users], [user[1] for user in users]
    await connection.execute(_USERS, organizations, ids, role, is_active, is_deleted)


async def add_number(connection: asyncpg.Connection, organization: UUID, id: UUID | None = None) -> None:
    """Add a phone number that nobody else has."""
    await connection.execute(_NUMBER, organization, id or uuid4(), f"+9{randrange(10**13):013}")


async def add_call(connection: asyncpg.Connection, organization: UUID, number: UUID, *, status: str) -> None:
    """Add a call to a number; it ended at once unless it is going on."""
    await connection.execute(_CALL, organization, uuid4(), number, status)


async def found(
    connection: asyncpg.Connection, *, owners: int = 1, seats: int = 1000, is_deleted: bool = False
) -> tuple[UUID, list[UUID]]:
    """Add an organization with owners and commit; return its id and theirs."""
    organization, users = uuid4(), [uuid4() for _ in range(owners)]
    async with connection.transaction():
        await add_organizations(connection, [organization], seats=seats)
        await add_users(connection, [(organization, user) for user in users])
        if is_deleted:
            await connection.execute(
                "UPDATE gapless.organizations SET is_deleted = true, deleted_at = now() WHERE id = $1", organization
            )
    return organization, users


async def add_audit_record(connection: asyncpg.Connection, organization: UUID) -> None:
    """Add a line to the trail of an organization."""
    await connection.execute(_AUDIT, organization, uuid4())

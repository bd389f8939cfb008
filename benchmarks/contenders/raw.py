"""asyncpg on plain tables, with its pool as it comes: no trigger, no outbox, no version that is compared, no entity."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeAlias, cast
from uuid import UUID, uuid4

import asyncpg
import attrs
from sqlalchemy import make_url

from benchmarks.contenders.calls import COLUMNS, values
from benchmarks.contenders.contender import Page
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role
from gapless.kit.errors import NotFound
from gapless.kit.ids import UserId

# In quotes because only the stubs of asyncpg make them generic.
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

LOCK = "SELECT * FROM plain.organizations WHERE id = $1 AND NOT is_deleted FOR NO KEY UPDATE"
USER = "SELECT * FROM plain.users WHERE organization_id = $1 AND id = $2 AND NOT is_deleted"
CHANGE = """
UPDATE plain.users SET role = $3, version = version + 1 WHERE organization_id = $1 AND id = $2 RETURNING *"""
AUDIT = """
INSERT INTO plain.audit_logs
    (organization_id, id, created_at, actor_kind, job, action, resource_type, resource_id, before, after, metadata)
VALUES ($1, $2, $3, 'system', 'benchmark', $4, $5, $6, $7, $8, $9)"""
NEWEST = "SELECT * FROM plain.calls WHERE organization_id = $1 ORDER BY started_at DESC, id DESC LIMIT $2"
NEXT = """
SELECT * FROM plain.calls WHERE organization_id = $1 AND (started_at, id) < ($3, $4)
ORDER BY started_at DESC, id DESC LIMIT $2"""
ACTIVE = "SELECT EXISTS (SELECT FROM plain.calls WHERE organization_id = $1 AND status = 'ACTIVE')"
NUMBERS = """
SELECT to_jsonb(n) - '{version,forwarding_number}'::text[] FROM plain.phone_numbers AS n
WHERE organization_id = $1 AND NOT is_released"""
LINKS = """
SELECT count(*) FROM plain.calls AS c JOIN plain.phone_numbers AS n
    ON n.organization_id = c.organization_id AND n.id = c.phone_number_id
WHERE c.organization_id = $1 AND NOT n.is_released"""
DELETED = "SET is_deleted = true, deleted_at = $2, deletion_id = $3, version = version + 1"
DELETE = f"UPDATE plain.organizations {DELETED} WHERE id = $1 RETURNING *"  # all of it stands above
WITH_IT = tuple(
    f"UPDATE plain.{table} {DELETED} WHERE organization_id = $1 AND NOT is_deleted"  # as above
    for table in ("users", "knowledge_items")
)
END = "DELETE FROM plain.subscriptions WHERE organization_id = $1 RETURNING to_jsonb(subscriptions)"
RELEASE = """
UPDATE plain.phone_numbers SET is_released = true, version = version + 1
WHERE organization_id = $1 AND NOT is_released"""
RETENTION = {"retentionDays": 30}


@attrs.frozen
class Raw:
    """asyncpg.

    Attributes:
        pool: of asyncpg, which resets a connection when it comes back.
    """

    pool: Pool

    async def get_user(self, home: OrganizationId, user_id: UserId) -> asyncpg.Record | None:
        """One statement."""
        async with self.pool.acquire() as connection:
            return await connection.fetchrow(USER, home, user_id)

    async def change_role(self, home: OrganizationId, user_id: UserId, role: Role) -> asyncpg.Record | None:
        """The lock, the read, the write, and a record of it, in a transaction."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.fetchrow(LOCK, home)
            before = await connection.fetchrow(USER, home, user_id)
            if before is None:
                raise NotFound("User", user_id)
            after = await connection.fetchrow(CHANGE, home, user_id, role.value)
            images = ({"role": before["role"]}, {"role": role.value})
            await _audit(connection, home, "user.role.changed", ("user", user_id), images, {})
            return after

    async def list_calls(self, home: OrganizationId, number: int) -> Sequence[asyncpg.Record]:
        """One statement."""
        async with self.pool.acquire() as connection:
            return await connection.fetch(NEWEST, home, number)

    async def page(self, home: OrganizationId, size: int, after: object) -> Page:
        """One statement, which reads a row more than the page to know whether it is the last."""
        async with self.pool.acquire() as connection:
            if after is None:
                rows = await connection.fetch(NEWEST, home, size + 1)
            else:
                rows = await connection.fetch(NEXT, home, size + 1, *cast(tuple[datetime, UUID], after))
        last = rows[size - 1] if len(rows) > size else None
        return Page(rows[:size], None if last is None else (last["started_at"], last["id"]))

    async def add_calls(self, home: OrganizationId, number: int) -> None:
        """COPY of tuples, which only the constraints look at."""
        async with self.pool.acquire() as connection:
            await connection.copy_records_to_table(
                "calls", schema_name="plain", columns=COLUMNS, records=values(home, number)
            )

    async def delete(self, home: OrganizationId) -> asyncpg.Record | None:
        """A statement for each table, in a transaction."""
        now, deletion = datetime.now(UTC), uuid4()
        async with self.pool.acquire() as connection, connection.transaction():
            before = await connection.fetchrow(LOCK, home)
            if before is None or await connection.fetchval(ACTIVE, home):
                raise NotFound("Organization", home)
            numbers = [json.loads(row[0]) for row in await connection.fetch(NUMBERS, home)]
            links = await connection.fetchval(LINKS, home)
            after = await connection.fetchrow(DELETE, home, now, deletion)
            for statement in WITH_IT:
                await connection.execute(statement, home, now, deletion)
            subscription = await connection.fetchval(END, home)
            await connection.execute(RELEASE, home)
            told = {"deleted_at": None, "deletion_id": None, "is_deleted": False}
            images = (
                {**told, "phone_numbers": numbers, "subscription": subscription},
                {"deleted_at": now.isoformat(), "deletion_id": str(deletion), "is_deleted": True},
            )
            metadata = {**RETENTION, "unlinkedCalls": links}
            await _audit(connection, home, "organization.deleted", ("organization", home), images, metadata)
            return after


async def _audit(  # what a record has
    connection: Connection,
    home: OrganizationId,
    action: str,
    resource: tuple[str, UUID],
    images: tuple[object, object],
    metadata: object,
) -> None:
    """Writes an audit record."""
    now, (kind, resource_id), (before, after) = datetime.now(UTC), resource, images
    texts = json.dumps(before), json.dumps(after), json.dumps(metadata)
    await connection.execute(AUDIT, home, uuid4(), now, action, kind, str(resource_id), *texts)


@asynccontextmanager
async def opened(url: str, pool_size: int) -> AsyncIterator[Raw]:
    """Opens asyncpg's pool, which is as it comes but for its size."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with asyncpg.create_pool(address, min_size=pool_size, max_size=pool_size) as pool:
        yield Raw(pool)

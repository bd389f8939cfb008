"""What gapless is compared with first: asyncpg by hand at its best, on the same tables and with the same guarantees.

Everything that makes it fast is allowed that keeps the guarantees; `by_hand_connections.py` has what the use cases
share. A change of a role is four requests: BEGIN with the lock in one script, the read, the write with its audit record
and its event in one statement, COMMIT. What is read becomes a frozen value of a class without rules, as the database
has checked it; calls that are added are entities of gapless, whose constructor validates them. JSON is written as text
and not validated, nor is the audit record: the schema does that. A page is one request, by the values of the last row.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs

from benchmarks.contenders import by_hand_calls, by_hand_users
from benchmarks.contenders.by_hand_connections import Pool, opened_pool
from benchmarks.contenders.by_hand_deletion import Deletion
from benchmarks.contenders.by_hand_rows import CallRow, UserRow
from benchmarks.contenders.by_hand_users import RoleChange
from benchmarks.contenders.contender import Page
from benchmarks.contenders.ours import ACTOR
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.domain.calls import Call
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import Role
from gapless.kit.ids import UserId


@attrs.frozen(kw_only=True)
class ByHand:
    """Code without gapless, for the same tables.

    Attributes:
        pool: the connections.
        change: changes a role.
        deletion: deletes an organization.
    """

    pool: Pool
    change: RoleChange
    deletion: Deletion

    async def get_user(self, home: OrganizationId, user_id: UserId) -> UserRow:
        """One statement, and the row."""
        return await by_hand_users.get_user(self.pool, home, user_id)

    async def change_role(self, home: OrganizationId, user_id: UserId, role: Role) -> UserRow:
        """Four requests."""
        return await self.change(home, user_id, role, actor=ACTOR)

    async def list_calls(self, home: OrganizationId, number: int) -> Sequence[CallRow]:
        """One statement, and the rows."""
        return await by_hand_calls.newest(self.pool, home, number)

    async def page(self, home: OrganizationId, size: int, after: object) -> Page:
        """One statement, and the rows."""
        return await by_hand_calls.page(self.pool, home, size, after)

    async def add_calls(self, home: OrganizationId, number: int) -> Sequence[Call]:
        """COPY under the lock."""
        return await by_hand_calls.add_calls(self.pool, home, number)

    async def delete(self, home: OrganizationId) -> Organization:
        """Four requests."""
        return await self.deletion(home)


@asynccontextmanager
async def opened(url: str, pool_size: int) -> AsyncIterator[ByHand]:
    """Opens the pool."""
    clock, ids = SystemClock(), UuidV7Factory()
    async with opened_pool(url, pool_size) as pool:
        yield ByHand(
            pool=pool,
            change=RoleChange(pool=pool, clock=clock, ids=ids),
            deletion=Deletion(pool=pool, clock=clock, ids=ids),
        )

"""advanced-alchemy on plain tables: its repositories over the same models and sessions as the ORM's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias

import attrs
from advanced_alchemy.filters import LimitOffset
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import UnaryExpression
from sqlalchemy.orm import InstrumentedAttribute

from benchmarks.contenders import orm, plain_records
from benchmarks.contenders.calls import COLUMNS, values
from benchmarks.contenders.contender import Page
from benchmarks.contenders.orm import Orm
from benchmarks.contenders.plain_models import AuditLog, Call, Organization, User
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role
from gapless.kit.ids import UserId

Order: TypeAlias = "tuple[str | InstrumentedAttribute[Any], bool] | UnaryExpression[Any]"
"""As the repository calls it."""
NEWEST_FIRST: list[Order] = [("started_at", True), ("id", True)]


class Users(SQLAlchemyAsyncRepository[User]):
    """The repository of users."""

    model_type = User


class Calls(SQLAlchemyAsyncRepository[Call]):
    """The repository of calls."""

    model_type = Call


class AuditLogs(SQLAlchemyAsyncRepository[AuditLog]):
    """The repository of records."""

    model_type = AuditLog


@attrs.frozen
class Advanced:
    """advanced-alchemy.

    Attributes:
        plain: the sessions, and what a repository has no other way for.
    """

    plain: Orm

    async def get_user(self, home: OrganizationId, user_id: UserId) -> User:
        """By the repository."""
        async with self.plain.reading() as session:
            return await Users(session=session).get_one(organization_id=home, id=user_id)

    async def change_role(self, home: OrganizationId, user_id: UserId, role: Role) -> User:
        """The lock, the repository's object, and a record of its change."""
        async with self.plain.sessions.begin() as session:
            await orm.locked(session, home)
            user = await Users(session=session).get_one(organization_id=home, id=user_id)
            record = plain_records.role_changed(home, user_id, datetime.now(UTC), user.role, role.value)
            user.role = role.value
            await AuditLogs(session=session).add(AuditLog(**record), auto_refresh=False)
        return user

    async def list_calls(self, home: OrganizationId, number: int) -> Sequence[Call]:
        """By the repository."""
        async with self.plain.reading() as session:
            return await Calls(session=session).get_many(
                LimitOffset(limit=number, offset=0), organization_id=home, order_by=NEWEST_FIRST
            )

    async def page(self, home: OrganizationId, size: int, after: object) -> Page:
        """By the repository, with the values of the row before as a condition."""
        page = LimitOffset(limit=size + 1, offset=0)
        async with self.plain.reading() as session:
            calls = await Calls(session=session).get_many(
                Call.organization_id == home, *orm.behind(after), page, order_by=NEWEST_FIRST
            )
        return orm.page_of(calls, size)

    async def add_calls(self, home: OrganizationId, number: int) -> None:
        """The repository's way for many rows: objects of the model."""
        rows = [Call(**dict(zip(COLUMNS, row, strict=True))) for row in values(home, number)]
        async with self.plain.sessions.begin() as session:
            await Calls(session=session).add_many(rows)

    async def delete(self, home: OrganizationId) -> Organization:
        """As by the ORM: a repository has no way of its own for several tables."""
        return await self.plain.delete(home)


@asynccontextmanager
async def opened(url: str, pool_size: int) -> AsyncIterator[Advanced]:
    """Opens an engine with its sessions."""
    async with orm.opened(url, pool_size) as plain:
        yield Advanced(plain)

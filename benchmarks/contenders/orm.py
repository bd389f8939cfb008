"""SQLAlchemy's ORM on plain tables: what is read is read outside a transaction, and many rows are added in bulk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast
from uuid import UUID, uuid4

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.contenders import plain_records
from benchmarks.contenders.calls import COLUMNS, values
from benchmarks.contenders.contender import Page
from benchmarks.contenders.plain_models import (
    AuditLog,
    Call,
    KnowledgeItem,
    Organization,
    PhoneNumber,
    Subscription,
    User,
)
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role
from gapless.kit.errors import NotFound
from gapless.kit.ids import UserId


@attrs.frozen(kw_only=True)
class Orm:
    """SQLAlchemy's ORM.

    Attributes:
        sessions: for what is written; objects stay as they are after the commit.
        reading: the same with no transaction around a statement.
    """

    sessions: async_sessionmaker[AsyncSession]
    reading: async_sessionmaker[AsyncSession]

    async def get_user(self, home: OrganizationId, user_id: UserId) -> User | None:
        """By the primary key."""
        async with self.reading() as session:
            return await session.get(User, (home, user_id))

    async def change_role(self, home: OrganizationId, user_id: UserId, role: Role) -> User:
        """The lock, the object, and a record of its change; the session writes both at the end."""
        async with self.sessions.begin() as session:
            await locked(session, home)
            user = await session.get_one(User, (home, user_id))
            record = plain_records.role_changed(home, user_id, datetime.now(UTC), user.role, role.value)
            user.role = role.value
            session.add(AuditLog(**record))
        return user

    async def list_calls(self, home: OrganizationId, number: int) -> Sequence[Call]:
        """One statement."""
        async with self.reading() as session:
            return await newest(session, home, number)

    async def page(self, home: OrganizationId, size: int, after: object) -> Page:
        """One statement, which reads a row more than the page to know whether it is the last."""
        async with self.reading() as session:
            return page_of(await newest(session, home, size + 1, *behind(after)), size)

    async def add_calls(self, home: OrganizationId, number: int) -> None:
        """The ORM's own way for many rows: one statement with many parameters."""
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in values(home, number)]
        async with self.sessions.begin() as session:
            await session.execute(sa.insert(Call), rows)

    async def delete(self, home: OrganizationId) -> Organization:
        """The organization and its numbers as objects, what is many as one statement for a table."""
        async with self.sessions.begin() as session:
            return await deleted(session, home)


async def newest(
    session: AsyncSession, home: OrganizationId, number: int, *conditions: sa.ColumnElement[bool]
) -> Sequence[Call]:
    """The newest calls that fulfil the conditions."""
    statement = (
        sa.select(Call)
        .where(Call.organization_id == home, *conditions)
        .order_by(Call.started_at.desc(), Call.id.desc())
        .limit(number)
    )
    return (await session.scalars(statement)).all()


def behind(after: object) -> Sequence[sa.ColumnElement[bool]]:
    """The condition of what comes after a page, if there was one."""
    if after is None:
        return ()
    return (sa.tuple_(Call.started_at, Call.id) < cast(tuple[datetime, UUID], after),)


def page_of(calls: Sequence[Call], size: int) -> Page:
    """The page of what was read with one row more than it has."""
    last = calls[size - 1] if len(calls) > size else None
    return Page(calls[:size], None if last is None else (last.started_at, last.id))


async def locked(session: AsyncSession, home: OrganizationId) -> Organization:
    """The organization, locked."""
    found = await session.get(Organization, home, with_for_update={"key_share": True})
    if found is None or found.is_deleted:
        raise NotFound("Organization", home)
    return found


async def deleted(session: AsyncSession, home: OrganizationId) -> Organization:
    """Deletes an organization in this session."""
    now, deletion = datetime.now(UTC), uuid4()
    organization = await locked(session, home)
    if await session.scalar(sa.select(sa.exists().where(Call.organization_id == home, Call.status == "ACTIVE"))):
        raise NotFound("Organization", home)
    held = sa.select(PhoneNumber).where(PhoneNumber.organization_id == home, ~PhoneNumber.is_released)
    numbers = (await session.scalars(held)).all()
    subscription = await session.scalar(sa.select(Subscription).where(Subscription.organization_id == home))
    links = sa.select(sa.func.count()).where(
        Call.organization_id == home, Call.phone_number_id.in_([number.id for number in numbers])
    )
    told, plan = [plain_records.of_number(each) for each in numbers], plain_records.of_subscription(subscription)
    counted = await session.scalar(links) or 0
    session.add(AuditLog(**plain_records.deleted(home, now, deletion, told, plan, counted)))
    organization.is_deleted, organization.deleted_at, organization.deletion_id = True, now, deletion
    for number in numbers:
        number.is_released, number.version = True, number.version + 1
    if subscription is not None:
        await session.delete(subscription)
    for model in (User, KnowledgeItem):
        await session.execute(_softly(model, home, now, deletion), execution_options={"synchronize_session": False})
    return organization


def _softly(model: type[User | KnowledgeItem], home: OrganizationId, now: datetime, deletion: UUID) -> sa.Update:
    return (
        sa.update(model)
        .where(model.organization_id == home, ~model.is_deleted)
        .values(is_deleted=True, deleted_at=now, deletion_id=deletion, version=model.version + 1)
    )


@asynccontextmanager
async def opened(url: str, pool_size: int) -> AsyncIterator[Orm]:
    """Opens an engine with its sessions."""
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0)
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    try:
        yield Orm(
            sessions=async_sessionmaker(engine, expire_on_commit=False),
            reading=async_sessionmaker(autocommit, expire_on_commit=False),
        )
    finally:
        await engine.dispose()

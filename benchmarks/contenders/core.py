"""SQLAlchemy Core on plain tables: what is read is read outside a transaction, and statements are made once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast
from uuid import UUID, uuid4

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

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

Row: TypeAlias = "sa.Row[Any]"  # what a row has is told by the statement
ORGANIZATIONS, USERS, CALLS, NUMBERS, RECORDS = (
    cast(sa.Table, model.__table__) for model in (Organization, User, Call, PhoneNumber, AuditLog)
)
HOME: sa.BindParameter[UUID] = sa.bindparam("home")
USER_ID: sa.BindParameter[UUID] = sa.bindparam("user_id")

LOCK = (
    sa.select(ORGANIZATIONS)
    .where(ORGANIZATIONS.c.id == HOME, ~ORGANIZATIONS.c.is_deleted)
    .with_for_update(key_share=True)
)
USER = sa.select(USERS).where(USERS.c.organization_id == HOME, USERS.c.id == USER_ID, ~USERS.c.is_deleted)
CHANGE = (
    sa.update(User)
    .where(User.organization_id == HOME, User.id == USER_ID)
    .values(role=sa.bindparam("new_role"), version=User.version + 1)
    .returning(*USERS.c)
)
NEWEST = (
    sa.select(CALLS)
    .where(CALLS.c.organization_id == HOME)
    .order_by(CALLS.c.started_at.desc(), CALLS.c.id.desc())
    .limit(sa.bindparam("number"))
)
NEXT = NEWEST.where(
    sa.tuple_(CALLS.c.started_at, CALLS.c.id) < sa.tuple_(sa.bindparam("started_at"), sa.bindparam("call_id"))
)
ADD, RECORD = sa.insert(CALLS), sa.insert(RECORDS)
ACTIVE = sa.select(sa.exists().where(CALLS.c.organization_id == HOME, CALLS.c.status == "ACTIVE"))
HELD = sa.select(NUMBERS).where(NUMBERS.c.organization_id == HOME, ~NUMBERS.c.is_released)
LINKS = sa.select(sa.func.count()).where(
    CALLS.c.organization_id == HOME, CALLS.c.phone_number_id.in_(sa.bindparam("numbers", expanding=True))
)
RELEASE = (
    sa.update(PhoneNumber)
    .where(PhoneNumber.organization_id == HOME, ~PhoneNumber.is_released)
    .values(is_released=True, version=PhoneNumber.version + 1)
)
END = (
    sa.delete(Subscription)
    .where(Subscription.organization_id == HOME)
    .returning(Subscription.plan, Subscription.status)
)
SOFTLY = {"is_deleted": True, "deleted_at": sa.bindparam("now"), "deletion_id": sa.bindparam("deletion")}
DELETE = (
    sa.update(Organization)
    .where(Organization.id == HOME)
    .values({**SOFTLY, "version": Organization.version + 1})
    .returning(*ORGANIZATIONS.c)
)
WITH_IT = tuple(
    sa.update(model)
    .where(model.organization_id == HOME, ~model.is_deleted)
    .values({**SOFTLY, "version": model.version + 1})
    for model in (User, KnowledgeItem)
)


@attrs.frozen(kw_only=True)
class Core:
    """SQLAlchemy Core.

    Attributes:
        engine: for what is written.
        reading: the same with no transaction around a statement.
    """

    engine: AsyncEngine
    reading: AsyncEngine

    async def get_user(self, home: OrganizationId, user_id: UserId) -> Row | None:
        """One statement."""
        async with self.reading.connect() as connection:
            return (await connection.execute(USER, {"home": home, "user_id": user_id})).one_or_none()

    async def change_role(self, home: OrganizationId, user_id: UserId, role: Role) -> Row:
        """The lock, the read, the write, and a record of it, in a transaction."""
        who = {"home": home, "user_id": user_id}
        async with self.engine.begin() as connection:
            (await connection.execute(LOCK, {"home": home})).one()
            before = (await connection.execute(USER, who)).one()
            after = (await connection.execute(CHANGE, {**who, "new_role": role.value})).one()
            record = plain_records.role_changed(home, user_id, datetime.now(UTC), before.role, role.value)
            await _recorded(connection, record)
        return after

    async def list_calls(self, home: OrganizationId, number: int) -> Sequence[Row]:
        """One statement."""
        async with self.reading.connect() as connection:
            return (await connection.execute(NEWEST, {"home": home, "number": number})).all()

    async def page(self, home: OrganizationId, size: int, after: object) -> Page:
        """One statement, which reads a row more than the page to know whether it is the last."""
        parameters: dict[str, object] = {"home": home, "number": size + 1}
        if after is not None:
            parameters["started_at"], parameters["call_id"] = cast(tuple[datetime, UUID], after)
        async with self.reading.connect() as connection:
            rows = (await connection.execute(NEWEST if after is None else NEXT, parameters)).all()
        last = rows[size - 1] if len(rows) > size else None
        return Page(rows[:size], None if last is None else (last.started_at, last.id))

    async def add_calls(self, home: OrganizationId, number: int) -> None:
        """One statement with many parameters, which the driver sends in one go."""
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in values(home, number)]
        async with self.engine.begin() as connection:
            await connection.execute(ADD, rows)

    async def delete(self, home: OrganizationId) -> Row:
        """A statement for each table, in a transaction."""
        whose, now, deletion = {"home": home}, datetime.now(UTC), uuid4()
        how = {**whose, "now": now, "deletion": deletion}
        async with self.engine.begin() as connection:
            (await connection.execute(LOCK, whose)).one()
            if (await connection.execute(ACTIVE, whose)).scalar_one():
                raise NotFound("Organization", home)
            numbers = (await connection.execute(HELD, whose)).mappings().all()
            links = await connection.execute(LINKS, {**whose, "numbers": [each["id"] for each in numbers]})
            after = (await connection.execute(DELETE, how)).one()
            for statement in WITH_IT:
                await connection.execute(statement, how)
            subscription = (await connection.execute(END, whose)).one_or_none()
            await connection.execute(RELEASE, whose)
            told = [plain_records.told({str(name): each[name] for name in each}) for each in numbers]
            plan = None if subscription is None else {"plan": subscription.plan, "status": subscription.status}
            record = plain_records.deleted(home, now, deletion, told, plan, links.scalar_one())
            await _recorded(connection, record)
        return after


async def _recorded(connection: AsyncConnection, record: plain_records.Values) -> None:
    values = {("metadata" if name == "metadata_" else name): value for name, value in record.items()}
    await connection.execute(RECORD, values)


@asynccontextmanager
async def opened(url: str, pool_size: int) -> AsyncIterator[Core]:
    """Opens an engine."""
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0)
    try:
        yield Core(engine=engine, reading=engine.execution_options(isolation_level="AUTOCOMMIT"))
    finally:
        await engine.dispose()

"""A store in memory that is opened for one unit, which creates an organization with its owner; and dicts for that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import gapless
from benchmarks.contenders.dicts import DictRows, Row
from benchmarks.measurement import Side, SidesDiffer
from benchmarks.scenes.units import ACTOR, PreparedIds, completed, prepared_ids, record_told, row_of
from benchmarks.scenes.user_units import record_row, user_row
from gapless.adapters.system import SystemClock
from gapless.application.audit_records import Recorder
from gapless.bootstrap import Gapless
from gapless.domain.organizations import NOTHING, Organization, OrganizationId
from gapless.domain.users import Role, User
from gapless.domain.values import EmailAddress, Slug
from gapless.kit.audit import AuditRecord
from gapless.kit.ids import UserId

CREATED, INVITED = "organization.founded", "user.invited"
EMAIL = EmailAddress("ann@acme.org")
IDS = 4
"""How many ids one opening needs: the organization's, the owner's, and those of two records."""
Look = Callable[[Gapless, OrganizationId], Awaitable[None]]
"""What looks at an open store before it is closed."""


async def do_not_look(_: Gapless, __: OrganizationId) -> None:
    """What is measured does not look."""


def opening_sides(steps: int) -> tuple[Side, Side]:
    """The store and the dicts, for so many steps of all rounds together."""
    ids, now = prepared_ids(IDS * steps), SystemClock().now()

    async def ours(place: int) -> None:
        await opened_store(ids[IDS * place : IDS * (place + 1)], now, do_not_look)

    async def plain(place: int) -> None:
        await opened_dicts(ids[IDS * place : IDS * (place + 1)], now)

    return Side(step=ours), Side(step=plain)


async def opened_store(ids: Sequence[UUID], now: datetime, look: Look) -> None:
    """Opens a store, creates an organization with its owner, and closes the store."""
    home, owner_id, *records = ids
    async with gapless.open("memory:") as app:
        recorder = Recorder(PreparedIds(records), now, ACTOR)
        organization = Organization(
            id=OrganizationId(home),
            created_at=now,
            name="Acme",
            slug=Slug("acme"),
            call_minutes_quota=500,
            team_members_quota=10,
            phone_numbers_quota=2,
            storage_quota=NOTHING,
        )
        owner = _owner(organization.id, UserId(owner_id), now)
        async with app.store.creating(organization.id) as unit:
            await unit.of(Organization).add(organization, recorder.audit(CREATED, None, organization))
            await unit.of(User).add(owner, recorder.audit(INVITED, None, owner))
            await unit.commit()
        await look(app, organization.id)


def _owner(home: OrganizationId, owner_id: UserId, now: datetime) -> User:
    return User(organization_id=home, id=owner_id, created_at=now, email=EMAIL, name="Bob", role=Role.OWNER)


async def opened_dicts(ids: Sequence[UUID], now: datetime) -> tuple[DictRows, DictRows]:
    """The same with dicts; returns the organizations and the users."""
    home, owner_id, first, second = ids
    organizations, users = DictRows(), DictRows()
    organization, owner = _organization_row(home, now), user_row(home, owner_id, EMAIL, Role.OWNER, now)
    created = record_row(home, first, CREATED, ("organization", home), now, organization)
    await organizations.add_audited(home, organization, created)
    invited = record_row(home, second, INVITED, ("user", owner_id), now, owner)
    await users.add_audited(owner_id, owner, invited)
    await users.commit()
    return organizations, users


def _organization_row(id: UUID, now: datetime) -> Row:
    return {
        "id": id,
        "created_at": now,
        "name": "Acme",
        "slug": "acme",
        "call_minutes_quota": 500,
        "team_members_quota": 10,
        "phone_numbers_quota": 2,
        "storage_quota": 0,
        "version": 1,
    }


async def require_same_openings() -> None:
    """Sees to it that a store and the dicts hold the same before the store is closed.

    Raises:
        SidesDiffer: they do not.
    """
    ids, now = prepared_ids(IDS), SystemClock().now()
    kept: list[Row] = []

    async def look(app: Gapless, home: OrganizationId) -> None:
        async with app.store.reading(home) as reading:
            rows = [*await reading.of(Organization).find(), *await reading.of(User).find()]
            records = await reading.of(AuditRecord).find(order=lambda record: record.number)
        kept.extend(row_of(row) for row in (*rows, *records))

    await opened_store(ids, now, look)
    tables = dict(zip((Organization, User), await opened_dicts(ids, now), strict=True))
    plain = [completed(entity, row) for entity, table in tables.items() for row in table.rows.values()]
    plain += [record_told(entity, record) for entity, table in tables.items() for record in table.records]
    if kept != plain:
        raise SidesDiffer("open a store in memory: the two sides have left different data.")

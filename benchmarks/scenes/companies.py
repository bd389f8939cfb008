"""An organization with room for as many members and calls as a benchmark wants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import md5
from uuid import UUID

import attrs

from benchmarks.scenes.units import ACTOR
from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.audit_records import Recorder
from gapless.bootstrap import Gapless, Parts, assembled
from gapless.domain.calls import Call, CallId, CallStatus, Handler
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import NOTHING, OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.plans import PlanCatalogue, PlanLimits
from gapless.domain.users import Role, User
from gapless.domain.values import E164, EmailAddress
from gapless.kit.audit import ActorKind, AuditRecord
from gapless.kit.ids import AuditRecordId, EventId, UserId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent

PLAN = "roomy"
PLANS = PlanCatalogue({PLAN: PlanLimits(call_minutes=10**9, team_members=10**8, phone_numbers=10**6, storage=NOTHING)})
AT_ONCE = 10_000
FOR_MANY = 300.0
"""How many seconds a unit may take that adds many rows."""


@attrs.frozen(kw_only=True)
class RoomyCompany:
    """An organization and what it begins with.

    Attributes:
        app: the application.
        id: the organization's.
        owner: who handles each tenth of its calls.
        member: another one, whose role and seat may change.
        number: at which it is called.
    """

    app: Gapless
    id: OrganizationId
    owner: User
    member: User
    number: PhoneNumber


async def company_in_memory() -> RoomyCompany:
    """A store in memory with such an organization."""
    return await company_of(assembled(MemoryStore(GAPLESS), Parts(plans=PLANS)))


async def company_of(app: Gapless, name: str = "acme") -> RoomyCompany:
    """Creates the organization in an application that has PLANS.

    Args:
        app: the application.
        name: the slug; it decides the number at which the organization is called.
    """
    created = await app.organizations.create("Acme", name, "ann@acme.org", "Ann", plan=PLAN, actor=ACTOR)
    home = created.organization.id
    number = await app.phone_numbers.add(home, number_of(name), Provider.VAPI, actor=ACTOR)
    member = await app.members.invite(home, "ben@acme.org", "Ben", Role.MANAGER, actor=ACTOR)
    return RoomyCompany(app=app, id=home, owner=created.owner, member=member, number=number)


def number_of(name: str) -> str:
    """A telephone number that another name would not have."""
    return f"+9{int.from_bytes(name.encode()) % 10**13:013}"


async def add_calls(company: RoomyCompany, number: int, first: int = 0) -> None:
    """Adds so many calls that have ended, one a second, of a hundred outcomes, from this place on."""
    now, ids = SystemClock().now(), UuidV7Factory()
    for places in _portions(first, number):
        calls = [
            Call(
                organization_id=company.id,
                id=CallId(ids.new()),
                created_at=now,
                phone_number_id=company.number.id,
                status=CallStatus.COMPLETED,
                started_at=now - timedelta(seconds=place + 60),
                ended_at=now - timedelta(seconds=place),
                duration_seconds=60,
                caller_number=caller(place),
                outcome=outcome(place),
                handled_by=Handler.AI if place % 10 else Handler.HUMAN,
                handled_by_user_id=None if place % 10 else company.owner.id,
            )
            for place in places
        ]
        async with company.app.store.unit(company.id, seconds=FOR_MANY) as unit:
            await unit.of(Call).add_all(calls)
            await unit.commit()


async def add_members(company: RoomyCompany, number: int, first: int = 0) -> list[UserId]:
    """Adds so many managers, of which each has the `address` of its place, from this place on; returns their ids."""
    now, ids = SystemClock().now(), UuidV7Factory()
    added: list[UserId] = []
    for places in _portions(first, number):
        users = [
            User(
                organization_id=company.id,
                id=UserId(ids.new()),
                created_at=now,
                email=address(place),
                name="Bob",
                role=Role.MANAGER,
            )
            for place in places
        ]
        record = Recorder(ids, now, ACTOR).audit("user.invited", None, users[0])
        async with company.app.store.unit(company.id, seconds=FOR_MANY) as unit:
            await unit.of(User).add_all(users, record)
            await unit.commit()
        added += [user.id for user in users]
    return added


async def add_organizations(company: RoomyCompany, number: int, first: int = 0) -> None:
    """Creates so many organizations with an owner each, from this place on."""
    organizations = company.app.organizations
    for place in range(first, first + number):
        await organizations.create("Acme", f"loaded-{place}", "ann@acme.org", "Ann", plan=PLAN, actor=ACTOR)


async def add_records(company: RoomyCompany, number: int, first: int = 0) -> None:
    """Adds so many audit records of the owner's, about a thousand users, from this place on."""
    ids, now, after = UuidV7Factory(), SystemClock().now(), JsonObject({"name": "Bill"})
    for places in _portions(first, number):
        async with company.app.store.unit(company.id, seconds=FOR_MANY) as unit:
            for place in places:
                record = AuditRecord(
                    root_id=company.id,
                    id=AuditRecordId(ids.new()),
                    created_at=now,
                    actor_kind=ActorKind.USER,
                    user_id=company.owner.id,
                    action="user.renamed",
                    resource_type="user",
                    resource_id=str(told(place)),
                    after=after,
                )
                await unit.audit_trail.add(record)
            await unit.commit()


async def add_events(company: RoomyCompany, number: int, first: int = 0) -> None:
    """Adds so many events that are due, from this place on."""
    ids, now, payload = UuidV7Factory(), SystemClock().now(), JsonObject({"reason": "role_lowered"})
    for places in _portions(first, number):
        events = [
            OutboxEvent(
                root_id=company.id,
                id=EventId(ids.new()),
                created_at=now,
                kind="sessions.revoke",
                payload=payload,
                due_at=now - timedelta(seconds=place),
            )
            for place in places
        ]
        async with company.app.store.unit(company.id, seconds=FOR_MANY) as unit:
            await unit.outbox.add_all(events)
            await unit.commit()


def told(place: int) -> UUID:
    """The user whom one of many audit records is about."""
    return UUID(md5(f"user {place % 1000}".encode(), usedforsecurity=False).hexdigest())


def caller(place: int) -> E164:
    """The number of the caller of one of many calls."""
    return E164(f"+99890{place % 1000:07}")


def outcome(place: int) -> str:
    """The outcome of one of many calls, of which the first is the newest."""
    return f"outcome {place % 100}"


def address(place: int) -> EmailAddress:
    """The address of one of many members."""
    return EmailAddress(f"member{place}@acme.org")


def _portions(first: int, number: int) -> Iterator[range]:
    return (range(at, min(at + AT_ONCE, first + number)) for at in range(first, first + number, AT_ONCE))

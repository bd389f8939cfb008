"""An organization in a store in memory, with room for as many members and calls as a benchmark wants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import attrs

from benchmarks.scenes.units import ACTOR
from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.audit_records import Recorder
from gapless.bootstrap import Gapless, Parts, assembled
from gapless.domain.calls import Call, CallId, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import NOTHING
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.plans import PlanCatalogue, PlanLimits
from gapless.domain.users import Role, User
from gapless.domain.values import EmailAddress
from gapless.kit.ids import OrganizationId, UserId
from gapless.kit.ports import Store

PLAN = "roomy"
PLANS = PlanCatalogue({PLAN: PlanLimits(call_minutes=10**9, team_members=10**8, phone_numbers=10**6, storage=NOTHING)})
AT_ONCE = 10_000
FOR_MANY = 300.0
"""How many seconds a unit may take that adds many rows."""


@attrs.frozen(kw_only=True)
class CompanyInMemory:
    """An organization and what it begins with.

    Attributes:
        app: the application over the store.
        store: the store in memory.
        id: the organization's.
        number: at which it is called.
    """

    app: Gapless
    store: Store
    id: OrganizationId
    number: PhoneNumber


async def company_in_memory() -> CompanyInMemory:
    """A store in memory with an organization, its owner and a number."""
    store = MemoryStore(GAPLESS)
    app = assembled(store, Parts(plans=PLANS))
    created = await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", plan=PLAN, actor=ACTOR)
    number = await app.phone_numbers.add(created.organization.id, "+998901234567", Provider.VAPI, actor=ACTOR)
    return CompanyInMemory(app=app, store=store, id=created.organization.id, number=number)


async def add_calls(company: CompanyInMemory, number: int) -> None:
    """Adds so many calls that have ended, one a second, of a hundred outcomes."""
    now, ids = SystemClock().now(), UuidV7Factory()
    for places in _portions(number):
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
                outcome=outcome(place),
            )
            for place in places
        ]
        async with company.store.unit(company.id, seconds=FOR_MANY) as unit:
            await unit.of(Call).add_all(calls)
            await unit.commit()


async def add_members(company: CompanyInMemory, number: int) -> list[UserId]:
    """Adds so many managers, of which each has the `address` of its place; returns their ids."""
    now, ids = SystemClock().now(), UuidV7Factory()
    added: list[UserId] = []
    for places in _portions(number):
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
        async with company.store.unit(company.id, seconds=FOR_MANY) as unit:
            await unit.of(User).add_all(users, record)
            await unit.commit()
        added += [user.id for user in users]
    return added


def outcome(place: int) -> str:
    """The outcome of one of many calls, of which the first is the newest."""
    return f"outcome {place % 100}"


def address(place: int) -> EmailAddress:
    """The address of one of many members."""
    return EmailAddress(f"member{place}@acme.org")


def _portions(number: int) -> Iterator[range]:
    return (range(at, min(at + AT_ONCE, number)) for at in range(0, number, AT_ONCE))

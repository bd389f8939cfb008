"""A small world for tests of the use cases: an organization in a store, a clock that a test turns, and what to ask."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import attrs
import pytest

from gapless.adapters.system import UuidV7Factory
from gapless.application.audit_records import Recorder
from gapless.bootstrap import Gapless, Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.plans import PlanCatalogue, PlanLimits
from gapless.domain.users import Role, User
from gapless.domain.values import Bytes
from gapless.kit import AuditedEntity, Catalogue, Entity
from gapless.kit.audit import Actor, AuditRecord
from gapless.kit.columns import BigInteger
from gapless.kit.errors import GaplessError, RuleViolated
from gapless.kit.json_object import Json
from gapless.kit.ports import Store

SIGNUP = Actor.system("signup")
RETENTION = timedelta(days=30)
E = TypeVar("E", bound=AuditedEntity | Entity)
A = TypeVar("A", bound=AuditedEntity)
P = TypeVar("P", bound=Entity)


def limits(minutes: int, seats: int, numbers: int, storage: int) -> PlanLimits:
    """The limits of a plan."""
    return PlanLimits(
        call_minutes=minutes, team_members=seats, phone_numbers=numbers, storage=Bytes(BigInteger(storage))
    )


PLANS = PlanCatalogue(
    {"small": limits(10, 2, 1, 100), "starter": limits(100, 4, 2, 1000), "large": limits(1000, 20, 10, 10_000)}
)


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """The time that it was turned to."""
        return self.time

    def turn(self, by: timedelta) -> None:
        """Lets time pass."""
        self.time += by


@attrs.frozen(kw_only=True)
class World:
    """An application on a store, with one organization on the plan "starter", and its owner Ann."""

    store: Store
    clock: TurnedClock
    app: Gapless
    organization: Organization
    owner: User

    @property
    def home(self) -> OrganizationId:
        """The id of the organization."""
        return self.organization.id

    @property
    def actor(self) -> Actor:
        """The owner, who acts."""
        return Actor.user(self.owner.id, ip_address="192.0.2.7", user_agent="tests")

    async def member(self, name: str = "Bob", role: Role = Role.MANAGER) -> User:
        """Invites one more member, whose address follows from the name."""
        return await self.app.members.invite(self.home, f"{name.lower()}@acme.org", name, role, actor=self.actor)

    async def current(self) -> Organization:
        """The organization as it is now, deleted or not."""
        async with self.store.reading(self.home) as reading:
            return await reading.of(Organization).get(self.home, include_deleted=True)

    async def rows(self, entity: type[E]) -> tuple[E, ...]:
        """Every row of an entity, deleted or not, in the order of their ids."""
        async with self.store.reading(self.home) as reading:
            return await reading.of(entity).find(include_deleted=True)

    async def trail(self) -> list[AuditRecord]:
        """The audit records of the organization, the oldest first."""
        async with self.store.reading(self.home) as reading:
            return list(await reading.audit_trail.find(order=lambda audit: (audit.created_at, audit.id)))

    async def actions(self) -> list[str]:
        """What was done in the organization since it was created, the oldest first."""
        return [audit.action for audit in await self.trail()][2:]

    async def events(self, kind: str | None = None) -> list[tuple[str, dict[str, Json]]]:
        """The kinds and payloads in the organization's outbox, those of one kind if it is named."""
        async with self.store.reading(self.home) as reading:
            found = [(event.kind, event.payload.to_dict()) for event in await reading.outbox.find()]
        return [event for event in found if kind in (None, event[0])]

    async def everything(self, catalogue: Catalogue) -> tuple[object, ...]:
        """Every row of the organization, to compare with what it is later."""
        async with self.store.reading(self.home, snapshot=True) as reading:
            return tuple([await reading.of(model.entity).find(include_deleted=True) for model in catalogue.models])

    async def save(self, row: A) -> A:
        """Writes a row of an audited entity past the use cases."""
        async with self.store.unit(self.home) as unit:
            stored = await unit.of(type(row)).save(row, self.record().audit("test", row, row))
            await unit.commit()
        return stored

    async def add(self, *rows: AuditedEntity | Entity) -> None:
        """Adds rows past the use cases, in one unit of work."""
        async with self.store.unit(self.home) as unit:
            for row in rows:
                if isinstance(row, AuditedEntity):
                    await unit.of(type(row)).add(row, self.record().audit("test", None, row))
                else:
                    await unit.of(type(row)).add(row)
            await unit.commit()

    def record(self) -> Recorder:
        """Makes audit records of a job."""
        return Recorder(UuidV7Factory(), self.clock.now(), SIGNUP)

    def new_id(self) -> UUID:
        """An id that nobody has."""
        return UuidV7Factory().new()


async def world_on(
    store: Store, slug: str, plan: str = "starter", *, jobs: Store | None = None, catalogue: Catalogue = GAPLESS
) -> World:
    """Creates an organization in a store of a catalogue, whose jobs come to it by another one, if that is named."""
    clock = TurnedClock()
    parts = Parts(catalogue=catalogue, clock=clock, plans=PLANS, retention=RETENTION)
    app = assembled(store, parts, jobs=jobs)
    created = await app.organizations.create("Acme", slug, "ann@acme.org", "Ann", plan=plan, actor=SIGNUP)
    return World(store=store, clock=clock, app=app, organization=created.organization, owner=created.owner)


async def refused(attempt: Callable[[], Awaitable[object]], rule: str) -> RuleViolated:
    """Asserts that an attempt breaks this rule; returns the error."""
    with pytest.raises(RuleViolated) as caught:
        await attempt()
    assert caught.value.rule == rule
    return caught.value


async def fails(attempt: Callable[[], Awaitable[object]], kind: type[GaplessError]) -> GaplessError:
    """Asserts that an attempt ends in an error of exactly this kind; returns the error."""
    with pytest.raises(GaplessError) as caught:
        await attempt()
    assert type(caught.value) is kind
    return caught.value

"""The scene that a rule is broken in: an organization that is there, its owner, and valid rows to spoil."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import attrs

from gapless.domain.audit import ActorKind, AuditEntry
from gapless.domain.events import OutboxEvent
from gapless.domain.json_object import JsonObject
from gapless.domain.organizations import Organization
from gapless.domain.plans import DEFAULT_PLANS
from gapless.domain.ports import IdFactory, Store
from gapless.domain.rules.model import Judged
from gapless.domain.users import Role, User
from gapless.domain.values import AuditEntryId, EmailAddress, EventId, OrganizationId, Slug, UserId

MOMENT = datetime(2024, 2, 29, 12, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Scene:
    """An organization with its owner, as a store keeps them.

    Attributes:
        organization: it has free seats.
        owner: its only user.
        ids: makes the ids of further rows.
    """

    organization: Organization
    owner: User
    ids: IdFactory

    def entry(self, organization_id: OrganizationId | None = None) -> AuditEntry:
        """A fresh entry for a write, of this organization unless another is named."""
        return an_entry(self.organization.id if organization_id is None else organization_id, self.ids)

    def member(self) -> User:
        """A valid user of the organization who is not added yet."""
        return a_user(self.organization.id, self.ids, Role.MANAGER)


def an_organization(ids: IdFactory) -> Organization:
    """A valid organization that no store has, with a slug of its own."""
    own = OrganizationId(ids.new())
    limits = DEFAULT_PLANS.limits("starter")
    return Organization(
        id=own,
        created_at=MOMENT,
        name="Acme",
        slug=Slug(f"acme-{own.hex}"),
        billing_email=EmailAddress("billing@acme.example"),
        call_minutes_quota=limits.call_minutes,
        team_members_quota=limits.team_members,
        phone_numbers_quota=limits.phone_numbers,
        storage_quota=limits.storage,
    )


def a_user(organization_id: OrganizationId, ids: IdFactory, role: Role) -> User:
    """A valid user with an address of its own."""
    own = UserId(ids.new())
    email = EmailAddress(f"{own.hex}@acme.example")
    return User(organization_id=organization_id, id=own, created_at=MOMENT, email=email, name="Ann", role=role)


def an_entry(organization_id: OrganizationId, ids: IdFactory) -> AuditEntry:
    """A valid entry of a job."""
    return AuditEntry(
        organization_id=organization_id,
        id=AuditEntryId(ids.new()),
        created_at=MOMENT,
        actor_kind=ActorKind.SYSTEM,
        job="violations",
        action="rule.tried",
        resource_type="rule",
        resource_id="1",
    )


def an_event(organization_id: OrganizationId, ids: IdFactory) -> OutboxEvent:
    """A valid event."""
    return OutboxEvent(
        organization_id=organization_id,
        id=EventId(ids.new()),
        created_at=MOMENT,
        kind="rule.tried",
        payload=JsonObject({}),
        due_at=MOMENT,
    )


Sample = Callable[[Scene], Judged]

SAMPLES: Mapping[type, Sample] = MappingProxyType(
    {
        Organization: lambda scene: an_organization(scene.ids),
        User: lambda scene: scene.member(),
        AuditEntry: lambda scene: scene.entry(),
        OutboxEvent: lambda scene: an_event(scene.organization.id, scene.ids),
    }
)
"""For each entity a valid row that can be added to the scene."""


async def staged(store: Store, ids: IdFactory) -> Scene:
    """Founds an organization with one owner in a store.

    Args:
        store: where the scene is set.
        ids: makes the ids; no two scenes of one store get the same.
    """
    organization = an_organization(ids)
    founder = a_user(organization.id, ids, Role.OWNER)
    async with store.founding(organization.id) as unit:
        stored = await unit.organizations.add(organization, an_entry(organization.id, ids))
        owner = await unit.users.add(founder, an_entry(organization.id, ids))
        await unit.commit()
    return Scene(organization=stored, owner=owner, ids=ids)

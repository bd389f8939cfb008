"""The scene that a rule is broken in: an organization that is there, with what rows of others need to refer to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import attrs

from gapless.domain.calls import Call, CallNote
from gapless.domain.invoices import Invoice
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import Role, User
from gapless.kit.audit import ArchivedEntry, AuditEntry, Erasure
from gapless.kit.commands import HandledCommand
from gapless.kit.ids import DeletionId, OrganizationId
from gapless.kit.model import Judged
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import IdFactory, Store
from gapless.kit.soft_deletion import Deletion
from gapless.testing.rows import (
    MOMENT,
    a_call,
    a_command,
    a_knowledge_item,
    a_note,
    a_phone_number,
    a_subscription,
    a_user,
    an_archived_entry,
    an_entry,
    an_erasure,
    an_event,
    an_invoice,
    an_organization,
)


@attrs.frozen(kw_only=True)
class Scene:
    """An organization with its owner, a phone number and a call, as a store keeps them.

    Attributes:
        organization: it has free seats, and may have further phone numbers.
        owner: its only user.
        phone_number: its only phone number.
        call: its only call; it is over.
        ids: makes the ids of further rows.
    """

    organization: Organization
    owner: User
    phone_number: PhoneNumber
    call: Call
    ids: IdFactory

    def entry(self, organization_id: OrganizationId | None = None) -> AuditEntry:
        """A fresh entry for a write, of this organization unless another is named."""
        return an_entry(self.organization.id if organization_id is None else organization_id, self.ids)

    def member(self) -> User:
        """A valid user of the organization who is not added yet."""
        return a_user(self.organization.id, self.ids, Role.MANAGER)

    def further_call(self) -> Call:
        """A valid call to the organization's number that is not added yet."""
        return a_call(self.phone_number, self.owner, self.ids)

    def deletion(self) -> Deletion:
        """A fresh deletion by a job."""
        return Deletion(id=DeletionId(self.ids.new()), at=MOMENT, by=None)


Sample = Callable[[Scene], Judged]

SAMPLES: Mapping[type, Sample] = MappingProxyType(
    {
        Organization: lambda scene: an_organization(scene.ids),
        User: lambda scene: scene.member(),
        PhoneNumber: lambda scene: a_phone_number(scene.organization.id, scene.ids),
        Call: lambda scene: scene.further_call(),
        CallNote: lambda scene: a_note(scene.call, scene.owner, scene.ids),
        KnowledgeItem: lambda scene: a_knowledge_item(scene.organization.id, scene.ids),
        Subscription: lambda scene: a_subscription(scene.organization.id, scene.ids),
        Invoice: lambda scene: an_invoice(scene.organization.id, scene.ids),
        Erasure: lambda scene: an_erasure(scene.organization.id, scene.ids),
        ArchivedEntry: lambda scene: an_archived_entry(scene.organization.id, scene.ids),
        AuditEntry: lambda scene: scene.entry(),
        OutboxEvent: lambda scene: an_event(scene.organization.id, scene.ids),
        HandledCommand: lambda scene: a_command(scene.organization.id, scene.ids),
    }
)
"""For each entity a valid row that can be added to the scene."""


def a_scene(ids: IdFactory) -> Scene:
    """A scene that no store has.

    Args:
        ids: makes the ids; no two scenes of one store get the same.
    """
    organization = an_organization(ids)
    owner = a_user(organization.id, ids, Role.OWNER)
    number = a_phone_number(organization.id, ids)
    return Scene(organization=organization, owner=owner, phone_number=number, call=a_call(number, owner, ids), ids=ids)


async def staged(store: Store, ids: IdFactory) -> Scene:
    """Sets a scene in a store.

    Args:
        store: where the scene is set.
        ids: as for `a_scene`.

    Returns:
        The scene with its rows as they are stored.
    """
    scene = a_scene(ids)
    entry = scene.entry()
    async with store.founding(scene.organization.id) as unit:
        stored = Scene(
            organization=await unit.of(Organization).add(scene.organization, entry),
            owner=await unit.of(User).add(scene.owner, entry),
            phone_number=await unit.of(PhoneNumber).add(scene.phone_number, entry),
            call=await unit.of(Call).add(scene.call),
            ids=ids,
        )
        await unit.commit()
    return stored

"""Valid rows of every entity, to add as they are or to spoil: each with an id, and all that is unique, of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs

from gapless.domain.calls import Call, CallId, CallNote, CallNoteId, CallStatus, Handler
from gapless.domain.invoices import Invoice, InvoiceId
from gapless.domain.knowledge import KnowledgeItem, KnowledgeItemId
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, Provider
from gapless.domain.plans import DEFAULT_PLANS
from gapless.domain.subscriptions import Subscription, SubscriptionId, SubscriptionStatus
from gapless.domain.users import Role, User
from gapless.domain.values import E164, EmailAddress, Slug
from gapless.kit import model_of
from gapless.kit.audit import ActorKind, ArchivedEntry, AuditEntry, Erasure
from gapless.kit.columns import BigInteger
from gapless.kit.commands import HandledCommand
from gapless.kit.ids import AuditEntryId, ErasureId, EventId, OrganizationId, UserId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import IdFactory

MOMENT = datetime(2024, 2, 29, 12, tzinfo=UTC)
LATER = MOMENT + timedelta(minutes=5)


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


def a_phone_number(organization_id: OrganizationId, ids: IdFactory) -> PhoneNumber:
    """A valid phone number that nobody else has: its digits are the end of its id."""
    own = PhoneNumberId(ids.new())
    return PhoneNumber(
        organization_id=organization_id,
        id=own,
        created_at=MOMENT,
        number=E164(f"+1{own.int % 10**14:014}"),
        provider=Provider.TWILIO,
        display_name="Front desk",
        forwarding_number=E164("+998901234567"),
    )


def a_call(number: PhoneNumber, user: User, ids: IdFactory) -> Call:
    """A valid call to a number that this user took, and that is over."""
    return Call(
        organization_id=number.organization_id,
        id=CallId(ids.new()),
        created_at=MOMENT,
        phone_number_id=number.id,
        caller_number=E164("+998901234567"),
        status=CallStatus.COMPLETED,
        started_at=MOMENT,
        ended_at=LATER,
        duration_seconds=300,
        outcome="resolved",
        sentiment="delighted",
        handled_by=Handler.HUMAN,
        handled_by_user_id=user.id,
        ai_confidence=90,
        call_quality=5,
    )


def going_on(call: Call) -> Call:
    """The call before its end."""
    return attrs.evolve(call, status=CallStatus.ACTIVE, ended_at=None, duration_seconds=None)


def a_note(call: Call, user: User, ids: IdFactory) -> CallNote:
    """A valid note of this user on this call."""
    return CallNote(
        organization_id=call.organization_id,
        id=CallNoteId(ids.new()),
        created_at=MOMENT,
        call_id=call.id,
        user_id=user.id,
        body="Calls back tomorrow.",
    )


def a_knowledge_item(organization_id: OrganizationId, ids: IdFactory) -> KnowledgeItem:
    """A valid item of the knowledge base."""
    return KnowledgeItem(
        organization_id=organization_id,
        id=KnowledgeItemId(ids.new()),
        created_at=MOMENT,
        question="When are you open?",
        answer="From nine to five.",
        category="hours",
    )


def a_subscription(organization_id: OrganizationId, ids: IdFactory) -> Subscription:
    """A valid subscription; an organization has one at most."""
    return Subscription(
        organization_id=organization_id,
        id=SubscriptionId(ids.new()),
        created_at=MOMENT,
        plan="starter",
        status=SubscriptionStatus.ACTIVE,
        current_period_start=MOMENT,
        current_period_end=LATER,
    )


def an_invoice(organization_id: OrganizationId, ids: IdFactory) -> Invoice:
    """A valid invoice with a number of its own."""
    own = InvoiceId(ids.new())
    return Invoice(
        organization_id=organization_id,
        id=own,
        created_at=MOMENT,
        number=own.hex,
        amount_minor=BigInteger(4900),
        currency="USD",
        period_start=MOMENT,
        period_end=LATER,
    )


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


def an_archived_entry(organization_id: OrganizationId, ids: IdFactory) -> ArchivedEntry:
    """A valid entry of a job, as the archive keeps it."""
    return model_of(ArchivedEntry).hydrate(model_of(AuditEntry).values(an_entry(organization_id, ids)))


def an_erasure(organization_id: OrganizationId, ids: IdFactory) -> Erasure:
    """A valid erasure; an organization has one at most."""
    return Erasure(
        organization_id=organization_id, id=ErasureId(ids.new()), created_at=MOMENT, reason="Asked for by the customer."
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


def a_command(organization_id: OrganizationId, ids: IdFactory) -> HandledCommand:
    """A valid command that was carried out, with a key of its own."""
    return HandledCommand(
        organization_id=organization_id,
        kind="rule.tried",
        key=ids.new().hex,
        created_at=MOMENT,
        result=JsonObject({}),
    )

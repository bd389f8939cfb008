"""Rows to test with, and an organization that is there: what is not said has a value that breaks no rule."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import randrange
from typing import TypeVar, cast
from uuid import uuid4

from gapless.domain.calls import Call, CallNote, CallStatus
from gapless.domain.invoices import Invoice
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.domain.users import Role, User
from gapless.domain.values import EmailAddress, Slug
from gapless.kit.columns import BigInteger
from gapless.kit.ids import RootId
from gapless.kit.ports import Store
from gapless.testing.laws.files import DocumentId, FolderId
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Bookings, Files, Team
from gapless.testing.laws.rows import (
    IDS,
    NOW,
    a_command,
    a_deletion,
    an_audit_record,
    an_erasure,
    an_event,
    assert_waits,
    common_values,
    fresh_id,
    in_another_task,
)
from tests.voice.hosted import Booking, Document, Folder, Stamp

__all__ = [
    "IDS",
    "NOW",
    "a_booking",
    "a_call",
    "a_command",
    "a_deletion",
    "a_document",
    "a_folder",
    "a_note",
    "a_number",
    "a_stamp",
    "a_subscription",
    "a_user",
    "an_active_call",
    "an_audit_record",
    "an_erasure",
    "an_event",
    "an_invoice",
    "an_item",
    "an_organization",
    "an_owner",
    "assert_untouched",
    "assert_waits",
    "created",
    "fresh_id",
    "in_another_task",
    "members",
]
T = TypeVar("T")


TEAM = Team.of(
    Organization,
    User,
    Role,
    root_values=lambda: {
        "name": "Acme",
        "slug": Slug(f"acme-{uuid4().hex}"),
        "call_minutes_quota": 100,
        "team_members_quota": 10,
        "phone_numbers_quota": 10,
        "storage_quota": BigInteger(10**6),
    },
    member_values=lambda: {"name": "Ann", "email": EmailAddress(f"{uuid4()}@acme.org"), "role": Role.OPERATOR},
)
"""Organizations with their users, in the part of the laws' workspaces with their members."""
FILES = Files(folder=Folder, document=Document, stamp=Stamp)
BOOKINGS = Bookings(booking=Booking)


def an_organization(**values: object) -> Organization:
    """An organization with room for everything that it may hold."""
    return cast("Organization", TEAM.a_root(**values))


def a_user(organization_id: RootId, **values: object) -> User:
    """An operator with an address of their own, which follows from the id."""
    own = values.get("id", IDS.new())
    given = {"id": own, "email": EmailAddress(f"{own}@acme.org"), **values}
    return cast("User", TEAM.a_member(organization_id, **given))


def an_owner(organization_id: RootId, **values: object) -> User:
    """An owner."""
    return a_user(organization_id, **{"role": Role.OWNER, **values})


def a_number(organization_id: RootId, **values: object) -> PhoneNumber:
    """A phone number that nobody else has."""
    number = f"+9{randrange(10**13):013}"
    return _made(PhoneNumber, {**common_values(organization_id), "number": number, "provider": Provider.VAPI}, values)


def a_call(organization_id: RootId, **values: object) -> Call:
    """A call that nobody took, so that it needs no number."""
    given = {**common_values(organization_id), "status": CallStatus.MISSED, "started_at": NOW}
    return _made(Call, given, values)


def an_active_call(organization_id: RootId, number: PhoneNumber, **values: object) -> Call:
    """A call to a number that is going on."""
    return a_call(organization_id, status=CallStatus.ACTIVE, phone_number_id=number.id, **values)


def a_note(call: Call, user: User, **values: object) -> CallNote:
    """A note of a user on a call."""
    given = {**common_values(call.organization_id), "call_id": call.id, "user_id": user.id, "body": "Call back."}
    return _made(CallNote, given, values)


def an_item(organization_id: RootId, **values: object) -> KnowledgeItem:
    """A question that is answered."""
    texts = {"question": "When are you open?", "answer": "From nine to five.", "category": "hours"}
    return _made(KnowledgeItem, {**common_values(organization_id), **texts}, values)


def a_subscription(organization_id: RootId, **values: object) -> Subscription:
    """A subscription for a month."""
    period = {"current_period_start": NOW, "current_period_end": NOW + timedelta(days=30)}
    given = {**common_values(organization_id), "plan": "starter", "status": SubscriptionStatus.ACTIVE, **period}
    return _made(Subscription, given, values)


def an_invoice(organization_id: RootId, **values: object) -> Invoice:
    """A draft of an invoice for a month."""
    given = {**common_values(organization_id), "number": f"I-{IDS.new()}", "amount_minor": 4900, "currency": "EUR"}
    return _made(Invoice, {**given, "period_start": NOW, "period_end": NOW + timedelta(days=30)}, values)


def a_folder(organization_id: RootId, **values: object) -> Folder:
    """A folder on the top level, with a name of its own, which follows from the id."""
    return cast("Folder", FILES.a_folder(organization_id, **values))


def a_document(organization_id: RootId, folder_id: FolderId, **values: object) -> Document:
    """A draft in a folder."""
    return cast("Document", FILES.a_document(organization_id, folder_id, **values))


def a_stamp(organization_id: RootId, document_id: DocumentId, **values: object) -> Stamp:
    """A stamp on a document."""
    return cast("Stamp", FILES.a_stamp(organization_id, document_id, **values))


def a_booking(organization_id: RootId, **values: object) -> Booking:
    """A booking of a room for one hour, from now on."""
    return cast("Booking", BOOKINGS.a_booking(organization_id, **values))


def _made(entity: Callable[..., T], given: Mapping[str, object], values: Mapping[str, object]) -> T:
    return entity(**{**given, **values})


async def created(store: Store, *users: User, seconds: float | None = None, **values: object) -> Organization:
    """An organization that is committed, with these users; with one owner if there are none."""
    team = cast("tuple[Member, ...]", users)
    return cast("Organization", await TEAM.created(store, *team, seconds=seconds, **values))


async def members(store: Store, organization_id: OrganizationId) -> tuple[User, ...]:
    """All users of an organization as they are committed, deleted ones too."""
    return cast("tuple[User, ...]", await TEAM.members(store, organization_id))


async def assert_untouched(store: Store, organization_id: OrganizationId) -> None:
    """That an organization is as `created` left it, and that its lock is free."""
    await TEAM.assert_untouched(store, organization_id)

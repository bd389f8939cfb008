"""What random programs speak of: numbers, calls, notes, knowledge, billing, and what becomes of an organization."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import attrs

from gapless.domain.calls import Call, CallId, CallNote, CallStatus, Handler
from gapless.domain.invoices import Invoice, InvoiceStatus
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.subscriptions import Subscription, SubscriptionStatus
from gapless.domain.users import Role, User
from gapless.kit.audit import Erasure
from gapless.kit.columns import BigInteger
from gapless.kit.ids import UserId
from gapless.kit.model import Validated
from gapless.testing.differential.conditions import Condition
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.programs import USUAL
from gapless.testing.differential.vocabulary import OWN, TAKEN, Vocabulary, numbered
from tests.programs.small_organizations import small_organization
from tests.voice.hosted import HOSTED
from tests.voice.rows import (
    NOW,
    a_call,
    a_note,
    a_number,
    a_subscription,
    a_user,
    an_erasure,
    an_invoice,
    an_item,
    an_organization,
    an_owner,
)

USERS, NUMBERS, CALLS, NOTES, ITEMS, SUBSCRIPTIONS, INVOICES, ERASURES = (
    numbered(kind + 1, places) for kind, places in enumerate((3, 3, 4, 3, 2, 2, 2, 2))
)
LATER, EARLIER = NOW + timedelta(days=1), NOW - timedelta(days=1)
GONE: dict[str, object] = {"is_deleted": True, "deleted_at": NOW}
BACK: dict[str, object] = {"is_deleted": False, "deleted_at": None}


def size(number: int) -> BigInteger:
    """An amount in eight bytes."""
    return BigInteger(number)


CHOICES: dict[type[Validated], dict[str, list[object]]] = {
    User: {"role": [Role.OWNER, Role.ADMIN], "is_active": [True, True, False], "last_seen_at": [None, NOW]},
    Organization: {
        "call_minutes_quota": [0, 3, 9],
        "used_minutes": [*[0, 3, 4] * 3, -1],
        "phone_numbers_quota": [0, 1, 2, 9],
        "storage_quota": [size(0), size(10), size(20)],
        "used_storage": [size(0), size(9), size(10), size(11), size(20)],
        "quota_warning_80_sent": [True, False],
        "name": ["Acme", "Umbrella"],
    },
    PhoneNumber: {
        "number": [OWN, OWN, TAKEN, "12"],
        "provider": [Provider.VAPI, Provider.TWILIO],
        "display_name": [*[None, "Front desk"] * 4, "x" * 51],
        "forwarding_number": [*[None, "+74950000000"] * 4, "+0"],
    },
    Call: {
        "phone_number_id": [None, *NUMBERS[:2], *NUMBERS],
        "status": [CallStatus.ACTIVE, CallStatus.ACTIVE, *CallStatus],
        "ended_at": [None, LATER, LATER, EARLIER],
        "caller_number": [*[None, "+998901234567"] * 4, "+1"],
        "caller_text": [*[None] * 8, "anonymous"],
        "duration_seconds": [*[None, 0, 61] * 4, -1],
        "outcome": [*[None, "booked"] * 4, "x" * 51],
        "handled_by": [Handler.AI, Handler.HUMAN, Handler.HUMAN],
        "handled_by_user_id": [None, None, *USERS],
        "ai_confidence": [*[None, 0, 100] * 4, 101],
        "call_quality": [*[None, 1, 5] * 4, 0],
    },
    CallNote: {"call_id": [*CALLS], "user_id": [*USERS[:2], *USERS], "body": [*["Call back.", "ё" * 5000] * 4, ""]},
    KnowledgeItem: {
        "question": [*["When are you open?", "Сколько это стоит?"] * 4, "Why?"],
        "category": [*["hours", "prices"] * 4, ""],
        "is_active": [True, False],
        "usage_count": [*[0, 1, 7] * 4, -1],
        "last_used_at": [None, NOW],
    },
    Subscription: {
        "plan": [*["starter", "team"] * 4, ""],
        "status": [*SubscriptionStatus],
        "retry_count": [*[0, 1, 3] * 4, -1],
        "current_period_end": [LATER, NOW],
        "scheduled_plan": [None, "starter"],
        "scheduled_users_to_deactivate": [None, (), tuple(map(UserId, USERS))],
    },
    Invoice: {
        "number": ["I-1", "I-2"],
        "amount_minor": [*[size(0), size(2**53 - 1)] * 4, size(-1)],
        "currency": [*["EUR", "UZS"] * 4, "eur"],
        "status": [InvoiceStatus.DRAFT, InvoiceStatus.OPEN, InvoiceStatus.VOID, InvoiceStatus.PAID],
    },
    Erasure: {"reason": ["asked for", ""]},
}
TOGETHER: dict[type[Validated], list[dict[str, object]]] = {
    User: [GONE, BACK],
    Organization: [GONE, GONE, BACK, BACK, {"used_storage": size(11), "storage_quota": size(11)}],
    Call: [
        {"status": CallStatus.ACTIVE, "ended_at": None, "phone_number_id": NUMBERS[0]},
        {"status": CallStatus.ACTIVE, "ended_at": None, "phone_number_id": NUMBERS[1]},
        {"status": CallStatus.COMPLETED, "ended_at": LATER},
        {"handled_by": Handler.HUMAN, "handled_by_user_id": USERS[1]},
    ],
    KnowledgeItem: [GONE, BACK],
    Subscription: [{"scheduled_plan": "starter", "scheduled_users_to_deactivate": (UserId(USERS[0]),)}],
    Invoice: [{"status": InvoiceStatus.PAID, "paid_at": LATER}, {"status": InvoiceStatus.OPEN, "paid_at": None}],
}


def prepared(home: UUID) -> Sequence[Validated]:
    """An owner and a member; a number, with a call that the member handled and noted something on; an item."""
    owner, member = an_owner(home, id=USERS[0], email="a@acme.org"), a_user(home, id=USERS[1], email="b@acme.org")
    number = fresh_number(home, NUMBERS[0], 0)
    call = a_call(home, id=CALLS[0], phone_number_id=number.id, handled_by=Handler.HUMAN, handled_by_user_id=member.id)
    rows = (owner, member, number, call, a_note(call, member, id=NOTES[0]), an_item(home, id=ITEMS[0]))
    return small_organization(home), *rows


def fresh_number(home: UUID, own: UUID, place: int) -> PhoneNumber:
    """A number that follows from the organization and the place, so that no program meets another."""
    return a_number(home, id=own, number=f"+1{home.int % 10**12:012}{place}")


def fresh_note(home: UUID, own: UUID, _: int) -> CallNote:
    """A note of the owner on the first call."""
    note = a_note(a_call(home, id=CALLS[0]), a_user(home, id=USERS[0]), id=own)
    return attrs.evolve(note, call_id=CallId(CALLS[0]))


BREAKING = (
    Operation("put", Call, 1, TOGETHER[Call][0]),
    Operation("put", Call, 1, TOGETHER[Call][0]),
    Operation("put", Call, 2, TOGETHER[Call][1]),
    Operation("update_where", Call, values={"status": CallStatus.ACTIVE}, where=Condition("==", "created_at", NOW)),
    Operation("update_where", Call, values=TOGETHER[Call][2], where=Condition("==", "created_at", NOW)),
    Operation("save", Organization, values=GONE),
    Operation("save", Organization, values=BACK),
    Operation("save", Organization, values={"used_minutes": 3, "call_minutes_quota": 3}),
    Operation("save_unaudited", Organization, values={"used_storage": size(11)}),
    Operation("save_unaudited", Organization, values={"used_minutes": 4}),
    Operation("save", Organization, values={"phone_numbers_quota": 1}),
    Operation("put", PhoneNumber, 1),
    Operation("put", PhoneNumber, 2),
    Operation("remove", PhoneNumber, 0),
    Operation("remove", User, 1),
    Operation("remove", User, 0),
    Operation("remove", Call, 0),
    Operation("delete_where", Call, where=Condition("==", "created_at", NOW)),
    Operation("delete_where", Invoice, where=Condition("==", "created_at", NOW)),
    Operation("remove", Organization),
    Operation("put", Erasure),
    Operation("put", Subscription),
)

ANY = Condition("==", "created_at", NOW)
LEAVING = (
    Operation("delete_where", Call, where=ANY),
    Operation("delete_where", Invoice, where=ANY),
)
ENDINGS = (
    (*LEAVING, Operation("remove", Organization)),
    (*LEAVING, Operation("put", Erasure), Operation("remove", Organization)),
    (*LEAVING, Operation("delete_where", Organization, where=ANY, include_deleted=True)),
    (
        Operation("save", Organization, values={"used_minutes": 3, "call_minutes_quota": 3}),
        Operation("put", Call, 0, TOGETHER[Call][0]),
    ),
)

SERVICE = Vocabulary(
    catalogue=HOSTED,
    choices=CHOICES,
    together=TOGETHER,
    places={
        User: USERS,
        PhoneNumber: NUMBERS,
        Call: CALLS,
        CallNote: NOTES,
        KnowledgeItem: ITEMS,
        Subscription: SUBSCRIPTIONS,
        Invoice: INVOICES,
        Erasure: ERASURES,
    },
    ordered={
        User: ["name", "last_seen_at"],
        Organization: ["name", "used_minutes"],
        PhoneNumber: ["number", "display_name", "forwarding_number"],
        Call: ["started_at", "outcome", "duration_seconds", "handled_by_user_id"],
        CallNote: ["call_id", "body"],
        KnowledgeItem: ["usage_count", "last_used_at", "question"],
        Subscription: ["current_period_end", "scheduled_plan"],
        Invoice: ["amount_minor", "number"],
        Erasure: ["reason"],
    },
    fresh={
        User: lambda home, own, place: a_user(home, id=own, email=f"{place}@acme.org"),
        Organization: lambda home, _, __: an_organization(id=home, slug=f"fresh-{home.hex}"),
        PhoneNumber: fresh_number,
        Call: lambda home, own, _: a_call(home, id=own),
        CallNote: fresh_note,
        KnowledgeItem: lambda home, own, _: an_item(home, id=own),
        Subscription: lambda home, own, _: a_subscription(home, id=own),
        Invoice: lambda home, own, place: an_invoice(home, id=own, number=f"I-{place}"),
        Erasure: lambda home, own, _: an_erasure(home, id=own),
    },
    prepared=prepared,
    weights=(
        *(Call,) * 5,
        *(Organization, PhoneNumber) * 2,
        *(User, CallNote, KnowledgeItem, Subscription, Invoice, Erasure),
    ),
    kinds={
        User: [*USUAL, "save_unaudited"],
        KnowledgeItem: [*USUAL, *["save_unaudited"] * 3],
        Organization: ["save"] * 8 + ["undo", "update_where", "get", "remove"] + ["save_unaudited"] * 4,
        Erasure: ["add", "add", "add", "remove", "delete_where", "find"],  # which never changes
    },
    breaking=BREAKING,
    endings=ENDINGS,
)

"""An entity with a column of every type, and valid rows of the real ones."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.domain.calls import CallStatus, Handler
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import Provider
from gapless.domain.subscriptions import SubscriptionStatus
from gapless.domain.users import Role
from gapless.kit import Check, Entity, Rule, between, length, matches, nullable, rules_of
from gapless.kit.audit import ActorKind
from gapless.kit.columns import EARLIEST, LATEST, BigInteger, Column, ColumnType, Digits
from gapless.kit.json_object import JsonObject

NOTHING = BigInteger(0)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


class Colour(enum.Enum):
    """Members whose texts differ from their names."""

    RED = "r"
    GREEN = "g"
    BLUE = "b"


@attrs.frozen(kw_only=True, slots=True)
class Sample(Entity):
    """A column of every type, one that is required and one that is not. Some names are those of generated code."""

    organization_id: OrganizationId
    id: UUID
    text: str
    text_or_none: str | None = None
    o: int
    o_or_none: int | None = None
    c0: BigInteger = NOTHING
    c0_or_none: BigInteger | None = None
    d0: Annotated[Decimal, Digits(precision=4, scale=2)] = Decimal(0)
    d0_or_none: Annotated[Decimal, Digits(precision=4, scale=2)] | None = None
    active: bool
    active_or_none: bool | None = None
    at: datetime
    at_or_none: datetime | None = None
    colour: Colour
    colour_or_none: Colour | None = None
    document: JsonObject
    document_or_none: JsonObject | None = None
    other: UUID
    other_or_none: UUID | None = None
    others: tuple[UUID, ...] = ()
    others_or_none: tuple[UUID, ...] | None = None
    version: int = 0


@rules_of(Sample, "samples", belongs_to=lambda sample: sample.organization_id)
def sample_rules(sample: Sample) -> Iterator[Rule]:
    """A check on every kind of operand."""
    yield Check("samples_text_length", "A text has 2 to 5 characters.", between(length(sample.text), 2, 5))
    yield Check("samples_text_form", "A text is a word.", matches(nullable(sample.text_or_none), "[a-z][a-z0-9]*"))
    yield Check("samples_o_positive", "A number is positive.", sample.o > 0)
    yield Check("samples_o_least", "The other number is no less.", nullable(sample.o_or_none) >= sample.o)
    yield Check("a_colour_not_red", "The colour is not red.", sample.colour != Colour.RED)


ROW: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=2),
    "text": "abc",
    "o": 1,
    "active": True,
    "at": NOON,
    "colour": Colour.GREEN,
    "document": JsonObject({"a": [1, None]}),
    "other": UUID(int=3),
}
ORGANIZATION: dict[str, Any] = {
    "id": UUID(int=1),
    "created_at": NOON,
    "name": "Acme",
    "slug": "acme",
    "call_minutes_quota": 100,
    "team_members_quota": 3,
    "phone_numbers_quota": 1,
    "storage_quota": 2**40,
}
USER: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=2),
    "created_at": NOON,
    "email": "ann@acme.example",
    "name": "Ann",
    "role": Role.OWNER,
}
AUDIT_RECORD: dict[str, Any] = {
    "root_id": UUID(int=1),
    "id": UUID(int=4),
    "created_at": NOON,
    "actor_kind": ActorKind.SYSTEM,
    "job": "purge",
    "action": "user.renamed",
    "resource_type": "user",
    "resource_id": str(UUID(int=2)),
}
PHONE_NUMBER: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=5),
    "created_at": NOON,
    "number": "+998901234567",
    "provider": Provider.VAPI,
}
CALL: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=6),
    "created_at": NOON,
    "phone_number_id": UUID(int=5),
    "status": CallStatus.COMPLETED,
    "started_at": NOON,
    "ended_at": LATER,
    "handled_by": Handler.HUMAN,
    "handled_by_user_id": UUID(int=2),
}
NOTE: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=7),
    "created_at": NOON,
    "call_id": UUID(int=6),
    "user_id": UUID(int=2),
    "body": "Calls back.",
}
KNOWLEDGE_ITEM: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=8),
    "created_at": NOON,
    "question": "When are you open?",
    "answer": "From nine to five.",
    "category": "hours",
}
SUBSCRIPTION: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=9),
    "created_at": NOON,
    "plan": "starter",
    "status": SubscriptionStatus.ACTIVE,
    "current_period_start": NOON,
    "current_period_end": LATER,
}
INVOICE: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=10),
    "created_at": NOON,
    "number": "2026-1",
    "amount_minor": 4900,
    "currency": "USD",
    "period_start": NOON,
    "period_end": LATER,
}
ERASURE: dict[str, Any] = {
    "root_id": UUID(int=1),
    "id": UUID(int=11),
    "created_at": NOON,
    "reason": "Asked for.",
}
EVENT: dict[str, Any] = {
    "root_id": UUID(int=1),
    "id": UUID(int=12),
    "created_at": NOON,
    "kind": "sessions.revoke",
    "payload": JsonObject({}),
    "due_at": NOON,
}
COMMAND: dict[str, Any] = {
    "root_id": UUID(int=1),
    "kind": "payment.failed",
    "key": "event-1",
    "created_at": NOON,
    "result": JsonObject({}),
}


def representable(column: Column) -> st.SearchStrategy[object]:
    """Values that a column keeps, the ends of its range among them."""
    values: dict[ColumnType, st.SearchStrategy[object]] = {
        ColumnType.TEXT: st.sampled_from(["", "a", "ab", "b", "é😀", "r"]),
        ColumnType.ENUMERATION: st.sampled_from(list(column.enumeration or [])),
        ColumnType.INTEGER: st.sampled_from([-(2**31), -1, 0, 1, 2, 2**31 - 1]),
        ColumnType.BIG_INTEGER: st.sampled_from([-(2**63), -1, 0, 1, 2**63 - 1]),
        ColumnType.DECIMAL: st.sampled_from([Decimal(text) for text in ("-99.99", "-0.01", "0.00", "0.01", "99.99")]),
        ColumnType.BOOLEAN: st.booleans(),
        ColumnType.UUID: st.sampled_from([UUID(int=number) for number in (0, 1, 2)]),
        ColumnType.KEY: st.sampled_from([UUID(int=0), -1, 2**63 - 1, "", "é😀"]),
        ColumnType.UUIDS: st.sampled_from([(), (UUID(int=1),), (UUID(int=2), UUID(int=1))]),
        ColumnType.TIME: st.sampled_from([EARLIEST, NOON, NOON.replace(microsecond=1), LATEST]),
        ColumnType.JSON: st.sampled_from([JsonObject({}), JsonObject({"a": 1}), JsonObject({"a": 1.0})]),
    }
    return values[column.type] | st.none() if column.nullable else values[column.type]

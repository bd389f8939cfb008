"""The phone number: where an organization can be called, at a provider."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

import attrs

from gapless.domain.organizations import Organization, OrganizationId, live_organization
from gapless.domain.values import E164, E164_PATTERN
from gapless.kit import (
    AtMost,
    AuditedEntity,
    Check,
    EnumMember,
    OnDelete,
    OnSoftDelete,
    Reference,
    Rule,
    Unique,
    impersonal,
    is_blank,
    length,
    matches,
    negate,
    nullable,
    personal,
    row,
    rules_of,
    seed,
)
from gapless.kit.json_object import Json

PhoneNumberId = NewType("PhoneNumberId", UUID)


class Provider(enum.Enum):
    """Who carries the calls of a number."""

    VAPI = "vapi"
    TWILIO = "twilio"


@attrs.frozen(kw_only=True, slots=True)
class PhoneNumber(AuditedEntity):
    """A number at which an organization is called; no two organizations have the same number.

    Attributes:
        is_released: whether the organization has given the number up. No reading gives such a row: it stays only until
            a cleanup has unlinked its calls.
    """

    organization_id: OrganizationId
    id: PhoneNumberId
    created_at: datetime
    number: E164 = impersonal()
    provider: Provider
    display_name: str | None = impersonal(default=None)
    forwarding_number: E164 | None = personal(default=None)
    is_released: bool = False
    version: int = 0

    def labelled(self, display_name: str | None) -> PhoneNumber:
        """The number with another name for people, or without a name."""
        return attrs.evolve(self, display_name=display_name)

    def forwarded(self, forwarding_number: E164 | None) -> PhoneNumber:
        """The number with its calls forwarded to another number, or not forwarded."""
        return attrs.evolve(self, forwarding_number=forwarding_number)

    def released(self) -> PhoneNumber:
        """The number, given up for good."""
        return attrs.evolve(self, is_released=True)


@attrs.frozen(kw_only=True)
class PhoneNumberReleased:
    """A number was released: it has to be given back to its provider."""

    kind: ClassVar[str] = "phone_number.released"
    number: E164
    provider: Provider

    def payload(self) -> dict[str, Json]:
        """The number, and who carries its calls."""
        return {"number": self.number, "provider": Provider(self.provider).value}


def _form_rules(phone_number: PhoneNumber) -> Iterator[Rule]:
    yield Check(
        "check_number_format",
        "A number has the form of E.164: a plus sign and 2 to 15 digits, the first of them not zero.",
        matches(phone_number.number, E164_PATTERN),
        source=seed("GAP-180"),
    )
    yield EnumMember(
        "check_provider", "The provider is one of vapi, twilio.", phone_number.provider, source=seed("GAP-181")
    )
    yield Check(
        "check_display_name_length",
        "The name of a number has at most 50 characters.",
        length(nullable(phone_number.display_name)) <= 50,
        source=seed("GAP-182"),
    )
    yield Check(
        "phone_numbers_display_name_not_blank",
        "The name of a number has at least one character that can be seen; a number without a name has null.",
        negate(is_blank(nullable(phone_number.display_name))),
    )
    yield Check(
        "check_forwarding_format",
        "The number to forward to has the form of E.164.",
        matches(nullable(phone_number.forwarding_number), E164_PATTERN),
        source=seed("GAP-183"),
    )


@rules_of(
    PhoneNumber,
    "phone_numbers",
    belongs_to=lambda phone_number: phone_number.organization_id,
    released=lambda phone_number: phone_number.is_released,
    origin="gapless",
)
def phone_number_rules(phone_number: PhoneNumber) -> Iterator[Rule]:
    """What holds for every phone number, and for those of an organization together."""
    yield from _form_rules(phone_number)
    yield Unique(
        "phone_numbers_number_unique",
        "This number is taken: your organization, or another one, has it already.",
        phone_number.number,
    )
    home = Reference(
        "phone_numbers_organization_id_fkey",
        "A phone number belongs to an organization that is there.",
        phone_number.organization_id,
        Organization,
        OnDelete.CASCADE,
        on_soft_delete=OnSoftDelete.REMOVE,
        source=seed("GAP-204"),
    )
    yield home
    yield live_organization(home)
    yield AtMost(
        "phone_numbers_quota",
        "The organization has all the phone numbers that its plan allows.",
        home,
        of=True,
        limit=row(Organization).phone_numbers_quota,
    )

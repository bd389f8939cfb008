"""The organization: the tenant to which everything else belongs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless.domain.plans import PlanLimits
from gapless.domain.values import (
    EMAIL_PATTERN,
    GREATEST_EMAIL_LENGTH,
    GREATEST_SLUG_LENGTH,
    SLUG_PATTERN,
    Bytes,
    EmailAddress,
    Slug,
)
from gapless.kit import (
    AdmissionGuard,
    AuditedEntity,
    Check,
    Index,
    Reference,
    Rule,
    Transition,
    Unique,
    any_of,
    between,
    impersonal,
    is_blank,
    is_visible,
    length,
    matches,
    negate,
    nullable,
    one_of,
    personal,
    predicate,
    previous,
    row,
    rules_of,
    seed,
)
from gapless.kit.columns import BigInteger, subject
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.json_object import GREATEST_INTEGER
from gapless.kit.soft_deletion import soft_deletion_rules

RESERVED_SLUGS = tuple(
    "admin api www support billing status help docs blog mail"
    " ftp localhost dashboard app auth login signup register".split()
)
NOTHING = Bytes(BigInteger(0))
OrganizationId = NewType("OrganizationId", UUID)


@attrs.frozen(kw_only=True, slots=True)
class Organization(AuditedEntity):
    """A tenant: its name, what it may use (quotas: minutes, seats, numbers, bytes) and what it has used.

    Attributes:
        quota_warning_80_sent, quota_warning_90_sent, quota_warning_100_sent: whether a warning was sent that the
            minutes reached this percentage of their quota.
        storage_warning_80_sent, storage_warning_90_sent, storage_warning_100_sent: the same for the storage.
    """

    id: OrganizationId
    created_at: datetime
    name: str = impersonal()
    slug: Slug = impersonal()
    billing_email: EmailAddress | None = personal(default=None)
    call_minutes_quota: int
    team_members_quota: int
    phone_numbers_quota: int
    storage_quota: Bytes
    used_minutes: int = 0
    used_storage: Bytes = NOTHING
    quota_warning_80_sent: bool = False
    quota_warning_90_sent: bool = False
    quota_warning_100_sent: bool = False
    storage_warning_80_sent: bool = False
    storage_warning_90_sent: bool = False
    storage_warning_100_sent: bool = False
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0

    @predicate
    def is_live(self) -> bool:
        """Whether the organization is not deleted."""
        return negate(self.is_deleted)

    @predicate
    def has_minutes_left(self) -> bool:
        """Whether minutes of the quota are left, so that a call may start."""
        return self.used_minutes < self.call_minutes_quota

    @property
    def quotas(self) -> PlanLimits:
        """What it may use: the limits that its plan had when it took the plan, or quotas that the host gave it."""
        return PlanLimits(
            call_minutes=self.call_minutes_quota,
            team_members=self.team_members_quota,
            phone_numbers=self.phone_numbers_quota,
            storage=self.storage_quota,
        )

    def renamed(self, name: str) -> Organization:
        """The organization under another name; its slug stays."""
        return attrs.evolve(self, name=name)

    def with_limits(self, limits: PlanLimits) -> Organization:
        """The organization with the quotas of a plan; usage beyond a quota stays, and only more usage is refused."""
        return attrs.evolve(
            self,
            call_minutes_quota=limits.call_minutes,
            team_members_quota=limits.team_members,
            phone_numbers_quota=limits.phone_numbers,
            storage_quota=limits.storage,
        )

    def billed_to(self, billing_email: EmailAddress | None) -> Organization:
        """The organization with another address for its invoices."""
        return attrs.evolve(self, billing_email=billing_email)

    def with_usage(self, *, minutes: int = 0, storage: int = 0) -> Organization:
        """The organization with so many more minutes and bytes used; a negative number of bytes makes it less."""
        return attrs.evolve(
            self,
            used_minutes=self.used_minutes + minutes,
            used_storage=Bytes(BigInteger(self.used_storage + storage)),
        )


def _slug_rules(organization: Organization) -> Iterator[Rule]:
    yield Check(
        "check_slug_format",
        "A slug is made of lower-case letters and digits, in words joined by single hyphens.",
        matches(organization.slug, SLUG_PATTERN),
        source=seed("GAP-177"),
    )
    yield Check(
        "check_slug_reserved",
        "This slug is reserved.",
        negate(one_of(organization.slug, *map(Slug, RESERVED_SLUGS))),
        source=seed("GAP-178"),
    )
    yield Check(
        "organizations_slug_length",
        f"A slug has at most {GREATEST_SLUG_LENGTH} characters.",
        length(organization.slug) <= GREATEST_SLUG_LENGTH,
    )
    yield Unique(
        "organizations_slug_unique",
        # The message is the same if a deleted organization has the slug, so that nobody learns who has left.
        "This slug is taken.",
        organization.slug,
    )


def _amount_rules(organization: Organization) -> Iterator[Rule]:
    numbers = {
        "call_minutes_quota": organization.call_minutes_quota,
        "team_members_quota": organization.team_members_quota,
        "phone_numbers_quota": organization.phone_numbers_quota,
        "used_minutes": organization.used_minutes,
    }
    for name, amount in numbers.items():
        yield Check(f"organizations_{name}_not_negative", f"{subject(name)} is not negative.", amount >= 0)
    # Audit records hold amounts as JSON numbers, which are exact within 2^53.
    for name, size in {"storage_quota": organization.storage_quota, "used_storage": organization.used_storage}.items():
        yield Check(
            f"organizations_{name}_range",
            f"{subject(name)} lies between 0 and 2^53 - 1 bytes.",
            between(size, NOTHING, Bytes(BigInteger(GREATEST_INTEGER))),
        )


def _storage_rule(organization: Organization) -> Rule:
    within = organization.used_storage <= organization.storage_quota
    return Transition(
        "storage_quota",
        "The storage of the organization is used up: free storage, or take a greater plan.",
        any_of(organization.used_storage <= previous(organization).used_storage, within),
        added=within,
    )


def live_organization(home: Reference, *, of: bool = True) -> AdmissionGuard:
    """The rule that no row enters a deleted organization, for a table that refers to organizations.

    Args:
        home: the reference of the table to its organization.
        of: which rows count as inside the organization. A row enters when it is added, and when a change makes it one
            of these rows, as a restore does.
    """
    live = row(Organization).is_live
    return AdmissionGuard(
        "live_organization",
        "The organization is deleted: nothing can be added to it.",
        home,
        live,
        of=of,
        added=True,
    )


@rules_of(
    Organization,
    "organizations",
    root=True,
    soft_deleted=lambda organization: organization.is_deleted,
    unaudited=lambda organization: (
        organization.used_minutes,
        organization.used_storage,
        organization.quota_warning_80_sent,
        organization.quota_warning_90_sent,
        organization.quota_warning_100_sent,
        organization.storage_warning_80_sent,
        organization.storage_warning_90_sent,
        organization.storage_warning_100_sent,
    ),
    origin="gapless",
)
def organization_rules(organization: Organization) -> Iterator[Rule]:
    """What holds for every organization."""
    yield Check(
        "check_org_name_length",
        "The name of an organization has 2 to 100 characters.",
        between(length(organization.name), 2, 100),
        source=seed("GAP-176"),
    )
    yield Check(
        "organizations_name_not_blank",
        "The name of an organization has at least one character that can be seen.",
        negate(is_blank(organization.name)),
    )
    yield from _slug_rules(organization)
    yield Check(
        "check_billing_email",
        "A billing address has the form something@domain.tld, without white space.",
        matches(nullable(organization.billing_email), EMAIL_PATTERN),
        source=seed("GAP-179"),
    )
    yield Check(
        "organizations_billing_email_length",
        f"A billing address has at most {GREATEST_EMAIL_LENGTH} characters.",
        length(nullable(organization.billing_email)) <= GREATEST_EMAIL_LENGTH,
    )
    yield Check(
        "organizations_billing_email_visible",
        "A billing address has no white space, no control character and no other character that can't be seen.",
        is_visible(nullable(organization.billing_email)),
    )
    yield from _amount_rules(organization)
    yield _storage_rule(organization)
    yield from soft_deletion_rules(organization, "organizations", seed("GAP-211"))
    yield Index("idx_organizations_deleted", "Finds what is deleted.", organization.is_deleted, source=seed("X-05"))

"""The user: a person in an organization, with a role."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime

import attrs

from gapless.domain.events import RevokeSessions
from gapless.domain.organizations import Organization, OrganizationId, live_organization
from gapless.domain.values import EMAIL_PATTERN, GREATEST_EMAIL_LENGTH, EmailAddress
from gapless.kit import (
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Check,
    EnumMember,
    Index,
    OnDelete,
    Reference,
    Rule,
    Source,
    Unique,
    all_of,
    between,
    is_blank,
    is_visible,
    length,
    matches,
    negate,
    nullable,
    personal,
    predicate,
    previous,
    row,
    rules_of,
    seed,
)
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.outbox import Event
from gapless.kit.soft_deletion import soft_deletion_rules
from gapless.kit.times import forward_rule, later


class Role(enum.Enum):
    """What a member may do, from the most rights to the least."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MANAGER = "MANAGER"
    OPERATOR = "OPERATOR"

    def is_above(self, other: Role) -> bool:
        """Whether this role ranks above the other."""
        return RANKS[self] < RANKS[other]


RANKS = {role: rank for rank, role in enumerate(Role)}


class Language(enum.Enum):
    """The languages that the service speaks (ISO 639-1)."""

    RUSSIAN = "ru"
    UZBEK = "uz"
    ENGLISH = "en"


@attrs.frozen(kw_only=True, slots=True)
class User(AuditedEntity):
    """A person in an organization. A user who is active and not deleted is a member, and takes a seat."""

    organization_id: OrganizationId
    id: UserId
    created_at: datetime
    email: EmailAddress = personal()
    name: str = personal()
    role: Role
    language: Language = Language.ENGLISH
    is_active: bool = True
    last_seen_at: datetime | None = None
    deactivated_at: datetime | None = None
    deactivation_reason: str | None = personal(default=None)
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0

    @predicate
    def is_live(self) -> bool:
        """Whether the user is not deleted."""
        return negate(self.is_deleted)

    @predicate
    def is_member(self) -> bool:
        """Whether the user takes a seat: active and not deleted."""
        return all_of(self.is_active, self.is_live)

    @predicate
    def is_owner(self) -> bool:
        """Whether the user is a member with the role of an owner."""
        return all_of(self.role == Role.OWNER, self.is_member)

    def renamed(self, name: str) -> User:
        """The user with another name."""
        return attrs.evolve(self, name=name)

    def with_role(self, role: Role) -> User:
        """The user with another role."""
        return attrs.evolve(self, role=role)

    def seen(self, at: datetime) -> User:
        """The user, last seen at this time (UTC); a later time that is there already, as of another clock, stays."""
        return attrs.evolve(self, last_seen_at=later(self.last_seen_at, at))

    def deactivated(self, at: datetime, reason: str | None) -> User:
        """The user without a seat, since this time (UTC) and for this reason."""
        return attrs.evolve(self, is_active=False, deactivated_at=at, deactivation_reason=reason)

    def reactivated(self) -> User:
        """The user with a seat again."""
        return attrs.evolve(self, is_active=True, deactivated_at=None, deactivation_reason=None)


def lost_rights(before: User, after: User) -> tuple[Event, ...]:
    """The events of a change of a user: their sessions end if they have fewer rights or no seat any more."""
    if before.role.is_above(Role(after.role)):
        return (RevokeSessions(user_id=after.id, reason="role_lowered"),)
    if before.is_member and not after.is_member:
        return (RevokeSessions(user_id=after.id, reason="member_left"),)
    return ()


def _email_rules(user: User) -> Iterator[Rule]:
    yield Check(
        "check_email_length",
        f"An address has at most {GREATEST_EMAIL_LENGTH} characters.",
        length(user.email) <= GREATEST_EMAIL_LENGTH,
        source=seed("GAP-172"),
    )
    yield Check(
        "check_email_format",
        "An address has the form something@domain.tld, without white space.",
        matches(user.email, EMAIL_PATTERN),
        source=Source("GAP-175", "gapless"),
    )
    yield Check(
        "users_email_lowercase",
        "The letters A to Z of an address are in lower case.",
        matches(user.email, "[^A-Z]*"),
    )
    yield Check(
        "users_email_visible",
        "An address has no white space, no control character and no other character that can't be seen.",
        is_visible(user.email),
    )
    yield Unique(
        "users_email_unique",
        "Another member of the organization has this address.",
        (user.organization_id, user.email),
        where=user.is_live,
    )


def _text_rules(user: User) -> Iterator[Rule]:
    yield Check(
        "check_name_length",
        "A name has 2 to 100 characters.",
        between(length(user.name), 2, 100),
        source=seed("GAP-173"),
    )
    yield Check(
        "users_name_not_blank",
        "A name has at least one character that can be seen.",
        negate(is_blank(user.name)),
    )
    yield EnumMember("check_language", "The language is one of ru, uz, en.", user.language, source=seed("GAP-174"))
    yield Check(
        "users_deactivation_reason_length",
        "A reason has at most 500 characters.",
        length(nullable(user.deactivation_reason)) <= 500,
    )


def _team_rules(home: Reference, user: User) -> Iterator[Rule]:
    organization = row(Organization)
    yield live_organization(home, of=user.is_live)
    yield AtLeastOne(
        "last_owner",
        "An organization keeps at least one owner who is active.",
        home,
        of=user.is_owner,
        while_parent=organization.is_live,
    )
    yield AtMost(
        "team_members_quota",
        "All seats of the organization are taken.",
        home,
        of=user.is_member,
        limit=organization.team_members_quota,
    )


def _indexes(user: User) -> Iterator[Rule]:
    yield Index(
        "idx_users_organization_role",
        "Finds members by role.",
        (user.organization_id, user.role),
        source=seed("GAP-192"),
    )
    yield Index(
        "idx_users_last_seen",
        "Finds active users by when they were last seen.",
        user.last_seen_at,
        where=user.is_active,
        source=seed("GAP-193"),
    )
    yield Index(
        "idx_users_deleted", "Finds deleted users.", (user.is_deleted, user.organization_id), source=seed("X-04")
    )


@rules_of(
    User,
    "users",
    belongs_to=lambda user: user.organization_id,
    soft_deleted=lambda user: user.is_deleted,
    unaudited=lambda user: user.last_seen_at,
    origin="gapless",
)
def user_rules(user: User) -> Iterator[Rule]:
    """What holds for every user, and for the users of an organization together."""
    yield from _email_rules(user)
    yield from _text_rules(user)
    yield from soft_deletion_rules(user, "users", seed("GAP-210"))
    home = Reference(
        "users_organization_id_fkey",
        "A user belongs to an organization that is there.",
        user.organization_id,
        Organization,
        OnDelete.CASCADE,
        source=seed("GAP-202"),
    )
    yield home
    yield from _team_rules(home, user)
    yield forward_rule("users", "last_seen_at", nullable(user.last_seen_at) >= nullable(previous(user).last_seen_at))
    yield from _indexes(user)

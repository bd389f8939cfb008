"""The members of a workspace: people with a role and a seat, who can be soft-deleted."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import attrs

from gapless.kit import (
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Check,
    Names,
    OnDelete,
    Reference,
    Rule,
    Unique,
    all_of,
    between,
    camel_case,
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
)
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.soft_deletion import soft_deletion_rules
from gapless.kit.times import forward_rule, later
from gapless.testing.laws.workspaces import Workspace, live_workspace


class MemberRole(enum.Enum):
    """What a member may do."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    OPERATOR = "OPERATOR"


@attrs.frozen(kw_only=True, slots=True)
class Member(AuditedEntity):
    """A person in a workspace. A member who is active and not deleted takes a seat."""

    organization_id: UUID
    id: UserId
    created_at: datetime
    email: str = personal()
    name: str = personal()
    role: MemberRole
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
        """Whether the member is not deleted."""
        return negate(self.is_deleted)

    @predicate
    def is_member(self) -> bool:
        """Whether the member takes a seat."""
        return all_of(self.is_active, self.is_live)

    @predicate
    def is_owner(self) -> bool:
        """Whether the member takes a seat and is an owner."""
        return all_of(self.role == MemberRole.OWNER, self.is_member)

    def renamed(self, name: str) -> Member:
        """The member with another name."""
        return attrs.evolve(self, name=name)

    def with_role(self, role: MemberRole) -> Member:
        """The member with another role."""
        return attrs.evolve(self, role=role)

    def seen(self, at: datetime) -> Member:
        """The member, last seen at this time (UTC); a later time that is there already stays."""
        return attrs.evolve(self, last_seen_at=later(self.last_seen_at, at))

    def deactivated(self, at: datetime, reason: str | None) -> Member:
        """The member without a seat, since this time (UTC) and for this reason."""
        return attrs.evolve(self, is_active=False, deactivated_at=at, deactivation_reason=reason)

    def reactivated(self) -> Member:
        """The member with a seat again."""
        return attrs.evolve(self, is_active=True, deactivated_at=None, deactivation_reason=None)


def _email_rules(member: Member) -> Iterator[Rule]:
    yield Check("members_email_length", "An address has at most 254 characters.", length(member.email) <= 254)
    yield Check("members_email_form", "An address has an @.", matches(member.email, "[^@]+@[^@]+"))
    yield Check("members_email_lowercase", "An address is in lower case.", matches(member.email, "[^A-Z]*"))
    yield Check("members_email_visible", "Each character of an address can be seen.", is_visible(member.email))
    yield Unique(
        "members_email_unique",
        "Another member has this address.",
        (member.organization_id, member.email),
        where=member.is_live,
    )


@rules_of(
    Member,
    "members",
    belongs_to=lambda member: member.organization_id,
    soft_deleted=lambda member: member.is_deleted,
    unaudited=lambda member: member.last_seen_at,
    names=Names("Member", camel_case),
)
def member_rules(member: Member) -> Iterator[Rule]:
    """What holds for every member, and for the members of a workspace together."""
    workspace = row(Workspace)
    yield from _email_rules(member)
    yield Check("members_name_length", "A name has 2 to 100 characters.", between(length(member.name), 2, 100))
    yield Check("members_name_not_blank", "A name has a character that can be seen.", negate(is_blank(member.name)))
    yield Check(
        "members_reason_length",
        "A reason has at most 500 characters.",
        length(nullable(member.deactivation_reason)) <= 500,
    )
    yield from soft_deletion_rules(member, "members")
    home = Reference(
        "members_organization_id_fkey",
        "A member belongs to a workspace that is there.",
        member.organization_id,
        Workspace,
        OnDelete.CASCADE,
    )
    yield home
    yield live_workspace(home, of=member.is_live)
    yield AtLeastOne(
        "members_one_owner",
        "A workspace keeps at least one owner who is active.",
        home,
        of=member.is_owner,
        while_parent=workspace.is_live,
    )
    yield AtMost(
        "members_seats",
        "All seats of the workspace are taken.",
        home,
        of=member.is_member,
        limit=workspace.team_members_quota,
    )
    yield forward_rule(
        "members", "last_seen_at", nullable(member.last_seen_at) >= nullable(previous(member).last_seen_at)
    )

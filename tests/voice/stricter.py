"""The voice service with rules that its host has added to its entities: one of each kind that can be added."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    AuditRecord,
    Check,
    Entity,
    Exclusion,
    Index,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    adds_rules_to,
    between,
    length,
    matches,
    negate,
    previous,
    reference_of,
    row,
    rules_of,
    supplement,
)


@attrs.frozen(kw_only=True, slots=True)
class Outcome(Entity):
    """What may come of a call, in the organization's own words."""

    organization_id: OrganizationId
    name: str
    version: int = 0


@rules_of(Outcome, "outcomes", belongs_to=lambda outcome: outcome.organization_id, key=("organization_id", "name"))
def outcome_rules(outcome: Outcome) -> Iterator[Rule]:
    """A name is short."""
    yield Check("outcomes_name_length", "A name has 1 to 50 characters.", between(length(outcome.name), 1, 50))
    home = outcome.organization_id
    yield Reference("outcomes_organization_fkey", "It is of one.", home, Organization, OnDelete.CASCADE)


@attrs.frozen(kw_only=True, slots=True)
class Settings(Entity):
    """What an organization may have of its own, one to one with it; without a row it is what is declared here."""

    organization_id: OrganizationId
    most_drafts: int = 2
    version: int = 0


@rules_of(Settings, "settings", belongs_to=lambda settings: settings.organization_id, key=("organization_id",))
def settings_rules(settings: Settings) -> Iterator[Rule]:
    """A limit is small."""
    yield Check("settings_most_drafts_range", "It is 0 to 20.", between(settings.most_drafts, 0, 20))
    home = settings.organization_id
    yield Reference("settings_organization_fkey", "It is of one.", home, Organization, OnDelete.CASCADE)


HOME = reference_of(KnowledgeItem, "knowledge_items_organization_id_fkey")


@adds_rules_to(KnowledgeItem)
def item_rules(item: KnowledgeItem) -> Iterator[Rule]:
    """A limit, a guard, a check, a change and an index."""
    organization = row(Organization)
    yield AtMost("items_most", "Three items are active.", HOME, of=item.is_active, limit=3)
    drafts = negate(item.is_active)
    yield AtMost("items_drafts", "No more drafts.", HOME, of=drafts, limit=supplement(Settings).most_drafts)
    yield AtMost("items_of_team", "No more than seats.", HOME, of=item.is_live, limit=organization.team_members_quota)
    yield AdmissionGuard("items_named", "Its name is no test.", HOME, organization.name != "Closed")
    yield Check("knowledge_items_question_asks", "A question asks.", matches(item.question, "[ -~]+[?]"))
    yield Transition("items_category_kept", "A category stays.", item.category == previous(item).category)
    yield Index("idx_knowledge_items_newest", "Finds the newest.", (item.organization_id, item.created_at))


@adds_rules_to(User, origin="office")
def member_rules(user: User) -> Iterator[Rule]:
    """A unique name, a length of it, and a reference by a field that is there."""
    yield Check("users_name_short", "A name has 2 to 30 characters.", length(user.name) <= 30)
    yield Unique("users_name_unique", "Another has this name.", (user.organization_id, user.name), where=user.is_live)


@adds_rules_to(Call)
def call_rules(call: Call) -> Iterator[Rule]:
    """What lets no two calls of one member be at a time, and a reference by fields that are there."""
    yield Exclusion(
        "calls_one_at_a_time",
        "A member takes one call at a time.",
        (call.organization_id, call.handled_by_user_id),
        start=call.started_at,
        end=call.ended_at,
    )
    outcome = (call.organization_id, call.outcome)
    yield Reference("calls_outcome_fkey", "It is one that is known.", outcome, Outcome, OnDelete.SET_NULL)
    yield Index("idx_calls_outcome", "Finds calls by what came of them.", outcome)


@adds_rules_to(AuditRecord)
def trail_rules(record: AuditRecord) -> Iterator[Rule]:
    """An index, which is all that the trail takes."""
    yield Index("idx_audit_logs_action", "Finds records by what was done.", (record.root_id, record.action))


STRICTER = GAPLESS + outcome_rules + settings_rules + item_rules + member_rules + call_rules + trail_rules
"""The catalogue of a host that asks more of the rows of the voice service."""

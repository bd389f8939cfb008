"""The knowledge base: questions that callers ask, and the answers to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless.domain.organizations import Organization, OrganizationId, live_organization
from gapless.kit import (
    AuditedEntity,
    Check,
    Index,
    OnDelete,
    Reference,
    Rule,
    between,
    descending,
    impersonal,
    length,
    negate,
    nullable,
    predicate,
    previous,
    rules_of,
    seed,
)
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.soft_deletion import soft_deletion_rules
from gapless.kit.times import forward_rule, later

KnowledgeItemId = NewType("KnowledgeItemId", UUID)


@attrs.frozen(kw_only=True, slots=True)
class KnowledgeItem(AuditedEntity):
    """A question with its answer. An active item is offered to the AI, and each use of it is counted."""

    organization_id: OrganizationId
    id: KnowledgeItemId
    created_at: datetime
    question: str = impersonal()
    answer: str = impersonal()
    category: str = impersonal()
    is_active: bool = True
    usage_count: int = 0
    last_used_at: datetime | None = None
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0

    @predicate
    def is_live(self) -> bool:
        """Whether the item is not deleted."""
        return negate(self.is_deleted)

    def edited(self, question: str, answer: str, category: str) -> KnowledgeItem:
        """The item with other texts."""
        return attrs.evolve(self, question=question, answer=answer, category=category)

    def switched(self, is_active: bool) -> KnowledgeItem:
        """The item, switched on or off for the AI."""
        return attrs.evolve(self, is_active=is_active)

    def used(self, at: datetime) -> KnowledgeItem:
        """The item after one more use at this time (UTC); `last_used_at` never goes back."""
        return attrs.evolve(self, usage_count=self.usage_count + 1, last_used_at=later(self.last_used_at, at))


def _text_rules(item: KnowledgeItem) -> Iterator[Rule]:
    yield Check(
        "check_question_length",
        "A question has 10 to 500 characters.",
        between(length(item.question), 10, 500),
        source=seed("GAP-189"),
    )
    yield Check(
        "check_answer_length",
        "An answer has 10 to 5000 characters.",
        between(length(item.answer), 10, 5000),
        source=seed("GAP-190"),
    )
    yield Check(
        "knowledge_items_category_length",
        "A category has 1 to 50 characters.",
        between(length(item.category), 1, 50),
    )
    yield Check(
        "check_usage_count_positive",
        "The number of uses is not negative.",
        item.usage_count >= 0,
        source=seed("GAP-191"),
    )


def _indexes(item: KnowledgeItem) -> Iterator[Rule]:
    yield Index(
        "idx_knowledge_category",
        "Finds items by category.",
        (item.category, item.is_active),
        source=seed("GAP-199"),
    )
    yield Index(
        "idx_knowledge_usage",
        "Finds the items that are used most.",
        (descending(item.usage_count), descending(item.last_used_at)),
        source=seed("X-03"),
    )
    yield Index(
        "idx_knowledge_deleted",
        "Finds deleted items.",
        (item.is_deleted, item.organization_id),
        source=seed("X-06"),
    )
    yield Index(
        "idx_knowledge_org_category",
        "Lists the items of an organization by category.",
        (item.organization_id, item.category, item.is_active),
    )
    yield Index(
        "idx_knowledge_org_usage",
        "Lists the items of an organization, the most used first.",
        (item.organization_id, descending(item.usage_count), item.id),
    )


@rules_of(
    KnowledgeItem,
    "knowledge_items",
    belongs_to=lambda item: item.organization_id,
    soft_deleted=lambda item: item.is_deleted,
    unaudited=lambda item: (item.usage_count, item.last_used_at),
    origin="gapless",
)
def knowledge_rules(item: KnowledgeItem) -> Iterator[Rule]:
    """What holds for every item of the knowledge base."""
    yield from _text_rules(item)
    yield from soft_deletion_rules(item, "knowledge_items", seed("GAP-212"))
    home = Reference(
        "knowledge_items_organization_id_fkey",
        "An item belongs to an organization that is there.",
        item.organization_id,
        Organization,
        OnDelete.CASCADE,
        source=seed("GAP-206"),
    )
    yield home
    yield live_organization(home, of=item.is_live)
    yield forward_rule(
        "knowledge_items", "last_used_at", nullable(item.last_used_at) >= nullable(previous(item).last_used_at)
    )
    yield from _indexes(item)

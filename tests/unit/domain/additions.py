"""Rules that can't be added to an entity, and limits that can't stand in a row of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit import (
    AppendOnly,
    AtMost,
    AuditRecord,
    Catalogue,
    Check,
    Entity,
    OnDelete,
    Reference,
    Rule,
    adds_rules_to,
    is_null,
    length,
    negate,
    reference_of,
    rules_of,
    supplement,
)
from gapless.kit.model import Validated
from tests.clinics.cases import CASES, Case, Note
from tests.clinics.networks import NETWORK


def added_to(entity: type[Validated], make: Callable[[Any], Rule]) -> Catalogue:
    """The voice service's catalogue with a rule more."""
    return GAPLESS + adds_rules_to(entity)(lambda row: [make(row)])


@attrs.frozen(kw_only=True, slots=True)
class Settings(Entity):
    """What an organization may have of its own, each with a number."""

    organization_id: OrganizationId
    number: int
    most: int = 3
    least: int
    version: int = 0


@rules_of(Settings, "settings", belongs_to=lambda settings: settings.organization_id, key=("organization_id", "number"))
def settings_rules(settings: Settings) -> Iterator[Rule]:
    """They are an organization's."""
    home = settings.organization_id
    yield Reference("settings_home_fkey", "An organization has them.", home, Organization, OnDelete.CASCADE)


def limited(least: str) -> Callable[[KnowledgeItem], Rule]:
    """A limit in that row."""
    home = reference_of(KnowledgeItem, "knowledge_items_organization_id_fkey")
    return lambda _: AtMost("items_most", "Enough.", home, of=True, limit=getattr(supplement(Settings), least))


def usage(item: KnowledgeItem) -> Rule:
    """A reference to such a row, by fields that are never null."""
    number = (item.organization_id, item.usage_count)
    return Reference("items_usage_fkey", "It is there.", number, Settings, OnDelete.RESTRICT)


@attrs.frozen(kw_only=True, slots=True)
class Draft(Entity):
    """What an organization has of its own, until somebody deletes it."""

    organization_id: OrganizationId
    most: int = 3
    is_gone: bool = False
    version: int = 0


@rules_of(
    Draft,
    "drafts",
    belongs_to=lambda draft: draft.organization_id,
    key=("organization_id",),
    soft_deleted=lambda draft: draft.is_gone,
)
def draft_rules(draft: Draft) -> Iterator[Rule]:
    """It is an organization's."""
    home = draft.organization_id
    yield Reference("drafts_home_fkey", "An organization has it.", home, Organization, OnDelete.CASCADE)


@attrs.frozen(kw_only=True, slots=True)
class Room(Entity):
    """How many notes a case has, if not three; it belongs to the clinic of the case."""

    case: int
    most: int = 3
    version: int = 0


@rules_of(Room, "rooms", belongs_through=lambda room: room.case, key=("case",))
def room_rules(room: Room) -> Iterator[Rule]:
    """It is a case's."""
    yield Reference("rooms_case_fkey", "The case is there.", room.case, Case, OnDelete.CASCADE)


def limited_by_draft(_: KnowledgeItem) -> Iterator[Rule]:
    """A limit in a row that may be deleted, and is still there."""
    home = reference_of(KnowledgeItem, "knowledge_items_organization_id_fkey")
    yield AtMost("items_most", "Enough.", home, of=True, limit=supplement(Draft).most)


def limited_by_room(_: Note) -> Iterator[Rule]:
    """A limit in a row that does not say to which root it belongs."""
    yield AtMost("notes_most", "Enough.", reference_of(Note, "notes_case_fkey"), of=True, limit=supplement(Room).most)


ADDED: Mapping[str, Callable[[], object]] = {
    "a rule, added to an entity, that says what its rows are": lambda: added_to(
        User, lambda _: AppendOnly("users_kept", "A user never changes.")
    ),
    "a rule, added to an entity, with a name that is taken": lambda: added_to(
        User, lambda user: Check("users_email_lowercase", "A name is short.", length(user.name) <= 20)
    ),
    "a rule, added to an entity, that is not in the catalogue": lambda: (
        NETWORK + adds_rules_to(User)(lambda user: [Check("short", "It is short.", length(user.name) <= 20)])
    ),
    "a rule but an index, added to what gapless itself writes": lambda: added_to(
        AuditRecord, lambda record: Check("few", "There are few.", record.number < 100)
    ),
    "a check, added to rows that a cleanup unlinks, of their link": lambda: added_to(
        Call, lambda call: Check("calls_linked", "It has a number.", negate(is_null(call.phone_number_id)))
    ),
    "a reference, added to an entity, that is never null, to one that comes behind it": lambda: (
        GAPLESS + settings_rules + adds_rules_to(KnowledgeItem)(lambda item: [usage(item)])
    ),
    "a limit in a row of which there may be several": lambda: (
        GAPLESS + settings_rules + adds_rules_to(KnowledgeItem)(lambda item: [limited("most")(item)])
    ),
    "a limit in a row beside the parent, without a default": lambda: added_to(KnowledgeItem, limited("least")),
    "a limit in a row that can be soft-deleted": lambda: (
        GAPLESS + draft_rules + adds_rules_to(KnowledgeItem)(limited_by_draft)
    ),
    "a limit in a row without a field for its root": lambda: CASES + room_rules + adds_rules_to(Note)(limited_by_room),
    "a condition on a row beside the parent": lambda: added_to(
        User, lambda _: Check("seats", "There are seats.", supplement(Settings).most > 3)
    ),
}
"""What is refused, as docs/limits.md calls it."""

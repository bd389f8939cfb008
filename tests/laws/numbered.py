"""Entities of a host whose rows are numbered, or hold a time that a store recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import attrs

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    AtMost,
    AuditedEntity,
    Entity,
    Index,
    Numbered,
    OnDelete,
    Reference,
    Rule,
    Stamped,
    descending,
    rules_of,
)
from gapless.kit.columns import UNNUMBERED, UNRECORDED, BigInteger, RecordedTime


@attrs.frozen(kw_only=True, slots=True)
class Ticket(Entity):
    """Something that was asked for, and is answered."""

    organization_id: OrganizationId
    id: UUID
    text: str
    number: BigInteger = attrs.field(default=UNNUMBERED, eq=False)
    came_at: RecordedTime = attrs.field(default=UNRECORDED, eq=False)
    version: int = 0


@rules_of(Ticket, "tickets", belongs_to=lambda ticket: ticket.organization_id)
def ticket_rules(ticket: Ticket) -> Iterator[Rule]:
    """What holds for every ticket."""
    home = Reference(
        "tickets_organization_id_fkey", "A ticket is ours.", ticket.organization_id, Organization, OnDelete.CASCADE
    )
    yield home
    yield Numbered("tickets_number", "Tickets are numbered.", through=home, column=ticket.number)
    yield Stamped("tickets_came_at", "A ticket says when it came.", column=ticket.came_at)
    yield Index("idx_tickets_number", "Lists them.", (ticket.organization_id, descending(ticket.number)))


@attrs.frozen(kw_only=True, slots=True)
class Copied(Entity):
    """A row that was copied with the time at which another store took it, as an archive does."""

    organization_id: OrganizationId
    id: UUID
    text: str
    came_at: RecordedTime
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Letter(AuditedEntity):
    """Something that was sent, and is told of in the trail."""

    organization_id: OrganizationId
    id: UUID
    number: BigInteger = attrs.field(default=UNNUMBERED, eq=False)
    version: int = 0


@rules_of(Letter, "letters", belongs_to=lambda letter: letter.organization_id)
def letter_rules(letter: Letter) -> Iterator[Rule]:
    """What holds for every letter."""
    home = Reference(
        "letters_organization_id_fkey", "A letter is ours.", letter.organization_id, Organization, OnDelete.CASCADE
    )
    yield home
    yield Numbered("letters_number", "Letters are numbered.", through=home, column=letter.number)
    yield Index("idx_letters_number", "Lists them.", (letter.organization_id, letter.number))


LIMIT_OF_TIMES = datetime(2031, 1, 1, tzinfo=UTC)


@rules_of(Copied, "copies", belongs_to=lambda copied: copied.organization_id)
def copied_rules(copied: Copied) -> Iterator[Rule]:
    """What holds for every copy, of which some are counted by their time."""
    home = Reference(
        "copies_organization_id_fkey", "A copy is ours.", copied.organization_id, Organization, OnDelete.CASCADE
    )
    yield home
    yield AtMost("copies_late_most", "None is late.", home, of=copied.came_at > LIMIT_OF_TIMES, limit=0)


HOST = GAPLESS + ticket_rules + copied_rules + letter_rules

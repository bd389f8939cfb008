"""The host whose programs the other cases are: tickets, which are not audited, in its catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless import GAPLESS, User
from gapless.kit import (
    Check,
    Entity,
    OnDelete,
    OrganizationId,
    Reference,
    Rule,
    UserId,
    length,
    negate,
    predicate,
    rules_of,
)

TicketId = NewType("TicketId", UUID)


@attrs.frozen(kw_only=True, slots=True)
class Ticket(Entity):
    """Something that a customer asked for."""

    organization_id: OrganizationId
    id: TicketId
    created_at: datetime
    title: str
    assignee_id: UserId | None = None
    is_closed: bool = False
    version: int = 0

    @predicate
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return negate(self.is_closed)


@rules_of(Ticket, "tickets")
def ticket_rules(ticket: Ticket) -> Iterator[Rule]:
    """What holds for every ticket."""
    yield Check("tickets_title_length", "A title has 3 characters.", length(ticket.title) >= 3)
    assignee = (ticket.organization_id, ticket.assignee_id)
    yield Reference("tickets_assignee_fkey", "An assignee is a user.", assignee, User, OnDelete.SET_NULL)


HELP_DESK = GAPLESS + ticket_rules

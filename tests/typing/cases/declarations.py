"""What a declaration may say of an entity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import assert_type

from examples.tickets import HELP_DESK, Ticket, ticket_rules
from gapless import GAPLESS, Organization
from gapless.kit import (
    AddedRules,
    AtMost,
    Catalogue,
    Check,
    Model,
    OnDelete,
    Reference,
    Rule,
    Source,
    Unique,
    adds_rules_to,
    all_of,
    between,
    contains,
    length,
    lower,
    negate,
    predicate,
    previous,
    reference_of,
    rules_of,
    starts_with,
    supplement,
)

assert_type(ticket_rules, Model[Ticket])
assert_type(HELP_DESK, Catalogue)
assert_type(HELP_DESK.model(Ticket), Model[Ticket])
assert_type(Ticket.is_open, predicate[Ticket])


@rules_of(Ticket, "tickets", belongs_to=lambda ticket: ticket.organization_id)
def right(ticket: Ticket) -> Iterator[Rule]:
    """Rules that are declared well."""
    yield Check("a", "A.", between(length(ticket.title), 3, 80), source=Source("a", "A"))
    yield Unique("b", "B.", (ticket.organization_id, ticket.title), where=ticket.is_open)
    home = Reference("c", "C.", ticket.organization_id, Organization, OnDelete.CASCADE)
    yield AtMost("d", "D.", home, of=negate(ticket.is_closed), limit=previous(ticket).version)
    assert_type(ticket.version + 2 * ticket.version, int)
    assert_type(ticket.created_at - ticket.created_at, timedelta)
    assert_type(lower(ticket.title), str)
    yield Check("e", "E.", ticket.created_at + timedelta(hours=1) <= ticket.created_at)
    yield Check("f", "F.", all_of(starts_with(lower(ticket.title), "a"), contains(ticket.title, "b")))
    yield Unique("g", "G.", (ticket.organization_id, lower(ticket.title)))


@rules_of(Ticket, "tickets", belongs_to=lambda ticket: ticket.organization_id)
def wrong(ticket: Ticket) -> Iterator[Rule]:
    """Rules that can't be meant so."""
    yield Check("a", "A.", ticket.subject == "a")  # error: [attr-defined] reportAttributeAccessIssue
    yield Check("b", "B.", ticket.title)  # error: [arg-type] reportArgumentType
    yield Check("c", "C.", length(ticket.version) > 3)  # error: [arg-type] reportArgumentType
    yield Check("d", "D.", ticket.is_open, source="a")  # error: [arg-type] reportArgumentType
    yield Check("e", "E.", negate(ticket.title))  # error: [arg-type] reportArgumentType
    yield Reference("f", "F.", ticket.id, Organization, "cascade")  # error: [arg-type] reportArgumentType
    yield AtMost("g", "G.", ticket.id, of=ticket.is_open, limit=3)  # error: [arg-type] reportArgumentType
    yield Unique("h", "H.", ticket.title, when=ticket.is_open)  # error: [call-arg] reportCallIssue
    yield Check("i", "I.", ticket.version + ticket.title > 3)  # error: [operator] reportOperatorIssue
    yield Check("j", "J.", ticket.created_at - ticket.created_at > 3)  # error: [operator] reportOperatorIssue
    yield Check("k", "K.", starts_with(ticket.version, "a"))  # error: [arg-type] reportArgumentType
    yield Check("l", "L.", lower(ticket.version) == "a")  # error: [call-overload] reportCallIssue
    yield ticket.is_open  # error: [misc] reportReturnType


@rules_of(  # error: [arg-type] reportArgumentType
    Ticket, "tickets", belongs_to=lambda organization: organization.organization_id
)
def of_another(organization: Organization) -> Iterator[Rule]:
    """Rules of an entity that is not the one they are declared for."""
    yield Check("a", "A.", organization.name != "")


@adds_rules_to(Ticket)
def added(ticket: Ticket) -> Iterator[Rule]:
    """Rules that are added well."""
    yield Check("i", "I.", length(ticket.title) <= 20)
    home = reference_of(Ticket, "tickets_organization_id_fkey")
    yield AtMost("j", "J.", home, of=ticket.is_open, limit=supplement(Ticket).version)
    title = supplement(Ticket).title
    yield AtMost("k", "K.", home, of=ticket.is_open, limit=title)  # error: [arg-type] reportArgumentType


@adds_rules_to(Ticket)  # error: [arg-type] reportArgumentType
def added_to_another(organization: Organization) -> Iterator[Rule]:
    """Rules of an entity that is not the one to which they are added."""
    yield Check("l", "L.", organization.name != "")


assert_type(added, AddedRules[Ticket])
assert_type(HELP_DESK + added, Catalogue)
GAPLESS + Ticket  # error: [operator] reportOperatorIssue
HELP_DESK.model(Ticket).column(1)  # error: [arg-type] reportArgumentType

"""A host who changes what he declares, and what his database says to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from uuid import UUID

import attrs
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.sql.objects import Constraint, comment
from gapless.adapters.postgres.verification.comparison import Declaration
from gapless.bootstrap import DEFAULT_REVISIONS
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    Check,
    Entity,
    Model,
    OnDelete,
    Reference,
    Rule,
    length,
    row,
    rules_of,
)
from gapless.kit.errors import DatabaseDiffers
from gapless.postgres import create_statements
from tests.integration.postgres.comparing import told

pytestmark = pytest.mark.asyncio


@attrs.frozen(kw_only=True)
class Desk:
    """How a host declares its tickets."""

    limit: int | None = 3
    longest: int = 80
    most: bool = True
    first: bool = False
    living: bool = True


def tickets(desk: Desk) -> Model[Entity]:
    """The model of a fresh copy of an entity of a host's; without a limit as many are open as there are seats."""

    @attrs.frozen(kw_only=True, slots=True)
    class Ticket(Entity):
        organization_id: OrganizationId
        id: UUID
        title: str
        is_open: bool
        version: int = 0

    # The annotations are those of this function, which are read by name.
    Ticket.__annotations__.update(organization_id=OrganizationId, id=UUID, title=str, is_open=bool, version=int)

    @rules_of(Ticket, "tickets", belongs_to=lambda ticket: ticket.organization_id)
    def rules(ticket: Ticket) -> Iterator[Rule]:
        organization = row(Organization)
        if desk.longest:
            yield Check("tickets_title_length", "A title is short.", length(ticket.title) <= desk.longest)
        yield (home := Reference("tickets_home", "A home.", ticket.organization_id, Organization, OnDelete.CASCADE))
        if desk.first:
            yield AtMost("tickets_most", "Some.", home, of=ticket.title == "x", limit=9)
        if desk.living:
            yield AdmissionGuard("tickets_living", "It lives.", home, organization.is_live)
        if desk.most:
            number = organization.team_members_quota if desk.limit is None else desk.limit
            yield AtMost("tickets_open_most", "Few.", home, of=ticket.is_open, limit=number)

    return cast("Model[Entity]", rules)


CHANGES: dict[str, tuple[Desk, Desk, list[str]]] = {
    "a rule more": (Desk(most=False), Desk(), ["tickets_open_most is not in the database"]),
    "an admission guard more": (Desk(living=False), Desk(), ["tickets_living is not in the database"]),
    "a rule less": (
        Desk(),
        Desk(most=False),
        [
            f"function tickets_{event} has another text than was declared: tickets_living needs it"
            for event in ("inserted", "updated")
        ],
    ),
    "a check less": (Desk(), Desk(longest=0), []),
    "a lower limit": (
        Desk(limit=5),
        Desk(),
        ["tickets_open_most is there with another limit: 5 in the database, 3 as it was declared"],
    ),
    "a limit that is a field": (
        Desk(),
        Desk(limit=None),
        [
            (
                "tickets_open_most is there with another limit: 3 in the database, parent.team_members_quota as it was "
                "declared"
            )
        ],
    ),
    "another length": (
        Desk(longest=90),
        Desk(),
        [
            (
                "tickets_title_length is there, and was declared otherwise: the database has "
                "CHECK ((char_length(title) <= 90))"
            )
        ],
    ),
    "a rule before another": (
        Desk(),
        Desk(first=True),
        [
            "tickets_most is not in the database",
            (
                "trigger judge_51_tickets_open_most is to be called judge_52_tickets_open_most: "
                "the rules stand in another order now"
            ),
        ],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_changed_declaration_is_told(own_engine: AsyncEngine, change: str) -> None:
    """A host who changes a declaration and not his database is told the rule by name, and what differs."""
    before, after, sentences = CHANGES[change]
    made = create_statements(GAPLESS + tickets(before), "gapless", beyond=GAPLESS)
    found = await told(own_engine, made, GAPLESS + tickets(after))
    assert found == sentences


def change_of(before: Desk, after: Desk) -> list[str]:
    """What a host puts into a migration for a changed rule, as docs/hosts.md says: statements with their comments."""
    old = create_statements(GAPLESS + tickets(before), "gapless", beyond=GAPLESS)
    statements = []
    for item, mark in Declaration.of(GAPLESS + tickets(after), "gapless").marks:
        if comment(item, mark) in old or not item.name.startswith(("tickets", "judge_tickets")):
            continue
        if isinstance(item, Constraint):
            drop = f"ALTER TABLE gapless.tickets DROP CONSTRAINT {item.name}"
            validate = f"ALTER TABLE gapless.tickets VALIDATE CONSTRAINT {item.name}"
            statements += [drop, f"{item.create} NOT VALID", comment(item, mark), validate]
        else:
            replaced = [text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION") for text in item.statements]
            statements += [*replaced, comment(item, mark)]
    return statements


@pytest.mark.parametrize(
    ("before", "after"), [(Desk(longest=90), Desk()), (Desk(limit=5), Desk()), (Desk(), Desk(limit=None))]
)
async def test_changed_rule_gets_into_a_database(own_engine: AsyncEngine, before: Desk, after: Desk) -> None:
    """A check that is made anew, and a function that is replaced, are what was declared once their comments follow."""
    made = create_statements(GAPLESS + tickets(before), "gapless", beyond=GAPLESS)
    assert await told(own_engine, made, GAPLESS + tickets(after)) != []
    assert await told(own_engine, [*made, *change_of(before, after)], GAPLESS + tickets(after)) == []


async def test_hosts_table_is_named(own_engine: AsyncEngine) -> None:
    """A host's table that is not there is one sentence, whatever rules it has; it is no migration of gapless."""
    catalogue = GAPLESS + tickets(Desk())
    store = PostgresStore(own_engine, catalogue, revisions=DEFAULT_REVISIONS)
    with pytest.raises(DatabaseDiffers) as caught:
        await store.check()
    assert caught.value.differences == (
        (
            "table tickets is not there: it is the application's own, and "
            "gapless.postgres.create_statements(catalogue, schema, beyond=…) makes it"
        ),
    )
    await PostgresStore(own_engine, GAPLESS, revisions=DEFAULT_REVISIONS).check()

"""The invoice: what an organization is asked to pay for a period.

DRAFT ──issue──> OPEN ──settle──> PAID
  └──────────────┴─────void─────> VOID
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    AuditedEntity,
    Check,
    Index,
    OnDelete,
    Reference,
    Rule,
    Unique,
    all_of,
    any_of,
    between,
    descending,
    impersonal,
    is_blank,
    is_null,
    length,
    matches,
    negate,
    rules_of,
    seed,
)
from gapless.kit.columns import BigInteger
from gapless.kit.json_object import GREATEST_INTEGER

InvoiceId = NewType("InvoiceId", UUID)


class InvoiceStatus(enum.Enum):
    """The states of an invoice."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    PAID = "PAID"
    VOID = "VOID"


@attrs.frozen(kw_only=True, slots=True)
class Invoice(AuditedEntity):
    """An invoice; while there is one, its organization can't be purged.

    Attributes:
        number: unique in the organization.
        amount_minor: what is to be paid, in the minor unit of the currency (cents).
        currency: three capital letters (ISO 4217).
    """

    organization_id: OrganizationId
    id: InvoiceId
    created_at: datetime
    number: str = impersonal()
    amount_minor: BigInteger
    currency: str = impersonal()
    status: InvoiceStatus = InvoiceStatus.DRAFT
    period_start: datetime
    period_end: datetime
    due_at: datetime | None = None
    paid_at: datetime | None = None
    version: int = 0

    def issued(self, due_at: datetime | None) -> Invoice:
        """The invoice once it is issued, due at this time (UTC)."""
        return attrs.evolve(self, status=InvoiceStatus.OPEN, due_at=due_at)

    def settled(self, at: datetime) -> Invoice:
        """The invoice once it is paid, at this time (UTC)."""
        return attrs.evolve(self, status=InvoiceStatus.PAID, paid_at=at)

    def voided(self) -> Invoice:
        """The invoice once it is void: nobody has to pay it."""
        return attrs.evolve(self, status=InvoiceStatus.VOID)


def _value_rules(invoice: Invoice) -> Iterator[Rule]:
    yield Check(
        "invoices_number_length",
        "The number of an invoice has 1 to 500 characters.",
        between(length(invoice.number), 1, 500),
    )
    yield Check(
        "invoices_number_not_blank",
        "The number of an invoice has at least one character that can be seen.",
        negate(is_blank(invoice.number)),
    )
    # Audit records hold amounts as JSON numbers, which are exact within 2^53.
    yield Check(
        "invoices_amount_minor_range",
        "An amount lies between 0 and 2^53 - 1 minor units.",
        between(invoice.amount_minor, BigInteger(0), BigInteger(GREATEST_INTEGER)),
    )
    yield Check(
        "invoices_currency_format",
        "A currency is written as the three capital letters of ISO 4217.",
        matches(invoice.currency, "[A-Z]{3}"),
    )
    yield Check(
        "invoices_period_end_after_start",
        "The period of an invoice ends after it has started.",
        invoice.period_end > invoice.period_start,
    )
    yield Check(
        "invoices_status_paid_at_agree",
        "A paid invoice says when it was paid, and no other invoice does.",
        any_of(
            all_of(invoice.status == InvoiceStatus.PAID, negate(is_null(invoice.paid_at))),
            all_of(invoice.status != InvoiceStatus.PAID, is_null(invoice.paid_at)),
        ),
    )


@rules_of(Invoice, "invoices", belongs_to=lambda invoice: invoice.organization_id, origin="gapless")
def invoice_rules(invoice: Invoice) -> Iterator[Rule]:
    """What holds for every invoice."""
    yield from _value_rules(invoice)
    yield Unique(
        "invoices_number_unique",
        "The organization has an invoice with this number already.",
        (invoice.organization_id, invoice.number),
    )
    yield Reference(
        "invoices_organization_id_fkey",
        "An invoice belongs to an organization that is there, and keeps it from being removed.",
        invoice.organization_id,
        Organization,
        OnDelete.RESTRICT,
    )
    yield Index(
        "idx_invoices_org_date",
        "Lists the invoices of an organization, newest first.",
        (invoice.organization_id, descending(invoice.created_at)),
        source=seed("GAP-201"),
    )

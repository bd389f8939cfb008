"""The use cases around invoices: they are drafted, issued, settled and voided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import attrs

from gapless.application.arguments import near, require_ids
from gapless.application.audit_records import Recorder
from gapless.application.changes import change_row
from gapless.application.pages import DEFAULT_LIMIT, Page, page_of
from gapless.application.purge_records import require_no_purge
from gapless.domain.invoices import Invoice, InvoiceId, InvoiceStatus
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.values import normalise_currency
from gapless.kit import descending
from gapless.kit.audit import Actor
from gapless.kit.columns import BigInteger
from gapless.kit.errors import InvalidState
from gapless.kit.ports import Clock, IdFactory, Store

InvoicePage = Page[Invoice]


@attrs.frozen(kw_only=True)
class Invoices:
    """Drafts, issues, settles and voids invoices, also those of a deleted organization, which still has to pay.

    Every use case may also raise InvalidValue (what is given is not an id, or not an actor), ConcurrencyConflict,
    DeadlineExceeded, CommitUnknown and StoreUnavailable; see `gapless.retrying`. A step that was taken already changes
    nothing and adds no audit record.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory

    async def draft(
        self,
        organization_id: OrganizationId,
        number: str,
        amount_minor: int,
        currency: str,
        period_start: datetime,
        period_end: datetime,
        *,
        actor: Actor,
    ) -> Invoice:
        """Drafts an invoice.

        Args:
            organization_id: the organization that has to pay.
            number: the number of the invoice, unique in the organization.
            amount_minor: what is to be paid, in the minor unit of the currency (cents).
            currency: three capital letters (ISO 4217); white space around them is removed.
            period_start: when the period that is paid for begins, in UTC.
            period_end: when that period ends, in UTC.
            actor: who acts.

        Returns:
            The invoice, as stored.

        Raises:
            NotFound: there is no such organization.
            InvalidState: the organization is being purged.
            RuleViolated: `invoices_number_unique`, or a rule over the invoice's fields.
            InvalidValue: the period begins more than 92 days ahead of the clock, or ends more than ten years ahead.
        """
        require_ids(organization_id=organization_id)
        now = self._clock.now()
        period_start = near("period_start", period_start, now)
        period_end = near("period_end", period_end, now)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            organization = await unit.of(Organization).get(organization_id, include_deleted=True)
            await require_no_purge(unit, organization)
            invoice = Invoice(
                organization_id=organization_id,
                id=InvoiceId(self._ids.new()),
                created_at=recorder.at,
                number=number,
                amount_minor=BigInteger(amount_minor),
                currency=normalise_currency(currency),
                period_start=period_start,
                period_end=period_end,
            )
            drafted = await unit.of(Invoice).add(invoice, recorder.audit("invoice.drafted", None, invoice))
            await unit.commit()
        return drafted

    async def issue(
        self, organization_id: OrganizationId, invoice_id: InvoiceId, due_at: datetime | None = None, *, actor: Actor
    ) -> Invoice:
        """Issues a draft; if a time is given (UTC), the invoice is due then.

        Raises:
            NotFound: there is no such invoice.
            InvalidState: it is not a draft. An invoice that was issued before with the same time stays as it is.
            InvalidValue: it would be due more than ten years ahead of the clock.
        """
        if due_at is not None:
            due_at = near("due_at", due_at, self._clock.now())

        def issued(before: Invoice, _: Recorder) -> Invoice:
            repeated = before.status is InvoiceStatus.OPEN and before.issued(due_at) == before
            return before if repeated else _from(before, "issued", InvoiceStatus.DRAFT).issued(due_at)

        return await self._step(organization_id, invoice_id, "invoice.issued", issued, actor)

    async def settle(self, organization_id: OrganizationId, invoice_id: InvoiceId, *, actor: Actor) -> Invoice:
        """Notes that an open invoice was paid now.

        Raises:
            NotFound: there is no such invoice.
            InvalidState: it is a draft, or void.
        """

        def settled(before: Invoice, recorder: Recorder) -> Invoice:
            repeated = before.status is InvoiceStatus.PAID
            return before if repeated else _from(before, "settled", InvoiceStatus.OPEN).settled(recorder.at)

        return await self._step(organization_id, invoice_id, "invoice.settled", settled, actor)

    async def void(self, organization_id: OrganizationId, invoice_id: InvoiceId, *, actor: Actor) -> Invoice:
        """Voids a draft or an open invoice, which nobody has to pay then.

        Raises:
            NotFound: there is no such invoice.
            InvalidState: it is paid.
        """

        def voided(before: Invoice, _: Recorder) -> Invoice:
            repeated = before.status is InvoiceStatus.VOID
            states = InvoiceStatus.DRAFT, InvoiceStatus.OPEN
            return before if repeated else _from(before, "voided", *states).voided()

        return await self._step(organization_id, invoice_id, "invoice.voided", voided, actor)

    async def get(self, organization_id: OrganizationId, invoice_id: InvoiceId) -> Invoice:
        """Reads an invoice as it is now.

        Raises:
            NotFound: there is no such invoice.
        """
        require_ids(organization_id=organization_id, invoice_id=invoice_id)
        async with self._store.reading(organization_id) as reading:
            return await reading.of(Invoice).get(invoice_id)

    async def list_invoices(
        self,
        organization_id: OrganizationId,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> InvoicePage:
        """Lists the invoices of the organization, newest first.

        Args:
            organization_id: the organization that has to pay; one that is not there has no invoices.
            after: `next` of the page before; None for the first page.
            before: `previous` of the page behind, to go backwards; None to go forwards.
            limit: how many at most, 1 to 1000.

        Raises:
            InvalidValue: `after` is not the `next` of a page of this listing, or `before` not the `previous`.
            QueryRefused: the limit is not a whole number from 1 to 1000.
        """
        require_ids(organization_id=organization_id)
        async with self._store.reading(organization_id) as reading:
            return await page_of(
                reading.of(Invoice),
                lambda invoice: invoice.organization_id == organization_id,
                lambda invoice: (descending(invoice.created_at), descending(invoice.id)),
                after,
                limit,
                listing="invoices",
                before=before,
            )

    async def _step(
        self,
        organization_id: OrganizationId,
        invoice_id: InvoiceId,
        action: str,
        change: Callable[[Invoice, Recorder], Invoice],
        actor: Actor,
    ) -> Invoice:
        require_ids(organization_id=organization_id, invoice_id=invoice_id)
        return await change_row(
            self._store, organization_id, Invoice, invoice_id, action, change, lambda: self._recorder(actor)
        )

    def _recorder(self, actor: Actor) -> Recorder:
        return Recorder(self._ids, self._clock.now(), actor)


def _from(before: Invoice, step: str, *states: InvoiceStatus) -> Invoice:
    """The invoice, if it is in one of the states from which the step may be taken."""
    if before.status not in states:
        raise InvalidState("Invoice", before.id, f"An invoice that is {before.status.value} is not {step}.")
    return before

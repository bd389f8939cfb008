from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
import pytest

from gapless.domain.invoices import Invoice, InvoiceStatus
from gapless.kit.errors import RuleViolated
from gapless.kit.json_object import GREATEST_INTEGER
from tests.unit.domain.samples import NOON

ROW: dict[str, Any] = {
    "organization_id": UUID(int=1),
    "id": UUID(int=6),
    "created_at": NOON,
    "number": "2026-1",
    "amount_minor": 4900,
    "currency": "EUR",
    "period_start": NOON,
    "period_end": NOON + timedelta(days=31),
}


def test_life_of_an_invoice() -> None:
    """A draft is issued with the time until which to pay, and then paid at a time; void it never was paid."""
    draft = Invoice(**ROW)
    assert (draft.status, draft.due_at, draft.paid_at) == (InvoiceStatus.DRAFT, None, None)
    issued = draft.issued(NOON)
    assert issued == attrs.evolve(draft, status=InvoiceStatus.OPEN, due_at=NOON)
    assert issued.settled(NOON) == attrs.evolve(issued, status=InvoiceStatus.PAID, paid_at=NOON)
    for unpaid in (draft, issued):
        assert unpaid.voided() == attrs.evolve(unpaid, status=InvoiceStatus.VOID)


@pytest.mark.parametrize("amount", [0, 1, GREATEST_INTEGER])
def test_amounts(amount: int) -> None:
    """An amount may be nothing, and all that an audit record holds exactly."""
    assert Invoice(**{**ROW, "amount_minor": amount}).amount_minor == amount


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"number": ""}, "invoices_number_length"),
        ({"number": "x" * 501}, "invoices_number_length"),
        ({"amount_minor": -1}, "invoices_amount_minor_range"),
        ({"amount_minor": GREATEST_INTEGER + 1}, "invoices_amount_minor_range"),
        ({"amount_minor": 49.0}, "invoices_amount_minor_storable"),
        ({"amount_minor": True}, "invoices_amount_minor_storable"),
        ({"currency": "eur"}, "invoices_currency_format"),
        ({"currency": "EURO"}, "invoices_currency_format"),
        ({"currency": "EUR\n"}, "invoices_currency_format"),
        ({"period_end": NOON}, "invoices_period_end_after_start"),
        ({"status": InvoiceStatus.PAID}, "invoices_status_paid_at_agree"),
        ({"paid_at": NOON}, "invoices_status_paid_at_agree"),
        ({"status": "LOST"}, "invoices_status_known"),
    ],
)
def test_rules(change: dict[str, object], rule: str) -> None:
    """An invoice that breaks a rule is refused by its name."""
    with pytest.raises(RuleViolated, match=rule):
        Invoice(**{**ROW, **change})

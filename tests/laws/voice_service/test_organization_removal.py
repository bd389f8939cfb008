"""What goes with an organization of the voice service that is removed for good, and what keeps it from that."""

import pytest

from gapless.domain.calls import Call, CallNote, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.invoices import Invoice
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import User
from gapless.kit.audit import AuditRecord
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import NotFound, RuleViolated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.laws.removal import WAYS, Remove, all_rows, count, put
from tests.voice.rows import (
    NOW,
    TEAM,
    a_call,
    a_command,
    a_deletion,
    a_note,
    a_number,
    a_subscription,
    a_user,
    an_audit_record,
    an_event,
    an_invoice,
    an_item,
)

pytestmark = pytest.mark.asyncio


@WAYS
@pytest.mark.gap("GAP-202", "GAP-204", "GAP-205", "GAP-206")
async def test_an_organization_takes_along(store: Store, remove: Remove) -> None:
    """Users, phone numbers, the subscription, knowledge and what was handled go; what is delivered later stays."""
    organization, other = await TEAM.created(store), await TEAM.created(store)
    for home in (organization, other):
        await put(
            store,
            home.id,
            a_user(home.id),
            deleted(a_user(home.id), a_deletion()),
            a_number(home.id),
            a_subscription(home.id),
            an_item(home.id),
            deleted(an_item(home.id), a_deletion()),
            a_command(home.id),
            an_event(home.id),
        )
    untouched = await all_rows(store, GAPLESS, other.id)
    async with store.unit(organization.id) as unit:
        await remove(unit, TEAM, organization)
        await unit.commit()
    gone = (Organization, User, PhoneNumber, Subscription, KnowledgeItem, ProcessedCommand, AuditRecord)
    assert [await count(store, organization.id, entity) for entity in gone] == [0] * len(gone)
    assert await count(store, organization.id, OutboxEvent) == 1
    assert await all_rows(store, GAPLESS, other.id) == untouched
    with pytest.raises(NotFound):
        async with store.unit(organization.id):
            pytest.fail("the unit was opened")


@WAYS
@pytest.mark.gap("GAP-203")
@pytest.mark.parametrize("status", [CallStatus.MISSED, CallStatus.ACTIVE])
async def test_an_organization_with_a_call_stays(store: Store, remove: Remove, status: CallStatus) -> None:
    """Any call, also one that is over, keeps its organization, and with it everything else, from being removed."""
    organization = await TEAM.created(store)
    number = a_number(organization.id)
    call = a_call(organization.id, status=status, phone_number_id=number.id)
    await put(store, organization.id, number, call, an_item(organization.id))
    before = await all_rows(store, GAPLESS, organization.id)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated) as caught:
            await remove(unit, TEAM, organization)
    # Which of the rules that the removal breaks is named may differ; a call that is over breaks this one alone.
    assert caught.value.rule in {"calls_organization_id_fkey", "calls_active_needs_number"}
    assert status is CallStatus.ACTIVE or caught.value.rule == "calls_organization_id_fkey"
    assert await all_rows(store, GAPLESS, organization.id) == before


@WAYS
async def test_an_organization_with_an_invoice_stays(store: Store, remove: Remove) -> None:
    """An invoice keeps its organization from being removed, whatever its status."""
    organization = await TEAM.created(store)
    await put(store, organization.id, an_invoice(organization.id, status="VOID"))
    before = await all_rows(store, GAPLESS, organization.id)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="invoices_organization_id_fkey"):
            await remove(unit, TEAM, organization)
    assert await all_rows(store, GAPLESS, organization.id) == before
    async with store.unit(organization.id) as unit:
        await unit.of(Invoice).delete_where(
            lambda row: row.amount_minor >= row.amount_minor, an_audit_record(organization.id)
        )
        await remove(unit, TEAM, organization)
        await unit.commit()
    assert await count(store, organization.id, Organization) == 0


@WAYS
async def test_three_levels(store: Store, remove: Remove) -> None:
    """Organization, call, note: the call in the middle keeps the whole; without it users go, and notes with them."""
    organization = await TEAM.created(store)
    user, call = a_user(organization.id), a_call(organization.id)
    await put(store, organization.id, user, call, a_note(call, user))
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="calls_organization_id_fkey"):
            await remove(unit, TEAM, organization)
    assert await count(store, organization.id, CallNote) == 1
    async with store.unit(organization.id) as unit:
        await unit.of(Call).delete_where(lambda row: row.started_at >= NOW)
        assert await unit.of(CallNote).count() == 0
        await remove(unit, TEAM, organization)
        await unit.commit()
    assert await count(store, organization.id, Organization) == 0

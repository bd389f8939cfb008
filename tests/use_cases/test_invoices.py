"""The use cases around invoices, on both stores."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from gapless.application import purge_records
from gapless.domain.catalogue import GAPLESS
from gapless.domain.invoices import Invoice, InvoiceId, InvoiceStatus
from gapless.domain.organizations import OrganizationId
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import InvalidState, InvalidValue, NotFound, QueryRefused
from tests.use_cases.worlds import SIGNUP, World, fails, refused, world_on

pytestmark = pytest.mark.asyncio

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)
DUE = datetime(2026, 4, 15, tzinfo=UTC)
STEPS = ("issue", "settle", "void")


async def drafted(world: World, number: str = "2026-1", currency: str = "EUR") -> Invoice:
    """Drafts an invoice over 49 units of a currency."""
    return await world.app.invoices.draft(world.home, number, 4900, currency, START, END, actor=world.actor)


async def step(world: World, name: str, invoice: Invoice) -> Invoice:
    """Takes one step with an invoice."""
    if name == "issue":
        return await world.app.invoices.issue(world.home, invoice.id, DUE, actor=world.actor)
    if name == "settle":
        return await world.app.invoices.settle(world.home, invoice.id, actor=world.actor)
    return await world.app.invoices.void(world.home, invoice.id, actor=world.actor)


async def reached(world: World, status: InvoiceStatus) -> Invoice:
    """An invoice that came to this status by its steps."""
    invoice = await drafted(world)
    if status in (InvoiceStatus.OPEN, InvoiceStatus.PAID):
        invoice = await step(world, "issue", invoice)
    if status is InvoiceStatus.PAID:
        invoice = await step(world, "settle", invoice)
    return await step(world, "void", invoice) if status is InvoiceStatus.VOID else invoice


async def test_draft(world: World) -> None:
    """A draft says what is to be paid for which period, with the white space around the currency mended."""
    invoice = await drafted(world, currency=" EUR\n")
    assert (invoice.number, invoice.amount_minor, invoice.currency) == ("2026-1", 4900, "EUR")
    assert (invoice.period_start, invoice.period_end, invoice.due_at, invoice.paid_at) == (START, END, None, None)
    assert (invoice.status, invoice.created_at) == (InvoiceStatus.DRAFT, world.clock.now())
    assert await world.app.invoices.get(world.home, invoice.id) == invoice
    audit = (await world.trail())[-1]
    assert (audit.action, audit.resource_type, audit.resource_id) == ("invoice.drafted", "invoice", str(invoice.id))


async def test_draft_refuses(world: World) -> None:
    """A number that is taken, small letters, a period that ends before it starts: each is named, nothing is kept."""
    invoices = world.app.invoices
    await drafted(world)
    before = await world.everything(GAPLESS)
    await refused(lambda: drafted(world), "invoices_number_unique")
    await refused(lambda: drafted(world, "2026-2", "eur"), "invoices_currency_format")
    await refused(
        lambda: invoices.draft(world.home, "2026-2", 4900, "EUR", END, START, actor=world.actor),
        "invoices_period_end_after_start",
    )
    await refused(
        lambda: invoices.draft(world.home, "2026-2", -1, "EUR", START, END, actor=world.actor),
        "invoices_amount_minor_range",
    )
    assert await world.everything(GAPLESS) == before


async def test_number_is_unique_in_its_organization(world: World) -> None:
    """Two organizations may number their invoices alike."""
    other = await world_on(world.store, f"globex-{uuid4().hex}")
    await drafted(world)
    assert (await drafted(other)).number == "2026-1"


async def test_life_of_an_invoice(world: World) -> None:
    """A draft is issued and then settled at the time it is; each step is told by one audit record, and no event."""
    invoice = await drafted(world)
    issued = await step(world, "issue", invoice)
    assert (issued.status, issued.due_at) == (InvoiceStatus.OPEN, DUE)
    world.clock.turn(timedelta(days=3))
    paid = await step(world, "settle", invoice)
    assert (paid.status, paid.paid_at, paid.due_at) == (InvoiceStatus.PAID, world.clock.now(), DUE)
    assert await world.actions() == ["invoice.drafted", "invoice.issued", "invoice.settled"]
    audit = (await world.trail())[-1]
    assert audit.before is not None
    assert audit.after is not None
    assert (audit.before.to_dict(), audit.after.to_dict()) == (
        {"status": "OPEN", "paid_at": None},
        {"status": "PAID", "paid_at": world.clock.now().isoformat()},
    )
    assert await world.events() == []


@pytest.mark.parametrize("status", InvoiceStatus)
@pytest.mark.parametrize("name", STEPS)
async def test_every_step_from_every_state(world: World, name: str, status: InvoiceStatus) -> None:
    """A step that may be taken is; one that was taken changes and logs nothing; any other is refused and so does it."""
    ahead = {
        ("issue", InvoiceStatus.DRAFT): InvoiceStatus.OPEN,
        ("settle", InvoiceStatus.OPEN): InvoiceStatus.PAID,
        ("void", InvoiceStatus.DRAFT): InvoiceStatus.VOID,
        ("void", InvoiceStatus.OPEN): InvoiceStatus.VOID,
    }
    taken = {("issue", InvoiceStatus.OPEN), ("settle", InvoiceStatus.PAID), ("void", InvoiceStatus.VOID)}
    invoice = await reached(world, status)
    before = await world.everything(GAPLESS)
    world.clock.turn(timedelta(days=1))
    if (name, status) in ahead:
        assert (await step(world, name, invoice)).status is ahead[name, status]
        return
    if (name, status) in taken:
        assert await step(world, name, invoice) == invoice
    else:
        await fails(lambda: step(world, name, invoice), InvalidState)
    assert await world.everything(GAPLESS) == before


async def test_issuing_again_with_another_time(world: World) -> None:
    """An open invoice is not issued again with another time to pay; it may be issued without any at first."""
    invoice = await drafted(world)
    issued = await world.app.invoices.issue(world.home, invoice.id, actor=world.actor)
    assert (issued.status, issued.due_at) == (InvoiceStatus.OPEN, None)
    await fails(lambda: step(world, "issue", invoice), InvalidState)
    assert await world.app.invoices.get(world.home, invoice.id) == issued


async def test_deleted_organization_still_owes(world: World) -> None:
    """Invoices of a deleted organization are drafted, issued, settled, read and listed."""
    invoice = await drafted(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    await step(world, "issue", invoice)
    paid = await step(world, "settle", invoice)
    last = await drafted(world, "2026-2")
    assert await world.app.invoices.get(world.home, invoice.id) == paid
    assert (await world.app.invoices.list_invoices(world.home)).items == (last, paid)


async def test_nothing_is_drafted_once_a_purge_has_begun(world: World) -> None:
    """An organization that is being removed for good gets no new invoice; what it has is settled still."""
    invoice = await reached(world, InvoiceStatus.OPEN)
    deleted = await world.app.organizations.delete(world.home, actor=world.actor)
    async with world.store.unit(world.home) as unit:
        await purge_records.begin(unit, deleted, world.clock.now(), ProcessedCommand)
        await unit.commit()
    before = await world.everything(GAPLESS)
    await fails(lambda: drafted(world, "2026-2"), InvalidState)
    assert await world.everything(GAPLESS) == before
    assert (await step(world, "settle", invoice)).status is InvoiceStatus.PAID


async def test_pages(world: World) -> None:
    """Pages one after the other hold every invoice once, the newest first, also those drafted at one moment."""
    drafts = []
    for number in range(5):
        drafts.append((await drafted(world, f"2026-{number}")).id)
        world.clock.turn(timedelta(days=number % 2))
    other = await world_on(world.store, f"globex-{uuid4().hex}")
    await drafted(other)
    for limit in (1, 2, 5, 9):
        pages = [await world.app.invoices.list_invoices(world.home, limit=limit)]
        while pages[-1].next is not None:
            pages.append(await world.app.invoices.list_invoices(world.home, after=pages[-1].next, limit=limit))
        assert [invoice.id for page in pages for invoice in page.items] == drafts[::-1]
        assert all(len(page.items) == limit for page in pages[:-1])


async def test_limits_of_a_page(world: World) -> None:
    """A page has 1 to 1000 invoices, and goes on after a page of the same organization."""
    for limit in (0, 1001, True):
        with pytest.raises(QueryRefused):
            await world.app.invoices.list_invoices(world.home, limit=limit)
    other = await world_on(world.store, f"globex-{uuid4().hex}")
    for number in ("1", "2"):
        await drafted(other, number)
    theirs = (await other.app.invoices.list_invoices(other.home, limit=1)).next
    await fails(lambda: world.app.invoices.list_invoices(world.home, after=theirs), InvalidValue)


async def test_unknown_invoice(world: World) -> None:
    """An invoice that is not there, or another organization's, is not found; neither is an organization."""
    invoices = world.app.invoices
    other = await world_on(world.store, f"globex-{uuid4().hex}")
    theirs = await drafted(other)
    for unknown in (theirs.id, InvoiceId(uuid4())):
        attempts: list[Awaitable[Invoice]] = [
            invoices.get(world.home, unknown),
            invoices.issue(world.home, unknown, actor=world.actor),
            invoices.settle(world.home, unknown, actor=world.actor),
            invoices.void(world.home, unknown, actor=world.actor),
        ]
        for attempt in attempts:
            with pytest.raises(NotFound):
                await attempt
    assert await other.rows(Invoice) == (theirs,)
    nobody = OrganizationId(uuid4())
    await fails(lambda: invoices.draft(nobody, "1", 1, "EUR", START, END, actor=SIGNUP), NotFound)
    assert (await invoices.list_invoices(nobody)).items == ()


async def test_wrong_arguments(world: World) -> None:
    """What is no id, no text, no amount or no time is refused in an error of gapless, and nothing is kept."""
    invoices, invoice = world.app.invoices, await drafted(world)
    before = await world.everything(GAPLESS)
    wrong: list[tuple[Callable[[], Awaitable[Invoice]], str]] = [
        (lambda: drafted(world, 5), "invoices_number_storable"),  # type: ignore[arg-type]  # the mistake itself
        (lambda: drafted(world, "2", None), "invoices_currency_required"),  # type: ignore[arg-type]  # as above
    ]
    for attempt, rule in wrong:
        await refused(attempt, rule)
    naive = END.replace(tzinfo=None)
    await fails(lambda: invoices.issue(world.home, invoice.id, naive, actor=world.actor), InvalidValue)
    await fails(lambda: invoices.get(world.home, "x"), InvalidValue)  # type: ignore[arg-type]  # as above
    await fails(lambda: invoices.void(world.home, invoice.id, actor=None), InvalidValue)  # type: ignore[arg-type]  # as above
    assert await world.everything(GAPLESS) == before

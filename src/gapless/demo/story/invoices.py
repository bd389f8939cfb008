"""Invoices: drafted, issued, settled, and one of them void. They keep the organization from being purged."""

from __future__ import annotations

from datetime import timedelta

from gapless.demo.player import Player
from gapless.demo.story.billing import MONTH
from gapless.demo.story.cast import BILLING, Cast
from gapless.domain.invoices import InvoiceId

CURRENCIES = ("UZS", "USD", "EUR", "JPY")
TERM = timedelta(days=14)
GREATEST_AMOUNT = 2**53


async def invoices(player: Player, cast: Cast) -> None:
    """One is paid and one is voided, one stays a draft; what is none is not drafted."""
    currency = CURRENCIES[cast.number % len(CURRENCIES)]
    paid = await _draft(player, cast, "draft", "2024-001", 2_900, currency)
    await _draft(player, cast, "draft the same number", "2024-001", 100, currency)
    await _draft(player, cast, "draft in no currency", "2024-002", 100, "usd")
    await _draft(player, cast, "draft less than nothing", "2024-002", -1, currency)
    await _draft(player, cast, "draft too much", "2024-002", GREATEST_AMOUNT, currency)
    await _draft(player, cast, "draft for no time", "2024-002", 100, currency, timedelta(0))
    wrong = await _draft(player, cast, "draft another", "2024-002", 0, currency)
    await _draft(player, cast, "draft for later", "Счёт №3", GREATEST_AMOUNT - 1, currency)
    if paid is not None and wrong is not None:
        await _paid(player, cast, paid)
        await _voided(player, cast, wrong)
    home = cast.organization_id
    await player.play("list invoices", lambda app: app.invoices.list_invoices(home, limit=2))
    await player.play("read no invoice", lambda app: app.invoices.get(home, InvoiceId(home)))


async def _draft(
    player: Player, cast: Cast, step: str, number: str, amount: int, currency: str, lasting: timedelta = MONTH
) -> InvoiceId | None:
    start = player.now
    drafted = await player.play(
        step,
        lambda app: app.invoices.draft(
            cast.organization_id, number, amount, currency, start, start + lasting, actor=BILLING
        ),
    )
    return None if drafted is None else drafted.id


async def _paid(player: Player, cast: Cast, invoice: InvoiceId) -> None:
    home, due = cast.organization_id, player.now + TERM
    await player.play("settle a draft", lambda app: app.invoices.settle(home, invoice, actor=BILLING))
    for step in ("issue", "issue again"):
        await player.play(step, lambda app: app.invoices.issue(home, invoice, due, actor=BILLING))
    await player.play("issue otherwise", lambda app: app.invoices.issue(home, invoice, actor=BILLING))
    for step in ("settle", "settle again"):
        await player.play(step, lambda app: app.invoices.settle(home, invoice, actor=BILLING))
    await player.play("read what is paid", lambda app: app.invoices.get(home, invoice))
    await player.play("void what is paid", lambda app: app.invoices.void(home, invoice, actor=cast.actor))


async def _voided(player: Player, cast: Cast, invoice: InvoiceId) -> None:
    home = cast.organization_id
    for step in ("void", "void again"):
        await player.play(step, lambda app: app.invoices.void(home, invoice, actor=cast.actor))
    await player.play("issue what is void", lambda app: app.invoices.issue(home, invoice, actor=BILLING))
    await player.play("settle what is void", lambda app: app.invoices.settle(home, invoice, actor=BILLING))

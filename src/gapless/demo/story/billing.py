"""The subscription: it begins, is paid or not, changes its plan, and ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from gapless.demo.player import Player
from gapless.demo.story.cast import BILLING, Cast
from gapless.demo.story.phone_numbers import add_number
from gapless.domain.phone_numbers import Provider
from gapless.kit.ids import UserId

MONTH = timedelta(days=30)
SMALLEST, GREATEST = "starter", "business"


async def subscription(player: Player, cast: Cast) -> None:
    """The organization subscribes to its plan, every second one with a trial; a second time it can't."""
    home, start = cast.organization_id, player.now
    if cast.number % 4 == 2:
        await player.play("read no subscription", lambda app: app.subscriptions.get(home))
        await _subscribe(player, cast, "subscribe to no plan", "free")
        await player.play(
            "subscribe backwards",
            lambda app: app.subscriptions.subscribe(home, cast.company.plan, start, start - MONTH, actor=cast.actor),
        )
    await _subscribe(player, cast, "subscribe", cast.company.plan)
    if cast.number % 4 == 2:
        await _subscribe(player, cast, "subscribe again", GREATEST)
        await player.play("read the subscription", lambda app: app.subscriptions.get(home))


async def _subscribe(player: Player, cast: Cast, step: str, plan: str) -> None:
    start, trial = player.now, cast.number % 2 == 0
    await player.play(
        step,
        lambda app: app.subscriptions.subscribe(
            cast.organization_id, plan, start, start + MONTH, trial=trial, actor=cast.actor
        ),
    )


async def payments(player: Player, cast: Cast) -> None:
    """Three payments fail, which puts it past due, one of them told twice; then one succeeds, told twice as well."""
    home = cast.organization_id
    for event in ("failure-1", "failure-2", "failure-2", "failure-3", "failure-4", ""):
        await _failed(player, cast, event)
    await player.play("read what is past due", lambda app: app.subscriptions.get(home))
    for event in ("payment-1", "payment-1", "payment-2"):
        await _succeeded(player, cast, event)


async def _failed(player: Player, cast: Cast, event: str) -> None:
    home = cast.organization_id
    await player.play("payment fails", lambda app: app.subscriptions.payment_failed(home, event, actor=BILLING))


async def _succeeded(player: Player, cast: Cast, event: str) -> None:
    home = cast.organization_id
    await player.play("payment succeeds", lambda app: app.subscriptions.payment_succeeded(home, event, actor=BILLING))


async def plans(player: Player, cast: Cast) -> None:
    """The organization takes the greatest plan, and with it comes room for one more number."""
    for step, plan in {"change the plan": GREATEST, "change to the same": GREATEST, "change to none": "free"}.items():
        await change_plan(player, cast, step, plan)
    await add_number(player, cast, "add one more number", cast.company.numbers[-1], Provider.VAPI)


async def change_plan(player: Player, cast: Cast, step: str, plan: str) -> None:
    """Takes another plan."""
    home, actor = cast.organization_id, cast.actor
    await player.play(step, lambda app: app.subscriptions.change_plan(home, plan, actor=actor))


async def cancellation(player: Player, cast: Cast) -> None:
    """The subscription is canceled: nothing can be done with it any more, but the organization subscribes anew."""
    home, actor = cast.organization_id, cast.actor
    for step in ("cancel", "cancel again"):
        await player.play(step, lambda app: app.subscriptions.cancel(home, actor=actor))
    await change_plan(player, cast, "change a canceled plan", GREATEST)
    await schedule(player, cast, "schedule what is canceled", SMALLEST, ())
    await _failed(player, cast, "failure-5")
    await _succeeded(player, cast, "payment-5")
    await _subscribe(player, cast, "subscribe anew", cast.company.plan)


async def schedule(player: Player, cast: Cast, step: str, plan: str, users: Sequence[UserId]) -> None:
    """Schedules a downgrade."""
    home, actor = cast.organization_id, cast.actor
    await player.play(step, lambda app: app.subscriptions.schedule_downgrade(home, plan, users, actor=actor))

"""A downgrade is scheduled and executed; before that it is refused for every reason that there is."""

from __future__ import annotations

from collections.abc import Sequence

from gapless.cli.demo.playing import Player
from gapless.cli.demo.story.billing import GREATEST, SMALLEST, change_plan, schedule
from gapless.cli.demo.story.cast import BILLING, Cast
from gapless.domain.plans import DEFAULT_PLANS
from gapless.domain.values import UserId

SEATS = DEFAULT_PLANS.limits(SMALLEST).team_members


async def downgrade(player: Player, cast: Cast) -> None:
    """From the greatest plan to the smallest; who has no seat on it is deactivated."""
    await change_plan(player, cast, "take the greatest plan", GREATEST)
    members = await _active(player, cast)
    surplus = members[SEATS:] or members[-1:] if len(members) > 1 else ()
    await _not_scheduled(player, cast)
    await _scheduled_wrongly(player, cast)
    await schedule(player, cast, "schedule everybody", SMALLEST, members)
    await _execute(player, cast, "downgrade without owners")
    await _dropped(player, cast)
    if len(members) > SEATS:
        await schedule(player, cast, "schedule nobody", SMALLEST, ())
        await _execute(player, cast, "downgrade with too many")
    await schedule(player, cast, "schedule the surplus", SMALLEST, surplus)
    for step in ("downgrade", "downgrade again"):
        await _execute(player, cast, step)


async def _active(player: Player, cast: Cast) -> Sequence[UserId]:
    """The members who have a seat; the founder came first."""
    page = await player.play("list all members", lambda app: app.team.list_members(cast.organization_id, limit=1000))
    return () if page is None else tuple(user.id for user in page.items if user.is_active)


async def _not_scheduled(player: Player, cast: Cast) -> None:
    await _execute(player, cast, "downgrade without a schedule")
    await _drop(player, cast, "drop no downgrade")


async def _scheduled_wrongly(player: Player, cast: Cast) -> None:
    await schedule(player, cast, "schedule the same plan", GREATEST, ())
    await schedule(player, cast, "schedule no plan", "free", ())
    await schedule(player, cast, "schedule nobody's seat", SMALLEST, (UserId(cast.organization_id),))


async def _dropped(player: Player, cast: Cast) -> None:
    await _drop(player, cast, "drop the downgrade")
    await _execute(player, cast, "downgrade what was dropped")


async def _drop(player: Player, cast: Cast, step: str) -> None:
    home = cast.organization_id
    await player.play(step, lambda app: app.subscriptions.cancel_downgrade(home, actor=cast.actor))


async def _execute(player: Player, cast: Cast, step: str) -> None:
    home = cast.organization_id
    await player.play(step, lambda app: app.subscriptions.execute_scheduled_downgrade(home, actor=BILLING))

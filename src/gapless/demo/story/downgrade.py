"""A downgrade is scheduled and executed; before that it is refused for every reason that there is."""

from __future__ import annotations

from collections.abc import Sequence

from gapless.demo.player import Player
from gapless.demo.story.billing import GREATEST, SMALLEST, change_plan, schedule
from gapless.demo.story.cast import BILLING, Cast, numbers_of
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.domain.plans import DEFAULT_PLANS
from gapless.domain.users import User
from gapless.kit.ids import UserId

LIMITS = DEFAULT_PLANS.limits(SMALLEST)


async def downgrade(player: Player, cast: Cast) -> None:
    """From the greatest plan to the smallest; who has no seat on it is deactivated, and for the rest room is made."""
    await schedule(player, cast, "schedule a greater plan", GREATEST, ())
    await change_plan(player, cast, "take the greatest plan", GREATEST)
    members = await _active(player, cast)
    surplus = members[LIMITS.team_members :]
    await _not_scheduled(player, cast)
    await _scheduled_wrongly(player, cast)
    await schedule(player, cast, "schedule what is dropped", SMALLEST, _ids(surplus))
    await _dropped(player, cast)
    if surplus:
        await _too_few_seats(player, cast, members, len(surplus))
    await schedule(player, cast, "schedule those who came last", SMALLEST, _ids(members[:0:-1]))
    await _execute(player, cast, "downgrade as it is")
    await _make_room(player, cast)
    for step in ("downgrade", "downgrade again"):
        await _execute(player, cast, step)


async def _active(player: Player, cast: Cast) -> Sequence[User]:
    """The members who have a seat; the founder came first."""
    page = await player.play("list all members", lambda app: app.members.list_members(cast.organization_id, limit=1000))
    return () if page is None else tuple(user for user in page.items if user.is_active)


def _ids(users: Sequence[User]) -> tuple[UserId, ...]:
    return tuple(user.id for user in users)


async def _too_few_seats(player: Player, cast: Cast, members: Sequence[User], surplus: int) -> None:
    """Neither can all owners lose their seats, nor can nobody, nor is anybody deactivated by a change of plan."""
    owners = [user for user in members if user.is_owner]
    if len(owners) <= surplus:
        await schedule(player, cast, "schedule the owners", SMALLEST, _ids(owners))
        await _execute(player, cast, "downgrade without owners")
    await schedule(player, cast, "schedule nobody", SMALLEST, ())
    await _execute(player, cast, "downgrade with too many")
    await change_plan(player, cast, "take a plan that is too small", SMALLEST)


async def _make_room(player: Player, cast: Cast) -> None:
    """Releases the numbers that the smallest plan does not have, and frees what is stored."""
    home = cast.organization_id
    for number in (await numbers_of(player, cast))[LIMITS.phone_numbers :]:
        await _release(player, cast, number)
    organization = await player.play("read what is stored", lambda app: app.organizations.get(home))
    if organization is not None:
        await player.play("make room", lambda app: app.usage.free_storage(home, organization.used_storage))


async def _release(player: Player, cast: Cast, number: PhoneNumberId) -> None:
    home, actor = cast.organization_id, cast.actor
    await player.play("make room for a number", lambda app: app.phone_numbers.release(home, number, actor=actor))


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

"""Members who give up their seat or leave, and come back if they can."""

from __future__ import annotations

from datetime import timedelta

from gapless.demo.player import Player
from gapless.demo.story.cast import Cast, invited, stranger

ERASED = 3  # of every so many-th organization the trail forgets who was removed
LONGER_THAN_RETAINED = timedelta(days=31)


async def seats(player: Player, cast: Cast) -> None:
    """A member is deactivated, somebody else takes the seat; the member comes back when it is free again."""
    home, user, actor = cast.organization_id, cast.member(1), cast.actor
    await player.play("deactivate", lambda app: app.members.deactivate(home, user, "on leave", actor=actor))
    await player.play("deactivate again", lambda app: app.members.deactivate(home, user, actor=actor))
    await player.play("deactivate the last owner", lambda app: app.members.deactivate(home, cast.founder, actor=actor))
    await player.play(
        "reason too long", lambda app: app.members.deactivate(home, cast.member(2), "a" * 501, actor=actor)
    )
    substitute = await invited(player, cast, stranger("substitute"), "invite a substitute")
    await player.play("reactivate", lambda app: app.members.reactivate(home, user, actor=actor))
    if substitute is not None:
        await player.play("remove the substitute", lambda app: app.members.remove(home, substitute.id, actor=actor))
    await player.play("reactivate again", lambda app: app.members.reactivate(home, user, actor=actor))


async def leaving(player: Player, cast: Cast) -> None:
    """A member is removed, somebody else gets the address; the member can't come back until it is free."""
    home, user, actor = cast.organization_id, cast.member(2), cast.actor
    removed = await player.play("remove", lambda app: app.members.remove(home, user, actor=actor))
    await player.play("remove again", lambda app: app.members.remove(home, user, actor=actor))
    await player.play("remove the last owner", lambda app: app.members.remove(home, cast.founder, actor=actor))
    if removed is not None:
        namesake = await invited(player, cast, stranger("namesake", removed.email), "invite with the free address")
        await player.play("restore", lambda app: app.members.restore(home, user, actor=actor))
        if namesake is not None:
            await player.play("remove the namesake", lambda app: app.members.remove(home, namesake.id, actor=actor))
    await player.play("restore again", lambda app: app.members.restore(home, user, actor=actor))
    await player.play("restore a live member", lambda app: app.members.restore(home, user, actor=actor))
    await player.play("remove for long", lambda app: app.members.remove(home, user, actor=actor))
    if cast.number % ERASED == 0:
        await player.play("erase a member", lambda app: app.members.erase(home, cast.member(1), actor=actor))
        await player.play("erase the removed", lambda app: app.members.erase(home, user, actor=actor))
        await player.play("erase again", lambda app: app.members.erase(home, user, actor=actor))
    player.wait(LONGER_THAN_RETAINED)
    await player.play("restore too late", lambda app: app.members.restore(home, user, actor=actor))

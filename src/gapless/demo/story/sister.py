"""Another organization of the same people: nothing crosses from the one to the other."""

from __future__ import annotations

from gapless.demo.player import Player
from gapless.demo.story.cast import SIGNUP, Cast, call_of, number_of
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import Provider
from gapless.kit.audit import Actor


async def sister(player: Player, cast: Cast) -> None:
    """It is created, gets nothing that belongs to the first, and is deleted; the trail of some is to be erased."""
    founder = cast.company.founder
    created = await player.play(
        "create a sister",
        lambda app: app.organizations.create(
            "Sister & Co.", f"sister-{cast.number}", founder.email, founder.name, actor=SIGNUP
        ),
    )
    if created is None:
        return
    home, actor = created.organization.id, Actor.user(created.owner.id)
    await _grasping(player, cast, home, actor)
    if cast.number % 2:
        await player.play("mark the sister", lambda app: app.organizations.mark_for_erasure(home, "moved", actor=actor))
        await player.play("mark it again", lambda app: app.organizations.mark_for_erasure(home, "moved", actor=actor))
    await player.play("delete the sister", lambda app: app.organizations.delete(home, actor=actor))


async def _grasping(player: Player, cast: Cast, home: OrganizationId, actor: Actor) -> None:
    """Everything that is asked for belongs to the first organization."""
    number = cast.company.numbers[0]
    await player.play(
        "add the other's number", lambda app: app.phone_numbers.add(home, number, Provider.VAPI, actor=actor)
    )
    known, call = await number_of(player, cast), await call_of(player, cast)
    if known is not None:
        await player.play("call the other's number", lambda app: app.calls.start(home, known))
        await player.play("release the other's", lambda app: app.phone_numbers.release(home, known, actor=actor))
    if call is not None:
        await player.play("read the other's call", lambda app: app.calls.get(home, call))
        await player.play("finish the other's call", lambda app: app.calls.finish(home, call))
    page = await player.play("the other's calls", lambda app: app.calls.list_calls(cast.organization_id, limit=1))
    if page is not None and (after := page.next) is not None:
        await player.play("page after the other's", lambda app: app.calls.list_calls(home, after=after))
    member = cast.member(0)
    await player.play("rename the other's", lambda app: app.members.rename(home, member, "Nobody", actor=actor))
    await player.play(
        "the other's as actor", lambda app: app.members.rename(home, cast.founder, "Me", actor=cast.actor)
    )

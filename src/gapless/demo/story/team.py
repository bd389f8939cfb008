"""Roles and names of the members, what a form may send, and the listings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from gapless.bootstrap import Gapless
from gapless.demo.player import Player
from gapless.demo.story.cast import Cast, create_another, invited, stranger
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role
from gapless.kit.ids import UserId
from gapless.services.members import MemberPage


async def roles(player: Player, cast: Cast) -> None:
    """A member is promoted; then every owner but the founder is demoted, and the founder can't be."""
    heir = cast.member(0)
    await _change_role(player, cast, "promote", heir, Role.OWNER)
    await _change_role(player, cast, "promote to the same role", heir, Role.OWNER)
    await _change_role(player, cast, "demote the founder", cast.founder, Role.ADMIN)
    await _change_role(player, cast, "promote the founder", cast.founder, Role.OWNER)
    for user in cast.team:
        if user.role is Role.OWNER or user.id == heir:
            await _change_role(player, cast, "demote an owner", user.id, Role.MANAGER)
    await _change_role(player, cast, "demote the last owner", cast.founder, Role.OPERATOR)


async def _change_role(player: Player, cast: Cast, step: str, user: UserId, role: Role) -> None:
    await player.play(step, lambda app: app.members.change_role(cast.organization_id, user, role, actor=cast.actor))


async def names(player: Player, cast: Cast) -> None:
    """The organization and a member get another name, then the same again, then what is none; so does the address."""
    longest = f"{cast.company.name[:90]} & Co."
    for step, name in (("rename", longest), ("to the same", longest), ("too short", "A"), ("too long", "A" * 101)):
        await _rename(player, cast, step, name)
    for address in (" Accounts@Strangers.example ", "accounts@strangers.example", "nobody", None):
        await _bill_to(player, cast, address)


async def _rename(player: Player, cast: Cast, step: str, name: str) -> None:
    home, user = cast.organization_id, cast.member(1)
    await player.play(f"{step}: organization", lambda app: app.organizations.rename(home, name, actor=cast.actor))
    await player.play(f"{step}: member", lambda app: app.members.rename(home, user, name, actor=cast.actor))


async def _bill_to(player: Player, cast: Cast, address: str | None) -> None:
    home = cast.organization_id
    await player.play("bill to", lambda app: app.organizations.change_billing_email(home, address, actor=cast.actor))


async def bad_input(player: Player, cast: Cast) -> None:
    """What a form may send: an address that is taken or none, a name that is none, text that can't be stored."""
    founder = cast.company.founder
    bad = {
        "invite the founder": founder,
        "invite the founder in capitals": attrs.evolve(founder, email=f" {founder.email.upper()} "),
        "invite without @": attrs.evolve(founder, email="nobody"),
        "invite with a long address": attrs.evolve(founder, email=f"{'a' * 250}@strangers.example"),
        "invite a short name": stranger("x"),
        "invite NUL": stranger("a\0b", "nul@strangers.example"),
        "invite a surrogate": stranger("a\ud800b", "surrogate@strangers.example"),
    }
    for step, member in bad.items():
        await invited(player, cast, member, step)
    await create_another(player, "create with the same slug", cast.company.slug)
    await create_another(player, "create with a reserved slug", "admin")


async def reading(player: Player, cast: Cast) -> None:
    """The listings of the members, page after page, and the trail."""
    home = cast.organization_id
    after: str | None = None
    while page := await player.play("list members", _members_after(home, after)):
        if (after := page.next) is None:
            break
    await player.play("list the deleted", lambda app: app.members.list_deleted(home))
    await player.play("list no page", lambda app: app.members.list_members(home, limit=0))
    await player.play("a member is here", lambda app: app.members.seen(home, cast.member(1)))
    await player.play("read a member", lambda app: app.members.get(home, cast.member(1)))
    await player.play("read the trail", lambda app: app.audit_trail.of_root(home, limit=10))
    await player.play(
        "read the trail of a member", lambda app: app.audit_trail.of_resource(home, "user", cast.member(0))
    )
    await player.play("read what the founder did", lambda app: app.audit_trail.of_user(home, cast.founder))


def _members_after(home: OrganizationId, after: str | None) -> Callable[[Gapless], Awaitable[MemberPage]]:
    return lambda app: app.members.list_members(home, after=after, limit=7)

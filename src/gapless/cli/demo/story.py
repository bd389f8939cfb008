"""The main job: what happens to one organization, from its founding on. Much of it is refused, and has to be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import attrs

from gapless.bootstrap import Gapless
from gapless.cli.demo.data import Company, Member
from gapless.cli.demo.playing import Player
from gapless.domain.audit import Actor
from gapless.domain.users import Language, Role, User
from gapless.domain.values import OrganizationId, UserId
from gapless.services.team import MemberPage

SIGNUP = Actor.system("signup")
LONGER_THAN_RETAINED = timedelta(days=31)
STAYS_DELETED = 7  # every so many-th organization is deleted at the end


@attrs.frozen(kw_only=True)
class Cast:
    """Who is in the story.

    Attributes:
        company: what the data say.
        organization_id: the organization.
        founder: its first owner, who acts.
        team: those who were invited and came.
    """

    company: Company
    organization_id: OrganizationId
    founder: UserId
    team: tuple[User, ...]

    @property
    def actor(self) -> Actor:
        """The founder, at a desk."""
        return Actor.user(self.founder, ip_address="192.0.2.7", user_agent="gapless demo")

    def member(self, place: int) -> UserId:
        """One of the team; in a small one the same person plays several parts."""
        return self.team[place % len(self.team)].id if self.team else self.founder


async def tell(player: Player, company: Company, number: int) -> OrganizationId | None:
    """Plays the whole story.

    Args:
        player: on which store.
        company: the input.
        number: the place of the company in the data.

    Returns:
        The organization's id, or None if it could not be founded.
    """
    cast = await _gathered(player, company)
    if cast is None:
        return None
    for chapter in (_roles, _names, _seats, _leaving, _bad_input, _reading, _deletion):
        await chapter(player, cast)
    if number % STAYS_DELETED == 0:
        await player.play("delete for good", lambda app: app.organizations.delete(cast.organization_id, actor=SIGNUP))
    return cast.organization_id


async def _gathered(player: Player, company: Company) -> Cast | None:
    founder = company.founder
    founded = await player.play(
        "found",
        lambda app: app.organizations.found(
            company.name,
            company.slug,
            founder.email,
            founder.name,
            plan=company.plan,
            billing_email=company.billing_email,
            owner_language=founder.language,
            actor=SIGNUP,
        ),
    )
    if founded is None:
        return None
    cast = Cast(company=company, organization_id=founded.organization.id, founder=founded.owner.id, team=())
    came = [await _invited(player, cast, member) for member in company.others]
    return attrs.evolve(cast, team=tuple(user for user in came if user is not None))


async def _invited(player: Player, cast: Cast, member: Member, step: str = "invite") -> User | None:
    return await player.play(
        step,
        lambda app: app.team.invite(
            cast.organization_id, member.email, member.name, member.role, member.language, actor=cast.actor
        ),
    )


async def _change_role(player: Player, cast: Cast, step: str, user: UserId, role: Role) -> None:
    await player.play(step, lambda app: app.team.change_role(cast.organization_id, user, role, actor=cast.actor))


async def _roles(player: Player, cast: Cast) -> None:
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


async def _names(player: Player, cast: Cast) -> None:
    """The organization and a member get another name, then the same again, then what is none."""
    longest = f"{cast.company.name[:90]} & Co."
    for step, name in (("rename", longest), ("to the same", longest), ("too short", "A"), ("too long", "A" * 101)):
        await _rename(player, cast, step, name)


async def _rename(player: Player, cast: Cast, step: str, name: str) -> None:
    home, user = cast.organization_id, cast.member(1)
    await player.play(f"{step}: organization", lambda app: app.organizations.rename(home, name, actor=cast.actor))
    await player.play(f"{step}: member", lambda app: app.team.rename(home, user, name, actor=cast.actor))


async def _seats(player: Player, cast: Cast) -> None:
    """A member is deactivated, somebody else takes the seat; the member comes back when it is free again."""
    home, user, actor = cast.organization_id, cast.member(1), cast.actor
    await player.play("deactivate", lambda app: app.team.deactivate(home, user, "on leave", actor=actor))
    await player.play("deactivate again", lambda app: app.team.deactivate(home, user, actor=actor))
    await player.play("deactivate the last owner", lambda app: app.team.deactivate(home, cast.founder, actor=actor))
    await player.play("reason too long", lambda app: app.team.deactivate(home, cast.member(2), "a" * 501, actor=actor))
    substitute = await _invited(player, cast, _stranger("substitute"), "invite a substitute")
    await player.play("reactivate", lambda app: app.team.reactivate(home, user, actor=actor))
    if substitute is not None:
        await player.play("remove the substitute", lambda app: app.team.remove(home, substitute.id, actor=actor))
    await player.play("reactivate again", lambda app: app.team.reactivate(home, user, actor=actor))


async def _leaving(player: Player, cast: Cast) -> None:
    """A member is removed, somebody else gets the address; the member can't come back until it is free."""
    home, user, actor = cast.organization_id, cast.member(2), cast.actor
    removed = await player.play("remove", lambda app: app.team.remove(home, user, actor=actor))
    await player.play("remove again", lambda app: app.team.remove(home, user, actor=actor))
    await player.play("remove the last owner", lambda app: app.team.remove(home, cast.founder, actor=actor))
    if removed is not None:
        namesake = await _invited(player, cast, _stranger("namesake", removed.email), "invite with the free address")
        await player.play("restore", lambda app: app.team.restore(home, user, actor=actor))
        if namesake is not None:
            await player.play("remove the namesake", lambda app: app.team.remove(home, namesake.id, actor=actor))
    await player.play("restore again", lambda app: app.team.restore(home, user, actor=actor))
    await player.play("restore a live member", lambda app: app.team.restore(home, user, actor=actor))
    await player.play("remove for long", lambda app: app.team.remove(home, user, actor=actor))
    player.wait(LONGER_THAN_RETAINED)
    await player.play("restore too late", lambda app: app.team.restore(home, user, actor=actor))


def _stranger(name: str, email: str | None = None) -> Member:
    return Member(name.capitalize(), email or f"{name}@strangers.example", Role.OPERATOR, Language.ENGLISH)


async def _bad_input(player: Player, cast: Cast) -> None:
    """What a form may send: an address that is taken or none, a name that is none, text that can't be stored."""
    founder = cast.company.founder
    bad = {
        "invite the founder": founder,
        "invite the founder in capitals": attrs.evolve(founder, email=f" {founder.email.upper()} "),
        "invite without @": attrs.evolve(founder, email="nobody"),
        "invite with a long address": attrs.evolve(founder, email=f"{'a' * 250}@strangers.example"),
        "invite a short name": _stranger("x"),
        "invite NUL": _stranger("a\0b", "nul@strangers.example"),
        "invite a surrogate": _stranger("a\ud800b", "surrogate@strangers.example"),
    }
    for step, member in bad.items():
        await _invited(player, cast, member, step)
    await _found_another(player, "found with the same slug", cast.company.slug)
    await _found_another(player, "found with a reserved slug", "admin")


async def _found_another(player: Player, step: str, slug: str) -> None:
    await player.play(
        step, lambda app: app.organizations.found("Another", slug, "ann@strangers.example", "Ann", actor=SIGNUP)
    )


async def _reading(player: Player, cast: Cast) -> None:
    """The listings, page after page."""
    home = cast.organization_id
    after: UserId | None = None
    while page := await player.play("list members", _members_after(home, after)):
        if (after := page.next) is None:
            break
    await player.play("list the deleted", lambda app: app.team.list_deleted(home))
    await player.play("read the trail", lambda app: app.audit_trail.of_organization(home, limit=10))
    await player.play(
        "read the trail of a member", lambda app: app.audit_trail.of_resource(home, "user", cast.member(0))
    )
    await player.play("read what the founder did", lambda app: app.audit_trail.of_user(home, cast.founder))


def _members_after(home: OrganizationId, after: UserId | None) -> Callable[[Gapless], Awaitable[MemberPage]]:
    return lambda app: app.team.list_members(home, after=after, limit=7)


async def _deletion(player: Player, cast: Cast) -> None:
    """The organization is deleted, nobody gets in, and it comes back as it was."""
    home, actor = cast.organization_id, cast.actor
    await player.play("delete", lambda app: app.organizations.delete(home, actor=actor))
    await player.play("delete again", lambda app: app.organizations.delete(home, actor=actor))
    await _invited(player, cast, _stranger("latecomer"), "invite into the deleted")
    await player.play("restore a member there", lambda app: app.team.restore(home, cast.member(0), actor=actor))
    await player.play("read the deleted", lambda app: app.organizations.get(home))
    await _found_another(player, "found with its slug", cast.company.slug)
    await player.play("restore the organization", lambda app: app.organizations.restore(home, actor=actor))
    await player.play("restore it again", lambda app: app.organizations.restore(home, actor=actor))
    await player.play("read it", lambda app: app.organizations.get(home))

"""Who is in the story, and how they come together."""

from __future__ import annotations

import attrs

from gapless.demo.data import Company, DemoMember
from gapless.demo.player import Player
from gapless.domain.calls import CallId
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.domain.users import Language, Role, User
from gapless.kit.audit import Actor
from gapless.kit.ids import UserId

SIGNUP = Actor.system("signup")
BILLING = Actor.system("billing")


@attrs.frozen(kw_only=True)
class Cast:
    """Who is in the story.

    Attributes:
        company: what the data say.
        number: the place of the company in the data.
        organization_id: the organization.
        founder: its first owner, who acts.
        team: those who were invited and came.
    """

    company: Company
    number: int
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


async def gathered(player: Player, company: Company, number: int) -> Cast | None:
    """Creates the organization and invites its members; None if it could not be created."""
    founder = company.founder
    created = await player.play(
        "create",
        lambda app: app.organizations.create(
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
    if created is None:
        return None
    home = created.organization.id
    cast = Cast(company=company, number=number, organization_id=home, founder=created.owner.id, team=())
    came = [await invited(player, cast, member) for member in company.others]
    return attrs.evolve(cast, team=tuple(user for user in came if user is not None))


async def invited(player: Player, cast: Cast, member: DemoMember, step: str = "invite") -> User | None:
    """Invites one person."""
    return await player.play(
        step,
        lambda app: app.members.invite(
            cast.organization_id, member.email, member.name, member.role, member.language, actor=cast.actor
        ),
    )


async def create_another(player: Player, step: str, slug: str) -> None:
    """Somebody else tries to create an organization under this slug."""
    await player.play(
        step, lambda app: app.organizations.create("Another", slug, "ann@strangers.example", "Ann", actor=SIGNUP)
    )


async def numbers_of(player: Player, cast: Cast) -> tuple[PhoneNumberId, ...]:
    """The numbers at which the organization is called by now."""
    page = await player.play("list numbers", lambda app: app.phone_numbers.list_numbers(cast.organization_id))
    return () if page is None else tuple(number.id for number in page.items)


async def number_of(player: Player, cast: Cast, place: int = 0) -> PhoneNumberId | None:
    """One of these numbers, by its place; None if there is none any more."""
    numbers = await numbers_of(player, cast)
    return numbers[place] if numbers else None


async def call_of(player: Player, cast: Cast) -> CallId | None:
    """The newest call of the organization, if there is any."""
    page = await player.play("list a call", lambda app: app.calls.list_calls(cast.organization_id, limit=1))
    return page.items[0].id if page is not None and page.items else None


def stranger(name: str, email: str | None = None) -> DemoMember:
    """Somebody whom the data don't know."""
    return DemoMember(name.capitalize(), email or f"{name}@strangers.example", Role.OPERATOR, Language.ENGLISH)

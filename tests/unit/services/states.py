"""What use cases work on, in each of its states, in any world on any store: members, calls, items, invoices."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from gapless.bootstrap import Gapless
from gapless.domain.calls import CallId
from gapless.domain.invoices import InvoiceId
from gapless.domain.knowledge import KnowledgeItemId
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumberId, Provider
from gapless.domain.users import Role, User
from gapless.kit.audit import Actor
from gapless.kit.ids import UserId

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LONG = timedelta(days=20 * 365)
"""What was deleted long ago is expired by then, and nothing that was deleted since: others may share the store."""
START, NEXT, LATER = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))


class Turned(Protocol):
    """A clock that can be turned."""

    time: datetime


class Scene(Protocol):
    """A world: an application with one organization on the plan "starter", and its owner."""

    @property
    def clock(self) -> Turned:
        """What the application takes for the time."""
        ...

    @property
    def app(self) -> Gapless:
        """The application."""
        ...

    @property
    def home(self) -> OrganizationId:
        """The organization's id."""
        ...

    @property
    def actor(self) -> Actor:
        """The owner, who acts."""
        ...

    async def member(self) -> User:
        """Invites a member."""
        ...


async def member(scene: Scene) -> UserId:
    """A member: one that is there, or one that is invited."""
    there = (await scene.app.members.list_members(scene.home)).items
    return (
        next((user.id for user in there if user.is_active and user.role is Role.MANAGER), None)
        or (await scene.member()).id
    )


async def inactive_member(scene: Scene) -> UserId:
    """A user who was deactivated."""
    user = (await scene.member()).id
    await scene.app.members.deactivate(scene.home, user, actor=scene.actor)
    return user


async def removed_member(scene: Scene) -> UserId:
    """A user who was removed."""
    user = (await scene.member()).id
    await scene.app.members.remove(scene.home, user, actor=scene.actor)
    return user


async def known_member(scene: Scene) -> UserId:
    """A user who was renamed, acted from somewhere, and was removed: the trail knows much of such a person."""
    user = (await scene.member()).id
    themselves = Actor.user(user, ip_address="198.51.100.9", user_agent="Mosaic")
    await scene.app.members.rename(scene.home, user, "Roberta", actor=themselves)
    await scene.app.members.deactivate(scene.home, user, "On sick leave.", actor=scene.actor)
    await scene.app.members.remove(scene.home, user, actor=scene.actor)
    return user


async def leaving_members(scene: Scene) -> list[UserId]:
    """Those who are to lose their seats."""
    return [(await scene.member()).id]


async def free_number(scene: Scene) -> str:
    """A number that nobody has, and the only one that the organization is given: it follows from its id."""
    return f"+99{scene.home.int % 10**12:012}"


async def phone_number(scene: Scene) -> PhoneNumberId:
    """The number of the organization, which has one at most."""
    if there := (await scene.app.phone_numbers.list_numbers(scene.home)).items:
        return there[0].id
    number = await free_number(scene)
    return (await scene.app.phone_numbers.add(scene.home, number, Provider.VAPI, actor=scene.actor)).id


async def active_call(scene: Scene) -> CallId:
    """A call that has been going on for more than a minute."""
    call = await scene.app.calls.start(scene.home, await phone_number(scene))
    scene.clock.time += timedelta(seconds=61)
    return call.id


async def finished_call(scene: Scene) -> CallId:
    """A call that has ended."""
    return (await scene.app.calls.finish(scene.home, await active_call(scene))).id


async def item(scene: Scene) -> KnowledgeItemId:
    """An item of the knowledge base."""
    added = await scene.app.knowledge.add(
        scene.home, "When are you open?", "From nine to five.", "hours", actor=scene.actor
    )
    return added.id


async def inactive_item(scene: Scene) -> KnowledgeItemId:
    """An item that is not offered."""
    return (await scene.app.knowledge.deactivate(scene.home, await item(scene), actor=scene.actor)).id


async def deleted_item(scene: Scene) -> KnowledgeItemId:
    """An item that was deleted."""
    return (await scene.app.knowledge.delete(scene.home, await item(scene), actor=scene.actor)).id


async def draft(scene: Scene) -> InvoiceId:
    """An invoice that is not issued yet."""
    return (await scene.app.invoices.draft(scene.home, "2026-1", 4900, "EUR", START, NEXT, actor=scene.actor)).id


async def open_invoice(scene: Scene) -> InvoiceId:
    """An invoice that is to be paid."""
    return (await scene.app.invoices.issue(scene.home, await draft(scene), actor=scene.actor)).id


async def nothing(scene: Scene) -> None:
    """Leaves the world as it is."""


async def subscribed(scene: Scene) -> None:
    """The organization pays for its plan."""
    await scene.app.subscriptions.subscribe(scene.home, "starter", START, NEXT, actor=scene.actor)


async def downgrading(scene: Scene) -> None:
    """The organization is about to go to a smaller plan, and a member to lose the seat."""
    await subscribed(scene)
    users = await leaving_members(scene)
    await scene.app.subscriptions.schedule_downgrade(scene.home, "small", users, actor=scene.actor)


async def overdue(scene: Scene) -> None:
    """The organization has not paid three times."""
    await subscribed(scene)
    for event in ("evt_1", "evt_2", "evt_3"):
        await scene.app.subscriptions.payment_failed(scene.home, event, actor=scene.actor)


async def storing(scene: Scene) -> None:
    """The organization stores something."""
    await scene.app.usage.add_storage(scene.home, 50)


async def marked(scene: Scene) -> None:
    """Nothing of the organization's trail is to be kept."""
    await scene.app.organizations.mark_for_erasure(scene.home, "They ask for it.", actor=scene.actor)


async def expired(scene: Scene) -> None:
    """The organization has lost a member and an item, long ago."""
    now, scene.clock.time = scene.clock.time, LONG_AGO
    await removed_member(scene)
    await deleted_item(scene)
    scene.clock.time = now

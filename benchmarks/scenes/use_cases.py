"""The use cases that are measured while rows grow."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.growing import Case, Cases
from benchmarks.measurement import Step
from benchmarks.scenes.companies import PLAN, RoomyCompany, caller, outcome, told
from benchmarks.scenes.units import ACTOR
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.outbox import OutboxRelay
from gapless.bootstrap import Gapless
from gapless.domain.calls import Call, CallStatus
from gapless.domain.users import Role, User
from gapless.kit.outbox import OutboxEvent

PAGE = 50
RETENTION = timedelta(days=30)
GREATEST_PAGE = 1000
AT_ONCE = 2
"""How many events a relay delivers in a round."""


async def call_cases(company: RoomyCompany, size: int) -> Cases:
    """The use cases of calls, in an organization with this many, one a second."""
    calls, going_on = company.app.calls, list[Call]()

    async def start(_: int) -> None:
        going_on.append(await calls.start(company.id, company.number.id))

    async def finish(_: int) -> None:
        await calls.finish(company.id, going_on.pop().id, CallStatus.COMPLETED, outcome=outcome(0))

    middle = SystemClock().now() - timedelta(seconds=size // 2)
    cursor = (await calls.list_calls(company.id, started_before=middle, limit=1)).next
    return {
        "start a call": Case(step=start, after=finish),
        "finish a call": Case(before=start, step=finish),
        "list the newest calls": Case(step=lambda _: calls.list_calls(company.id, limit=PAGE)),
        "list calls from the middle on": Case(step=lambda _: calls.list_calls(company.id, after=cursor, limit=PAGE)),
        "list calls of one caller": Case(
            step=lambda _: calls.list_calls(company.id, caller_number=caller(7), limit=PAGE)
        ),
        "list calls of one outcome": Case(step=lambda _: calls.list_calls(company.id, outcome=outcome(7), limit=PAGE)),
        "list calls of one handler": Case(
            step=lambda _: calls.list_calls(company.id, handled_by_user_id=company.owner.id, limit=PAGE)
        ),
        "count the calls that go on": Case(step=lambda _: calls.count_active(company.id)),
    }


async def member_cases(company: RoomyCompany, size: int) -> Cases:
    """The use cases of members, in an organization with this many."""
    app, home, member = company.app, company.id, company.member
    cursor = await _middle(company, size)

    async def find(_: int) -> None:
        async with app.store.reading(home) as reading:
            await reading.of(User).find(lambda user: user.email == member.email)

    return {
        "get a member": Case(step=lambda _: app.members.get(home, member.id)),
        "find a member by e-mail": Case(step=find),
        "list the first members": Case(step=lambda _: app.members.list_members(home, limit=PAGE)),
        "list members from the middle on": Case(
            step=lambda _: app.members.list_members(home, after=cursor, limit=PAGE)
        ),
        **changes_of_members(company),
    }


async def _middle(company: RoomyCompany, size: int) -> str | None:
    """Where the second half of the members begins."""
    cursor: str | None = None
    left = size // 2
    while left > 0:
        page = await company.app.members.list_members(company.id, after=cursor, limit=min(left, GREATEST_PAGE))
        cursor, left = page.next, left - len(page.items)
    return cursor


def changes_of_members(company: RoomyCompany) -> Cases:
    """The use cases that change members; all but `invite` leave the team as it was."""
    members, home, member = company.app.members, company.id, company.member

    async def invite(number: int) -> None:
        await members.invite(home, f"eve{number}@acme.org", "Eve", Role.MANAGER, actor=ACTOR)

    async def deactivate(_: int) -> None:
        await members.deactivate(home, member.id, actor=ACTOR)

    async def reactivate(_: int) -> None:
        await members.reactivate(home, member.id, actor=ACTOR)

    async def remove(_: int) -> None:
        await members.remove(home, member.id, actor=ACTOR)

    async def restore(_: int) -> None:
        await members.restore(home, member.id, actor=ACTOR)

    return {
        "change a role": Case(step=role_change(company)),
        "invite a member": Case(step=invite),
        "deactivate a member": Case(step=deactivate, after=reactivate),
        "reactivate a member": Case(before=deactivate, step=reactivate),
        "remove a member": Case(step=remove, after=restore),
        "restore a member": Case(before=remove, step=restore),
    }


def role_change(company: RoomyCompany) -> Step:
    """Changes the role of the member, to and fro."""

    async def change(number: int) -> None:
        role = (Role.ADMIN, Role.MANAGER)[number % 2]
        await company.app.members.change_role(company.id, company.member.id, role, actor=ACTOR)

    return change


def deletion_cases(company: RoomyCompany) -> Cases:
    """The deletion of the organization, and its restoring."""
    organizations = company.app.organizations

    async def delete(_: int) -> None:
        await organizations.delete(company.id, actor=ACTOR)

    async def restore(_: int) -> None:
        await organizations.restore(company.id, actor=ACTOR)

    return {
        "delete the organization": Case(step=delete, after=restore),
        "restore the organization": Case(before=delete, step=restore),
    }


def idle_cleanup(app: Gapless) -> Case:
    """A cleanup that finds nothing to do."""
    return Case(step=lambda _: app.cleanup.purge_expired(RETENTION))


def organization_cases(company: RoomyCompany, of_calls: Cases) -> Cases:
    """What one organization among many does, and what is about all of them.

    Args:
        company: the one.
        of_calls: its use cases of calls.
    """
    organizations = company.app.organizations

    async def create(number: int) -> None:
        await organizations.create("Acme", f"created-{number}", "ann@acme.org", "Ann", plan=PLAN, actor=ACTOR)

    return {
        "create an organization": Case(step=create),
        "change a role": Case(step=role_change(company)),
        "start a call": of_calls["start a call"],
        "finish a call": of_calls["finish a call"],
        "clean up with nothing to do": idle_cleanup(company.app),
    }


def trail_cases(company: RoomyCompany) -> Cases:
    """A change, and a page of each listing of the trail."""
    trail, home, owner = company.app.audit_trail, company.id, company.owner
    return {
        "change a role": Case(step=role_change(company)),
        "list the trail of the organization": Case(step=lambda _: trail.of_root(home, limit=PAGE)),
        "list what a user did": Case(step=lambda _: trail.of_user(home, owner.id, limit=PAGE)),
        "list what happened to a user": Case(step=lambda _: trail.of_resource(home, "user", told(7), limit=PAGE)),
    }


def outbox_cases(company: RoomyCompany) -> Cases:
    """A change, half of which add an event, and a round of a relay whose handler takes no time."""

    async def deliver(_: OutboxEvent) -> None:
        """The store is what is measured."""

    relay = OutboxRelay(store=company.app.jobs, clock=SystemClock(), ids=UuidV7Factory(), handler=deliver)
    return {
        "change a role": Case(step=role_change(company)),
        f"deliver {AT_ONCE} events": Case(step=lambda _: relay.deliver_due(AT_ONCE)),
    }

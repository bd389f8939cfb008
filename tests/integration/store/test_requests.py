"""What costs is asking the server: how often each operation does, counted on the wire."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from gapless.adapters.postgres import PostgresStore
from gapless.bootstrap import Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from tests.conftest import SCHEMA
from tests.integration.store.conftest import own_engine
from tests.proxy import Proxy
from tests.use_cases.listings import OVER_ALL, every_listing
from tests.use_cases.worlds import SIGNUP
from tests.voice.rows import a_user, an_audit_record, an_event, an_owner, created, members

pytestmark = pytest.mark.asyncio

Work = Callable[[PostgresStore, Organization], Awaitable[None]]


async def get(store: PostgresStore, organization: Organization) -> None:
    """Read one row."""
    async with store.reading(organization.id) as reading:
        await reading.of(Organization).get(organization.id)


async def find_twice(store: PostgresStore, organization: Organization) -> None:
    """Read twice."""
    async with store.reading(organization.id) as reading:
        await reading.of(User).find(lambda user: user.role == Role.OWNER)
        await reading.of(User).count()


async def snapshot(store: PostgresStore, organization: Organization) -> None:
    """Read at one moment."""
    async with store.reading(organization.id, snapshot=True) as reading:
        await reading.of(User).find()


async def change_role(store: PostgresStore, organization: Organization) -> None:
    """Change a role, with an audit record and an event."""
    async with store.unit(organization.id) as unit:
        (user,) = await unit.of(User).find(lambda row: row.name == "Bo")
        changed = user.with_role(Role.ADMIN if user.role is Role.OPERATOR else Role.OPERATOR)
        await unit.of(User).save(changed, an_audit_record(organization.id), (an_event(organization.id),))
        await unit.commit()


async def add_many(store: PostgresStore, organization: Organization) -> None:
    """Add ten users."""
    async with store.unit(organization.id) as unit:
        users = [a_user(organization.id, is_active=False) for _ in range(10)]
        await unit.of(User).add_all(users, an_audit_record(organization.id))
        await unit.commit()


async def invite(store: PostgresStore, organization: Organization) -> None:
    """Invite a member: the commit alone counts the members."""
    email = f"{uuid4().hex}@acme.org"
    await assembled(store, Parts()).members.invite(organization.id, email, "Eve", Role.OPERATOR, actor=SIGNUP)


async def removed_and_restored(store: PostgresStore, organization: Organization) -> None:
    """Remove a member and restore it; the commit alone counts the members."""
    team = assembled(store, Parts()).members
    async with store.reading(organization.id) as reading:
        (user,) = await reading.of(User).find(lambda row: row.name == "Bo")
    await team.remove(organization.id, user.id, actor=SIGNUP)
    await team.restore(organization.id, user.id, actor=SIGNUP)


async def seat_again(store: PostgresStore, organization: Organization) -> None:
    """Take a member's seat and give it back; the commit alone counts the members."""
    team = assembled(store, Parts()).members
    async with store.reading(organization.id) as reading:
        (user,) = await reading.of(User).find(lambda row: row.name == "Bo")
    await team.deactivate(organization.id, user.id, actor=SIGNUP)
    await team.reactivate(organization.id, user.id, actor=SIGNUP)


async def roll_back(store: PostgresStore, organization: Organization) -> None:
    """Open a unit and leave it."""
    async with store.unit(organization.id):
        pass


COSTS: dict[str, tuple[Work, int]] = {
    "get": (get, 1),
    "find and count": (find_twice, 2),
    "snapshot": (snapshot, 3),
    "role change": (change_role, 4),
    "ten users": (add_many, 3),
    "rolled back": (roll_back, 2),
    "invitation": (invite, 3),
    "a seat again": (seat_again, 1 + 4 + 4),
    "a member again": (removed_and_restored, 1 + 4 + 4),
}


@pytest.mark.parametrize(("work", "cost"), COSTS.values(), ids=COSTS.keys())
async def test_requests(store: PostgresStore, proxy: Proxy, work: Work, cost: int) -> None:
    """Once warm an operation asks the server so often and no more, and prepares nothing anew."""
    organization = await created(store)
    (owner,) = await members(store, organization.id)
    assert owner.is_owner
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(
            an_owner(organization.id, name="Bo", role=Role.OPERATOR), an_audit_record(organization.id)
        )
        await unit.commit()
    async with own_engine(proxy.url) as engine:
        counted = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        for _ in range(2):
            await work(counted, organization)
        proxy.messages.clear()
        for _ in range(5):
            await work(counted, organization)
        assert (proxy.requests, proxy.said(b"P")) == (5 * cost, 0)


async def test_a_page_is_one_request(store: PostgresStore, proxy: Proxy) -> None:
    """A page of any listing, the first and each further one, asks the server once; a job's opens its unit besides."""
    async with own_engine(proxy.url) as engine:
        counted = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        found = await every_listing(assembled(counted, Parts()), store, store)
        for listing in found:
            page = await listing.ask(limit=2)
            await listing.ask(after=page.next, limit=2)
            proxy.messages.clear()
            page = await listing.ask(limit=2)
            await listing.ask(after=page.next, limit=2)
            assert proxy.requests == 2 * (3 if listing.name == OVER_ALL else 1), listing.name

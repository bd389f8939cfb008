"""Deleting an organization (INTEGRITY-001), and marking it for erasure."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import cast
from uuid import uuid4

import attrs
import pytest

from gapless.domain.calls import Call, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import CallsInProgress
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import Role, User
from gapless.kit import Invariant, model_of
from gapless.kit.audit import Erasure, changed_fields
from gapless.kit.errors import InvalidState, InvalidValue, NotFound
from gapless.kit.ids import UserId
from gapless.kit.json_object import Json, JsonObject
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.root_removal import removed_softly
from tests.use_cases.belongings import call_to, owned_number, owned_subscription
from tests.use_cases.deletions import purge
from tests.use_cases.worlds import SIGNUP, World, fails, refused, world_on

pytestmark = pytest.mark.asyncio


async def owned_item(world: World, question: str = "When are you open?") -> KnowledgeItem:
    """An item of the organization's knowledge base."""
    return await world.app.knowledge.add(world.home, question, "From nine to five.", "hours", actor=world.actor)


@pytest.mark.gap("INTEGRITY-001")
async def test_calls_in_progress(world: World) -> None:
    """While two calls go on nothing is deleted; the error names their number, and is that of the catalogue's rule."""
    number = await owned_number(world)
    going_on = [call_to(world, number, CallStatus.ACTIVE) for _ in range(2)]
    await world.add(*going_on, call_to(world, number))
    before = await world.everything(GAPLESS)
    error = await fails(lambda: world.app.organizations.delete(world.home, actor=world.actor), CallsInProgress)
    assert isinstance(error, CallsInProgress)
    rule = next(rule for rule in model_of(Call).of_kind(Invariant) if rule.name == "no_active_calls")
    declared = model_of(Call).violated(rule)
    assert (error.active_calls, error.details()) == (2, {**declared.details(), "active_calls": 2})
    assert ": 2 " in error.message
    assert await world.everything(GAPLESS) == before


async def test_calls_that_have_ended(world: World) -> None:
    """Calls that were completed, missed or failed are in nobody's way."""
    number = await owned_number(world)
    await world.add(*(call_to(world, number, status) for status in CallStatus if status is not CallStatus.ACTIVE))
    assert (await world.app.organizations.delete(world.home, actor=world.actor)).is_deleted


@pytest.mark.gap("INTEGRITY-001")
async def test_one_batch(world: World) -> None:
    """Live users, active or not, and live items go as one deletion; what was deleted before keeps its own."""
    kept, gone = await world.member("Bob"), await world.member("Eve")
    await world.app.members.deactivate(world.home, kept.id, actor=world.actor)
    await world.app.members.remove(world.home, gone.id, actor=world.actor)
    live, dead = await owned_item(world), await owned_item(world)
    dead = await world.app.knowledge.delete(world.home, dead.id, actor=world.actor)
    world.clock.turn(timedelta(days=1))
    deleted = await world.app.organizations.delete(world.home, actor=world.actor)
    rows: list[User | KnowledgeItem] = [*await world.rows(User), *await world.rows(KnowledgeItem)]
    assert all(row.is_deleted for row in rows)
    batch = {row.id for row in rows if row.deletion_id == deleted.deletion_id}
    assert batch == {world.owner.id, kept.id, live.id}
    marks = {(row.deleted_at, row.deleted_by) for row in rows if row.id in batch}
    assert marks == {(world.clock.now(), world.owner.id)} == {(deleted.deleted_at, deleted.deleted_by)}
    assert dead in rows


@pytest.mark.gap("INTEGRITY-001")
async def test_numbers_and_subscription_go_for_good(world: World) -> None:
    """No number and no subscription is left; the calls stay, and a cleanup takes the link to the number from them."""
    number = await owned_number(world)
    await owned_subscription(world)
    call = call_to(world, number)
    await world.add(call)
    await world.app.organizations.delete(world.home, actor=world.actor)
    assert await world.rows(PhoneNumber) == ()
    assert await world.rows(Subscription) == ()
    assert [row.phone_number_id for row in await world.rows(Call)] == [number.id]
    await purge(world)
    (stored,) = await world.rows(Call)
    assert (stored.id, stored.phone_number_id) == (call.id, None)


@pytest.mark.gap("INTEGRITY-001")
async def test_recorded(world: World) -> None:
    """One record tells the deletion, with images of what went, the retention and the calls that lost a link."""
    numbers = [await owned_number(world), await owned_number(world, Provider.TWILIO)]
    subscription = await owned_subscription(world)
    await owned_item(world)
    await world.add(call_to(world, numbers[0]), call_to(world, numbers[1]), call_to(world, None, CallStatus.MISSED))
    earlier = await world.actions()
    await world.app.organizations.delete(world.home, actor=world.actor)
    assert await world.actions() == [*earlier, "organization.deleted"]
    audit = (await world.trail())[-1]
    changed, after = changed_fields(world.organization, await world.current())
    images: list[Json] = [dict(changed_fields(row, None)[0] or {}) for row in [*numbers, subscription]]
    assert changed is not None
    others: dict[str, Json] = {model.table: [] for model in removed_softly(GAPLESS) if model.audited}
    del others["subscriptions"]
    assert audit.before == JsonObject({**changed, **others, "phone_numbers": images[:2], "subscription": images[2]})
    assert audit.after == after
    assert audit.metadata == JsonObject({"retentionDays": 30, "unlinkedCalls": 2})
    assert (audit.user_id, audit.ip_address) == (world.owner.id, "192.0.2.7")


async def test_recorded_without_belongings(world: World) -> None:
    """An organization without numbers, subscription and calls is deleted alike; a job leaves no user behind."""
    deleted = await world.app.organizations.delete(world.home, actor=SIGNUP)
    audit = (await world.trail())[-1]
    assert audit.before is not None
    assert (audit.before["phone_numbers"], audit.before["subscription"]) == ([], None)
    assert audit.metadata["unlinkedCalls"] == 0
    assert deleted.deleted_by is None


async def test_events(world: World) -> None:
    """The deletion goes out, and each number is given back to its provider."""
    numbers = [await owned_number(world), await owned_number(world, Provider.TWILIO)]
    await world.app.organizations.delete(world.home, actor=world.actor)
    released = [("phone_number.released", {"number": one.number, "provider": one.provider.value}) for one in numbers]
    assert await world.events() == [("organization.deleted", {"organization_id": str(world.home)}), *released]


async def test_other_organization(world: World) -> None:
    """Nothing of another organization is touched, though a call goes on there."""
    other = await world_on(world.store, f"other-{uuid4().hex}")
    number = await owned_number(other)
    await owned_subscription(other)
    await owned_item(other)
    await other.add(call_to(other, number, CallStatus.ACTIVE))
    before = await other.everything(GAPLESS)
    await owned_number(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    await world.app.organizations.restore(world.home, actor=world.actor)
    assert await other.everything(GAPLESS) == before


async def test_deleted_is_not_found(world: World) -> None:
    """A deleted organization is neither deleted again nor changed, and takes no knowledge."""
    item = await owned_item(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    before = await world.everything(GAPLESS)
    organizations = world.app.organizations
    await fails(lambda: organizations.delete(world.home, actor=world.actor), NotFound)
    await fails(lambda: organizations.change_billing_email(world.home, None, actor=world.actor), NotFound)
    await fails(lambda: owned_item(world), NotFound)
    await fails(lambda: world.app.knowledge.restore(world.home, item.id, actor=world.actor), NotFound)
    assert await world.everything(GAPLESS) == before


async def test_many_rows(world: World) -> None:
    """A thousand users go in one deletion, and come back in one restore."""
    users = [
        User(
            organization_id=world.home,
            id=UserId(world.new_id()),
            created_at=world.clock.now(),
            email=f"user{place}@acme.org",  # type: ignore[arg-type]  # an address by its form
            name="One of many",
            role=Role.OPERATOR,
            is_active=False,
        )
        for place in range(1000)
    ]
    async with world.store.unit(world.home) as unit:
        await unit.of(User).add_all(users, world.record().audit("test", None, users[0]))
        await unit.commit()
    deleted = await world.app.organizations.delete(world.home, actor=world.actor)
    assert {row.deletion_id for row in await world.rows(User)} == {deleted.deletion_id}
    assert (await world.app.organizations.restore(world.home, actor=world.actor)).rows["users"] == 1001


class LimitedStore:
    """Stands before a store and notes how long each unit may take."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.limits: list[float | None] = []

    def unit(self, organization_id: OrganizationId, *, seconds: float | None = None) -> UnitOfWork:
        """As the store that it stands before."""
        self.limits.append(seconds)
        return self.inner.unit(organization_id, seconds=seconds)


@pytest.mark.gap("INTEGRITY-001")
async def test_ten_seconds(world: World) -> None:
    """A deletion has ten seconds, and fails after them as every unit of work does."""
    limited = LimitedStore(world.store)
    await attrs.evolve(world.app.organizations, store=cast("Store", limited)).delete(world.home, actor=world.actor)
    assert limited.limits == [10.0]


@pytest.mark.parametrize("call_first", [True, False])
@pytest.mark.gap("INTEGRITY-001")
async def test_a_call_starts_meanwhile(world: World, call_first: bool) -> None:
    """When a deletion and the start of a call meet, one of them is refused: no call goes on in what is deleted."""
    number = await owned_number(world)
    attempts: list[Coroutine[object, object, object]] = [
        world.app.calls.start(world.home, number.id),
        world.app.organizations.delete(world.home, actor=world.actor),
    ]
    results = await asyncio.gather(*(attempts if call_first else attempts[::-1]), return_exceptions=True)
    (refusal,) = [result for result in results if isinstance(result, BaseException)]
    going_on = [row for row in await world.rows(Call) if row.is_active]
    if (await world.current()).is_deleted:
        assert (going_on, type(refusal)) == ([], NotFound)
    else:
        assert (len(going_on), type(refusal)) == (1, CallsInProgress)


async def test_erasure(world: World) -> None:
    """A live organization is marked for erasure once, with the reason, and the trail tells it."""
    mark = await world.app.organizations.mark_for_erasure(world.home, "They asked for it.", actor=world.actor)
    assert await world.rows(Erasure) == (mark,)
    assert (mark.root_id, mark.reason, mark.created_at) == (world.home, "They asked for it.", world.clock.now())
    audit = (await world.trail())[-1]
    assert (audit.action, audit.resource_type, audit.resource_id) == (
        "organization.erasure.requested",
        "erasure",
        str(mark.id),
    )
    before = await world.everything(GAPLESS)
    await refused(
        lambda: world.app.organizations.mark_for_erasure(world.home, "Again.", actor=world.actor),
        "erasures_root_id_unique",
    )
    assert await world.everything(GAPLESS) == before


async def test_erasure_of_a_deleted_organization(world: World) -> None:
    """A deleted organization can be marked as well; it is not restored before a job has lifted the mark."""
    organizations = world.app.organizations
    await organizations.delete(world.home, actor=world.actor)
    await organizations.mark_for_erasure(world.home, "They asked for it.", actor=SIGNUP)
    before = await world.everything(GAPLESS)
    refusal = await fails(lambda: organizations.restore(world.home, actor=SIGNUP), InvalidState)
    assert "lift_erasure" in refusal.message
    assert await world.everything(GAPLESS) == before
    await organizations.lift_erasure(world.home, actor=SIGNUP)
    assert await world.rows(Erasure) == ()
    await organizations.restore(world.home, actor=SIGNUP)
    assert (await world.actions())[-2:] == ["organization.erasure.lifted", "organization.restored"]
    await organizations.mark_for_erasure(world.home, "They asked again.", actor=SIGNUP)
    assert len(await world.rows(Erasure)) == 1


async def test_lifting_an_erasure_that_is_none(world: World) -> None:
    """Of an organization without a mark nothing is lifted, and nothing is told; one that is not there is NotFound."""
    before = await world.everything(GAPLESS)
    await world.app.organizations.lift_erasure(world.home, actor=SIGNUP)
    assert await world.everything(GAPLESS) == before
    await fails(lambda: world.app.organizations.lift_erasure(OrganizationId(uuid4()), actor=SIGNUP), NotFound)


async def test_erasure_refuses(world: World) -> None:
    """No reason, one that is too long, and an organization that is not there are refused."""
    mark_for_erasure = world.app.organizations.mark_for_erasure
    for reason in ("", "x" * 501):
        await refused(
            lambda reason=reason: mark_for_erasure(world.home, reason, actor=SIGNUP),  # type: ignore[misc]  # bound now
            "erasures_reason_length",
        )
    await fails(lambda: mark_for_erasure(OrganizationId(uuid4()), "Why not.", actor=SIGNUP), NotFound)
    await fails(lambda: mark_for_erasure(cast("OrganizationId", "x"), "Why not.", actor=SIGNUP), InvalidValue)
    assert await world.rows(Erasure) == ()


async def test_billing_email(world: World) -> None:
    """Invoices go to another address, mended at the edge, or to none; the same address changes and logs nothing."""
    change = world.app.organizations.change_billing_email
    changed = await change(world.home, " Bills@Acme.ORG", actor=world.actor)
    again = await change(world.home, "bills@acme.org", actor=world.actor)
    assert changed == again == await world.current()
    assert changed.billing_email == "bills@acme.org"
    audit = (await world.trail())[-1]
    assert (audit.before, audit.after) == (
        JsonObject({"billing_email": None}),
        JsonObject({"billing_email": "bills@acme.org"}),
    )
    await refused(lambda: change(world.home, "nowhere", actor=world.actor), "check_billing_email")
    assert (await change(world.home, None, actor=world.actor)).billing_email is None
    assert await world.actions() == ["organization.billing_email.changed"] * 2

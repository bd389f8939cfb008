"""What the removal of a row does to the rows that refer to it: the table of deletions, row by row, on every store."""

from collections.abc import Awaitable, Callable, Sequence

import attrs
import pytest

from gapless.domain.audit import ArchivedEntry, AuditEntry
from gapless.domain.calls import Call, CallNote, CallStatus, Handler
from gapless.domain.catalogue import GAPLESS
from gapless.domain.commands import HandledCommand
from gapless.domain.errors import NotFound, RuleViolated
from gapless.domain.events import OutboxEvent
from gapless.domain.invoices import Invoice
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.ports import Store, UnitOfWork
from gapless.domain.rules import AuditedEntity, Entity
from gapless.domain.soft_deletion import deleted
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import User
from gapless.domain.values import OrganizationId
from gapless.testing.laws.making import (
    NOW,
    a_call,
    a_command,
    a_deletion,
    a_note,
    a_number,
    a_subscription,
    a_user,
    an_active_call,
    an_entry,
    an_erasure,
    an_event,
    an_invoice,
    an_item,
    founded,
    members,
)

pytestmark = pytest.mark.asyncio

Row = AuditedEntity | Entity
Remove = Callable[[UnitOfWork, Organization], Awaitable[object]]


async def put(store: Store, organization: Organization, *rows: Row) -> None:
    """Adds rows in one unit of work."""
    async with store.unit(organization.id) as unit:
        for row in rows:
            if isinstance(row, AuditedEntity):
                await unit.of(type(row)).add(row, an_entry(organization.id))
            else:
                await unit.of(type(row)).add(row)
        await unit.commit()


async def count(store: Store, organization: Organization, entity: type[Row]) -> int:
    """How many rows of an entity the organization has."""
    async with store.reading(organization.id) as reading:
        return await reading.of(entity).count(include_deleted=True)


async def all_rows(store: Store, id: OrganizationId) -> list[Sequence[object]]:
    """Every row of an organization."""
    async with store.reading(id, snapshot=True) as reading:
        return [await reading.of(model.entity).find(include_deleted=True) for model in GAPLESS.models]


async def one_by_one(unit: UnitOfWork, organization: Organization) -> None:
    """Removes an organization as the row that was read."""
    await unit.organizations.remove(organization, an_entry(organization.id))


async def as_a_set(unit: UnitOfWork, organization: Organization) -> None:
    """Removes an organization by a set-based write."""
    await unit.organizations.delete_where(lambda row: row.id == organization.id, an_entry(organization.id))


WAYS = pytest.mark.parametrize("remove", [one_by_one, as_a_set], ids=["a row", "a set"])


@WAYS
@pytest.mark.gap("GAP-202", "GAP-204", "GAP-205", "GAP-206")
async def test_an_organization_takes_along(store: Store, remove: Remove) -> None:
    """Users, phone numbers, the subscription, knowledge and what was handled go; what is delivered later stays."""
    organization, other = await founded(store), await founded(store)
    for home in (organization, other):
        await put(
            store,
            home,
            a_user(home.id),
            deleted(a_user(home.id), a_deletion()),
            a_number(home.id),
            a_subscription(home.id),
            an_item(home.id),
            deleted(an_item(home.id), a_deletion()),
            a_command(home.id),
            an_event(home.id),
        )
    untouched = await all_rows(store, other.id)
    async with store.unit(organization.id) as unit:
        await remove(unit, organization)
        await unit.commit()
    gone = (Organization, User, PhoneNumber, Subscription, KnowledgeItem, HandledCommand, AuditEntry)
    assert [await count(store, organization, entity) for entity in gone] == [0] * len(gone)
    assert await count(store, organization, OutboxEvent) == 1
    assert await all_rows(store, other.id) == untouched
    with pytest.raises(NotFound):
        async with store.unit(organization.id):
            pytest.fail("the unit was opened")


@WAYS
@pytest.mark.gap("GAP-203")
@pytest.mark.parametrize("status", [CallStatus.MISSED, CallStatus.ACTIVE])
async def test_an_organization_with_a_call_stays(store: Store, remove: Remove, status: CallStatus) -> None:
    """Any call, also one that is over, keeps its organization, and with it everything else, from being removed."""
    organization = await founded(store)
    number = a_number(organization.id)
    call = a_call(organization.id, status=status, phone_number_id=number.id)
    await put(store, organization, number, call, an_item(organization.id))
    before = await all_rows(store, organization.id)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated) as caught:
            await remove(unit, organization)
    # Which of the rules that the removal breaks is named may differ; a call that is over breaks this one alone.
    assert caught.value.rule in {"calls_organization_id_fkey", "calls_active_needs_number"}
    assert status is CallStatus.ACTIVE or caught.value.rule == "calls_organization_id_fkey"
    assert await all_rows(store, organization.id) == before


@WAYS
async def test_an_organization_with_an_invoice_stays(store: Store, remove: Remove) -> None:
    """An invoice keeps its organization from being removed, whatever its status."""
    organization = await founded(store)
    await put(store, organization, an_invoice(organization.id, status="VOID"))
    before = await all_rows(store, organization.id)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="invoices_organization_id_fkey"):
            await remove(unit, organization)
    assert await all_rows(store, organization.id) == before
    async with store.unit(organization.id) as unit:
        await unit.of(Invoice).delete_where(lambda row: row.amount_minor >= row.amount_minor, an_entry(organization.id))
        await remove(unit, organization)
        await unit.commit()
    assert await count(store, organization, Organization) == 0


@pytest.mark.gap("GAP-207", "GAP-208")
async def test_a_user_leaves_calls_and_takes_notes(store: Store) -> None:
    """The calls that a user handled stay, handled by a human, of no version but their own; the user's notes go."""
    organization = await founded(store)
    user, other = a_user(organization.id), a_user(organization.id)
    call = a_call(organization.id, handled_by=Handler.HUMAN, handled_by_user_id=user.id)
    elsewhere = a_call(organization.id, handled_by=Handler.HUMAN, handled_by_user_id=other.id)
    mine, theirs = a_note(call, user), a_note(call, other)
    await put(store, organization, user, other, call, elsewhere, mine, theirs)
    async with store.unit(organization.id) as unit:
        stored = await unit.of(Call).get(call.id)
        await unit.users.remove(await unit.users.get(user.id), an_entry(organization.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        left = {row.id: row for row in await reading.of(Call).find()}
        assert left[call.id] == attrs.evolve(stored, handled_by_user_id=None)
        assert left[elsewhere.id].handled_by_user_id == other.id
        assert [note.id for note in await reading.of(CallNote).find()] == [theirs.id]


@pytest.mark.gap("GAP-207", "GAP-208")
async def test_a_soft_deletion_leaves_references_alone(store: Store) -> None:
    """What refers to a user who is only marked as deleted goes on to refer."""
    organization = await founded(store)
    user = a_user(organization.id)
    call = a_call(organization.id, handled_by=Handler.HUMAN, handled_by_user_id=user.id)
    await put(store, organization, user, call, a_note(call, user))
    async with store.unit(organization.id) as unit:
        await unit.users.save(deleted(await unit.users.get(user.id), a_deletion()), an_entry(organization.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert (await reading.of(Call).get(call.id)).handled_by_user_id == user.id
        assert await reading.of(CallNote).count() == 1


@pytest.mark.gap("GAP-209")
@pytest.mark.parametrize("as_set", [False, True])
async def test_a_number_leaves_calls_that_are_over(store: Store, *, as_set: bool) -> None:
    """A phone number goes, and the calls to it stay without one; while one of them is going on the number stays."""
    organization = await founded(store)
    number, other = a_number(organization.id), a_number(organization.id)
    active, over = an_active_call(organization.id, number), a_call(organization.id, phone_number_id=number.id)
    await put(store, organization, number, other, active, over, a_call(organization.id, phone_number_id=other.id))

    async def release(unit: UnitOfWork) -> None:
        numbers = unit.of(PhoneNumber)
        if as_set:
            await numbers.delete_where(lambda row: row.id == number.id, an_entry(organization.id))
        else:
            await numbers.remove(await numbers.get(number.id), an_entry(organization.id))

    before = await all_rows(store, organization.id)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated) as caught:
            await release(unit)
    assert (caught.value.rule, caught.value.entity) == ("calls_active_needs_number", "Call")
    assert await all_rows(store, organization.id) == before
    async with store.unit(organization.id) as unit:
        ended = (await unit.of(Call).get(active.id)).finished(CallStatus.FAILED, NOW.replace(hour=13), None, None)
        await unit.of(Call).save(ended)
        await release(unit)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert sorted(str(call.phone_number_id) for call in await reading.of(Call).find()) == sorted(
            ["None", "None", str(other.id)]
        )


async def test_a_call_takes_its_notes(store: Store) -> None:
    """The notes on a call go with it, and those on others stay."""
    organization = await founded(store)
    user, call, other = a_user(organization.id), a_call(organization.id), a_call(organization.id)
    await put(store, organization, user, call, other, a_note(call, user), a_note(call, user), a_note(other, user))
    async with store.unit(organization.id) as unit:
        await unit.of(Call).remove(await unit.of(Call).get(call.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert [note.call_id for note in await reading.of(CallNote).find()] == [other.id]


@WAYS
async def test_three_levels(store: Store, remove: Remove) -> None:
    """Organization, call, note: the call in the middle keeps the whole; without it users go, and notes with them."""
    organization = await founded(store)
    user, call = a_user(organization.id), a_call(organization.id)
    await put(store, organization, user, call, a_note(call, user))
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="calls_organization_id_fkey"):
            await remove(unit, organization)
    assert await count(store, organization, CallNote) == 1
    async with store.unit(organization.id) as unit:
        await unit.of(Call).delete_where(lambda row: row.started_at >= NOW)
        assert await unit.of(CallNote).count() == 0
        await remove(unit, organization)
        await unit.commit()
    assert await count(store, organization, Organization) == 0


@WAYS
@pytest.mark.gap("GAP-213")
async def test_the_trail_goes_to_the_archive(store: Store, remove: Remove) -> None:
    """Every entry is archived as it was when its organization is removed; a removal that is not kept archives none."""
    organization = await founded(store)
    await put(store, organization, an_item(organization.id))
    async with store.unit(organization.id) as unit:
        trail = await unit.audit_trail.find()
        await remove(unit, organization)
        assert await unit.of(ArchivedEntry).count() == len(trail) + 1
    assert (await count(store, organization, ArchivedEntry), await count(store, organization, AuditEntry)) == (
        0,
        len(trail),
    )
    async with store.unit(organization.id) as unit:
        await remove(unit, organization)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        archived = await reading.of(ArchivedEntry).find()
    assert [attrs.asdict(entry) for entry in archived[:-1]] == [attrs.asdict(entry) for entry in trail]


@WAYS
async def test_an_erased_organization_leaves_no_trail(store: Store, remove: Remove) -> None:
    """Of an organization that was marked for erasure nothing is archived; the mark stays, and others are archived."""
    organization, other = await founded(store), await founded(store)
    await put(store, organization, an_erasure(organization.id))
    for home in (organization, other):
        async with store.unit(home.id) as unit:
            await remove(unit, home)
            await unit.commit()
    async with store.reading(organization.id) as reading:
        left = {model.table: await reading.of(model.entity).count(include_deleted=True) for model in GAPLESS.models}
    assert {table: number for table, number in left.items() if number} == {"erasures": 1}
    assert await count(store, other, ArchivedEntry) == 2


async def test_a_row_of_another_organization_is_no_parent(store: Store) -> None:
    """A call or a note can't refer to a number, a user or a call of another organization."""
    organization, other = await founded(store), await founded(store)
    (stranger,) = await members(store, other.id)
    number, call = a_number(other.id), a_call(other.id)
    await put(store, other, number, call)
    (owner,) = await members(store, organization.id)
    mine = a_call(organization.id)
    await put(store, organization, mine)
    attempts: dict[str, Entity] = {
        "calls_phone_number_id_fkey": a_call(organization.id, phone_number_id=number.id),
        "calls_handled_by_user_id_fkey": a_call(
            organization.id, handled_by=Handler.HUMAN, handled_by_user_id=stranger.id
        ),
        "call_notes_call_id_fkey": attrs.evolve(a_note(mine, owner), call_id=call.id),
        "call_notes_user_id_fkey": attrs.evolve(a_note(mine, owner), user_id=stranger.id),
    }
    for rule, row in attempts.items():
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated) as caught:
                await unit.of(type(row)).add(row)
            assert caught.value.rule == rule

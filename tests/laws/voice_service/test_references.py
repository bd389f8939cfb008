"""What the removal of a row does to the rows that refer to it: the table of deletions, row by row."""

import attrs
import pytest

from gapless.domain.calls import Call, CallNote, CallStatus, Handler
from gapless.domain.catalogue import GAPLESS
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.users import User
from gapless.kit import Entity
from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.soft_deletion import deleted
from gapless.testing.laws.removal import all_rows, put
from tests.voice.rows import (
    NOW,
    a_call,
    a_deletion,
    a_note,
    a_number,
    a_user,
    an_active_call,
    an_audit_record,
    created,
    members,
)

pytestmark = pytest.mark.asyncio


@pytest.mark.gap("GAP-207", "GAP-208")
async def test_a_user_leaves_calls_and_takes_notes(store: Store) -> None:
    """The calls that a user handled stay, handled by a human, of no version but their own; the user's notes go."""
    organization = await created(store)
    user, other = a_user(organization.id), a_user(organization.id)
    call = a_call(organization.id, handled_by=Handler.HUMAN, handled_by_user_id=user.id)
    elsewhere = a_call(organization.id, handled_by=Handler.HUMAN, handled_by_user_id=other.id)
    mine, theirs = a_note(call, user), a_note(call, other)
    await put(store, organization.id, user, other, call, elsewhere, mine, theirs)
    async with store.unit(organization.id) as unit:
        stored = await unit.of(Call).get(call.id)
        await unit.of(User).remove(await unit.of(User).get(user.id), an_audit_record(organization.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        left = {row.id: row for row in await reading.of(Call).find()}
        assert left[call.id] == attrs.evolve(stored, handled_by_user_id=None)
        assert left[elsewhere.id].handled_by_user_id == other.id
        assert [note.id for note in await reading.of(CallNote).find()] == [theirs.id]


@pytest.mark.gap("GAP-207", "GAP-208")
async def test_a_soft_deletion_leaves_references_alone(store: Store) -> None:
    """What refers to a user who is only marked as deleted goes on to refer."""
    organization = await created(store)
    user = a_user(organization.id)
    call = a_call(organization.id, handled_by=Handler.HUMAN, handled_by_user_id=user.id)
    await put(store, organization.id, user, call, a_note(call, user))
    async with store.unit(organization.id) as unit:
        await unit.of(User).save(
            deleted(await unit.of(User).get(user.id), a_deletion()), an_audit_record(organization.id)
        )
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert (await reading.of(Call).get(call.id)).handled_by_user_id == user.id
        assert await reading.of(CallNote).count() == 1


async def _release(unit: UnitOfWork, number: PhoneNumber, *, as_set: bool) -> None:
    numbers, audit = unit.of(PhoneNumber), an_audit_record(number.organization_id)
    if as_set:
        await numbers.delete_where(lambda row: row.id == number.id, audit)
    else:
        await numbers.remove(await numbers.get(number.id), audit)


@pytest.mark.gap("GAP-209")
@pytest.mark.parametrize("as_set", [False, True])
async def test_a_number_leaves_calls_that_are_over(store: Store, *, as_set: bool) -> None:
    """A phone number goes, and the calls to it stay without one; while one of them is going on the number stays."""
    organization = await created(store)
    number, other = a_number(organization.id), a_number(organization.id)
    active, over = an_active_call(organization.id, number), a_call(organization.id, phone_number_id=number.id)
    await put(store, organization.id, number, other, active, over, a_call(organization.id, phone_number_id=other.id))
    before = await all_rows(store, GAPLESS, organization.id)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated) as caught:
            await _release(unit, number, as_set=as_set)
    assert (caught.value.rule, caught.value.entity) == ("calls_active_needs_number", "Call")
    assert await all_rows(store, GAPLESS, organization.id) == before
    async with store.unit(organization.id) as unit:
        ended = (await unit.of(Call).get(active.id)).finished(CallStatus.FAILED, NOW.replace(hour=13), None, None)
        await unit.of(Call).save(ended)
        await _release(unit, number, as_set=as_set)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert sorted(str(call.phone_number_id) for call in await reading.of(Call).find()) == sorted(
            ["None", "None", str(other.id)]
        )


async def test_a_call_takes_its_notes(store: Store) -> None:
    """The notes on a call go with it, and those on others stay."""
    organization = await created(store)
    user, call, other = a_user(organization.id), a_call(organization.id), a_call(organization.id)
    await put(store, organization.id, user, call, other, a_note(call, user), a_note(call, user), a_note(other, user))
    async with store.unit(organization.id) as unit:
        await unit.of(Call).remove(await unit.of(Call).get(call.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert [note.call_id for note in await reading.of(CallNote).find()] == [other.id]


async def test_a_row_of_another_organization_is_no_parent(store: Store) -> None:
    """A call or a note can't refer to a number, a user or a call of another organization."""
    organization, other = await created(store), await created(store)
    (stranger,) = await members(store, other.id)
    number, call = a_number(other.id), a_call(other.id)
    await put(store, other.id, number, call)
    (owner,) = await members(store, organization.id)
    mine = a_call(organization.id)
    await put(store, organization.id, mine)
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

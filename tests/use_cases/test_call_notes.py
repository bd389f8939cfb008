"""The use cases around the notes on calls."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import uuid4

import attrs
import pytest

from gapless.domain.calls import Call, CallId, CallNote, CallNoteId, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import Role, User
from gapless.kit.errors import InvalidValue, NotFound, QueryRefused, RuleViolated
from gapless.kit.ids import UserId
from gapless.kit.ports import Store
from tests.use_cases.worlds import World, fails, refused, world_on


async def called(world: World) -> Call:
    """A call of the organization that nobody answered."""
    call = Call(
        organization_id=world.home,
        id=CallId(world.new_id()),
        created_at=world.clock.now(),
        status=CallStatus.MISSED,
        started_at=world.clock.now(),
        ended_at=world.clock.now() + timedelta(seconds=20),
    )
    await world.add(call)
    return call


async def noted(world: World, call: Call, body: str = "Call back.") -> CallNote:
    """A note of the owner on a call."""
    return await world.app.call_notes.annotate(world.home, call.id, world.owner.id, body)


@pytest.mark.asyncio
async def test_annotate(world: World) -> None:
    """A note is kept with its author and its text to the character, and neither logged nor sent anywhere."""
    call, before = await called(world), await world.actions()
    note = await noted(world, call, "  Zażółć\nпозвонить 📞 ")
    assert (note.call_id, note.user_id, note.body, note.created_at) == (
        call.id,
        world.owner.id,
        "  Zażółć\nпозвонить 📞 ",
        world.clock.now(),
    )
    assert await world.rows(CallNote) == (note,)
    assert await world.actions() == before
    assert await world.events() == []


@pytest.mark.asyncio
async def test_length_of_a_note(world: World) -> None:
    """A note has 1 to 5000 characters, when it is written and when it is edited."""
    call = await called(world)
    note, edit = await noted(world, call, "n" * 5000), world.app.call_notes.edit
    for body in ("", "n" * 5001):
        await refused(partial(noted, world, call, body), "call_notes_body_length")
        await refused(partial(edit, world.home, note.id, body), "call_notes_body_length")
    assert await world.rows(CallNote) == (note,)


@pytest.mark.asyncio
@pytest.mark.parametrize("junk", [None, 5, b"text", "a\0b", "\ud800"])
async def test_a_note_is_a_text(world: World, junk: object) -> None:
    """What is no text, or none that can be kept, breaks a rule of the entity."""
    call = await called(world)
    with pytest.raises(RuleViolated):
        await noted(world, call, cast("str", junk))


@pytest.mark.asyncio
async def test_who_writes_a_note(world: World) -> None:
    """An inactive user is an author, a removed or unknown one is not found, and nothing is kept."""
    call, user, team = await called(world), await world.member(), world.app.members
    annotate = world.app.call_notes.annotate
    await team.deactivate(world.home, user.id, actor=world.actor)
    note = await annotate(world.home, call.id, user.id, "Before I leave.")
    await team.remove(world.home, user.id, actor=world.actor)
    for author in (user.id, UserId(uuid4())):
        error = await fails(partial(annotate, world.home, call.id, author, "Again."), NotFound)
        assert error.details()["entity"] == "User"
    assert await world.rows(CallNote) == (note,)


@pytest.mark.asyncio
async def test_what_a_note_is_on(world: World, store: Store) -> None:
    """A call that is not there, or in another organization, takes no note; neither do its users write one here."""
    other = await world_on(store, f"globex-{uuid4().hex}")
    mine, theirs, annotate = await called(world), await called(other), world.app.call_notes.annotate
    for call in (theirs.id, CallId(uuid4())):
        error = await fails(partial(annotate, world.home, call, world.owner.id, "Text."), NotFound)
        assert error.details()["entity"] == "Call"
    await fails(lambda: annotate(world.home, mine.id, other.owner.id, "Text."), NotFound)
    assert await world.rows(CallNote) == ()


@pytest.mark.asyncio
async def test_nothing_enters_a_deleted_organization(world: World) -> None:
    """A deleted organization gets no note: its users are gone with it, and a user who is not is refused by the rule."""
    call = await called(world)
    await world.app.organizations.delete(world.home, actor=world.actor)
    await fails(lambda: noted(world, call), NotFound)
    note = CallNote(
        organization_id=world.home,
        id=CallNoteId(world.new_id()),
        created_at=world.clock.now(),
        call_id=call.id,
        user_id=world.owner.id,
        body="Text.",
    )
    await refused(lambda: world.add(note), "live_organization")


@pytest.mark.asyncio
async def test_edit(world: World) -> None:
    """Another text is kept, the author stays; the text that is there already writes nothing."""
    note, edit = await noted(world, await called(world)), world.app.call_notes.edit
    edited = await edit(world.home, note.id, "Called back.")
    assert edited == attrs.evolve(note, body="Called back.", version=edited.version)
    assert edited.version > note.version
    assert await edit(world.home, note.id, "Called back.") == edited
    assert await world.rows(CallNote) == (edited,)


@pytest.mark.asyncio
async def test_remove(world: World) -> None:
    """A removed note is gone, and only that one."""
    call = await called(world)
    note, other = await noted(world, call), await noted(world, call)
    await world.app.call_notes.remove(world.home, note.id)
    assert await world.rows(CallNote) == (other,)
    await fails(lambda: world.app.call_notes.remove(world.home, note.id), NotFound)
    await fails(lambda: world.app.call_notes.edit(world.home, note.id, "Late."), NotFound)


@pytest.mark.asyncio
async def test_notes_of_others(world: World, store: Store) -> None:
    """A note of another organization is neither listed nor edited nor removed."""
    other = await world_on(store, f"globex-{uuid4().hex}")
    theirs = await noted(other, await called(other))
    notes = world.app.call_notes
    assert (await notes.list_notes(world.home, theirs.call_id)).items == ()
    await fails(lambda: notes.edit(world.home, theirs.id, "Mine."), NotFound)
    await fails(lambda: notes.remove(world.home, theirs.id), NotFound)
    assert await other.rows(CallNote) == (theirs,)


@pytest.mark.asyncio
async def test_notes_go_with_their_call_and_their_author(world: World) -> None:
    """Who removes a call or a user for good removes the notes on it or of it (X-09, GAP-208), and no others."""
    user = await world.member(role=Role.OPERATOR)
    gone, kept = await called(world), await called(world)
    await noted(world, gone)
    await world.app.call_notes.annotate(world.home, kept.id, user.id, "By somebody who goes.")
    stays = await noted(world, kept)
    async with world.store.unit(world.home) as unit:
        await unit.of(Call).remove(await unit.of(Call).get(gone.id))
        await unit.of(User).remove(user, world.record().audit("user.purged", user, None))
        await unit.commit()
    assert await world.rows(CallNote) == (stays,)


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages(world: World, limit: int) -> None:
    """Pages of any size hold every note on the call once, in the order of their coming, and none on another call."""
    call, other = await called(world), await called(world)
    expected = []
    for place in range(5):
        expected.append(await noted(world, call, f"Note {place}"))
        await noted(world, other)
    pages = [await world.app.call_notes.list_notes(world.home, call.id, limit=limit)]
    while pages[-1].next is not None:
        pages.append(await world.app.call_notes.list_notes(world.home, call.id, after=pages[-1].next, limit=limit))
    assert [note for page in pages for note in page.items] == expected
    assert all(len(page.items) == limit for page in pages[:-1])


@pytest.mark.asyncio
async def test_a_page_goes_on_after_a_removed_note(world: World) -> None:
    """The note that a page ended with may be gone when the next page is asked for."""
    call = await called(world)
    first, second = await noted(world, call), await noted(world, call)
    page = await world.app.call_notes.list_notes(world.home, call.id, limit=1)
    assert page.items == (first,)
    await world.app.call_notes.remove(world.home, first.id)
    following = await world.app.call_notes.list_notes(world.home, call.id, after=page.next, limit=1)
    assert (following.items, following.next) == ((second,), None)


@pytest.mark.asyncio
async def test_arguments_that_are_none(world: World) -> None:
    """An id that is a text and a limit that is none are refused, and nothing changes."""
    call = await called(world)
    note, notes = await noted(world, call), world.app.call_notes
    text = str(note.id)
    attempts: list[Callable[[], Awaitable[object]]] = [
        lambda: notes.annotate(world.home, cast("CallId", text), world.owner.id, "Text."),
        lambda: notes.annotate(world.home, call.id, cast("UserId", text), "Text."),
        lambda: notes.edit(world.home, cast("CallNoteId", text), "Text."),
        lambda: notes.remove(world.home, cast("CallNoteId", text)),
        lambda: notes.list_notes(world.home, cast("CallId", text)),
        lambda: notes.list_notes(world.home, call.id, after=text),
    ]
    before = await world.everything(GAPLESS)
    for attempt in attempts:
        await fails(attempt, InvalidValue)
    for limit in (0, 1001, True):
        await fails(partial(notes.list_notes, world.home, call.id, limit=limit), QueryRefused)
    assert await world.everything(GAPLESS) == before

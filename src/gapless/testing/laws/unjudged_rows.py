"""Law 11, what is said first: of a row that nobody judged, which may be stale, in need of an entry and unstorable."""

from collections.abc import Callable

import attrs
import pytest

from gapless.domain.users import User
from gapless.kit import Check, model_of
from gapless.kit.errors import AuditEntryRequired, ConcurrencyConflict, GaplessError, NotFound, RuleViolated
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject
from gapless.kit.lengths import matched
from gapless.kit.ports import Store
from gapless.testing.voice.hosted import Document, Folder
from gapless.testing.voice.rows import a_document, a_folder, a_user, an_entry, assert_untouched, founded, members

CHECKS = model_of(User).of_kind(Check)
UNSEEN = ("\u200b", "\u00a0", "\ufeff", "\u3164", "\u202e", "\U000e0020", "\x1f")
"""A character that nobody sees, of each kind."""
SAVES = ("save", "save_unaudited")
STRANGE_VERSIONS = (True, "1", 1.0, None, 2**31, -(2**31) - 1)
"""What no version is, though some of it equals 1."""


def unstorable(user: User) -> User:
    """The user with a name that no store can keep."""
    return model_of(User).replaced(user, {"name": "a\0b"})


def of_version(user: User, version: object) -> User:
    """The user, of something for a version."""
    return model_of(User).replaced(user, {"version": version})


async def refusal(store: Store, write: str, row: User) -> GaplessError:
    """What a write of a user is refused with."""
    async with store.unit(row.organization_id) as unit:
        told = () if write == "save_unaudited" else (an_entry(row.organization_id),)
        with pytest.raises(GaplessError) as caught:
            await getattr(unit.of(User), write)(row, *told)
    return caught.value


@pytest.mark.parametrize("write", SAVES)
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda user: attrs.evolve(user, version=7), ConcurrencyConflict),
        (lambda user: attrs.evolve(user, id=UserId(user.organization_id)), NotFound),
    ],
    ids=["stale", "gone"],
)
async def test_a_row_that_is_not_there_is_said_first(
    store: Store, write: str, spoil: Callable[[User], User], expected: type[GaplessError]
) -> None:
    """Of a save of a row that is stale or gone that is said, whatever else is wrong with it."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    assert type(await refusal(store, write, unstorable(spoil(owner)))) is expected
    await assert_untouched(store, organization.id)


async def test_what_a_cascade_removed_is_gone_for_every_save(store: Store) -> None:
    """A row that the unit has read, and that went with another one, is gone, also if it can't be kept either."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(Folder).add(a_folder(organization.id))
        document = await unit.of(Document).add(a_document(organization.id, folder.id))
        await unit.of(Folder).remove(folder)
        with pytest.raises(NotFound):
            await unit.of(Document).save(model_of(Document).replaced(document, {"title": "a\0b"}))


async def test_a_missing_entry_is_said_before_what_can_not_be_kept(store: Store) -> None:
    """An audited field needs its entry whatever it is now."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    assert isinstance(await refusal(store, "save_unaudited", unstorable(owner)), AuditEntryRequired)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="users_last_seen_at_storable"):
            await unit.of(User).save_unaudited(model_of(User).replaced(owner, {"last_seen_at": "today"}))
    await assert_untouched(store, organization.id)


@pytest.mark.parametrize(
    "name", sorted({column.name for check in CHECKS if matched(check.holds) for column in check.columns})
)
async def test_what_is_too_long_is_said_before_its_form(store: Store, name: str) -> None:
    """Of a text that is too long its length is said, whatever its form is: no pattern is asked about it."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    lengths = {
        check.name for check in CHECKS if not matched(check.holds) and model_of(User).column(name) in check.columns
    }
    for text in ("A b\u200b" * 1000, "\u200b" * 1000):
        error = await refusal(store, "save", model_of(User).replaced(owner, {name: text}))
        assert isinstance(error, RuleViolated)
        assert error.rule in lengths
    await assert_untouched(store, organization.id)


@pytest.mark.parametrize("character", UNSEEN, ids=ascii)
async def test_what_nobody_sees_makes_no_second_address(store: Store, character: str) -> None:
    """An address with a character that nobody sees is none, wherever it stands, and no name is made of such alone."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    for changes, rule in (
        ({"email": f"{owner.email}{character}"}, "users_email_visible"),
        ({"email": owner.email.replace("@", f"{character}@")}, "users_email_visible"),
        ({"name": character * 2}, "users_name_not_blank"),
    ):
        error = await refusal(store, "save", model_of(User).replaced(owner, changes))
        assert isinstance(error, RuleViolated)
        assert error.rule == rule
    await assert_untouched(store, organization.id)


@pytest.mark.parametrize("write", [*SAVES, "remove"])
@pytest.mark.parametrize("version", STRANGE_VERSIONS, ids=repr)
async def test_what_is_no_version_is_not_that_of_a_row(store: Store, write: str, version: object) -> None:
    """A row that comes with what is no version is stale, also if that equals the row's."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    assert owner.version == 1
    assert isinstance(await refusal(store, write, of_version(owner, version)), ConcurrencyConflict)
    await assert_untouched(store, organization.id)


@pytest.mark.parametrize("version", STRANGE_VERSIONS, ids=repr)
async def test_an_addition_may_come_with_any_version(store: Store, version: object) -> None:
    """The store gives the first version to what is added, and does not look at the one that it came with."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        added = await unit.of(User).add(of_version(a_user(organization.id), version), an_entry(organization.id))
        await unit.commit()
    assert (type(added.version), added.version) == (int, 1)
    assert added in await members(store, organization.id)


@pytest.mark.parametrize("write", [*SAVES, "remove"])
@pytest.mark.parametrize("id", ["1", 7, None], ids=repr)
async def test_what_is_no_id_is_not_found(store: Store, write: str, id: object) -> None:
    """A write of a row whose id is none finds nothing."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    assert isinstance(await refusal(store, write, model_of(User).replaced(owner, {"id": id})), NotFound)
    await assert_untouched(store, organization.id)


@pytest.mark.parametrize("write", ["add", "save"])
async def test_values_are_brought_into_their_normal_form(store: Store, write: str) -> None:
    """A dict is a document, and the text of a member the member, in a row that nobody judged as well."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(Folder).add(a_folder(organization.id))
        row = a_document(organization.id, folder.id)
        row = row if write == "add" else await unit.of(Document).add(row)
        odd = model_of(Document).replaced(row, {"content": {"key": [1, True]}, "status": "DRAFT"})
        stored = await getattr(unit.of(Document), write)(odd)
        assert await unit.of(Document).get(row.id) == stored
        await unit.commit()
    assert stored.content == JsonObject({"key": [1, True]})
    assert stored.status is row.status

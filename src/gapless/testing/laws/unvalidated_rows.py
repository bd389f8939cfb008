"""Law 11, rows that were not validated: which error comes first if a row is stale and not representable."""

from collections.abc import Callable

import attrs
import pytest

from gapless.kit import Check, DataType, EnumMember, model_of
from gapless.kit.errors import AuditRecordRequired, ConcurrencyConflict, GaplessError, NotFound, RuleViolated
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject
from gapless.kit.lengths import matched
from gapless.kit.ports import Store
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Files, Team, rule_of
from gapless.testing.laws.rows import an_audit_record

UNSEEN = ("\u200b", "\u00a0", "\ufeff", "\u3164", "\u202e", "\U000e0020", "\x1f")
"""One invisible character of each kind."""
SAVES = ("save", "save_unaudited")
STRANGE_VERSIONS = (True, "1", 1.0, None, 2**31, -(2**31) - 1)
"""Values that are not a version, though some of them equal 1."""


def unrepresentable(team: Team, user: Member) -> Member:
    """The member with a name that is not representable."""
    return model_of(team.member).evolved(user, {"name": "a\0b"})


def of_version(team: Team, user: Member, version: object) -> Member:
    """The member with this value as the version."""
    return model_of(team.member).evolved(user, {"version": version})


async def refusal(store: Store, team: Team, write: str, row: Member) -> GaplessError:
    """The error that refuses a write of a member."""
    async with store.unit(row.organization_id) as unit:
        told = () if write == "save_unaudited" else (an_audit_record(row.organization_id),)
        with pytest.raises(GaplessError) as caught:
            await getattr(unit.of(team.member), write)(row, *told)
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
    store: Store, team: Team, write: str, spoil: Callable[[Member], Member], expected: type[GaplessError]
) -> None:
    """A save of a stale or missing row raises that error, whatever else is wrong with the row."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    assert type(await refusal(store, team, write, unrepresentable(team, spoil(owner)))) is expected
    await team.assert_untouched(store, organization.id)


async def test_what_a_cascade_removed_is_gone_for_every_save(store: Store, team: Team, files: Files) -> None:
    """A row that a cascade removed after the unit had read it is NotFound, also if it is not representable either."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        document = await unit.of(files.document).add(files.a_document(organization.id, folder.id))
        await unit.of(files.folder).remove(folder)
        with pytest.raises(NotFound):
            await unit.of(files.document).save(model_of(files.document).evolved(document, {"title": "a\0b"}))


@pytest.mark.parametrize("number", [1, 2, 5])
async def test_what_is_no_member_is_refused_among_others(store: Store, team: Team, number: int) -> None:
    """A text that is no member of its enumeration is refused for that, however many rows are added with it."""
    organization = await team.created(store)
    members = [team.a_member(organization.id) for _ in range(number)]
    members[-1] = model_of(team.member).evolved(members[-1], {"role": "nobody\n"})
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match=rule_of(team.member, EnumMember, "role")):
            await unit.of(team.member).add_all(members, an_audit_record(organization.id))
    await team.assert_untouched(store, organization.id)


async def test_a_missing_audit_record_is_said_before_what_can_not_be_kept(store: Store, team: Team) -> None:
    """A change of an audited field needs its audit record, even if the new value is not representable."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    assert isinstance(await refusal(store, team, "save_unaudited", unrepresentable(team, owner)), AuditRecordRequired)
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match=rule_of(team.member, DataType, "last_seen_at")):
            await unit.of(team.member).save_unaudited(model_of(team.member).evolved(owner, {"last_seen_at": "today"}))
    await team.assert_untouched(store, organization.id)


def checks_of(team: Team, *, by_pattern: bool) -> dict[str, set[str]]:
    """The names of the checks over each text of a member: those with a pattern, or the others."""
    found: dict[str, set[str]] = {}
    for check in model_of(team.member).of_kind(Check):
        for column in check.columns if bool(matched(check.holds)) is by_pattern else ():
            found.setdefault(column.name, set()).add(check.name)
    return found


async def test_what_is_too_long_is_said_before_its_form(store: Store, team: Team) -> None:
    """A text that is too long is refused for its length, whatever its form is; no pattern is tried on it."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    lengths = checks_of(team, by_pattern=False)
    for name in checks_of(team, by_pattern=True):
        for text in ("A b\u200b" * 1000, "\u200b" * 1000):
            error = await refusal(store, team, "save", model_of(team.member).evolved(owner, {name: text}))
            assert isinstance(error, RuleViolated)
            assert error.rule in lengths[name]
    await team.assert_untouched(store, organization.id)


@pytest.mark.parametrize("character", UNSEEN, ids=ascii)
async def test_what_nobody_sees_makes_no_second_address(store: Store, team: Team, character: str) -> None:
    """An address with an invisible character in it is refused, and so is a name of invisible characters only."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    forms = checks_of(team, by_pattern=True)
    for name, text in (
        ("email", f"{owner.email}{character}"),
        ("email", owner.email.replace("@", f"{character}@")),
        ("name", character * 2),
    ):
        error = await refusal(store, team, "save", model_of(team.member).evolved(owner, {name: text}))
        assert isinstance(error, RuleViolated)
        assert error.rule in forms[name]
    await team.assert_untouched(store, organization.id)


@pytest.mark.parametrize("write", [*SAVES, "remove"])
@pytest.mark.parametrize("version", STRANGE_VERSIONS, ids=repr)
async def test_what_is_no_version_is_not_that_of_a_row(store: Store, team: Team, write: str, version: object) -> None:
    """A save with a value that is not a version is a conflict, even if the value equals the version of the row."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    assert owner.version == 1
    assert isinstance(await refusal(store, team, write, of_version(team, owner, version)), ConcurrencyConflict)
    await team.assert_untouched(store, organization.id)


@pytest.mark.parametrize("version", STRANGE_VERSIONS, ids=repr)
async def test_an_addition_may_come_with_any_version(store: Store, team: Team, version: object) -> None:
    """The store gives the first version to an added row, and ignores the version that it came with."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        added = await unit.of(team.member).add(
            of_version(team, team.a_member(organization.id), version), an_audit_record(organization.id)
        )
        await unit.commit()
    assert (type(added.version), added.version) == (int, 1)
    assert added in await team.members(store, organization.id)


@pytest.mark.parametrize("write", [*SAVES, "remove"])
@pytest.mark.parametrize("id", ["1", 7, None], ids=repr)
async def test_what_is_no_id_is_not_found(store: Store, team: Team, write: str, id: object) -> None:
    """A write of a row with a value that is not an id raises NotFound."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    assert isinstance(await refusal(store, team, write, model_of(team.member).evolved(owner, {"id": id})), NotFound)
    await team.assert_untouched(store, organization.id)


@pytest.mark.parametrize("write", ["add", "save"])
async def test_values_are_brought_into_their_normal_form(store: Store, team: Team, files: Files, write: str) -> None:
    """In a row that was not validated a dict becomes a document, and the text of an enumeration member the member."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        row = files.a_document(organization.id, folder.id)
        row = row if write == "add" else await unit.of(files.document).add(row)
        odd = model_of(files.document).evolved(row, {"content": {"key": [1, True]}, "status": "DRAFT"})
        stored = await getattr(unit.of(files.document), write)(odd)
        assert await unit.of(files.document).get(row.id) == stored
        await unit.commit()
    assert stored.content == JsonObject({"key": [1, True]})
    assert stored.status is row.status

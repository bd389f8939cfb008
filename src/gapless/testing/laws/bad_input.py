"""Input that no store can use is refused by the same error of gapless in every store, and nothing is lost."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import NoReturn, cast
from uuid import UUID

import pytest

from gapless.adapters.writing.side_records import MOST_EVENTS
from gapless.kit import all_of, any_of, is_null, model_of, negate, one_of
from gapless.kit import row as row_of
from gapless.kit.assignments import assign
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import InvalidValue, NotFound, QueryRefused, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.json_object import JsonObject
from gapless.kit.limits import GREATEST_SECONDS
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.predicates import GREATEST_DEPTH
from gapless.kit.queries import GREATEST_LIMIT, MOST_CONSTANTS
from gapless.testing.laws.files import Document, Folder
from gapless.testing.laws.members import Member
from gapless.testing.laws.openings import OF_ONE, Opening
from gapless.testing.laws.parts import Files, Team
from gapless.testing.laws.rows import NOW, an_audit_record, an_event


class RaisingValue:
    """Does not say whether it is true."""

    def __bool__(self) -> NoReturn:
        """Raises."""
        raise RuntimeError("asked")


@pytest.mark.parametrize("opening", OF_ONE.values(), ids=OF_ONE.keys())
@pytest.mark.parametrize("home", ["1", 7, None, {}], ids=repr)
async def test_what_is_no_organization_opens_nothing(store: Store, team: Team, opening: Opening, home: object) -> None:
    """A unit, a reading or `creating` with what can't be the id of a root raises NotFound when it is entered."""
    with pytest.raises(NotFound) as caught:
        async with opening(store, cast(RootId, home)):
            pytest.fail("it was opened")
    assert caught.value.to_dict()["entity"] == team.root.__name__


@pytest.mark.parametrize("seconds", [math.inf, -math.inf, math.nan, GREATEST_SECONDS * 2, True, "1"], ids=repr)
async def test_what_is_no_time_opens_nothing(store: Store, team: Team, seconds: float) -> None:
    """A unit takes a finite number of seconds that a store can hold."""
    home = (await team.created(store)).id
    for opening in (store.unit, store.creating):
        with pytest.raises(InvalidValue):
            async with opening(home, seconds=seconds):
                pytest.fail("it was opened")
    await team.assert_untouched(store, home)


@pytest.mark.parametrize("given", [None, 0, "no", [], RaisingValue()], ids=lambda given: type(given).__name__)
async def test_what_is_neither_true_nor_false_is_refused(store: Store, team: Team, given: object) -> None:
    """`include_deleted` and `snapshot` take True and False only."""
    home, flag = (await team.created(store)).id, cast(bool, given)
    async with store.unit(home) as unit, store.reading(home) as reading, store.system() as system:
        for users in (unit.of(team.member), reading.of(team.member), system.of(team.member)):
            for refused in (users.find(include_deleted=flag), users.count(include_deleted=flag)):
                with pytest.raises(InvalidValue) as caught:
                    await refused
                assert caught.value.fields == ("include_deleted",)
        for one in (unit.of(team.member), reading.of(team.member)):
            with pytest.raises(InvalidValue):
                await one.get(home, include_deleted=flag)
    with pytest.raises(InvalidValue):
        store.reading(home, snapshot=flag)
    async with store.unit(home) as unit:
        with pytest.raises(InvalidValue):
            await unit.of(team.member).delete_where(
                lambda user: user.is_active, an_audit_record(home), include_deleted=flag
            )
    await team.assert_untouched(store, home)


@pytest.mark.parametrize("limit", [0, -1, GREATEST_LIMIT + 1, True, 1.0, "1"], ids=repr)
async def test_what_is_no_limit_is_refused(store: Store, team: Team, limit: int) -> None:
    """A limit is a whole number from 1 on that a store can hold; the greatest one lets every row through."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit, store.reading(home) as reading, store.system() as system:
        for users in (unit.of(team.member), reading.of(team.member), system.of(team.member)):
            with pytest.raises(QueryRefused):
                await users.find(limit=limit)
        assert len(await unit.of(team.member).find(limit=GREATEST_LIMIT)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", None), ("name", "a\0b"), ("name", 7), ("id", "1"), ("created_at", "now"), ("label", 3)],
    ids=str,
)
async def test_a_page_begins_behind_a_row(store: Store, team: Team, files: Files, field: str, value: object) -> None:
    """A value that can't be a row is refused as the row after which a page begins."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(home))
        odd = model_of(files.folder).evolved(folder, {field: value})
        with pytest.raises(QueryRefused):
            await unit.of(files.folder).find(order=lambda row: (row.label, row.name, row.created_at), after=odd)
        assert await unit.of(files.folder).find(after=folder) == ()


def nested(row: Folder, depth: int) -> bool:
    """A condition that is nested to this depth."""
    condition = row.name == "a"
    for level in range(depth):
        condition = any_of(condition, is_null(row.label)) if level % 2 else all_of(condition, row.version > 0)
    return condition


def doubled(row: Folder) -> bool:
    """A condition that is made of itself again and again: it has few parts, but each stands in many places."""
    condition = row.name == "a"
    for level in range(GREATEST_DEPTH - 2):
        condition = (any_of if level % 2 else all_of)(condition, condition)
    return condition


AMPLE = 600
"""Seconds for a unit in which large conditions are made: how long that takes says nothing about the store."""
CONDITIONS: dict[str, Callable[[Folder], bool]] = {
    "deep": lambda row: nested(row, GREATEST_DEPTH),
    "very deep": lambda row: nested(row, 1000),
    "doubled": doubled,
    "long": lambda row: one_of(row.name, *map(str, range(MOST_CONSTANTS + 1))),
    "wide": lambda row: any_of(*(row.name == str(number) for number in range(MOST_CONSTANTS + 1))),
    "of another row": lambda row: all_of(row.version > 0, row_of(Document).version > 0, row_of(Document).title > "a"),
    "of a namesake": lambda row: all_of(negate(is_null(row.label)), row_of(Document).size == 1),
}


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS.keys())
async def test_conditions_that_are_too_large(
    store: Store, team: Team, files: Files, condition: Callable[[Folder], bool]
) -> None:
    """A condition that no store can carry out, or that is about other rows, is refused, and the unit goes on."""
    home = (await team.created(store)).id
    async with store.unit(home, seconds=AMPLE) as unit:
        with pytest.raises(QueryRefused):
            await unit.of(files.folder).find(condition)
        with pytest.raises(QueryRefused):
            await unit.of(files.folder).count(condition)
        assert await unit.of(files.folder).count() == 0


async def test_large_conditions_are_answered(store: Store, team: Team, files: Files) -> None:
    """A condition of half the greatest depth, and a condition with the greatest number of constants, are answered."""
    home = (await team.created(store)).id
    async with store.unit(home, seconds=AMPLE) as unit:
        assert await unit.of(files.folder).count(lambda row: nested(row, GREATEST_DEPTH // 2)) == 0
        assert (
            await unit.of(files.folder).count(lambda row: one_of(row.name, *map(str, range(MOST_CONSTANTS - 1)))) == 0
        )


Told = tuple[AuditRecord, tuple[OutboxEvent, ...]]
Write = Callable[[UnitOfWork, Team, Member, Told], Awaitable[object]]
WRITES: dict[str, Write] = {
    "add": lambda unit, team, user, told: unit.of(team.member).add(team.a_member(user.organization_id), *told),
    "add_all": lambda unit, team, user, told: unit.of(team.member).add_all(
        [team.a_member(user.organization_id)], *told
    ),
    "save": lambda unit, team, user, told: unit.of(team.member).save(user, *told),
    "remove": lambda unit, team, user, told: unit.of(team.member).remove(user, *told),
    "update_where": lambda unit, team, _, told: unit.of(team.member).update_where(
        lambda row: row.name == "Ann", lambda row: (assign(row.name, "Bo"),), *told
    ),
    "delete_where": lambda unit, team, _, told: unit.of(team.member).delete_where(lambda row: row.name == "Ann", *told),
}
every_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())


@every_write
@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("action", "a\0b", "audit_logs_action_storable"),
        ("created_at", "now", "audit_logs_created_at_storable"),
        ("created_at", NOW.replace(tzinfo=None), "audit_logs_created_at_storable"),
        ("action", "", "audit_logs_action_length"),
    ],
    ids=["NUL", "text", "naive", "empty"],
)
async def test_an_audit_record_is_checked(
    store: Store,
    team: Team,
    write: Write,
    field: str,
    value: object,
    rule: str,
) -> None:
    """An audit record that is not representable, or breaks a rule, is refused by every write that it goes with."""
    home = (await team.created(store)).id
    (owner,) = await team.members(store, home)
    audit = model_of(AuditRecord).evolved(an_audit_record(home), {field: value})
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated) as caught:
            await write(unit, team, owner, (audit, ()))
    assert caught.value.rule == rule
    await team.assert_untouched(store, home)


@every_write
@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("due_at", NOW.replace(tzinfo=None), "outbox_due_at_storable"),
        ("attempts", True, "outbox_attempts_storable"),
        ("attempts", -1, "outbox_attempts_not_negative"),
        ("payload", "{}", "outbox_payload_storable"),
        ("claim", str(UUID(int=1)), "outbox_claim_storable"),
    ],
    ids=["naive", "truth", "negative", "text", "id"],
)
async def test_an_event_is_checked(
    store: Store,
    team: Team,
    write: Write,
    field: str,
    value: object,
    rule: str,
) -> None:
    """An event that is not representable, or breaks a rule, is refused by every write that it goes with."""
    home = (await team.created(store)).id
    (owner,) = await team.members(store, home)
    event = model_of(OutboxEvent).evolved(an_event(home), {field: value})
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated) as caught:
            await write(unit, team, owner, (an_audit_record(home), (event,)))
    assert caught.value.rule == rule
    await team.assert_untouched(store, home)


async def test_what_tells_of_a_write_is_brought_into_its_normal_form(store: Store, team: Team) -> None:
    """A dict in an audit record or an event that nobody validated becomes a document, as it does in a row."""
    home = (await team.created(store)).id
    audit = model_of(AuditRecord).evolved(an_audit_record(home), {"after": {"a": 1}})
    event = model_of(OutboxEvent).evolved(an_event(home), {"payload": {"a": 1}})
    async with store.unit(home) as unit:
        await unit.of(team.member).add(team.a_member(home), audit, (event,))
        await unit.commit()
    async with store.reading(home) as reading:
        assert (await reading.audit_trail.get(audit.id)).after == JsonObject({"a": 1})
        assert (await reading.outbox.get(event.id)).payload == JsonObject({"a": 1})


async def test_too_many_events_are_refused(store: Store, team: Team) -> None:
    """A write with more events than one statement can hold is refused, and the error says how many it can hold."""
    home = (await team.created(store)).id
    events = tuple(an_event(home) for _ in range(MOST_EVENTS + 1))
    async with store.unit(home) as unit:
        with pytest.raises(QueryRefused, match=str(MOST_EVENTS)):
            await unit.of(team.member).add(team.a_member(home), an_audit_record(home), events)
    async with store.unit(home) as unit:
        await unit.of(team.member).add(team.a_member(home), an_audit_record(home), events[1:])
        assert await unit.outbox.count() == MOST_EVENTS
        await unit.outbox.add_all([an_event(home) for _ in range(3 * MOST_EVENTS)])
        await unit.commit()

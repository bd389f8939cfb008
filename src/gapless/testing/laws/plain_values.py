"""Values of subclasses are kept and found as plain values, and the error for a wrong value says what is wrong."""

from __future__ import annotations

import enum
from collections import UserDict
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import repeat
from typing import Any, cast
from uuid import UUID

import attrs
import pytest

from gapless.kit import model_of, one_of
from gapless.kit.assignments import assign
from gapless.kit.audit import AuditRecord
from gapless.kit.columns import BigInteger
from gapless.kit.errors import GaplessError, InvalidValue, NotFound, QueryRefused, RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.plain import MOST_SHOWN, BuiltIn
from gapless.kit.ports import Store
from gapless.testing.laws.examples import every_example
from gapless.testing.laws.files import Document, DocumentId, FolderId
from gapless.testing.laws.openings import OF_ONE, Opening
from gapless.testing.laws.parts import Files, Team
from gapless.testing.laws.round_trip import Values, values_of_each_type
from gapless.testing.laws.rows import NOW, an_audit_record, an_event, fresh_id
from gapless.testing.subclasses import Manner, PretendedText, disguised

every_manner = pytest.mark.parametrize("manner", Manner, ids=[manner.value for manner in Manner])
PLAIN = (str, int, bool, UUID, BuiltIn.time, JsonObject, type(None))


def worn(row: Validated, manner: Manner) -> dict[str, Any]:
    """The values of a row as values of subclasses, with documents as dicts and enumeration members as texts."""
    return {
        column.name: disguised(_opened(getattr(row, column.name)), manner) for column in model_of(type(row)).columns
    }


def _opened(value: object) -> object:
    if isinstance(value, JsonObject):
        return value.to_dict()
    return value.value if isinstance(value, enum.Enum) else value


def assert_plain(row: Validated) -> None:
    """Asserts that each value of a row has the plain class of its column."""
    for column in model_of(type(row)).columns:
        value = getattr(row, column.name)
        parts = value if type(value) is tuple else (value,)
        assert all(type(part) in (*PLAIN, column.enumeration) for part in parts), column.name


@every_manner
async def test_values_of_subclasses_are_kept_as_plain_ones(
    store: Store, team: Team, files: Files, manner: Manner
) -> None:
    """Each type of column keeps a value of a subclass as the plain value, whether it was validated or not."""

    async def kept(values: Values) -> None:
        home = await team.created(store)
        folder = files.a_folder(home.id)
        numbers = {"size": values.size, "pages": values.number, "content": values.content}
        document = files.a_document(home.id, folder.id, title=values.text, created_at=values.at, **numbers)
        again = attrs.evolve(document, id=DocumentId(UUID(int=values.id.int ^ 1)))
        async with store.unit(home.id) as unit:
            await unit.of(files.folder).add(files.folder(**worn(folder, manner)))
            await unit.of(files.document).add(files.document(**worn(document, manner)))
            unvalidated = model_of(files.document).construct_unvalidated(worn(again, manner))
            await unit.of(files.document).add_all(cast("list[Document]", disguised([unvalidated], manner)))
            await unit.commit()
        async with store.reading(home.id) as reading:
            for given in (document, again):
                found = await reading.of(files.document).get(given.id)
                assert_plain(found)
                assert found == attrs.evolve(given, version=1)

    await every_example(8, values_of_each_type, kept)


@every_manner
async def test_members_of_subclasses_are_kept_as_plain_ones(store: Store, team: Team, manner: Manner) -> None:
    """The text of an enumeration member is kept as the member, also when a row is changed to it."""
    home = await team.created(store)
    user = team.a_member(home.id)
    async with store.unit(home.id) as unit:
        added = await unit.of(team.member).add(
            team.member(**worn(user, manner)), AuditRecord(**worn(an_audit_record(home.id), manner))
        )
        changes: dict[str, Any] = {"name": disguised("Bo", manner), "last_seen_at": disguised(NOW, manner)}
        await unit.of(team.member).save(attrs.evolve(added, **changes), an_audit_record(home.id))
        await unit.commit()
    async with store.reading(home.id) as reading:
        found = await reading.of(team.member).get(user.id)
    assert_plain(found)
    assert (found.name, found.last_seen_at, found.role) == ("Bo", NOW, user.role)


@every_manner
async def test_lists_of_subclasses_are_kept_as_plain_ones(
    store: Store, team: Team, files: Files, manner: Manner
) -> None:
    """A list of ids of a subclass is kept as a tuple of plain ids."""
    home = (await team.created(store)).id
    folder = files.a_folder(home)
    held = files.a_document(home, folder.id, readers=(UUID(int=1), home))
    async with store.unit(home) as unit:
        await unit.of(files.folder).add(folder)
        await unit.of(files.document).add(files.document(**worn(held, manner)))
        await unit.commit()
    async with store.reading(home) as reading:
        (kept,) = await reading.of(files.document).find()
    assert_plain(kept)
    assert kept == attrs.evolve(held, version=1)


QUESTIONS: dict[str, Callable[[Document, Callable[[object], Any]], object]] = {
    "id": lambda row, worn: row.id == worn(UUID(int=5)),
    "text": lambda row, worn: row.title == worn("Offer"),
    "time": lambda row, worn: row.created_at >= worn(NOW),
    "number": lambda row, worn: row.pages == worn(3),
    "big number": lambda row, worn: one_of(row.size, worn(2**40), worn(7)),
    "enumeration": lambda row, worn: one_of(row.status, worn("DRAFT")),
}


@every_manner
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
async def test_questions_take_values_of_subclasses(
    store: Store,
    team: Team,
    files: Files,
    manner: Manner,
    question: Callable[[Document, Callable[[object], Any]], object],
) -> None:
    """Units, readings, rows and sets of rows are found by values of subclasses, and rows are changed to them."""

    def hidden(value: object) -> Any:  # noqa: ANN401  # whatever is asked for
        return disguised(value, manner)

    home = await team.created(store)
    folder = files.a_folder(home.id)
    values = {"id": UUID(int=5), "title": "Offer", "created_at": NOW, "pages": 3, "size": 2**40}
    async with store.unit(hidden(home.id), seconds=hidden(9.0)) as unit:
        await unit.of(files.folder).add(folder)
        await unit.of(files.document).add(files.a_document(home.id, folder.id, **values))
        number = await unit.of(files.document).update_where(
            lambda row: cast(bool, question(row, hidden)),
            lambda row: hidden((assign(row.title, hidden("New")), assign(row.size, hidden(BigInteger(7))))),
        )
        assert number == 1
        await unit.commit()
    async with store.reading(hidden(home.id)) as reading:
        found = await reading.of(files.document).get(hidden(UUID(int=5)))
        assert await reading.of(files.document).find(limit=hidden(1)) == (found,)
    assert_plain(found)
    assert (found.title, found.size) == ("New", 7)


ODD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "long": lambda: "x" * 10_000_000,
    "number": lambda: 10**10_000,
    "list": lambda: [UUID(int=1)] * 1000,
    "pretender": lambda: PretendedText(UUID),
    "unfinished": lambda: UUID.__new__(type("Id", (UUID,), {})),
    "class": lambda: UUID,
    "text of an id": lambda: str(UUID(int=1)),
}
every_odd = pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())


@every_odd
async def test_any_object_is_no_id(store: Store, team: Team, odd: Callable[[], Any]) -> None:
    """A value that is not an id finds nothing; the error calls none of its methods, and repeats little of it."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit, store.reading(home) as reading:
        for rows in (unit.of(team.member), reading.of(team.member)):
            with pytest.raises(NotFound) as caught:
                await rows.get(odd())
            assert len(str(caught.value)) < 2 * MOST_SHOWN
            assert len(caught.value.id) <= MOST_SHOWN
    for opening in cast("dict[str, Opening]", OF_ONE).values():
        with pytest.raises(NotFound) as caught:
            async with opening(store, odd()):
                pytest.fail("it was opened")
        assert len(str(caught.value)) < 2 * MOST_SHOWN


@every_odd
async def test_any_object_is_no_value(store: Store, team: Team, files: Files, odd: Callable[[], Any]) -> None:
    """A value that a column can't hold is refused by an error of gapless, in every place where a value enters."""
    home = (await team.created(store)).id
    for field in ("id", "created_at", "content", "pages"):
        if odd() is None and field in ("content", "pages"):
            continue
        with pytest.raises(RuleViolated) as caught:
            files.a_document(home, FolderId(fresh_id()), **{field: odd()})
        assert len(str(caught.value)) < 4 * MOST_SHOWN
        async with store.unit(home) as unit:
            with pytest.raises(QueryRefused) as refused:
                await unit.of(files.document).find(lambda row, field=field: getattr(row, field) == odd())  # type: ignore[misc]
            assert len(str(refused.value)) < 4 * MOST_SHOWN
            if odd() is not None:
                with pytest.raises(QueryRefused):
                    await unit.of(files.document).find(limit=odd(), after=odd())
            with pytest.raises(GaplessError):
                await unit.of(files.document).update_where(lambda row: row.version > 0, lambda _: odd())
    await team.assert_untouched(store, home)


def endless() -> Iterator[object]:
    """An iterator that never ends."""
    return repeat(1)


SEQUENCES: dict[str, Callable[[Team, RootId], Any]] = {
    "number": lambda *_: 5,
    "none": lambda *_: None,
    "pretender": lambda *_: PretendedText(list),
    "endless": lambda *_: endless(),
    "endless rows": lambda team, home: repeat(team.a_member(home)),
    "endless events": lambda _, home: repeat(an_event(home)),
    "broken": lambda *_: (1 / part for part in (1, 0)),
    "mapping": lambda *_: UserDict({"a": 1}),
}


@pytest.mark.parametrize("given", SEQUENCES.values(), ids=SEQUENCES.keys())
async def test_what_is_no_sequence_is_refused(store: Store, team: Team, given: Callable[[Team, RootId], Any]) -> None:
    """Rows, events and assignments that are not sequences, or never end, are refused, and nothing is kept."""
    home = (await team.created(store)).id
    (owner,) = await team.members(store, home)
    async with store.unit(home) as unit:
        with pytest.raises(QueryRefused):
            await unit.of(team.member).add_all(given(team, home), an_audit_record(home))
    async with store.unit(home) as unit:
        with pytest.raises(QueryRefused):
            await unit.of(team.member).save(owner, an_audit_record(home), given(team, home))
    async with store.unit(home) as unit:
        with pytest.raises(QueryRefused):
            await unit.of(team.member).update_where(
                lambda row: row.is_active, lambda _: given(team, home), an_audit_record(home)
            )
    await team.assert_untouched(store, home)


SAID: dict[str, tuple[str, object, str]] = {
    "zone": ("created_at", datetime(2026, 1, 1), "Created at has no time zone."),  # noqa: DTZ001  # that is the point
    "date": ("created_at", NOW.date(), "Created at is a date, not a datetime."),
    "NUL": ("title", "abc\0", "Title holds a NUL at 3."),
    "surrogate": ("title", "ab\ud800\0", "Title holds a lone surrogate at 2."),
    "list": ("title", ["a"], "Title is a list, not a text."),
    "truth": ("pages", True, "Pages is True, not a whole number."),
    "great": ("pages", 2**31, "Pages is 2147483648, at most 2147483647."),
    "small": ("size", -(2**63) - 1, "Size is -9223372036854775809, at least -9223372036854775808."),
    "id": ("id", str(UUID(int=1)), "Id is a text, not a uuid.UUID; parse_id reads one from a text."),
    "member": ("status", "LOST", "Status is 'LOST', not one of DRAFT, PUBLISHED."),
    "document": ("content", {1: 2}, "The keys of a JSON document must be texts, not an int"),
    "absent": ("title", None, "Title is None."),
    "length": ("title", "x" * 61, "Title has 61 characters, at most 60."),
}


@pytest.mark.parametrize(("field", "value", "words"), SAID.values(), ids=SAID.keys())
async def test_what_is_wrong_is_said(
    store: Store, team: Team, files: Files, field: str, value: object, words: str
) -> None:
    """The error says what is wrong with the value, and names the field: in a row, and in an assignment."""
    home = (await team.created(store)).id
    with pytest.raises(RuleViolated) as caught:
        files.a_document(home, FolderId(fresh_id()), **{field: value})
    assert words in caught.value.detail
    assert words in str(caught.value)
    assert caught.value.fields == (field,)
    model = model_of(files.document)
    if field in (*model.key, *model.immutable, "status") or value is None or words.startswith("Title has"):
        return  # a column that never changes can't be assigned, and the other rules are checked on the row
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated) as caught:
            await unit.of(files.document).update_where(
                lambda row: row.version > 0, lambda row: (assign(getattr(row, field), value),)
            )
    assert words in caught.value.detail


async def test_a_length_of_time_is_a_number(store: Store, team: Team) -> None:
    """Seconds that are not a number are refused, and the error names them."""
    with pytest.raises(InvalidValue) as caught:
        store.unit((await team.created(store)).id, seconds=cast(float, PretendedText(float)))
    assert caught.value.fields == ("seconds",)

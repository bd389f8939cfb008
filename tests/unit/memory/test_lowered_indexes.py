"""What is unique, or found, without regard to case in memory: by an index over the small letters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore, keys
from gapless.adapters.memory.search import _wish
from gapless.adapters.memory.state import View
from gapless.kit import Catalogue, all_of, is_null, lower, model_of, nullable, one_of, starts_with
from gapless.kit.errors import QueryRefused, RuleViolated
from gapless.kit.lowered_columns import Indexed, column_behind
from gapless.kit.queries import query
from tests.clinics.treatments import TREATMENTS, Practice, Treatment, practice_rules, treatment_rules

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
FIRST = Treatment(
    practice=1,
    id=UUID(int=1),
    email="Ann@Example.com",
    code="K_1",
    title="Tea",
    fee=Decimal(1),
    begins_at=NOON,
    ends_at=NOON + timedelta(hours=1),
)
SECOND = attrs.evolve(FIRST, id=UUID(int=2), email="ben@example.com", code=None, title="tEA")


async def filled() -> MemoryStore:
    """A store with a practice and two treatments."""
    store = MemoryStore(Catalogue((practice_rules, treatment_rules)))
    async with store.creating(1) as unit:
        await unit.of(Practice).add(Practice(id=1, name="Ann"))
        await unit.of(Treatment).add_all([FIRST, SECOND])
        await unit.commit()
    return store


async def found(where: Callable[[Treatment], bool], *, own: bool) -> set[str]:
    """The addresses of the treatments that are found, in a unit that has written them anew or in a reading."""
    store = await filled()
    if not own:
        async with store.reading(1) as reading:
            return {row.email for row in await reading.of(Treatment).find(where)}
    async with store.unit(1) as unit:
        for row in (FIRST, SECOND):
            await unit.of(Treatment).save(attrs.evolve(await unit.of(Treatment).get(row.id), doses=0))
        return {row.email for row in await unit.of(Treatment).find(where)}


async def add(row: Treatment) -> None:
    """Adds one more treatment."""
    store = await filled()
    async with store.unit(1) as unit:
        await unit.of(Treatment).add(row)
        await unit.commit()


THIRD = attrs.evolve(FIRST, id=UUID(int=3), email="aNN@eXAMPLE.COM", code=None)
WISHES: dict[str, tuple[Callable[[Treatment], bool], set[str]]] = {
    "unique": (lambda row: lower(row.email) == lower("ANN@example.com"), {FIRST.email}),
    "one of unique": (lambda row: one_of(lower(row.email), "ben@example.com", "x"), {SECOND.email}),
    "unique of some": (
        lambda row: all_of(is_null(row.closed_at), lower(nullable(row.code)) == "k_1"),
        {FIRST.email},
    ),
    "index": (lambda row: lower(row.title) == "tea", {FIRST.email, SECOND.email}),
    "range of an index": (lambda row: lower(row.title) < "teb", {FIRST.email, SECOND.email}),
    "beginning": (lambda row: starts_with(lower(row.title), "te"), {FIRST.email, SECOND.email}),
    "beginning with the greatest letter": (lambda row: starts_with(lower(row.title), "t\U0010ffff"), set()),
    "beginning with the greatest letters": (lambda row: starts_with(lower(row.email), "\U0010ffff"), set()),
    "index and range": (lambda row: all_of(lower(row.title) == "tea", row.begins_at > NOON), set()),
}


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("own", [False, True], ids=["committed", "own"])
def test_a_text_in_another_case_is_found_by_its_index(wish: str, own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """No row is looked through to find what an index has, whoever has written it."""
    where, expected = WISHES[wish]
    monkeypatch.delattr(View, "rows")
    assert asyncio.run(found(where, own=own)) == expected


def test_an_index_over_the_text_itself_is_no_index_over_its_small_letters() -> None:
    """A search for the very text takes another way than one without regard to case."""
    paths = MemoryStore(TREATMENTS)._database.schema.tables["treatments"].scoped_paths
    asked = {
        "text": paths.best(_wish(query(model_of(Treatment), lambda row: row.title == "Tea")), lambda _: 1),
        "letters": paths.best(_wish(query(model_of(Treatment), lambda row: lower(row.title) == "tea")), lambda _: 1),
    }
    assert {name: path is not None for name, path in asked.items()} == {"text": False, "letters": True}


def test_a_text_that_differs_in_case_alone_is_taken() -> None:
    """The error names the rule, and the field; letters that only Unicode knows are others."""
    with pytest.raises(RuleViolated) as refused:
        asyncio.run(add(THIRD))
    assert (refused.value.rule, refused.value.fields) == ("treatments_email_taken", ("practice", "email"))
    asyncio.run(add(attrs.evolve(THIRD, email="ANN@EXAMPLE.\u00c7OM")))


def test_an_index_that_does_not_ask_for_the_small_letters_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the index of the rule holds the texts as they are, and lets in what differs in case alone."""

    def as_it_is(indexed: Indexed) -> str:
        return f"o.{column_behind(indexed).name}"

    monkeypatch.setattr(keys, "source_of", as_it_is)
    asyncio.run(add(THIRD))


def test_no_order_is_without_regard_to_case() -> None:
    """A page goes on behind the values of columns, which small letters are not."""
    with pytest.raises(QueryRefused, match="Name the fields"):
        query(model_of(Treatment), order=lambda row: lower(row.title))

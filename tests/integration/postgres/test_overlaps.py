"""Transactions of plain SQL that are right alone end in no deadlock when they overlap, and no rule is broken."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

import asyncpg
import attrs
import pytest
import pytest_asyncio

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.system import UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.testing.additions import stored
from gapless.testing.counterexamples.attempts import PlainSql
from gapless.testing.fixtures import Fixture
from gapless.testing.steps import insertions
from tests.bulk import await_each
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.integration.postgres import races
from tests.integration.postgres.overlaps import Overlap
from tests.integration.postgres.races import COMMITTED, DEADLOCK, outcome, violations
from tests.integration.store.conftest import own_engine
from tests.violations import FACTORIES

pytestmark = pytest.mark.asyncio(loop_scope="session")
# Room for whatever is added: rules that count refuse nothing here.
ROOM = "UPDATE organizations SET team_members_quota = 9999, phone_numbers_quota = 9999"
BELONGING = [model for model in GAPLESS.models if model is not GAPLESS.root and model.entity not in GAPLESS.archives]
ONE_ALONE = {"subscriptions", "erasures"}
"""What an organization has once, and has already."""
READY, CHANGED = "is_active = false", "is_active = true"
"""What puts a rule that counts in question by an update of users, and what makes a new one ready for it."""
LAID = "CREATE INDEX falling ON organizations (id DESC); CLUSTER organizations USING falling; DROP INDEX falling"
"""Lays the organizations against the order of their keys."""
# Two sessions that visit the same rows in another order: by the index of the keys, or as they lie in the table.
# A bitmap of what an index finds is gone through as the rows lie.
BY_KEY = "SET enable_seqscan = off; SET enable_bitmapscan = off"
AS_THEY_LIE = "SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off"
OURS = """
SELECT pg_get_functiondef(oid) FROM pg_proc
WHERE pronamespace = to_regnamespace($1) AND prorettype = 'trigger'::regtype AND prosrc LIKE '%FOR NO KEY UPDATE%'
"""
Act = Callable[[], tuple[PlainSql, ...]]


@attrs.frozen
class Place:
    """A database with organizations that have a row of everything.

    Attributes:
        url: its address, by the owner.
        owner: a connection of the owner.
        fixtures: three organizations, in the order of their keys.
    """

    url: str
    owner: asyncpg.Connection
    fixtures: tuple[Fixture, ...]

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator[Place]:
        """That of a migrated database without rows."""
        async with own_engine(url) as engine, connected(url) as owner:
            store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
            ids = UuidV7Factory()
            fixtures = tuple([await stored(FACTORIES, store, ids) for _ in range(3)])
            assert sorted(fixtures, key=lambda fixture: fixture.root_key) == list(fixtures)
            await owner.execute(f"SET search_path = {SCHEMA}; {ROOM}")
            yield cls(url, owner, fixtures)

    def acts(self) -> Mapping[str, Act]:
        """What a transaction can do in one organization, each time anew: change it, or add a row of an entity."""
        home = self.fixtures[0].root_key
        touch = PlainSql("UPDATE organizations SET name = name || '.' WHERE id = $1", (home,))
        return {"change": lambda: (touch,), **{model.table: self._adding(model.entity) for model in BELONGING}}

    def _adding(self, entity: type) -> Act:
        fixture = self.fixtures[0]
        return lambda: insertions(fixture, fixture.row(entity))

    async def broken(self) -> list[str]:
        """The rules that the committed rows break."""
        home, other, _ = (cast(UUID, fixture.root_key) for fixture in self.fixtures)
        return await violations(self.owner, races.Place(home, (), other, home))

    async def is_right(self, statements: Sequence[PlainSql]) -> bool:
        """Whether a transaction is right alone; it is taken back."""
        transaction = self.owner.transaction()
        await transaction.start()
        outcomes = [await outcome(self.owner.execute(each.text, *each.values)) for each in statements]
        await transaction.rollback()
        return set(outcomes) == {COMMITTED}

    async def in_bulk(self, table: str) -> PlainSql:
        """The statement that adds a row of an entity to each organization; what these refer to is there."""
        (model,) = (model for model in BELONGING if model.table == table)
        rows = []
        for fixture in self.fixtures:
            *before, row = insertions(fixture, fixture.row(model.entity))
            for each in before:
                await self.owner.execute(each.text, *each.values)
            rows.append(row)
        return together(rows)

    async def changed_in_bulk(self, table: str) -> PlainSql:
        """The statement that changes a new user of each organization, so that a rule that counts is in question."""
        added = await self.in_bulk(table)
        ids = await self.owner.fetch(f"{added.text} RETURNING id", *added.values)
        which = ([row["id"] for row in ids],)
        await self.owner.execute(f"UPDATE {table} SET {READY} WHERE id = ANY ($1)", *which)  # noqa: S608  # of our own
        return PlainSql(f"UPDATE {table} SET {CHANGED} WHERE id = ANY ($1)", which)  # noqa: S608  # as above


def together(rows: Sequence[PlainSql]) -> PlainSql:
    """Insertions of one row each, as one statement."""
    head, _, values = rows[0].text.partition(" VALUES ")
    lists = [_numbered(values, place * len(rows[0].values)) for place in range(len(rows))]
    return PlainSql(f"{head} VALUES {', '.join(lists)}", tuple(value for row in rows for value in row.values))


def _numbered(values: str, before: int) -> str:
    """The list of one row, whose parameters come after so many others."""
    return re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + before}", values)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(server_url: str, template: str, database_name: str) -> AsyncIterator[Place]:
    """A database of these tests' own."""
    async with (
        copied_database(server_url, template, f"{database_name}_overlaps") as url,
        Place.at(url) as place,
    ):
        yield place


def pairs(acts: Mapping[str, Act]) -> Iterator[tuple[str, str, bool]]:
    """Two acts of each transaction, in the same order on both sides or in opposite orders."""
    for first, second in itertools.product(acts, acts):
        yield first, second, False
        if first < second:
            yield first, second, True


async def overlaps(overlap: Overlap, acts: Mapping[str, Act], pair: tuple[str, str, bool]) -> None:
    """Asserts that both transactions of a pair are committed."""
    first, second, crossed = pair
    others = (second, first) if crossed else (first, second)
    ours, theirs = ([each for name in names for each in acts[name]()] for names in ((first, second), others))
    assert await overlap.come_to(ours, theirs) == [COMMITTED, COMMITTED]


async def test_transactions_in_one_organization(place: Place) -> None:
    """Two transactions of two acts each, in one organization, are both committed, in whatever order they act."""
    acts = {name: act for name, act in place.acts().items() if await place.is_right([*act(), *act()])}
    assert place.acts().keys() - acts.keys() == ONE_ALONE
    async with Overlap.on(place.url) as overlap:
        await await_each(pairs(acts), lambda pair: overlaps(overlap, acts, pair))
    assert await place.broken() == []


async def bulk_statements(place: Place) -> dict[str, list[str]]:
    """What becomes of two bulk statements over the same organizations, which visit them in opposite orders."""
    came_to = {}
    names = [model.table for model in BELONGING if model.table not in ONE_ALONE]
    async with Overlap.on(place.url, BY_KEY, AS_THEY_LIE) as overlap:
        for table, made in [("users", place.changed_in_bulk), *((name, place.in_bulk) for name in names)]:
            statements = [[await made(table)], [await made(table)]]
            await place.owner.execute(LAID)
            await overlap.close(cast(UUID, place.fixtures[1].root_key))
            came_to[statements[0][0].text.partition("(")[0]] = await overlap.come_to(*statements)
    return came_to


async def test_bulk_statements_over_several_organizations(place: Place) -> None:
    """Bulk statements over the same organizations are both committed, though they find them in opposite orders."""
    both = [COMMITTED, COMMITTED]
    assert {name: found for name, found in (await bulk_statements(place)).items() if found != both} == {}
    assert await place.broken() == []


@asynccontextmanager
async def functions_with(place: Place, told: str, instead: str) -> AsyncIterator[None]:
    """Our triggers' functions have something else in the place of a text meanwhile."""
    texts = [str(row[0]) for row in await place.owner.fetch(OURS, SCHEMA)]
    assert any(re.search(told, text) for text in texts)
    for text in texts:
        await place.owner.execute(re.sub(told, instead, text))
    yield
    for text in texts:
        await place.owner.execute(text)


async def test_a_weaker_lock_is_noticed(place: Place) -> None:
    """Planted: where triggers only share the lock of an organization, who changes it afterwards ends in a deadlock."""
    async with functions_with(place, "FOR NO KEY UPDATE", "FOR SHARE"), Overlap.on(place.url) as overlap:
        acts = place.acts()
        ours, theirs = ([*acts["knowledge_items"](), *acts["change"]()] for _ in range(2))
        assert DEADLOCK in await overlap.come_to(ours, theirs)


@pytest.mark.parametrize(
    ("told", "instead"),
    [(r"ORDER BY \w+ FOR NO KEY UPDATE", "FOR NO KEY UPDATE"), (r"cardinality\(.*\) > 1\b", "false")],
    ids=["in no order", "one by one"],
)
async def test_locks_in_another_order_are_noticed(place: Place, told: str, instead: str) -> None:
    """Planted: triggers that lock several organizations in the order in which they find them end in deadlocks."""
    async with functions_with(place, told, instead):
        came_to = await bulk_statements(place)
    assert {name for name, found in came_to.items() if DEADLOCK in found}

"""Exclusions on PostgreSQL: the extension that they need, plain SQL that overlaps, and ranges as in the other store."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from random import Random
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import attrs
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.adapters.postgres.verification.comparison import Declaration, differences_of
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit import Check, Exclusion, Rule, length, model_of, nullable, rules_of
from gapless.kit.errors import DeclarationError, InvalidValue, RuleViolated
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.bookings import BookingId
from gapless.testing.strategies import neighbours
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.properties import Portal, bounded
from tests.voice.hosted import HOSTED, Booking
from tests.voice.rows import NOW, a_booking, created

EXCLUDED = "23P01"
ROOM = "bookings_room_is_free"


@pytest_asyncio.fixture(scope="module")
async def url(server_url: str, template: str, database_name: str) -> AsyncIterator[str]:
    """A database of its own with the tables of the laws' catalogue."""
    async with copied_database(server_url, template, f"{database_name}_exclusions") as found:
        async with connected(found) as connection:
            for statement in create_statements(HOSTED, SCHEMA, beyond=GAPLESS):
                await connection.execute(statement)
        yield found


@pytest_asyncio.fixture(scope="module")
async def engine_here(url: str) -> AsyncIterator[AsyncEngine]:
    """Connections to that database."""
    engine = create_engine(url)
    yield engine
    await engine.dispose()


async def insert(connection: asyncpg.Connection, home: UUID, start: int, end: int | None) -> None:
    """Books a room by plain SQL."""
    await connection.execute(
        "INSERT INTO gapless.bookings (organization_id, id, created_at, room, starts_at, ends_at, is_cancelled,"
        " first_seat, version) VALUES ($1, $2, now(), 'Blue', $3, $4, false, 0, 1)",
        home,
        uuid4(),
        NOW + timedelta(hours=start),
        None if end is None else NOW + timedelta(hours=end),
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
async def test_plain_sql_that_overlaps_waits_and_is_refused(url: str, engine_here: AsyncEngine, level: str) -> None:
    """Of two transactions that take one range the second waits; it is refused if the first commits, else it gets it."""
    home = (await created(PostgresStore(engine_here, HOSTED, schema=SCHEMA))).id
    async with connected(url) as one, connected(url) as other:
        for kept in (False, True):
            for connection in (one, other):
                await connection.execute(f"BEGIN ISOLATION LEVEL {level}")
            await insert(one, home, 1, 3)
            waiting = asyncio.create_task(insert(other, home, 2, None))
            await blocked(url)
            await one.execute("COMMIT" if kept else "ROLLBACK")
            if kept:
                with pytest.raises(asyncpg.ExclusionViolationError) as caught:
                    await waiting
                assert (caught.value.sqlstate, caught.value.constraint_name) == (EXCLUDED, ROOM)
            else:
                await waiting
            await other.execute("ROLLBACK")


async def blocked(url: str) -> None:
    """Returns once a transaction waits for another one's end."""
    async with connected(url) as watcher:
        question = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
        while not await watcher.fetchval(question):  # noqa: ASYNC110  # no server tells
            await asyncio.sleep(0.005)


@pytest.mark.asyncio
async def test_plain_sql_does_not_exchange_ranges_in_one_statement(url: str, engine_here: AsyncEngine) -> None:
    """One statement that exchanges two ranges is refused, as one that exchanges what is unique, and not deferred."""
    home = (await created(PostgresStore(engine_here, HOSTED, schema=SCHEMA))).id
    async with connected(url) as connection:
        await insert(connection, home, 1, 3)
        await insert(connection, home, 3, 5)
        moved = "interval '2 hours' * CASE WHEN starts_at = $2 THEN 1 ELSE -1 END"
        sql = f"UPDATE gapless.bookings SET starts_at = starts_at + {moved}, ends_at = ends_at + {moved} WHERE organization_id = $1"  # noqa: S608, E501  # no input
        async with connection.transaction():
            await connection.execute("SET CONSTRAINTS ALL DEFERRED")
            with pytest.raises(asyncpg.ExclusionViolationError):
                await connection.execute(sql, home, NOW + timedelta(hours=1))


@pytest.mark.asyncio
async def test_the_right_that_the_extension_needs_is_named(server_url: str, template: str, database_name: str) -> None:
    """A role that may not make the extension is told which right it lacks, and what an administrator can run."""
    role, name = f"maker_{uuid4().hex[:8]}", f"{database_name}_unprivileged"
    async with copied_database(server_url, template, name) as url, connected(url) as connection:
        await connection.execute("DROP EXTENSION IF EXISTS btree_gist")
        first, *others = create_statements(HOSTED, SCHEMA, beyond=GAPLESS)
        await connection.execute(f"CREATE ROLE {role}")
        try:
            await connection.execute(f"GRANT ALL ON SCHEMA {SCHEMA} TO {role}")
            await connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {SCHEMA} TO {role}")
            await connection.execute(f"SET ROLE {role}")
            with pytest.raises(asyncpg.InsufficientPrivilegeError) as caught:
                await connection.execute(first)
            for part in (f"GRANT CREATE ON DATABASE {name} TO {role}", "CREATE EXTENSION btree_gist", "Exclusion"):
                assert part in str(caught.value)
            await connection.execute("RESET ROLE")
            await connection.execute(f"GRANT CREATE ON DATABASE {name} TO {role}")
            await connection.execute(f"SET ROLE {role}")
            for _ in range(2):  # once it is there, nothing has to be made
                await connection.execute(first)
            assert [each for each in others if "CREATE TABLE" in each and "EXCLUDE" in each] == []
        finally:
            await connection.execute("RESET ROLE")
            await connection.execute(f"DROP OWNED BY {role} CASCADE")
            await connection.execute(f"DROP ROLE {role}")


@pytest.mark.asyncio
async def test_an_extension_that_is_gone_takes_its_rules_along_and_that_is_told(engine_here: AsyncEngine) -> None:
    """Without the extension the rules are gone, and each is named; what declares it anew brings it back."""
    declaration = Declaration.of(HOSTED, SCHEMA)
    async with engine_here.connect() as connection:
        await connection.exec_driver_sql("DROP EXTENSION btree_gist CASCADE")
        told = [found.rules for found in await differences_of(connection, declaration)]
        assert told == [(ROOM,), ("bookings_seats_are_free",)]
        await connection.rollback()
        assert await differences_of(connection, declaration) == ()


@attrs.frozen
class Write:
    """What becomes of one of a few rows: its room, its hours, whether it is cancelled; None if it goes."""

    place: int
    room: str | None
    start: int | None
    end: int | None
    is_cancelled: bool
    is_removed: bool

    @property
    def values(self) -> dict[str, object]:
        """As fields of a booking; hours in the right order, and far ones as far as times go."""
        known = [hour for hour in (self.start, self.end) if hour is not None]
        start, end = (min(known), max(known)) if len(known) > 1 else (self.start, self.end)
        return {
            "room": self.room,
            "starts_at": None if start is None else NOW + timedelta(hours=start),
            "ends_at": None if end is None else NOW + timedelta(hours=end),
            "is_cancelled": self.is_cancelled,
            "desk_id": None if self.room is None else UUID(int=len(self.room)),
            "first_seat": -(2**31) if start is None else start,
            "next_seat": end,
        }


HOURS = st.one_of(st.integers(0, 4), st.none(), st.sampled_from([-(10**7), 10**7]))
WRITES = st.lists(
    st.builds(
        Write,
        st.integers(0, 4),
        st.sampled_from(["a", "a", "a", "A", "é", None]),
        HOURS,
        HOURS,
        st.sampled_from([False, False, False, True]),
        st.sampled_from([False, False, False, False, True]),
    ),
    min_size=2,
    max_size=10,
)


async def outcome(store: Store, home: OrganizationId, batch: list[Write]) -> str:
    """The rule by which a unit is refused that writes these; "" if it is kept."""
    try:
        async with store.unit(home) as unit:
            bookings = unit.of(Booking)
            for write in batch:
                key = BookingId(UUID(int=write.place + 1))
                found = await bookings.find(lambda row, key=key: row.id == key)  # type: ignore[misc]
                if write.is_removed:
                    for row in found:
                        await bookings.remove(row)
                elif found:
                    await bookings.save(model_of(Booking).evolved(found[0], write.values))
                else:
                    await bookings.add(a_booking(home, id=key, **write.values))
            await unit.commit()
    except RuleViolated as error:
        return error.rule
    return ""


async def both_agree(stores: tuple[Store, Store], batches: list[list[Write]]) -> None:
    """Lets both stores take the same writes in the same units, and compares each outcome and all that is kept."""
    homes = [(await created(store)).id for store in stores]
    for batch in batches:
        first, second = [await outcome(store, home, batch) for store, home in zip(stores, homes, strict=True)]
        assert first == second
    kept = []
    for store, home in zip(stores, homes, strict=True):
        async with store.reading(home) as reading:
            rows = await reading.of(Booking).find(order=lambda row: row.id)
            kept.append([attrs.evolve(row, organization_id=cast("OrganizationId", UUID(int=0))) for row in rows])
        async with store.unit(home) as unit:  # seats are taken among all organizations
            await unit.of(Booking).delete_where(lambda row: row.version >= 0)
            await unit.commit()
    assert kept[0] == kept[1]


@bounded(60)
@given(batches=st.lists(WRITES, min_size=1, max_size=3))
def test_both_stores_agree_on_any_ranges(portal: Portal, engine_here: AsyncEngine, batches: list[list[Write]]) -> None:
    """Adjacent, empty, open and very far ranges of times and numbers: both stores keep and refuse the same."""
    portal(both_agree((MemoryStore(HOSTED), PostgresStore(engine_here, HOSTED, schema=SCHEMA)), batches))


def is_accepted(size: int) -> bool:
    """Whether an exclusion over a text of so many characters can be declared."""
    copy = cast("type[Booking]", attrs.make_class("Copy", {}, bases=(Booking,), frozen=True, kw_only=True, slots=True))

    def rules(booking: Booking) -> Iterator[Rule]:
        yield Check("copies_room_length", "A room is short.", length(nullable(booking.room)) <= size)
        yield Check("copies_in_order", "It ends.", nullable(booking.starts_at) <= nullable(booking.ends_at))
        yield Exclusion("copies_apart", "Taken.", booking.room, start=booking.starts_at, end=booking.ends_at)

    try:
        rules_of(copy, "copies", belongs_to=lambda row: row.organization_id)(rules)
    except DeclarationError:
        return False
    return True


@pytest.mark.asyncio
async def test_the_longest_texts_fit_into_an_index_for_ranges(url: str) -> None:
    """The longest texts that a declaration lets into an exclusion are kept, and so many that pages are split."""
    longest = bisect_left(range(700), True, key=lambda size: not is_accepted(size)) - 1
    assert 200 < longest < 700
    random = Random(1)
    async with connected(url) as connection, connection.transaction():
        await connection.execute(
            'CREATE TABLE long (text text COLLATE "C", at timestamptz, EXCLUDE USING gist'
            " (text WITH =, tstzrange(at, NULL) WITH &&))"
        )
        for _ in range(60):
            text = "".join(chr(random.randrange(0x10000, 0x1F000)) for _ in range(longest))
            await connection.execute("INSERT INTO long VALUES ($1, now())", text)
        assert await connection.fetchval("SELECT count(*) FROM long") == 60


@pytest.mark.asyncio
async def test_neighbours_stand_where_both_stores_check(engine_here: AsyncEngine) -> None:
    """Each edge around a range, an open one and an empty one is kept or refused by both stores as it says."""
    stores = (MemoryStore(HOSTED), PostgresStore(engine_here, HOSTED, schema=SCHEMA))
    tried: set[bool] = set()
    for rule in model_of(Booking).of_kind(Exclusion):
        for ends in ({}, {rule.end.name: None}, {rule.end.name: getattr(a_booking(UUID(int=1)), rule.start.name)}):
            for store in stores:
                home, desk = (await created(store)).id, uuid4()
                row = model_of(Booking).evolved(a_booking(home, desk_id=desk, next_seat=3000), ends)
                async with store.unit(home) as unit:
                    await unit.of(Booking).add(row)
                    await unit.commit()
                for number, edge in enumerate(neighbours(rule, row)):
                    other = a_booking(home, room=f"{number}", desk_id=uuid4(), first_seat=number, next_seat=None)
                    async with store.unit(home) as unit:
                        found = await refusal_of(unit, model_of(Booking).evolved(other, edge.values))
                    assert found == ("" if edge.holds else rule.name), (row, edge)
                    tried.add(edge.holds)
    assert tried == {True, False}


async def refusal_of(unit: UnitOfWork, booking: Booking) -> str:
    """The rule by which a booking is refused; "" if it is not."""
    try:
        await unit.of(Booking).add(booking)
    except RuleViolated as error:
        return error.rule
    return ""


def test_a_row_that_excludes_nothing_has_no_neighbours() -> None:
    """Around a row that the rule is not about there are no edges, and the error says so."""
    room, _ = model_of(Booking).of_kind(Exclusion)
    for values in ({"is_cancelled": True}, {"room": None}):
        with pytest.raises(InvalidValue, match=f"{ROOM} lets every other row stand beside this one"):
            neighbours(room, a_booking(UUID(int=1), **values))

"""SELECTs of the host's own in a reading: both stores answer them in its snapshot, and nothing of them is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from itertools import count

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

import gapless
from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.answers import AnsweredConnection
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.postgres.connections.lending import LentConnection, Loan
from gapless.kit.errors import (
    DeadlineExceeded,
    InvalidValue,
    QueryRefused,
    SqlUnanswered,
    UnitOfWorkClosed,
    UnitOfWorkError,
    UnitOfWorkFailed,
)
from gapless.kit.ports import Reading, SelectedRows, Store
from tests.clinics.harbours import HARBOURS, Boat, Harbour, Owner, Pier
from tests.integration.databases import driver_of
from tests.stores import STORES, tables_of

SCHEMA = "selects"
BY_OWNER = sa.text("SELECT owner, count(*) AS boats FROM selects.boats WHERE harbour = :harbour GROUP BY owner")
NUMBERS = count(1)
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def answer(
    statement: object, parameters: Mapping[str, object] | None, reading: Reading
) -> Iterable[Mapping[str, object]]:
    """What a host writes for his tests in memory: the same by repositories."""
    assert statement is BY_OWNER
    assert parameters is not None
    boats = await reading.of(Boat).find(lambda boat: boat.harbour == parameters["harbour"])
    return [
        {"owner": owner, "boats": sum(boat.owner == owner for boat in boats)}
        for owner in sorted({boat.owner for boat in boats})
    ]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def tables(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """The tables of the harbours."""
    async with tables_of(engine, HARBOURS, SCHEMA):
        yield engine


@pytest_asyncio.fixture(loop_scope="session", params=STORES)
async def store(request: pytest.FixtureRequest, tables: AsyncEngine) -> Store:
    """A store of each kind that can answer."""
    return MemoryStore(HARBOURS, sql=answer) if request.param == "memory" else on_server(tables)


def on_server(engine: AsyncEngine) -> PostgresStore:
    """The store on PostgreSQL."""
    return PostgresStore(engine, HARBOURS, schema=SCHEMA)


async def a_harbour(store: Store) -> int:
    """A harbour with one boat."""
    number = next(NUMBERS)
    async with store.creating(number) as unit:
        await unit.of(Harbour).add(Harbour(id=number))
        await unit.of(Owner).add(Owner(id=number))
        await unit.of(Pier).add(Pier(harbour=number, code="a"))
        await unit.of(Boat).add(Boat(harbour=number, id=1, pier="a", owner=number))
        await unit.commit()
    return number


async def one_more(store: Store, harbour: int) -> None:
    """One more boat of the same owner."""
    async with store.unit(harbour) as unit:
        await unit.of(Boat).add(Boat(harbour=harbour, id=2, pier="a", owner=harbour))
        await unit.commit()


async def test_a_select_is_answered_in_the_snapshot(store: Store) -> None:
    """It sees what the repositories see, whatever others commit meanwhile; the rows are read alike."""
    harbour = await a_harbour(store)
    async with store.reading(harbour, snapshot=True) as reading:
        await one_more(store, harbour)
        found = (await reading.connection.execute(BY_OWNER, {"harbour": harbour})).mappings().one()
        assert dict(found) == {"owner": harbour, "boats": 1}
        assert await reading.connection.scalar(BY_OWNER, {"harbour": harbour}) == harbour
        assert [*map(tuple, (await reading.connection.execute(BY_OWNER, {"harbour": harbour})).all())] == [(harbour, 1)]
        assert (await reading.connection.execute(BY_OWNER, {"harbour": -1})).all() == []
        assert await reading.connection.scalar(BY_OWNER, {"harbour": -1}) is None
        assert await reading.of(Boat).count() == 1
    async with store.reading(harbour, snapshot=True) as reading:
        assert tuple((await reading.connection.execute(BY_OWNER, {"harbour": harbour})).one()) == (harbour, 2)


async def test_a_select_of_another_moment_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a store whose function is given what is committed by now fails the law above."""
    store = MemoryStore(HARBOURS, sql=answer)
    execute = AnsweredConnection.execute

    async def newest(_: AnsweredConnection, statement: object, parameters: dict[str, int]) -> SelectedRows:
        async with store.reading(parameters["harbour"]) as other:
            return await execute(AnsweredConnection(answer, other, lambda: None), statement, parameters)

    monkeypatch.setattr(AnsweredConnection, "execute", newest)
    with pytest.raises(AssertionError):
        await test_a_select_is_answered_in_the_snapshot(store)


async def test_a_reading_without_a_snapshot_has_no_connection(store: Store) -> None:
    """Each of its reads has a moment of its own, so that a statement would have none."""
    harbour = await a_harbour(store)
    async with store.reading(harbour) as reading:
        with pytest.raises(QueryRefused, match=r"open it by reading\(…, snapshot=True\)"):
            _ = reading.connection
        assert await reading.of(Boat).count() == 1


async def test_a_connection_ends_with_its_reading(store: Store) -> None:
    """After the block neither the reading nor what it has lent answers, and nobody else's connection is used."""
    harbour = await a_harbour(store)
    async with store.reading(harbour, snapshot=True) as reading:
        connection = reading.connection
        await connection.execute(BY_OWNER, {"harbour": harbour})
    with pytest.raises(UnitOfWorkClosed):
        _ = reading.connection
    with pytest.raises(UnitOfWorkClosed):
        await connection.execute(BY_OWNER, {"harbour": harbour})
    async with store.reading(harbour, snapshot=True, seconds=5) as again:
        assert await again.of(Boat).count() == 1


async def test_a_snapshot_has_its_time(tables: AsyncEngine) -> None:
    """A statement is not asked any more when the time of the reading is over, in either store."""
    for store in (MemoryStore(HARBOURS, sql=answer), on_server(tables)):
        harbour = await a_harbour(store)
        async with store.reading(harbour, snapshot=True, seconds=0.05) as reading:
            await asyncio.sleep(0.06)  # the time is over by then, however long it takes
            with pytest.raises(DeadlineExceeded):
                await reading.connection.execute(BY_OWNER, {"harbour": harbour})


async def test_nobody_answers_in_memory_unless_somebody_does() -> None:
    """The in-memory store has an error of its own for that, which says what to do."""
    async with gapless.open("memory:", catalogue=HARBOURS) as app:
        harbour = await a_harbour(app.store)
        async with app.store.reading(harbour, snapshot=True) as reading:
            with pytest.raises(SqlUnanswered, match=r'gapless.open\("memory:", sql=answer\)') as caught:
                _ = reading.connection
    assert isinstance(caught.value, UnitOfWorkError)
    async with gapless.open("memory:", catalogue=HARBOURS, sql=answer) as app:
        harbour = await a_harbour(app.store)
        async with app.store.reading(harbour, snapshot=True) as reading:
            assert await reading.connection.scalar(BY_OWNER, {"harbour": harbour}) == harbour


@pytest.mark.parametrize(
    "rows",
    [None, 5, [1], [{"a": 1}, {"b": 2}], [{}], {"a": 1}],
    ids=["null", "number", "numbers", "other", "no", "one"],
)
async def test_an_answer_is_rows(rows: object) -> None:
    """What is no sequence of rows with the same columns is refused by name."""

    async def wrong(*_: object) -> object:
        return rows

    store = MemoryStore(HARBOURS, sql=wrong)  # type: ignore[arg-type]  # what a host may get wrong
    harbour = await a_harbour(store)
    async with store.reading(harbour, snapshot=True) as reading:
        with pytest.raises(InvalidValue, match="sql= answers with rows"):
            await reading.connection.execute(BY_OWNER)
    with pytest.raises(InvalidValue, match="sql= is a coroutine function"):
        MemoryStore(HARBOURS, sql="SELECT 1")  # type: ignore[arg-type]  # as above


WRITES = (
    "INSERT INTO selects.owners VALUES (-1, 1)",
    "CREATE TEMP TABLE left_behind (id int)",
    "SET TRANSACTION READ WRITE",
    "SET transaction_read_only = off",
    "SELECT nextval('selects.numbers')",
    "DO $$ BEGIN DELETE FROM selects.boats; END $$",
    "SELECT set_config('transaction_read_only', 'off', true)",
)


@pytest.mark.parametrize("statement", WRITES)
async def test_the_server_refuses_a_write(tables: AsyncEngine, statement: str) -> None:
    """Whatever would write, or would let somebody write, is refused by the server itself."""
    store = on_server(tables)
    harbour = await a_harbour(store)
    async with tables.begin() as connection:
        await connection.exec_driver_sql("CREATE SEQUENCE IF NOT EXISTS selects.numbers")
    async with store.reading(harbour, snapshot=True) as reading:
        with pytest.raises(DBAPIError, match=r"read-only transaction|must be set before any query"):
            await reading.connection.execute(sa.text(statement))
    async with store.reading(harbour) as reading:
        assert await reading.of(Boat).count() == 1


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK", "COMMIT AND CHAIN", "PREPARE TRANSACTION 'it'"])
async def test_a_host_who_ends_the_transaction_writes_nothing(tables: AsyncEngine, ending: str) -> None:
    """Beyond the transaction that only reads no statement is sent, and the reading has failed."""
    store = on_server(tables)
    harbour = await a_harbour(store)
    async with store.reading(harbour, snapshot=True) as reading:
        try:
            await reading.connection.execute(sa.text(ending))
            with pytest.raises((UnitOfWorkFailed, DBAPIError)):
                await reading.connection.execute(sa.text("INSERT INTO selects.owners VALUES (-2, 1)"))
        except DBAPIError:
            pass  # a server without prepared transactions refuses the last of them
    async with store.reading() as everybody:
        assert -2 not in [owner.id for owner in await everybody.of(Owner).find()]


async def test_without_the_look_a_host_writes(tables: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: where nobody looks before a statement, what comes behind a COMMIT of the host's own is kept."""
    monkeypatch.setattr(LentConnection, "cursor", lambda self: self._pooled.cursor())
    store, number = on_server(tables), next(NUMBERS) + 10_000
    harbour = await a_harbour(store)
    monkeypatch.setattr(Loan, "_on_statement", lambda *_: None)
    async with store.reading(harbour, snapshot=True) as reading:
        connection = reading.connection
        await connection.execute(sa.text("COMMIT"))
        await connection.execute(sa.text("INSERT INTO selects.owners VALUES (:id, 1)"), {"id": number})
    async with store.reading() as everybody:
        assert number in [owner.id for owner in await everybody.of(Owner).find()]


LEFT = (
    "SET search_path TO selects",
    "SELECT set_config('application_name', 'left behind', false)",
    "SELECT pg_advisory_lock(4711)",
    "DECLARE left_behind CURSOR FOR SELECT 1",
    "DECLARE left_behind CURSOR WITH HOLD FOR SELECT 1",
    "PREPARE left_behind AS SELECT 1",
    "LISTEN left_behind",
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
)
SESSION = """
SELECT current_setting('search_path'), current_setting('application_name'), pg_backend_pid(),
    current_setting('default_transaction_isolation'),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
    (SELECT count(*) FROM pg_cursors WHERE name = 'left_behind'),
    (SELECT count(*) FROM pg_prepared_statements WHERE from_sql), array(SELECT pg_listening_channels())
"""


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("failing", [False, True], ids=["well", "failed"])
@pytest.mark.parametrize("statement", LEFT)
async def test_nothing_is_left_in_the_session(database_url: str, statement: str, *, failing: bool) -> None:
    """The next who gets the connection finds it as it was: settings, locks, cursors, statements, channels."""
    engine = create_engine(database_url, pool_size=1)
    store = on_server(engine)
    harbour = await a_harbour(store)

    async def session() -> tuple[object, ...]:
        async with engine.connect() as connection:
            return tuple(await (await driver_of(connection)).fetchrow(SESSION) or ())

    before = await session()
    async with store.reading(harbour, snapshot=True) as reading:
        await reading.connection.execute(sa.text(statement))
        if failing:
            with pytest.raises(DBAPIError):
                await reading.connection.execute(sa.text("SELECT 1 / 0"))
    assert await session() == before
    await engine.dispose()


@pytest.mark.usefixtures("tables")
async def test_what_was_set_and_committed_is_not_left(database_url: str) -> None:
    """A setting that a host has made the session's by a COMMIT of his own goes with the connection."""
    engine = create_engine(database_url, pool_size=1)
    store = on_server(engine)
    harbour = await a_harbour(store)
    async with store.reading(harbour, snapshot=True) as reading:
        await reading.connection.execute(sa.text("SET search_path TO nowhere"))
        await reading.connection.execute(sa.text("COMMIT"))
    async with engine.connect() as connection:
        assert await connection.scalar(sa.text("SHOW search_path")) != "nowhere"
    await engine.dispose()


@pytest.mark.usefixtures("tables")
async def test_a_cancelled_statement_leaves_nothing(database_url: str) -> None:
    """Who is cancelled in the middle of a statement holds no connection, and the next reading has one that works."""
    engine = create_engine(database_url, pool_size=1)
    store = on_server(engine)
    harbour = await a_harbour(store)
    begun = asyncio.Event()

    async def waiting() -> None:
        async with store.reading(harbour, snapshot=True) as reading:
            begun.set()
            await reading.connection.execute(sa.text("SELECT pg_sleep(60)"))

    task = asyncio.create_task(waiting())
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.reading(harbour, snapshot=True) as reading:
        assert await reading.connection.scalar(BY_OWNER, {"harbour": harbour}) == harbour
    await engine.dispose()

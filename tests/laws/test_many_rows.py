"""Very many rows that are added together: PostgreSQL takes them by COPY, and answers as the store in memory does."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import cycle, islice, permutations
from uuid import uuid4

import attrs
import pytest
import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.postgres import rows as postgres_rows
from gapless.adapters.postgres.rows import LEAST_COPIED
from gapless.adapters.postgres.statements.packing import copied
from gapless.domain.calls import Call, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumber
from gapless.kit import Model, model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import DatabaseUnreachable, DeadlineExceeded, RuleViolated, StatementRefused
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from gapless.postgres import Profile
from tests.conftest import SCHEMA
from tests.roles import engine_of
from tests.voice.rows import NOW, a_call, a_number, an_audit_record, an_event, an_item, created

pytestmark = pytest.mark.asyncio
MODEL = model_of(Call)
EASY = (None, "a", "", "NULL", "a ß and 🎉", "'\"{}", "\x1f\x1e\x01\x7f")
HARD = ("\t", "\\N", "\\", "a\r\nb")
EARLY, LATE = 20, 25
"""Places that are so close together that COPY looks at both rows before it makes any entry in an index."""


async def home_in(store: Store) -> OrganizationId:
    """A new organization."""
    return (await created(store)).id


def calls_of(home: OrganizationId, texts: Sequence[str | None] = EASY, number: int = LEAST_COPIED) -> list[Call]:
    """So many calls that are over, with these texts, each in its turn."""
    over = {"status": CallStatus.COMPLETED, "ended_at": NOW + timedelta(seconds=60), "duration_seconds": 60}
    return [a_call(home, caller_text=said, started_at=NOW, **over) for said in islice(cycle(texts), number)]


async def add(store: Store, calls: Sequence[Call], seconds: float | None = None) -> None:
    """Adds calls in one write."""
    async with store.unit(calls[0].organization_id, seconds=seconds) as unit:
        assert await unit.of(Call).add_all(calls) == tuple(attrs.evolve(call, version=1) for call in calls)
        await unit.commit()


async def kept(store: Store, home: OrganizationId) -> set[Call]:
    """The calls that are stored."""
    async with store.reading(home) as reading:
        return set(await reading.of(Call).find())


@pytest.mark.parametrize("texts", [EASY, (*EASY, *HARD)], ids=["easy", "hard"])
async def test_every_row_is_stored(store: Store, texts: tuple[str]) -> None:
    """All rows are stored as they were given, whatever their texts hold."""
    calls = calls_of(await home_in(store), texts)
    await add(store, calls)
    assert await kept(store, calls[0].organization_id) == {attrs.evolve(call, version=1) for call in calls}


async def test_the_record_of_very_many_rows_is_kept(store: Store) -> None:
    """The audit record and the events of a write that adds very many rows are kept with them."""
    home = await home_in(store)
    audit, event = an_audit_record(home), an_event(home)
    async with store.unit(home) as unit:
        await unit.of(KnowledgeItem).add_all([an_item(home) for _ in range(LEAST_COPIED)], audit, (event,))
        await unit.commit()
    async with store.reading(home) as reading:
        assert await reading.of(KnowledgeItem).count() == LEAST_COPIED
        assert (await reading.of(AuditRecord).get(audit.id)).id == audit.id
    async with store.system() as everything:
        assert event.id in [found.id for found in await everything.of(OutboxEvent).find()]


def broken(call: Call, values: Mapping[str, object]) -> Call:
    """The call with other values, which nobody has looked at."""
    return MODEL.construct([values.get(column.name, getattr(call, column.name)) for column in MODEL.columns])


def faults_of(calls: Sequence[Call]) -> dict[str, dict[str, object]]:
    """What each fault puts into a call, by the rule that it breaks."""
    return {
        "calls_pkey": {"id": calls[0].id},
        "check_duration_positive": {"duration_seconds": -1},
        "calls_phone_number_id_fkey": {"phone_number_id": uuid4()},
        "calls_handled_by_known": {"handled_by": "AI\n"},
    }


async def refused(store: Store, early: str, late: str) -> tuple[str, int]:
    """The rule by which a store refuses rows of which two break a rule each; and how many of them are stored."""
    calls = calls_of(await home_in(store))
    faults = faults_of(calls)
    for place, rule in ((EARLY, early), (LATE, late)):
        calls[place] = broken(calls[place], faults[rule])
    with pytest.raises(RuleViolated) as caught:
        await add(store, calls)
    return caught.value.rule, len(await kept(store, calls[0].organization_id))


PAIRS = [*permutations(faults_of([a_call(uuid4())]), 2)]


@pytest.mark.parametrize(("early", "late"), PAIRS)
async def test_the_same_rule_is_named(
    memory_store: MemoryStore, postgres_store: PostgresStore, early: str, late: str
) -> None:
    """Of two rows that break different rules both stores name the same rule, and keep no row."""
    assert await refused(postgres_store, early, late) == await refused(memory_store, early, late)


async def test_copy_that_names_the_rule_itself_is_found(
    memory_store: MemoryStore, postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: what COPY refuses is told as COPY tells it, which for some pair is another rule than in memory."""
    monkeypatch.setattr(postgres_rows, "REFUSALS", ())
    assert any([await refused(postgres_store, *pair) != await refused(memory_store, *pair) for pair in PAIRS])


async def test_rows_of_a_unit_before_are_kept_beside_refused_ones(postgres_store: PostgresStore) -> None:
    """What a unit has written before rows that COPY refuses is there for the statement that names the rule."""
    home = await home_in(postgres_store)
    number = a_number(home)
    calls = calls_of(home)
    calls[EARLY] = broken(calls[EARLY], {"phone_number_id": number.id})
    calls[LATE] = broken(calls[LATE], {"duration_seconds": -1})
    async with postgres_store.unit(home) as unit:
        await unit.of(PhoneNumber).add(number, an_audit_record(home))
        with pytest.raises(RuleViolated, match="check_duration_positive"):
            await unit.of(Call).add_all(calls)
    assert not await kept(postgres_store, home)


async def test_a_borrowed_connection_adds_them_as_well(postgres_store: PostgresStore) -> None:
    """A unit whose connection the host has borrowed adds very many rows; the host's own savepoints stay its own."""
    home = await home_in(postgres_store)
    calls = calls_of(home)
    async with postgres_store.unit(home) as unit:
        connection = unit.connection
        assert isinstance(connection, AsyncConnection)
        await connection.execute(text("SAVEPOINT mine"))
        await unit.of(Call).add_all(calls)
        await connection.execute(text("RELEASE SAVEPOINT mine"))
        await unit.commit()
    assert len(await kept(postgres_store, home)) == len(calls)


async def test_a_column_of_somebody_else_is_left_to_him(
    engine: AsyncEngine, postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody has added a column to the table, COPY adds very many rows, and the column has its default."""
    monkeypatch.setattr(postgres_rows, "REFUSALS", ())  # so that no statement stands in for it
    async with engine.begin() as owner:
        await owner.execute(text(f"ALTER TABLE {SCHEMA}.calls ADD COLUMN hosts integer DEFAULT 7"))
    try:
        await add(postgres_store, calls_of(await home_in(postgres_store)))
        async with engine.begin() as owner:
            others = text(f"SELECT 1 FROM {SCHEMA}.calls WHERE hosts IS DISTINCT FROM 7")  # noqa: S608  # ours
            assert not (await owner.execute(others)).all()
    finally:
        async with engine.begin() as owner:
            await owner.execute(text(f"ALTER TABLE {SCHEMA}.calls DROP COLUMN hosts"))


async def test_row_level_security_of_a_host(engine: AsyncEngine, database_url: str, database_name: str) -> None:
    """Where a host has row-level security, which COPY does not know, very many rows are added all the same."""
    policy = f"requests_{secrets.token_hex(4)}"
    async with engine.begin() as owner:
        await owner.execute(text(f"CREATE POLICY {policy} ON {SCHEMA}.calls USING (true)"))
        await owner.execute(text(f"ALTER TABLE {SCHEMA}.calls ENABLE ROW LEVEL SECURITY"))
    try:
        async with engine_of(database_url, database_name, Profile.REQUESTS, GAPLESS) as engine_of_requests:
            store = PostgresStore(engine_of_requests, GAPLESS, schema=SCHEMA)
            calls = calls_of(await home_in(store))
            await add(store, calls)
            assert len(await kept(store, calls[0].organization_id)) == len(calls)
            await store.aclose()
    finally:
        async with engine.begin() as owner:
            await owner.execute(text(f"ALTER TABLE {SCHEMA}.calls DISABLE ROW LEVEL SECURITY"))
            await owner.execute(text(f"DROP POLICY {policy} ON {SCHEMA}.calls"))


@asynccontextmanager
async def trigger(engine: AsyncEngine, body: str, when: str = "true") -> AsyncIterator[None]:
    """A host's trigger before each call that is added."""
    async with engine.begin() as owner:
        function = f"FUNCTION {SCHEMA}.hosts() RETURNS trigger LANGUAGE plpgsql"
        await owner.execute(text(f"CREATE {function} AS 'BEGIN {body} END'"))
        on = f"BEFORE INSERT ON {SCHEMA}.calls FOR EACH ROW WHEN ({when})"
        await owner.execute(text(f"CREATE TRIGGER hosts {on} EXECUTE FUNCTION {SCHEMA}.hosts()"))
    try:
        yield
    finally:
        async with engine.begin() as owner:
            await owner.execute(text(f"DROP FUNCTION {SCHEMA}.hosts CASCADE"))


async def end_copy(engine: AsyncEngine, state: str) -> None:
    """Ends the connection on which COPY is under way, once the server says this of it."""
    copying = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY %'"
    async with engine.connect() as somebody:
        await somebody.execution_options(isolation_level="AUTOCOMMIT")
        taken = text(f"SELECT count(*) {copying} AND {state}")
        while not (await somebody.execute(taken)).scalar():  # noqa: ASYNC110  # no server tells
            await asyncio.sleep(0.01)
        await somebody.execute(text(f"SELECT pg_terminate_backend(pid) {copying}"))


@asynccontextmanager
async def store_at(url: str) -> AsyncIterator[tuple[AsyncEngine, PostgresStore]]:
    """A store with an engine of its own, on the loop that asks for it."""
    engine = create_engine(url, pool_size=2)
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    try:
        yield engine, store
    finally:
        await store.aclose()
        await engine.dispose()


async def lose_copies(url: str, body: str, state: str, times: int) -> None:
    """Ends connections in this state of theirs, with this body of a trigger; and then uses the store again."""
    async with store_at(url) as (engine, store):
        home = await home_in(store)
        calls = [attrs.evolve(call, outcome="x" * 50) for call in calls_of(home, ["z" * 255], 20_000)]
        async with trigger(engine, f"{body} RETURN NEW;"):
            for _ in range(times):
                adding = asyncio.ensure_future(add(store, calls, seconds=20))
                await end_copy(engine, state)
                with pytest.raises(DatabaseUnreachable):
                    await adding
        assert not await kept(store, home)


async def held(model: Model[Call], rows: Sequence[Call]) -> AsyncIterator[bytes]:
    """The first piece of the rows, and never another: the driver has leave to write, and nothing to be written."""
    async for piece in copied(model, rows):
        yield piece
        await asyncio.Event().wait()


LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
Loop = Callable[[], asyncio.AbstractEventLoop]


async def on(loop: Loop, work: Coroutine[object, object, None]) -> None:
    """Runs work on a loop of this kind, in a thread of its own."""

    def run() -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(work)

    await asyncio.to_thread(run)


@LOOPS
async def test_a_connection_that_is_lost_while_the_driver_waits_is_noticed(database_url: str, loop: Loop) -> None:
    """Rows whose connection is ended while the server takes no more are refused at once, and the store goes on."""
    await on(loop, lose_copies(database_url, "PERFORM pg_sleep(0.01);", "wait_event = 'PgSleep'", 2))


@LOOPS
async def test_a_connection_that_is_lost_while_the_driver_writes_is_noticed(
    database_url: str, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows whose connection is ended while more are made of them are refused at once, and the store goes on."""
    monkeypatch.setattr(postgres_rows, "copied", held)
    await on(loop, lose_copies(database_url, "", "wait_event = 'ClientRead'", 2))


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "WIN1251"])
async def test_texts_arrive_whatever_encoding_a_host_has_set(postgres_store: PostgresStore, encoding: str) -> None:
    """Very many rows have their own texts, also where a host has told his transaction of another encoding."""
    home = await home_in(postgres_store)
    calls = calls_of(home, ["ß"])
    async with postgres_store.unit(home) as unit:
        connection = unit.connection
        assert isinstance(connection, AsyncConnection)
        await connection.execute(text(f"SET LOCAL client_encoding TO '{encoding}'"))
        await unit.of(Call).add_all(calls)
        await unit.commit()
    assert {call.caller_text for call in await kept(postgres_store, home)} == {"ß"}


async def test_a_trigger_that_drops_a_row_is_told(engine: AsyncEngine, postgres_store: PostgresStore) -> None:
    """Rows of which a host's trigger has dropped one without a word are refused, and none is kept."""
    home = await home_in(postgres_store)
    async with trigger(engine, "RETURN NULL;", when="NEW.caller_text = 'a'"):
        with pytest.raises(StatementRefused, match="kept no Call"):
            await add(postgres_store, calls_of(home))
    assert not await kept(postgres_store, home)


async def test_rows_that_wait_too_long_end_with_the_unit(engine: AsyncEngine, postgres_store: PostgresStore) -> None:
    """Rows that wait for somebody's lock end with the unit's time; nothing is kept, and the store goes on."""
    home = await home_in(postgres_store)
    async with postgres_store.unit(home) as unit:
        number = a_number(home)
        await unit.of(PhoneNumber).add(number, an_audit_record(home))
        await unit.commit()
    calls = [attrs.evolve(call, phone_number_id=number.id) for call in calls_of(home)]
    async with engine.begin() as somebody:
        lock = f"SELECT 1 FROM {SCHEMA}.phone_numbers WHERE id = :id FOR UPDATE"  # noqa: S608  # ours
        await somebody.execute(text(lock), {"id": number.id})
        with pytest.raises(DeadlineExceeded):
            await add(postgres_store, calls, seconds=0.5)
    assert not await kept(postgres_store, home)
    await add(postgres_store, calls)
    assert len(await kept(postgres_store, home)) == len(calls)

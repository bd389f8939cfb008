"""Updates that change no indexed column write to no index: PostgreSQL keeps the new row in the page of the old one.

It calls them HOT, and counts them. The pages of rows that change have room for them; what counts here is no time.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import attrs
import pytest
import pytest_asyncio

from gapless.adapters.postgres import create_engine
from gapless.domain.calls import Call, CallId, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.embedded import EmbeddedServer
from gapless.kit import Exclusion, Index, Model, PrimaryKey, Unique, VersionStep, model_of
from gapless.kit.model import Validated
from gapless.kit.predicates import fields_of
from gapless.postgres import migrate
from tests.conftest import SCHEMA
from tests.integration.databases import connected
from tests.integration.postgres.filling import filling

pytestmark = pytest.mark.asyncio

CHANGES, LEAST = 1_500, 0.95
"""How many rows are changed, and which part of that has to be HOT."""
CHANGED = {model.table: model for model in GAPLESS.models if model.of_kind(VersionStep)}
KNOWN = """
DROP TABLE IF EXISTS known;
CREATE TEMPORARY TABLE known AS SELECT row_number() OVER () AS number, {key} FROM {table} WHERE {among};
CREATE UNIQUE INDEX ON known (number);
ANALYZE known
"""
CALLS = model_of(Call)
# Each change is a transaction of its own, as those of use cases are. The order says nothing about the pages.
UPDATES = """
DO $$
DECLARE place bigint := 7; total bigint := (SELECT count(*) FROM known);
BEGIN
    FOR done IN 1..{changes} LOOP
        place := place * 48271 % 2147483647;
        UPDATE {table} AS changed SET {change} FROM known WHERE known.number = 1 + place % total AND {same};
        COMMIT;
    END LOOP;
END $$
"""
COUNTED = """
SELECT pg_stat_get_tuples_updated(t), pg_stat_get_tuples_hot_updated(t)
FROM CAST(CAST(CAST($1 AS text) AS regclass) AS oid) AS t
"""
CHANGE = "version = version + 1"
ROWS = 6_000


@attrs.frozen
class Updates:
    """How many rows were updated, and how many of the updates were HOT."""

    rows: int
    hot: int

    @property
    def are_hot(self) -> bool:
        """Whether nearly all were."""
        return self.hot >= LEAST * self.rows > 0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled() -> AsyncIterator[asyncpg.Connection]:
    """A connection to a filled database, where no autovacuum keeps old rows in sight.

    Its server is its own: a transaction in any database of a server keeps old rows in sight for all.
    """
    with EmbeddedServer.start() as server:
        engine = create_engine(server.url())
        await migrate(engine)
        await engine.dispose()
        async with connected(server.url()) as connection:
            yield await _filled(connection)


async def _filled(connection: asyncpg.Connection) -> asyncpg.Connection:
    await connection.execute(f"SET search_path = {SCHEMA}; {filling(ROWS)}")
    for table in CHANGED:
        await connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    return connection


async def numbers(connection: asyncpg.Connection, table: str) -> Updates:
    """How many updates there have been of a table."""
    await connection.execute("SELECT pg_stat_force_next_flush()")
    ((updated, hot),) = await connection.fetch(COUNTED, table)
    return Updates(updated, hot)


async def updates(
    connection: asyncpg.Connection, model: Model[Validated], *, change: str = CHANGE, among: str = "true", of: str = ""
) -> Updates:
    """Changes rows of a table, each in a transaction, and says what became of the updates of a table.

    Args:
        connection: to the database.
        model: the model of the table that is changed.
        change: what is changed.
        among: which rows are.
        of: the table whose updates are counted; that of the model itself if none is named.
    """
    table, counted = model.table, of or model.table
    before = await numbers(connection, counted)
    same = " AND ".join(f"changed.{name} = known.{name}" for name in model.key)
    await connection.execute(KNOWN.format(key=", ".join(model.key), table=table, among=among))
    await connection.execute(UPDATES.format(table=table, changes=CHANGES, change=change, same=same))
    after = await numbers(connection, counted)
    return Updates(after.rows - before.rows, after.hot - before.hot)


@pytest.mark.parametrize("table", CHANGED)
async def test_updates_are_hot(filled: asyncpg.Connection, table: str) -> None:
    """Of the updates that change no indexed column nearly all are HOT, in every table whose rows change."""
    found = await updates(filled, CHANGED[table])
    assert found.rows == CHANGES
    assert found.are_hot, found


async def test_what_makes_a_rule_pending_is_hot(filled: asyncpg.Connection) -> None:
    """So are the updates of a parent by the triggers of its children, which make its rules pending."""
    change, among = "is_active = NOT is_active", "role <> 'OWNER' AND NOT is_deleted"
    found = await updates(filled, CHANGED["users"], change=change, among=among, of="organizations")
    assert found.rows > CHANGES // 10
    assert found.are_hot, found


async def test_full_pages_are_noticed(filled: asyncpg.Connection) -> None:
    """Where pages have no room for new versions of their rows, too few updates are HOT."""
    await filled.execute("ALTER TABLE users SET (fillfactor = 100)")
    await filled.execute("VACUUM FULL users")
    assert not (await updates(filled, CHANGED["users"])).are_hot


def forbidding(before: Call, after: Call) -> dict[str, str]:
    """The indexes that keep a change of a call from being HOT, each with its source: those of a column that changes."""
    changed = {column.name for column in CALLS.columns if getattr(before, column.name) != getattr(after, column.name)}
    found = {}
    for rule in CALLS.rules:
        if isinstance(rule, (PrimaryKey, Unique, Exclusion, Index)):
            where = None if isinstance(rule, PrimaryKey) else rule.where
            columns = {*rule.columns, *(fields_of(where) if where is not None else ())}
            if changed & {column.name for column in columns}:
                found[rule.name] = rule.source.id if rule.source else ""
    return found


@pytest.mark.parametrize(
    ("told", "forbidden"),
    [
        ((None, None), {"idx_calls_active": ""}),
        (
            ("sold", None),
            {"idx_calls_active": "", "idx_calls_outcome_date": "GAP-196", "idx_calls_org_outcome_date": ""},
        ),
        ((None, "glad"), {"idx_calls_active": "", "idx_calls_sentiment": "GAP-198"}),
    ],
)
async def test_what_keeps_the_end_of_a_call_from_being_hot(
    told: tuple[str | None, str | None], forbidden: dict[str, str]
) -> None:
    """A call that ends leaves the index of those that go on; an outcome and a sentiment come into the source's."""
    began = datetime(2026, 3, 1, tzinfo=UTC)
    call = Call(
        organization_id=OrganizationId(uuid4()),
        id=CallId(uuid4()),
        created_at=began,
        started_at=began,
        status=CallStatus.ACTIVE,
        phone_number_id=PhoneNumberId(uuid4()),
    )
    assert forbidding(call, call.finished(CallStatus.COMPLETED, began + timedelta(minutes=1), *told)) == forbidden


async def test_without_these_indexes_it_is_hot(filled: asyncpg.Connection) -> None:
    """With the indexes of the outcome no update of it is HOT; once they are dropped, nearly all are."""
    change = "outcome = 'sold ' || version, version = version + 1"
    assert (await updates(filled, CHANGED["calls"], change=change)).hot == 0
    await filled.execute("DROP INDEX idx_calls_outcome_date, idx_calls_org_outcome_date")
    await filled.execute("VACUUM FULL calls")
    assert (await updates(filled, CHANGED["calls"], change=change)).are_hot

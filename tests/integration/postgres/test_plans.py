"""How PostgreSQL answers what the services ask: by an index, and in the order of an index where a page is wanted.

Each use case runs on a filled database, and the statements that it sent are explained with the values that it sent.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, cast
from uuid import UUID

import asyncpg
import attrs
import pytest
import pytest_asyncio
import sqlalchemy as sa
from asyncpg.connection import LoggedQuery

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.application.outbox import OutboxRelay
from gapless.bootstrap import Gapless, Parts, assembled
from gapless.domain.calls import Call, CallId, CallNote, Handler
from gapless.domain.catalogue import GAPLESS
from gapless.domain.invoices import Invoice
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.subscriptions import SubscriptionStatus
from gapless.domain.users import User
from gapless.kit import Reference, descending, model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.ids import RowId, UserId
from gapless.kit.model import E
from gapless.kit.object_names import statistics_name
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import ReadRepository
from gapless.kit.queries import cursor_behind
from gapless.services.calls import newest_first
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.use_cases.worlds import TurnedClock

Ask: TypeAlias = Callable[[Gapless], Awaitable[object]]
Node: TypeAlias = dict[str, object]

GREATEST_FACTOR = 5
"""By how much the planner may err about rows that refer to the same row: it counts those that refer to none as well."""
GREATEST_READ, GREATEST_SORT = 2500, 1000
"""How many rows a statement may fetch from a table, and sort: the largest organization has more of each kind."""

FILLING = """
CREATE FUNCTION pg_temp.id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN (lpad(to_hex(n), 12, '0') || repeat('7000', 5))::uuid;
CREATE FUNCTION pg_temp.home(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN pg_temp.id(CASE WHEN n % 6 = 0 THEN 1 ELSE 1 + n % 200 END);
CREATE FUNCTION pg_temp.at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN to_timestamp(1767225600 + n * 60);
CREATE FUNCTION pg_temp.one_of(n bigint, texts text[]) RETURNS text LANGUAGE sql IMMUTABLE
RETURN texts[1 + abs(hashint8(n) % cardinality(texts))];

INSERT INTO organizations (id, created_at, name, slug, call_minutes_quota, team_members_quota, phone_numbers_quota,
    storage_quota, used_minutes, used_storage, quota_warning_80_sent, quota_warning_90_sent, quota_warning_100_sent,
    storage_warning_80_sent, storage_warning_90_sent, storage_warning_100_sent, is_deleted, version)
SELECT pg_temp.id(n), pg_temp.at(n), 'Organization', 'o-' || n, 100, 100000, 100000, 100, 0, 0, false, false, false,
    false, false, false, false, 1 FROM generate_series(1, 2000) n;
INSERT INTO users (organization_id, id, created_at, email, name, role, language, is_active, is_deleted, deleted_at,
    version)
SELECT CASE WHEN n > 2000 THEN pg_temp.home(n) ELSE pg_temp.id(n) END, pg_temp.id(n), pg_temp.at(n), n || '@acme.org',
    'User', CASE WHEN n > 2000 THEN 'MANAGER' ELSE 'OWNER' END, 'en', true, n > 2000 AND n % 10 = 0,
    CASE WHEN n > 2000 AND n % 10 = 0 THEN pg_temp.at(n) END, 1 FROM generate_series(1, 10000) n;
INSERT INTO phone_numbers (organization_id, id, created_at, number, provider, is_released, version)
SELECT pg_temp.id(1 + (n - 1) % 200), pg_temp.id(n), pg_temp.at(n), '+1' || 2000000000 + n, 'vapi', false, 1
FROM generate_series(1, 5000) n;
INSERT INTO calls (organization_id, id, created_at, phone_number_id, caller_number, status, started_at, ended_at,
    outcome, handled_by, handled_by_user_id, version)
SELECT pg_temp.home(n), pg_temp.id(n), pg_temp.at(n), pg_temp.home(n), '+1' || 3000000000 + n % 5000,
    CASE WHEN n % 1000 = 0 THEN 'ACTIVE' ELSE 'COMPLETED' END, pg_temp.at(n),
    CASE WHEN n % 1000 = 0 THEN NULL ELSE pg_temp.at(n + 1) END,
    CASE WHEN n % 1000 = 6 THEN 'refund' WHEN pg_temp.home(n) <> pg_temp.home(18018) AND n % 2 = 1 THEN 'booked'
        ELSE pg_temp.one_of(n, '{sold,lost,later}') END,
    pg_temp.one_of(n, '{AI,AI,AI,HUMAN}'),
    CASE WHEN pg_temp.one_of(n, '{AI,AI,AI,HUMAN}') = 'HUMAN' THEN pg_temp.home(n) END, 1
FROM generate_series(1, 60000) n;
INSERT INTO call_notes (organization_id, id, created_at, call_id, user_id, body, version)
SELECT pg_temp.home(3 * n), pg_temp.id(n), pg_temp.at(n), pg_temp.id(3 * n), pg_temp.home(3 * n), 'Spoke to Ann.', 1
FROM generate_series(1, 10000) n;
INSERT INTO knowledge_items (organization_id, id, created_at, question, answer, category, is_active, usage_count,
    is_deleted, deleted_at, version)
SELECT pg_temp.home(n), pg_temp.id(n), pg_temp.at(n), 'When are you open?', 'From nine to six.',
    pg_temp.one_of(n, '{hours,prices,places,people,returns}'), n % 7 <> 0, n % 50, n % 10 = 0,
    CASE WHEN n % 10 = 0 THEN pg_temp.at(n) END, 1 FROM generate_series(1, 20000) n;
INSERT INTO subscriptions (organization_id, id, created_at, plan, status, current_period_start, current_period_end,
    retry_count, version)
SELECT pg_temp.id(n), pg_temp.id(n), pg_temp.at(n), 'team', 'ACTIVE', pg_temp.at(n), pg_temp.at(n + 43200), 0, 1
FROM generate_series(1, 2000) n;
INSERT INTO invoices (organization_id, id, created_at, number, amount_minor, currency, status, period_start,
    period_end, version)
SELECT pg_temp.home(n), pg_temp.id(n), pg_temp.at(n), n, 100, 'USD', 'OPEN', pg_temp.at(n), pg_temp.at(n + 1), 1
FROM generate_series(1, 20000) n;
INSERT INTO audit_logs (root_id, id, created_at, actor_kind, user_id, action, resource_type, resource_id,
    metadata)
SELECT pg_temp.home(n), pg_temp.id(n), pg_temp.at(n), 'user', CASE WHEN n % 600 = 0 THEN pg_temp.id(7)
    ELSE pg_temp.home(n) END, 'row.renamed', CASE WHEN n < 20000 THEN 'organization' ELSE 'user' END,
    CASE WHEN n < 20000 THEN pg_temp.home(n) ELSE pg_temp.id(n % 4000) END, '{}' FROM generate_series(1, 40000) n;
INSERT INTO audit_archive SELECT * FROM audit_logs;
INSERT INTO outbox (root_id, id, created_at, kind, payload, attempts, due_at, version)
SELECT pg_temp.home(n), pg_temp.id(n), pg_temp.at(n), 'test', '{}', 0, pg_temp.at(n + 84000), 1
FROM generate_series(1, 20000) n;
INSERT INTO handled_commands (root_id, kind, key, created_at, result, expires_at, version)
SELECT pg_temp.home(n), 'test', n, pg_temp.at(n), '{}', CASE WHEN n % 10 = 0 THEN pg_temp.at(n) END, 1
FROM generate_series(1, 20000) n;
UPDATE organizations SET is_deleted = true, deleted_at = created_at WHERE slug ~ '99$';
"""


def id_of(number: int) -> UUID:
    """The id of the row with this number; that of a larger number is larger."""
    return UUID(f"{number:012x}{'7000' * 5}")


def time_of(number: int) -> datetime:
    """When the row with this number was made."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)


# The organization that has every sixth row of each table; 199 others have the most of the rest.
HOME, OWNER = OrganizationId(id_of(1)), UserId(id_of(1))
CALLER = "+13000000006"
NOON = time_of(30_006)


def last_made_first(row: Invoice) -> object:
    """The order of invoices."""
    return descending(row.created_at), descending(row.id)


def last_come_first(audit: AuditRecord) -> object:
    """The order of the trail."""
    return descending(audit.number), descending(audit.id)


def most_used_first(item: KnowledgeItem) -> object:
    """The order of what is most used."""
    return descending(item.usage_count)


def behind(entity: type[E], order: Callable[[E], object] | None, listing: str, place: int, /, **values: object) -> str:
    """The cursor behind the row that was made at this place, in the middle of a listing."""
    model = model_of(entity)
    given = {model.named_tenant: HOME, "id": id_of(place), **values}
    row = model.construct_unvalidated({column.name: given.get(column.name) for column in model.columns})
    return cast(str, cursor_behind(row, order, listing).text)


CALL = behind(Call, newest_first, "calls", 30_006, started_at=NOON)
NOTE = behind(CallNote, None, "notes", 6006)
MEMBER = behind(User, None, "members", 6006)
INVOICE = behind(Invoice, last_made_first, "invoices", 6006, created_at=time_of(6006))
AUDIT_RECORD = behind(AuditRecord, last_come_first, "root", 18_018, number=18_018 // 6)
AUDIT_RECORD_OF_USER = behind(AuditRecord, last_come_first, "user", 30_006, number=30_006 // 6)
DELETED_MEMBER = behind(User, None, "deleted members", 6006)
NUMBER = behind(PhoneNumber, None, "numbers", 2001)
ITEM = behind(KnowledgeItem, None, "category", 6006)
USED_ITEM = behind(KnowledgeItem, most_used_first, "most used", 6006, usage_count=6006 % 50)
DELETED_ITEM = behind(KnowledgeItem, None, "deleted", 6006)


async def asked(app: Gapless, entity: type[E], ask: Callable[[ReadRepository[E, RowId]], Awaitable[object]]) -> None:
    """Asks a reading of the organization for something about one entity."""
    async with app.jobs.reading(HOME) as reading:
        await ask(reading.of(entity))


IN_ORDER: dict[str, Ask] = {
    "calls": lambda app: app.calls.list_calls(HOME),
    "calls, next page": lambda app: app.calls.list_calls(HOME, after=CALL),
    "calls of an outcome": lambda app: app.calls.list_calls(HOME, outcome="sold"),
    "calls of an outcome, next page": lambda app: app.calls.list_calls(HOME, outcome="sold", after=CALL),
    "calls of the AI": lambda app: app.calls.list_calls(HOME, handled_by=Handler.AI),
    "calls of people": lambda app: app.calls.list_calls(HOME, handled_by=Handler.HUMAN),
    "calls of people, next page": lambda app: app.calls.list_calls(HOME, handled_by=Handler.HUMAN, after=CALL),
    "calls of a person": lambda app: app.calls.list_calls(HOME, handled_by_user_id=OWNER),
    "calls of a person, next page": lambda app: app.calls.list_calls(HOME, handled_by_user_id=OWNER, after=CALL),
    "calls of days": lambda app: app.calls.list_calls(HOME, started_from=NOON, started_before=NOON + timedelta(days=7)),
    "calls until a time": lambda app: app.calls.list_calls(HOME, started_before=NOON),
    "notes of a call": lambda app: app.call_notes.list_notes(HOME, CallId(id_of(18_018))),
    "notes of a call, next page": lambda app: app.call_notes.list_notes(HOME, CallId(id_of(18_018)), after=NOTE),
    "members": lambda app: app.members.list_members(HOME),
    "members, next page": lambda app: app.members.list_members(HOME, after=MEMBER),
    "knowledge by use": lambda app: app.knowledge.list_most_used(HOME),
    "invoices": lambda app: app.invoices.list_invoices(HOME),
    "invoices, next page": lambda app: app.invoices.list_invoices(HOME, after=INVOICE),
    "trail": lambda app: app.audit_trail.of_root(HOME),
    "trail, next page": lambda app: app.audit_trail.of_root(HOME, after=AUDIT_RECORD),
    "archive": lambda app: app.audit_trail.of_purged_root(HOME),
    "trail of a resource": lambda app: app.audit_trail.of_resource(HOME, "organization", HOME),
    "trail of a user": lambda app: app.audit_trail.of_user(HOME, OWNER),
    "trail of a user, next page": lambda app: app.audit_trail.of_user(HOME, OWNER, after=AUDIT_RECORD_OF_USER),
    "calls, page before": lambda app: app.calls.list_calls(HOME, before=CALL),
    "calls of an outcome, page before": lambda app: app.calls.list_calls(HOME, outcome="sold", before=CALL),
    "calls of people, page before": lambda app: app.calls.list_calls(HOME, handled_by=Handler.HUMAN, before=CALL),
    "notes of a call, page before": lambda app: app.call_notes.list_notes(HOME, CallId(id_of(18_018)), before=NOTE),
    "members, page before": lambda app: app.members.list_members(HOME, before=MEMBER),
    "invoices, page before": lambda app: app.invoices.list_invoices(HOME, before=INVOICE),
    "trail, page before": lambda app: app.audit_trail.of_root(HOME, before=AUDIT_RECORD),
    "latest call": lambda app: asked(app, Call, lambda calls: calls.greatest(lambda row: row.started_at)),
    "first call": lambda app: asked(app, Call, lambda calls: calls.least(lambda row: row.started_at)),
    "latest record": lambda app: asked(app, AuditRecord, lambda trail: trail.greatest(lambda row: row.number)),
    "greatest id": lambda app: asked(app, User, lambda users: users.greatest(lambda row: row.id, include_deleted=True)),
}
"""What is read in the order of an index, so that a page costs the same however much follows it."""
FEW: dict[str, Ask] = {
    "trail of a user who did little": lambda app: app.audit_trail.of_user(HOME, UserId(id_of(7))),
    "calls of a caller": lambda app: app.calls.list_calls(HOME, caller_number=CALLER),
    "calls of a caller, next page": lambda app: app.calls.list_calls(HOME, caller_number=CALLER, after=CALL),
    "calls of a rare outcome": lambda app: app.calls.list_calls(HOME, outcome="refund"),
    "calls of an outcome that others have": lambda app: app.calls.list_calls(HOME, outcome="booked"),
    "calls of an outcome that never was": lambda app: app.calls.list_calls(HOME, outcome="won"),
    "calls that are going on": lambda app: app.calls.count_active(HOME),
    "deleted users": lambda app: app.members.list_deleted(HOME),
    "deleted users, next page": lambda app: app.members.list_deleted(HOME, after=DELETED_MEMBER),
    "numbers": lambda app: app.phone_numbers.list_numbers(HOME),
    "numbers, next page": lambda app: app.phone_numbers.list_numbers(HOME, after=NUMBER),
    "knowledge of a category": lambda app: app.knowledge.list_by_category(HOME, "hours"),
    "knowledge of a category, next page": lambda app: app.knowledge.list_by_category(
        HOME, "hours", active_only=True, after=ITEM
    ),
    "knowledge by use, next page": lambda app: app.knowledge.list_most_used(HOME, after=USED_ITEM),
    "deleted knowledge": lambda app: app.knowledge.list_deleted(HOME),
    "deleted knowledge, next page": lambda app: app.knowledge.list_deleted(HOME, after=DELETED_ITEM),
    "events that are due": lambda app: cast(OutboxRelay, app.outbox).deliver_due(10),
    "subscriptions that end": lambda app: app.subscriptions.ending_before(SubscriptionStatus.ACTIVE, NOON, limit=10),
    "what is expired": lambda app: app.cleanup.purge_expired(timedelta(days=100)),
    "numbers, page before": lambda app: app.phone_numbers.list_numbers(HOME, before=NUMBER),
    "deleted users, page before": lambda app: app.members.list_deleted(HOME, before=DELETED_MEMBER),
    "knowledge by use, page before": lambda app: app.knowledge.list_most_used(HOME, before=USED_ITEM),
    "calls by their ids": lambda app: asked(
        app, Call, lambda calls: calls.find_by_ids([CallId(id_of(number)) for number in (6, 12, 30_006)])
    ),
    "whether there is what never was": lambda app: asked(
        app, Call, lambda calls: calls.exists(lambda row: row.outcome == "won")
    ),
    "uses in a category": lambda app: asked(
        app, KnowledgeItem, lambda items: items.sum(lambda row: row.usage_count, lambda row: row.category == "hours")
    ),
    "calls of a caller by their states": lambda app: asked(
        app, Call, lambda calls: calls.count_by(lambda row: row.status, lambda row: row.caller_number == CALLER)
    ),
}
"""What has so few rows that they may be sorted, if an index finds them."""
LISTINGS = {**IN_ORDER, **FEW}


@attrs.frozen
class Stage:
    """An application on the filled database, what it sends there, and a connection beside it."""

    app: Gapless
    connection: asyncpg.Connection
    sent: list[LoggedQuery]

    async def statements(self, ask: Ask) -> list[LoggedQuery]:
        """The statements on tables that a use case sends."""
        self.sent.clear()
        await ask(self.app)
        await asyncio.sleep(0)  # the driver tells its log in the next turn of the loop
        return [sent for sent in self.sent if sent.query.startswith(("SELECT", "WITH")) and f"{SCHEMA}." in sent.query]

    async def plan(self, statement: LoggedQuery) -> Node:
        """How a statement is carried out; one that reads is, and its plan has the numbers of rows."""
        reads = "on" if statement.query.startswith("SELECT") else "off"
        explain = f"EXPLAIN (FORMAT JSON, ANALYZE {reads}) {statement.query}"
        return cast(Node, json.loads(await self.connection.fetchval(explain, *statement.args))[0]["Plan"])


async def undelivered(_: OutboxEvent) -> None:
    """A handler that has nothing to do."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(server_url: str, template: str, database_name: str) -> AsyncIterator[Stage]:
    """The filled database, once for all of these tests."""
    sent: list[LoggedQuery] = []
    async with copied_database(server_url, template, f"{database_name}_plans") as url, connected(url) as connection:
        await connection.execute(f"SET search_path = {SCHEMA}; {FILLING}")
        await connection.execute("ANALYZE")
        engine = create_engine(url)
        sa.event.listen(
            engine.sync_engine, "connect", lambda pooled, _: pooled.driver_connection.add_query_logger(sent.append)
        )
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        yield Stage(assembled(store, Parts(clock=TurnedClock(), event_handler=undelivered)), connection, sent)
        await store.aclose()
        await engine.dispose()


def nodes(plan: Node) -> Iterator[Node]:
    """A plan and all parts of it."""
    yield plan
    for part in cast("list[Node]", plan.get("Plans", [])):
        yield from nodes(part)


def rows_of(node: Node, *names: str) -> int:
    """How many rows a part of a plan returned, and how many more it dropped by these names; 0 if it was not run."""
    return sum(int(cast(float, node.get(name, 0))) for name in ("Actual Rows", *names))


def faults(plan: Node) -> list[str]:
    """What is wrong with a plan: it reads past the indexes, or much more than is asked for."""
    found = []
    entered = False
    for node in nodes(plan):
        kind, parts = str(node["Node Type"]), cast("list[Node]", node.get("Plans", []))
        if kind == "Seq Scan":
            found.append(f"all of {node['Relation Name']} is read")
        if kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan"):
            entered = True
            if "Index Cond" not in node:
                found.append(f"all of {node['Index Name']} is read")
        fetched = rows_of(node, "Rows Removed by Filter", "Rows Removed by Index Recheck")
        if "Relation Name" in node and fetched > GREATEST_READ:
            found.append(f"{fetched} rows of {node['Relation Name']} are read")
        if kind == "Sort" and rows_of(parts[0]) > GREATEST_SORT:
            found.append(f"{rows_of(parts[0])} rows are sorted")
    return found if entered else [*found, "no index is entered"]


@pytest.mark.asyncio
@pytest.mark.parametrize("listing", LISTINGS)
async def test_an_index_is_entered(stage: Stage, listing: str) -> None:
    """Whatever is asked, an index finds it: neither a table nor an index is read from end to end."""
    statements = await stage.statements(LISTINGS[listing])
    assert statements
    assert [faults(await stage.plan(statement)) for statement in statements] == [[]] * len(statements)


@pytest.mark.asyncio
@pytest.mark.parametrize("listing", IN_ORDER)
async def test_pages_come_in_the_order_of_an_index(stage: Stage, listing: str) -> None:
    """A page is not made by sorting everything that could be on it; rows of the same moment may be sorted."""
    statements = await stage.statements(IN_ORDER[listing])
    assert statements
    for statement in statements:
        assert "Sort" not in [node["Node Type"] for node in nodes(await stage.plan(statement))]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("index", "listing"),
    [
        ("idx_calls_org_date", "calls"),
        ("idx_calls_org_date", "calls, next page"),
        ("idx_calls_org_date", "calls, page before"),
        ("idx_calls_org_date", "latest call"),
        ("idx_calls_caller_date", "calls of a caller"),
        ("idx_calls_org_outcome_date", "calls of an outcome that others have"),
        ("idx_audit_archive_number", "archive"),
        ("idx_calls_active", "calls that are going on"),
        ("idx_call_notes_call", "notes of a call"),
        ("idx_knowledge_org_usage", "knowledge by use"),
        ("idx_invoices_org_date", "invoices"),
        ("idx_audit_number", "trail"),
        ("idx_audit_resource_number", "trail of a resource"),
        ("idx_audit_user_number", "trail of a user who did little"),
        ("idx_outbox_due_at", "events that are due"),
        ("idx_organizations_deleted", "what is expired"),
        ("idx_users_deleted", "what is expired"),
        ("idx_knowledge_deleted", "what is expired"),
        ("idx_phone_numbers_is_released", "what is expired"),
    ],
)
async def test_missing_index_is_noticed(stage: Stage, index: str, listing: str) -> None:
    """Without the index that serves it a listing is found at fault, so none of these is there for nothing."""
    statements = await stage.statements(LISTINGS[listing])
    transaction = stage.connection.transaction()
    await transaction.start()
    await stage.connection.execute(f"DROP INDEX {index}")
    found = [fault for statement in statements for fault in faults(await stage.plan(statement))]
    await transaction.rollback()
    assert found


@attrs.frozen
class Expected:
    """How many rows with some values of several columns there are, and how many the planner expects."""

    actual: int
    planned: int

    @property
    def is_near(self) -> bool:
        """Whether the planner expects as many, but for a factor that rows without a reference may bring about."""
        return self.actual <= GREATEST_FACTOR * self.planned and self.planned <= GREATEST_FACTOR * self.actual


async def expected(connection: asyncpg.Connection, table: str, columns: list[str]) -> Expected:
    """What the planner expects of values that half of the other values are more frequent than, and what there is."""
    listed = ", ".join(columns)
    rows = f"SELECT {listed}, count(*) AS number FROM {table} WHERE {columns[-1]} IS NOT NULL GROUP BY {listed}"  # noqa: S608
    found = await connection.fetch(f"{rows} ORDER BY number DESC, {listed}")
    *values, number = found[len(found) // 2]
    where = " AND ".join(f"{column} = ${place}" for place, column in enumerate(columns, start=1))
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) SELECT FROM {table} WHERE {where}", *values))
    return Expected(number, plan[0]["Plan"]["Plan Rows"])


@pytest.mark.asyncio
async def test_the_planner_knows_what_a_reference_implies(stage: Stage) -> None:
    """For each reference of several columns it expects about as many rows as there are; without statistics, far less.

    So a page is read in the order of an index where many rows follow, and not made by sorting them (decision 0050).
    """
    references = [(model, rule) for model, rule in GAPLESS if isinstance(rule, Reference)]
    composite = [(model, rule) for model, rule in references if len(rule.fields) > 1]
    known, unknown = {}, {}
    for model, rule in composite:
        table, columns = model.table, [column.name for column in rule.fields]
        known[rule.name] = await expected(stage.connection, table, columns)
        transaction = stage.connection.transaction()
        await transaction.start()
        await stage.connection.execute(f"DROP STATISTICS {statistics_name(table, rule, columns)}")
        unknown[rule.name] = await expected(stage.connection, table, columns)
        await transaction.rollback()
    assert len(composite) > 3
    assert {name: found for name, found in known.items() if not found.is_near} == {}
    several = {name: found for name, found in unknown.items() if found.actual > GREATEST_FACTOR}
    assert {name: found for name, found in several.items() if found.is_near} == {}
    assert len(several) > 2

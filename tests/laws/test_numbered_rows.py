"""A host's own numbered rows, on both stores: they share the trail's counter, and may change but for their number."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.rows import LEAST_COPIED
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.adapters.postgres.verification.comparison import Declaration, require_same
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    Entity,
    Index,
    Numbered,
    OnDelete,
    Reference,
    Rule,
    model_of,
    rules_of,
)
from gapless.kit.assignments import assign
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.columns import UNNUMBERED, UNRECORDED, BigInteger, RecordedTime
from gapless.kit.errors import DeclarationError, QueryRefused, RuleViolated
from gapless.kit.ports import Store
from tests.integration.databases import driver_of
from tests.laws.numbered import HOST, LIMIT_OF_TIMES, Copied, Letter, Ticket
from tests.stores import STORES, schema_of
from tests.voice.rows import an_audit_record, created

SCHEMA = "numbered_rows"


@pytest_asyncio.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Store]:
    """A store of the host's catalogue; on PostgreSQL the host's tables came after those of gapless."""
    if request.param == "memory":
        yield MemoryStore(HOST)
        return
    statements = (*create_statements(GAPLESS, SCHEMA), *create_statements(HOST, SCHEMA, beyond=GAPLESS))
    async with schema_of(engine, SCHEMA, statements):
        yield PostgresStore(engine, HOST, schema=SCHEMA)


def a_ticket(home: OrganizationId) -> Ticket:
    """A ticket that no store has taken."""
    return Ticket(organization_id=home, id=uuid4(), text="Help!")


@pytest.mark.asyncio
async def test_rows_of_several_tables_have_one_order(store: Store) -> None:
    """Tickets and audit records of an organization share one counter, also within one statement and after removals."""
    home = (await created(store)).id
    async with store.unit(home) as unit:
        tickets = unit.of(Ticket)
        first, second = await tickets.add_all([a_ticket(home), a_ticket(home)])
        audit = await unit.audit_trail.add(an_audit_record(home))
        third = await tickets.add(a_ticket(home))
        await tickets.remove(third)
        fourth = await tickets.add(a_ticket(home))
        await unit.commit()
    assert [row.number for row in (first, second, audit, third, fourth)] == [2, 3, 4, 5, 6]
    async with store.reading(home) as reading:
        found = await reading.of(Ticket).find(order=lambda ticket: ticket.number)
    assert [(ticket.number, ticket.came_at) for ticket in found] == [
        (ticket.number, ticket.came_at) for ticket in (first, second, fourth)
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("number", [1, 3])
async def test_a_row_and_its_audit_record_have_two_numbers(store: Store, number: int) -> None:
    """Rows that are numbered in one statement with the record that tells of them have other numbers than that."""
    home = (await created(store)).id
    async with store.unit(home) as unit:
        letters = [Letter(organization_id=home, id=uuid4()) for _ in range(number)]
        added = await unit.of(Letter).add_all(letters, an_audit_record(home))
        last = await unit.of(Letter).add(Letter(organization_id=home, id=uuid4()), an_audit_record(home))
        await unit.commit()
    async with store.reading(home) as reading:
        records = [record.number for record in await reading.audit_trail.find(order=lambda record: record.number)]
    numbers = [letter.number for letter in (*added, last)]
    assert sorted([*numbers, *records]) == [*range(1, len(numbers) + len(records) + 1)]


@pytest.mark.asyncio
async def test_very_many_rows_have_their_numbers(store: Store) -> None:
    """Very many tickets that are added together come back with their numbers, in their order."""
    home = (await created(store)).id
    async with store.unit(home) as unit:
        tickets = await unit.of(Ticket).add_all([a_ticket(home) for _ in range(LEAST_COPIED)])
        await unit.commit()
    assert [ticket.number for ticket in tickets] == [*range(2, LEAST_COPIED + 2)]


@pytest.mark.asyncio
async def test_a_change_keeps_what_the_store_has_filled(store: Store) -> None:
    """A save writes everything but what the store has filled, whatever the row says; no set-based write assigns it."""
    home = (await created(store)).id
    async with store.unit(home) as unit:
        ticket = await unit.of(Ticket).add(a_ticket(home))
        forged = attrs.evolve(ticket, text="Thanks!", number=BigInteger(99), came_at=UNRECORDED)
        saved = await unit.of(Ticket).save(forged)
        await unit.commit()
    assert (saved.text, saved.number, saved.came_at) == ("Thanks!", 2, ticket.came_at)
    async with store.unit(home) as unit:
        assert (await unit.of(Ticket).get(ticket.id)).number == 2
        with pytest.raises(QueryRefused, match="number"):
            await unit.of(Ticket).update_where(
                lambda row: row.text == "Thanks!", lambda row: (assign(row.number, BigInteger(9)),)
            )


@pytest.mark.asyncio
async def test_a_save_does_not_write_a_recorded_time(store: Store) -> None:
    """A time that a store recorded stays, whatever the saved row says, and counts by what it is."""
    home = (await created(store)).id
    early, late = (LIMIT_OF_TIMES + timedelta(days=day) for day in (-1, 1))
    copied = Copied(organization_id=home, id=uuid4(), text="Help!", came_at=RecordedTime(early))
    async with store.unit(home) as unit:
        await unit.of(Copied).add(copied)
        await unit.commit()
    async with store.unit(home) as unit:
        forged = attrs.evolve(await unit.of(Copied).get(copied.id), text="Thanks!", came_at=RecordedTime(late))
        saved = await unit.of(Copied).save(forged)
        await unit.commit()
    async with store.unit(home) as unit:
        found = await unit.of(Copied).get(copied.id)
        assert found == saved == attrs.evolve(copied, text="Thanks!", version=2)
        await unit.of(Copied).remove(found)
        await unit.of(Copied).add(attrs.evolve(copied, came_at=RecordedTime(late)))
        with pytest.raises(RuleViolated) as caught:
            await unit.commit()
    assert caught.value.rule == "copies_late_most"


@pytest.mark.asyncio
@pytest.mark.parametrize("column", ["number", "came_at"])
@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_plain_sql_changes_no_number(store: Store, engine: AsyncEngine, column: str) -> None:
    """An UPDATE that changes what the server has filled is refused by the rule's name."""
    home = (await created(store)).id
    async with store.unit(home) as unit:
        await unit.of(Ticket).add(a_ticket(home))
        await unit.commit()
    changes = {"number": "number + 1", "came_at": "came_at - interval '1 day'"}
    async with engine.connect() as connection:
        driver = await driver_of(connection)
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await driver.execute(f"UPDATE {SCHEMA}.tickets SET {column} = {changes[column]}")  # noqa: S608  # ours
    assert caught.value.constraint_name == f"tickets_{column}_constant"


@pytest.mark.asyncio
@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_a_host_that_adds_numbers_changes_nothing_that_was_there(store: PostgresStore) -> None:
    """What gapless made is still what the catalogue declares when a host numbers rows of its own."""
    async with store._engine.connect() as connection:
        await require_same(connection, Declaration.of(HOST, SCHEMA))


async def archive_by_force(store: Store, audit: AuditRecord) -> None:
    """Puts an audit record into the archive as it is, which no port does."""
    if isinstance(store, MemoryStore):
        row = ArchivedAuditRecord(**attrs.asdict(audit, recurse=False))
        store._database.committed.put("audit_archive", model_of(ArchivedAuditRecord).key_of(row), row)
        return
    assert isinstance(store, PostgresStore)
    async with store._engine.begin() as connection:
        copied = f"INSERT INTO {SCHEMA}.audit_archive SELECT * FROM {SCHEMA}.audit_logs WHERE id = '{audit.id}'"  # noqa: S608  # ours
        await connection.exec_driver_sql(copied)


@pytest.mark.asyncio
async def test_a_record_that_the_archive_has_already_is_no_other(store: Store) -> None:
    """An audit record that stands in the archive in every column as it is goes there without a word."""
    organization = await created(store)
    async with store.reading(organization.id) as reading:
        (audit,) = await reading.audit_trail.find()
    await archive_by_force(store, audit)
    async with store.unit(organization.id) as unit:
        await unit.of(Organization).remove(organization, an_audit_record(organization.id))
        await unit.commit()
    async with store.reading(organization.id) as reading:
        archived = await reading.of(ArchivedAuditRecord).find(order=lambda row: row.number)
    assert [row.number for row in archived] == [1, 2]


PLAIN = attrs.field(default=UNNUMBERED)
WRONG: dict[str, tuple[object, object, str]] = {
    "no default": (BigInteger, attrs.field(eq=False), "default"),
    "part of what makes it equal": (BigInteger, PLAIN, "eq=False"),
    "a small number": (int, attrs.field(default=0, eq=False), "must be a BigInteger"),
    "a number that may be missing": (BigInteger | None, attrs.field(default=None, eq=False), "never null"),
}


@pytest.mark.parametrize("how", [*WRONG, "without an index", "twice"])
def test_what_the_store_could_not_fill_is_refused(how: str) -> None:
    """A column that the store fills has a default, makes no row another one, is of its type, and has its index."""
    annotation, field, message = WRONG.get(
        how, (BigInteger, attrs.field(default=UNNUMBERED, eq=False), "Index" if how == "without an index" else "twice")
    )
    fields = {"organization_id": attrs.field(type=OrganizationId), "id": attrs.field(type=UUID)}
    field.type = annotation  # type: ignore[attr-defined]  # attrs' own way to say it here
    entity = attrs.make_class(
        "Numberless", {**fields, "number": field}, bases=(Entity,), frozen=True, kw_only=True, slots=True
    )

    def rules(row: Ticket) -> Iterator[Rule]:
        home = Reference("n_fkey", "Ours.", row.organization_id, Organization, OnDelete.CASCADE)
        yield home
        for name in ("n_one", "n_other")[: 2 if how == "twice" else 1]:
            yield Numbered(name, "Numbered.", through=home, column=row.number)
        if how != "without an index":
            yield Index("n_index", "Lists them.", (row.organization_id, row.number))

    with pytest.raises(DeclarationError, match=message):
        rules_of(entity, "numberless", belongs_to=lambda row: row.organization_id)(rules)

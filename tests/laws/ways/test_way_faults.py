"""Planted faults in how rows belong to a root through others are found by the laws, in either store."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from itertools import count

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.enforcers.invariants import InvariantCheck
from gapless.adapters.memory.enforcers.reference import ReferenceEnforcer
from gapless.adapters.memory.keys import Key
from gapless.adapters.memory.reader import MemoryReader
from gapless.adapters.memory.rows import MemoryRows
from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.search import TableSearch
from gapless.adapters.memory.state import Overlay, View
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.ddl import reference
from gapless.adapters.postgres.rows import PostgresRows
from gapless.adapters.postgres.statements.compiled_statements import CompiledStatements
from gapless.adapters.postgres.statements.ways import Way
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.model import Validated
from tests.clinics.cases import CASES
from tests.clinics.offices import Office, office_on
from tests.laws.ways import test_way_rules, test_ways
from tests.stores import tables_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
Law = Callable[[Office], Awaitable[None]]
Fault = Callable[[pytest.MonkeyPatch], None]
SCHEMAS = count(1)


def laws() -> Iterator[Law]:
    """The laws of such rows."""
    for module in (test_ways, test_way_rules):
        found = inspect.getmembers(module, inspect.iscoroutinefunction)
        yield from (law for name, law in found if name.startswith("test_"))


def all_roots_are_searched(patch: pytest.MonkeyPatch) -> None:
    """A search in memory gives the rows of all roots."""
    made = TableSearch.__init__

    def search(self: TableSearch, view: View, table: Table, tenant: object) -> None:
        made(self, view, table, tenant if table.root_finder is None else ALL_ROOTS)

    patch.setattr(TableSearch, "__init__", search)


def any_root_is_looked_at(patch: pytest.MonkeyPatch) -> None:
    """A row in memory is got by its id, whatever its root is."""
    got = MemoryReader.row

    async def row(self: MemoryReader[Validated], lookup: tuple[object, ...]) -> Validated | None:
        found = await got(self, lookup)
        finder = self._table.root_finder
        if found is not None or finder is None:
            return found
        key = self._overlay.committed.indexes.of(finder).get(lookup)
        return None if key is None else self._overlay.view.row(self._table.name, key)

    patch.setattr(MemoryReader, "row", row)


def references_look_nowhere(patch: pytest.MonkeyPatch) -> None:
    """A reference between rows of which one does not say its root is not looked at in memory."""
    lost = ReferenceEnforcer.lost

    def missed(
        self: ReferenceEnforcer, overlay: Overlay, before: Validated | None, after: Validated, root: object = None
    ) -> Key | None:
        found = lost(self, overlay, before, after, root)
        return None if self.model.through is not None else found

    patch.setattr(ReferenceEnforcer, "lost", missed)


def roots_are_not_told_apart(patch: pytest.MonkeyPatch) -> None:
    """A unit over all roots takes the first root that has a row for that of each row."""

    def root_of(self: MemoryRows[Validated], _: Validated) -> object:
        is_open = self._tenant is ALL_ROOTS and self._table.root_finder is not None
        return (
            min(root for root in self._overlay.committed.partitions if type(root) is int) if is_open else self._tenant
        )

    patch.setattr(MemoryRows, "_root_of", root_of)


def counts_leave_the_root_out(patch: pytest.MonkeyPatch) -> None:
    """What is counted in memory below a row is counted below none."""
    counted = InvariantCheck.count

    def count_below(
        self: InvariantCheck, overlay: Overlay, before: Validated | None, after: Validated | None, _: object = None
    ) -> None:
        counted(self, overlay, before, after)

    patch.setattr(InvariantCheck, "count", count_below)


def ways_are_not_followed(patch: pytest.MonkeyPatch) -> None:
    """A statement asks for no way to the root of the unit."""
    patch.setattr(Way, "leads_to", lambda *_: sa.true())


def triggers_are_left_out(patch: pytest.MonkeyPatch) -> None:
    """No trigger compares the roots of two rows."""
    patch.setattr(reference, "tenancy_objects", lambda *_: [])


def ways_are_not_looked_at_behind_a_write(patch: pytest.MonkeyPatch) -> None:
    """Very many rows are copied whatever roots they refer to."""

    async def lead_home(*_: object) -> bool:
        return True

    patch.setattr(PostgresRows, "_lead_home", lead_home)


def inserts_are_not_guarded(patch: pytest.MonkeyPatch) -> None:
    """A row is added whatever root it refers to."""
    ways_are_not_looked_at_behind_a_write(patch)
    insert = CompiledStatements.insert
    patch.setattr(CompiledStatements, "insert", lambda self, side, **_: insert(self, side))


def many_inserts_are_not_guarded(patch: pytest.MonkeyPatch) -> None:
    """Rows are added together whatever roots they refer to."""
    insert = CompiledStatements.insert_many
    patch.setattr(
        CompiledStatements, "insert_many", lambda self, side, *, packed, **_: insert(self, side, packed=packed)
    )


def what_comes_behind_is_named(patch: pytest.MonkeyPatch) -> None:
    """A row of another root is refused by whatever else the server finds wrong with it."""
    patch.setattr(CompiledStatements, "comes_behind_way", lambda *_: False)


def ways_are_named_first(patch: pytest.MonkeyPatch) -> None:
    """A row of another root is refused for that, even if a check refuses it."""
    patch.setattr(CompiledStatements, "comes_behind_way", lambda *_: True)


IN_MEMORY: tuple[Fault, ...] = (
    all_roots_are_searched,
    any_root_is_looked_at,
    references_look_nowhere,
    roots_are_not_told_apart,
    counts_leave_the_root_out,
)
ON_POSTGRES: tuple[Fault, ...] = (
    ways_are_not_followed,
    triggers_are_left_out,
    inserts_are_not_guarded,
    many_inserts_are_not_guarded,
    ways_are_not_looked_at_behind_a_write,
    what_comes_behind_is_named,
    ways_are_named_first,
)


async def finding(office: Callable[[], Awaitable[Office]]) -> list[str]:
    """The laws that do not hold."""
    found: list[str] = []
    for law in laws():
        try:
            await law(await office())
        except (Exception, pytest.fail.Exception):  # noqa: BLE001  # whatever a fault leads to
            found.append(law.__name__)
    return found


@pytest.mark.parametrize("fault", IN_MEMORY, ids=lambda fault: fault.__name__)
async def test_faults_in_memory_are_found(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some law fails on a store in memory with this fault."""
    with monkeypatch.context() as patch:
        fault(patch)
        store = MemoryStore(CASES)
        assert await finding(lambda: office_on(store))


@pytest.mark.server
@pytest.mark.parametrize("fault", ON_POSTGRES, ids=lambda fault: fault.__name__)
async def test_faults_on_postgres_are_found(fault: Fault, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some law fails on a store on PostgreSQL with this fault."""
    schema = f"way_fault_{next(SCHEMAS)}"
    with monkeypatch.context() as patch:
        fault(patch)
        async with tables_of(engine, CASES, schema):
            store = PostgresStore(engine, CASES, schema=schema)
            assert await finding(lambda: office_on(store))


async def test_without_a_fault_all_laws_hold() -> None:
    """The laws hold on a store in memory that has none of these faults."""
    store = MemoryStore(CASES)
    assert await finding(lambda: office_on(store)) == []

"""Keeps ready for each entity what its repositories need: its table, its compiled statements and its decoder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Generic, TypeVar, cast

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.sql.column_types import sql_type
from gapless.adapters.postgres.sql.readable import is_readable
from gapless.adapters.postgres.sql.text import DIALECT
from gapless.adapters.postgres.statements.aggregates import Aggregates
from gapless.adapters.postgres.statements.commits import commit_script
from gapless.adapters.postgres.statements.records import encoder, rows_decoder
from gapless.adapters.postgres.statements.searches import Searches
from gapless.adapters.postgres.statements.statement import (
    SideInsert,
    Statement,
    StatementCache,
    given_row,
    given_rows,
    inserted,
    inserted_if,
    inserted_many,
    is_same,
    key_equals,
    no_rows,
    parameter,
    raised,
    returning_added,
    returning_count,
    returning_rows,
    selected,
    unnested,
    with_version,
)
from gapless.adapters.postgres.statements.ways import ROOT_PARAMETER, Way
from gapless.adapters.writing.side_records import SideRecords
from gapless.kit import AdmissionGuard, Catalogue, Model, Reference, Transition
from gapless.kit.audit import AuditRecord
from gapless.kit.model import VERSION, Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.plain import is_of
from gapless.kit.predicates import literal

E = TypeVar("E", bound=Validated)


@attrs.frozen(eq=False)
class CompiledStatements(Generic[E]):
    """Compiles the statements of one entity.

    Args:
        catalogue: the statements of all entities, among them the audit trail and the outbox.
        model: the model of the entity.
        table: its table.
        cache: keeps the compiled statements.
        encode: makes the parameters for all columns from a row.
        decode_all: makes rows from records.
        searches: compiles statements with conditions.
        way: the way of the rows to their root; None if they have a field for it, or belong to none.
    """

    catalogue: CompiledCatalogue
    model: Model[E]
    table: sa.Table
    cache: StatementCache
    encode: Callable[[E], tuple[object, ...]]
    decode_all: Callable[[Iterable[Sequence[object]]], list[E]]
    searches: Searches
    way: Way | None

    @cached_property
    def name(self) -> str:
        """The name of the table with its schema, in quotes where they are needed."""
        return DIALECT.identifier_preparer.format_table(self.table)

    def decode(self, record: Sequence[object]) -> E:
        """Makes a row from a record."""
        return self.decode_all((record,))[0]

    def values(self, row: E, prefix: str = "") -> dict[str, object]:
        """The parameters for all columns of a row."""
        names = [prefix + column.name for column in self.model.columns]
        return dict(zip(names, self.encode(row), strict=True))

    def key(self, row: E) -> dict[str, object]:
        """The parameters by which a row is found in its version."""
        names = (*self.model.lookup, VERSION) if self.model.versioned else self.model.lookup
        return {name: literal(getattr(row, name)) for name in names}

    def get(self) -> Statement:
        """The statement that reads the row with a key."""

        def build() -> sa.ClauseElement:
            return sa.select(*selected(self.model, self.table)).where(self._in_root(key_equals(self.model, self.table)))

        return self.cache.get((self.model.table, "get"), build)

    @cached_property
    def aggregates(self) -> Aggregates:
        """Compiles what is asked of many rows at once."""
        return Aggregates(self.searches)

    def several(self) -> Statement:
        """The statement that reads the rows with several ids, each part of which comes as an array."""
        return self.cache.get(
            (self.model.table, "several"), lambda: sa.select(*selected(self.model, self._wanted("wanted_rows")))
        )

    def unreadable_of_several(self) -> Statement:
        """The statement that reads the keys, as text, of those rows with several ids that can't be read."""

        def build() -> sa.ClauseElement:
            found = self._wanted("found")
            keys = sa.select(*(sa.cast(found.c[name], sa.Text()) for name in self.model.key))
            return keys.where(sa.not_(is_readable(cast("Model[Validated]", self.model), found)))

        return self.cache.get((self.model.table, "unreadable of several"), build)

    def _wanted(self, name: str) -> sa.Subquery:
        """The rows with several ids."""
        listed = self.model.id_columns or self.model.key_columns
        ids = unnested(listed, packed=False, name="ids")
        said = [self.model.column(each) for each in self.model.lookup if each not in [c.name for c in listed]]
        same = [self.table.c[column.name] == ids.c[column.name] for column in listed]
        found = self._in_root(sa.and_(*(is_same(self.table, column) for column in said), *same))
        return sa.select(self.table).select_from(ids.join(self.table, found)).subquery(name)

    def lookups(self, lookups: Sequence[tuple[object, ...]]) -> dict[str, object]:
        """The parameters for several rows: an array for each part of their ids, and what is the same in all of them."""
        listed = [column.name for column in self.model.id_columns or self.model.key_columns]
        arrays = dict(zip(self.model.lookup, zip(*lookups, strict=True), strict=True))
        return {
            name: [*map(literal, values)] if name in listed else literal(values[0]) for name, values in arrays.items()
        }

    def insert(self, side: SideRecords, *, guarded: bool = False) -> Statement:
        """The statement that adds a row with its side records; its result is that of `returning_added`.

        Args:
            side: the side records.
            guarded: whether it adds nothing if the way of the row does not lead to the root of the unit.
        """

        def build() -> sa.ClauseElement:
            if not guarded or self.way is None:
                return returning_added(inserted(self.model, self.table), self.model, self.side_inserts(side))
            leads = self.way.leads_to(ROOT_PARAMETER, lambda column: parameter(column.name, column))
            insert = inserted_if(self.model, self.table, given_row(self.model.given), leads)
            return returning_added(insert, self.model, self.side_inserts(side), only_if_written=True)

        return self.cache.get((self.model.table, "insert", guarded, side.shape), build)

    def insert_many(self, side: SideRecords, *, packed: bool, guarded: bool = False) -> Statement:
        """The statement that adds rows, given as an array or a text for each column; its result is as for `insert`."""

        def build() -> sa.ClauseElement:
            if not guarded or self.way is None:
                insert = inserted_many(self.model, self.table, packed=packed)
                return returning_added(insert, self.model, self.side_inserts(side))
            none_astray = self.way.leads_astray(packed=packed).scalar_subquery() == sa.literal_column("0")
            insert = inserted_if(self.model, self.table, given_rows(self.model, packed=packed), none_astray)
            return returning_added(insert, self.model, self.side_inserts(side), only_if_written=True)

        return self.cache.get((self.model.table, "insert many", packed, guarded, side.shape), build)

    def astray(self) -> Statement:
        """The statement that counts the rows, given by arrays of their leading columns, whose way ends elsewhere."""
        return self.cache.get((self.model.table, "astray"), lambda: cast(Way, self.way).leads_astray(packed=False))

    def comes_behind_way(self, rule: str) -> bool:
        """Whether a rule with this name, of these rows, is checked behind the first of their references."""
        found = next((each for each in self.model.rules if each.name == rule), None)
        return isinstance(found, (Reference, Transition, AdmissionGuard))

    def arrays(self, rows: tuple[E, ...]) -> dict[str, object]:
        """The values of rows, one array for each column, as the driver accepts them."""
        names = (column.name for column in self.model.columns)
        return dict(zip(names, map(list, zip(*map(self.encode, rows), strict=True)), strict=True))

    def update(self, changed: tuple[str, ...], side: SideRecords) -> Statement:
        """The statement that writes the changed columns of the row with a key and a version, and returns that row."""

        def build() -> sa.ClauseElement:
            sets: dict[str, sa.ColumnElement[object]] = {
                name: parameter(f"set_{name}", self.model.column(name)) for name in changed
            }
            if self.model.versioned:
                sets[VERSION] = cast("sa.ColumnElement[object]", raised(self.table))
            found = self._in_root(with_version(self.model, self.table))
            # Where nothing changes, not even a version, the row is only read: no role has a right to write its key
            # (decision 0031).
            write = sa.update(self.table).where(found).values(sets) if sets else sa.select(self.table).where(found)
            return returning_rows(write, self.model, self.side_inserts(side), only_if_written=True)

        return self.cache.get((self.model.table, "update", changed, side.shape), build)

    def delete(self, side: SideRecords) -> Statement:
        """The statement that removes the row with a key and a version, and returns how many there were."""
        shape = (self.model.table, "delete", side.shape)

        def build() -> sa.ClauseElement:
            write = sa.delete(self.table).where(self._in_root(with_version(self.model, self.table)))
            return returning_count(write, self.side_inserts(side), only_if_written=True)

        return self.cache.get(shape, build)

    def _in_root(self, found: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """The condition that a row is found so, and belongs to the root of the unit if its key does not say it."""
        if self.way is None:
            return found
        return found & self.way.leads_to(ROOT_PARAMETER, lambda column: self.table.c[column.name])

    def side_alone(self, side: SideRecords) -> Statement:
        """The statement that adds the side records of a write that concerns no row; see `no_rows`."""
        return self.cache.get((self.model.table, "side", side.shape), lambda: no_rows(self.side_inserts(side)))

    def side_inserts(self, side: SideRecords) -> tuple[SideInsert, ...]:
        """The side inserts of a write: one for each of its audit records and events."""
        # Each part is looked up only if it is there, because a catalogue may have one of them, or neither.
        named = (
            *((AuditRecord, _prefix("audit", place)) for place in range(len(side.audits))),
            *((OutboxEvent, _prefix("event", place)) for place in range(len(side.events))),
        )
        parts = ((cast("CompiledStatements[Validated]", self.catalogue.of(part)), prefix) for part, prefix in named)
        return tuple(SideInsert(part.model, part.table, prefix) for part, prefix in parts)

    def side_values(self, side: SideRecords) -> dict[str, object]:
        """The parameters of the side inserts of a write."""
        values: dict[str, object] = {}
        for place, audit in enumerate(side.audits):
            values |= self.catalogue.of(AuditRecord).values(audit, _prefix("audit", place))
        for place, event in enumerate(side.events):
            values |= self.catalogue.of(OutboxEvent).values(event, _prefix("event", place))
        return values


def _prefix(kind: str, place: int) -> str:
    return f"{kind}{place}_"


class CompiledCatalogue:
    """The statements of all entities of a catalogue.

    Attributes:
        catalogue: the entities.
        schema: the PostgreSQL schema of the tables.
        audit: the model of audit records.
        outbox: the model of events.
    """

    def __init__(self, catalogue: Catalogue, schema: str) -> None:
        catalogue.require_complete()
        self.catalogue = catalogue
        self.schema = schema
        self.audit = catalogue.trail
        self.outbox = catalogue.outbox
        self._cache = StatementCache()
        self._by_entity: dict[type, CompiledStatements[Validated]] = {}

    @cached_property
    def commit(self) -> str:
        """The script that commits a unit; see `commit_script`."""
        return commit_script(self.catalogue, self.schema)

    def of(self, entity: type[E]) -> CompiledStatements[E]:
        """The statements of an entity; they are made at the first call.

        Raises:
            DeclarationError: the catalogue does not have the entity.
        """
        found = self._by_entity.get(entity) if is_of(entity, type) else None
        if found is None:
            found = self._by_entity[entity] = cast(
                "CompiledStatements[Validated]", self._made(self.catalogue.model(entity))
            )
        return cast("CompiledStatements[E]", found)

    def _made(self, model: Model[E]) -> CompiledStatements[E]:
        columns = [sa.Column(c.stored, sql_type(c), key=c.name) for c in model.columns]
        table = sa.Table(model.stored, sa.MetaData(), *columns, schema=self.schema)
        way = self._way(cast("Model[Validated]", model))
        searches = Searches(cast("Model[Validated]", model), table, self._cache, way)
        return CompiledStatements(self, model, table, self._cache, encoder(model), rows_decoder(model), searches, way)

    def _way(self, model: Model[Validated]) -> Way | None:
        steps = self.catalogue.way(model)
        if not steps:
            return None
        tables = [self.of(step.parent.entity).table.alias(f"way{place}") for place, step in enumerate(steps, start=1)]
        end = steps[-1].parent
        return Way(
            tuple((table, step.links) for table, step in zip(tables, steps, strict=True)),
            end.column(end.named_tenant),
        )


@lru_cache(maxsize=16)
def compiled_catalogue(catalogue: Catalogue, schema: str) -> CompiledCatalogue:
    """The statements of a catalogue in a schema. All stores on it share them, since they depend on nothing else."""
    return CompiledCatalogue(catalogue, schema)

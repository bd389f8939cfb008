"""Everything about one entity that the repositories need ready: its table, its statements, its decoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Generic, TypeVar, cast

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.sql.predicates import COLUMN_TYPES
from gapless.adapters.postgres.sql.text import DIALECT
from gapless.adapters.postgres.statements.records import decoder, encoder
from gapless.adapters.postgres.statements.searches import Searches
from gapless.adapters.postgres.statements.statement import (
    SideInsert,
    Statement,
    StatementCache,
    inserted,
    inserted_many,
    key_equals,
    no_rows,
    parameter,
    raised,
    returning_added,
    returning_count,
    returning_rows,
    selected,
    with_version,
)
from gapless.adapters.writing.side_records import SideRecords
from gapless.kit import Catalogue, Model
from gapless.kit.audit import AuditRecord
from gapless.kit.model import VERSION, Validated, model_of
from gapless.kit.outbox import OutboxEvent
from gapless.kit.plain import is_of
from gapless.kit.predicates import literal

E = TypeVar("E", bound=Validated)


@attrs.frozen(eq=False)
class CompiledStatements(Generic[E]):
    """The ready-made access to one entity's table.

    Args:
        catalogue: the statements of all entities, among them those of the audit trail and the outbox.
        model: the entity's model.
        table: its table.
        cache: where compiled statements are kept.
        encode: makes the parameters for all columns of a row.
        decode: makes a row of a record.
        searches: compiles conditions.
    """

    catalogue: CompiledCatalogue
    model: Model[E]
    table: sa.Table
    cache: StatementCache
    encode: Callable[[E], tuple[object, ...]]
    decode: Callable[[Sequence[object]], E]
    searches: Searches

    @cached_property
    def name(self) -> str:
        """The table's name in its schema, quoted where it must be."""
        return DIALECT.identifier_preparer.format_table(self.table)

    def values(self, row: E, prefix: str = "") -> dict[str, object]:
        """The parameters for all columns of a row."""
        names = [prefix + column.name for column in self.model.columns]
        return dict(zip(names, self.encode(row), strict=True))

    def key(self, row: E) -> dict[str, object]:
        """The parameters for the key and the version of a row."""
        names = (*self.model.key, VERSION) if self.model.versioned else self.model.key
        return {name: literal(getattr(row, name)) for name in names}

    def get(self) -> Statement:
        """Reads the row with a key."""

        def build() -> sa.ClauseElement:
            return sa.select(*selected(self.model, self.table)).where(key_equals(self.model, self.table))

        return self.cache.get((self.model.table, "get"), build)

    def insert(self, side: SideRecords) -> Statement:
        """Adds a row with what goes along; returns what `returning_added` says."""

        def build() -> sa.ClauseElement:
            return returning_added(inserted(self.model, self.table), self.model, self.side_inserts(side))

        return self.cache.get((self.model.table, "insert", side.shape), build)

    def insert_many(self, side: SideRecords) -> Statement:
        """Adds rows, given as one array for each column, with what goes along; returns as `insert`."""

        def build() -> sa.ClauseElement:
            return returning_added(inserted_many(self.model, self.table), self.model, self.side_inserts(side))

        return self.cache.get((self.model.table, "insert many", side.shape), build)

    def update(self, changed: tuple[str, ...], side: SideRecords) -> Statement:
        """Writes the changed columns of the row with a key and a version; returns the row as it is then."""

        def build() -> sa.ClauseElement:
            sets: dict[str, sa.ColumnElement[object]] = {
                name: parameter(f"set_{name}", self.model.column(name)) for name in changed
            }
            if self.model.versioned:
                sets[VERSION] = cast("sa.ColumnElement[object]", raised(self.table))
            found = with_version(self.model, self.table)
            # A row without a version, of which nothing changes, is only found: a role has no right to write its key.
            write = sa.update(self.table).where(found).values(sets) if sets else sa.select(self.table).where(found)
            return returning_rows(write, self.model, self.side_inserts(side), only_if_written=True)

        return self.cache.get((self.model.table, "update", changed, side.shape), build)

    def delete(self, side: SideRecords) -> Statement:
        """Removes the row with a key and a version; returns how many there were."""
        shape = (self.model.table, "delete", side.shape)

        def build() -> sa.ClauseElement:
            write = sa.delete(self.table).where(with_version(self.model, self.table))
            return returning_count(write, self.side_inserts(side), only_if_written=True)

        return self.cache.get(shape, build)

    def side_alone(self, side: SideRecords) -> Statement:
        """Writes what goes along with a write that concerns no row; returns that none was written."""
        return self.cache.get((self.model.table, "side", side.shape), lambda: no_rows(self.side_inserts(side)))

    def side_inserts(self, side: SideRecords) -> tuple[SideInsert, ...]:
        """Where what goes along with a write is inserted, and under which parameters."""
        if not side.audits and not side.events:
            return ()  # a catalogue that has neither trail nor outbox is not asked for them
        trail, outbox = self.catalogue.of(AuditRecord), self.catalogue.of(OutboxEvent)
        return (
            *(
                SideInsert(cast("Model[Validated]", trail.model), trail.table, _prefix("audit", n))
                for n in range(len(side.audits))
            ),
            *(
                SideInsert(cast("Model[Validated]", outbox.model), outbox.table, _prefix("event", n))
                for n in range(len(side.events))
            ),
        )

    def side_values(self, side: SideRecords) -> dict[str, object]:
        """The parameters of what goes along with a write."""
        values: dict[str, object] = {}
        for place, audit in enumerate(side.audits):
            values |= self.catalogue.of(AuditRecord).values(audit, _prefix("audit", place))
        for place, event in enumerate(side.events):
            values |= self.catalogue.of(OutboxEvent).values(event, _prefix("event", place))
        return values


def _prefix(kind: str, place: int) -> str:
    return f"{kind}{place}_"


class CompiledCatalogue:
    """The statements of a catalogue's entities.

    Attributes:
        audit, outbox: the models of what goes along with writes.
    """

    def __init__(self, catalogue: Catalogue, schema: str) -> None:
        self.catalogue = catalogue
        self.schema = schema
        self.audit = model_of(AuditRecord)
        self.outbox = model_of(OutboxEvent)
        self._cache = StatementCache()
        self._by_entity: dict[type, CompiledStatements[Validated]] = {}

    def of(self, entity: type[E]) -> CompiledStatements[E]:
        """The statements of an entity; made at first use.

        Raises:
            DeclarationError: the catalogue does not hold the entity.
        """
        found = self._by_entity.get(entity) if is_of(entity, type) else None
        if found is None:
            found = self._by_entity[entity] = cast(
                "CompiledStatements[Validated]", self._made(self.catalogue.model(entity))
            )
        return cast("CompiledStatements[E]", found)

    def _made(self, model: Model[E]) -> CompiledStatements[E]:
        columns = [sa.Column(column.name, COLUMN_TYPES[column.type]) for column in model.columns]
        table = sa.Table(model.table, sa.MetaData(), *columns, schema=self.schema)
        searches = Searches(cast("Model[Validated]", model), table, self._cache)
        return CompiledStatements(self, model, table, self._cache, encoder(model), decoder(model), searches)

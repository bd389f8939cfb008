"""Describes statements with SQLAlchemy Core, and compiles each once to a text with numbered parameters.

A write has its side records in the same statement, as data-modifying parts of one WITH.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeAlias, TypeVar, cast

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from gapless.adapters.postgres.sql.column_types import STORED, sql_type
from gapless.adapters.postgres.sql.predicates import text_constant
from gapless.adapters.postgres.statements.compiler import numbered
from gapless.adapters.postgres.statements.packing import NULL, SEPARATOR
from gapless.kit import Model
from gapless.kit.columns import Column
from gapless.kit.model import VERSION, Validated

E = TypeVar("E", bound=Validated)
GREATEST_CACHE = 1000


@attrs.frozen
class Statement:
    """A compiled statement: its text, and the names of its parameters in order."""

    text: str
    parameters: tuple[str, ...]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """The values in the order of the parameters."""
        return [values[name] for name in self.parameters]


def compiled(statement: sa.ClauseElement) -> Statement:
    """Compiles a statement for the driver."""
    # SQLAlchemy only describes the statement; the driver's own connection executes the text (decision 0006).
    return Statement(*numbered(statement))


class StatementCache:
    """Keeps compiled statements by their shapes. It drops all of them when it has GREATEST_CACHE."""

    def __init__(self) -> None:
        self._statements: dict[Hashable, Statement] = {}

    def get(self, shape: Hashable, build: Callable[[], sa.ClauseElement]) -> Statement:
        """The statement of this shape; a new one is built and compiled."""
        statement = self._statements.get(shape)
        if statement is None:
            # The length of a list of constants is part of a shape, so there is no end to the shapes.
            if len(self._statements) >= GREATEST_CACHE:
                self._statements.clear()
            statement = self._statements[shape] = compiled(build())
        return statement


def parameter(name: str, column: Column) -> sa.ColumnElement[object]:
    """The parameter for a value of this column."""
    return _read_from_text(column, cast("sa.ColumnElement[object]", sa.bindparam(name, type_=_bound_type(column))))


def _read_from_text(column: Column, sent: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
    """The value as the column's type, if it was sent as text."""
    if not STORED.of(column.type).is_sent_as_text:
        return sent
    return cast("sa.ColumnElement[object]", sa.cast(sent, sql_type(column)))


def _bound_type(column: Column) -> sa.types.TypeEngine[object]:
    """The type with which a value is sent: texts have no collation, and JSON and lists are sent as text."""
    found = sql_type(column)
    is_text = isinstance(found, sa.Text) or STORED.of(column.type).is_sent_as_text
    return cast("sa.types.TypeEngine[object]", sa.Text()) if is_text else found


def selected(model: Model[E], source: sa.FromClause) -> list[sa.ColumnElement[object]]:
    """The columns of a row in the form that `records.rows_decoder` reads."""
    columns = [(column, source.c[column.name]) for column in model.columns]
    return [_read_as_text(found) if STORED.of(column.type).is_read_as_text else found for column, found in columns]


def _read_as_text(found: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
    return cast("sa.ColumnElement[object]", sa.cast(found, sa.Text()))


def key_equals(model: Model[E], table: sa.Table) -> sa.ColumnElement[bool]:
    """The condition that a row is found by what the parameters say; see `Model.lookup`."""
    return sa.and_(*(is_same(table, model.column(name)) for name in model.lookup))


def is_same(table: sa.Table, column: Column) -> sa.ColumnElement[bool]:
    """The condition that a row has the value of a parameter in a column; that of the root may be null."""
    given, own = parameter(column.name, column), table.c[column.name]
    return own.is_not_distinct_from(given) if column.nullable else own == given


def with_version(model: Model[E], table: sa.Table) -> sa.ColumnElement[bool]:
    """The condition that a row is found so, and also has their version if rows have versions."""
    if not model.versioned:
        return key_equals(model, table)
    return key_equals(model, table) & (table.c[VERSION] == parameter(VERSION, model.column(VERSION)))


def raised(table: sa.Table) -> sa.ColumnElement[int]:
    """The version that a changed row gets: one more than it had."""
    return cast("sa.ColumnElement[int]", table.c[VERSION] + sa.literal_column("1", sa.Integer()))


def inserted(model: Model[E], table: sa.Table, prefix: str = "") -> pg.Insert:
    """Inserts one row; the name of each parameter is the prefix with the name of its column."""
    return pg.insert(table).values({c.name: parameter(prefix + c.name, c) for c in model.given})


def inserted_many(model: Model[E], table: sa.Table, *, packed: bool) -> pg.Insert:
    """Inserts several rows; each parameter has the values of one column, as an array or in the text of `packing`."""
    return _inserted_from(table, model.given, given_rows(model, packed=packed))


def given_rows(model: Model[E], *, packed: bool) -> Rows:
    """The rows of `inserted_many`, as the parameters give them."""
    rows = unnested(model.given, packed=packed, name="given")
    return cast(Rows, sa.select(*(_read_from_text(column, rows.c[column.name]) for column in model.given)))


def given_row(columns: tuple[Column, ...], prefix: str = "") -> Rows:
    """The row of `inserted`, as the parameters give it."""
    return cast(Rows, sa.select(*(parameter(prefix + column.name, column) for column in columns)))


def inserted_if(model: Model[E], table: sa.Table, rows: Rows, condition: sa.ColumnElement[bool]) -> pg.Insert:
    """Inserts rows, those of `given_row` or of `given_rows`, if a condition is true of all of them together."""
    return _inserted_from(table, model.given, rows.where(condition))


def _inserted_from(table: sa.Table, columns: tuple[Column, ...], rows: Rows) -> pg.Insert:
    return pg.insert(table).from_select([column.name for column in columns], rows)


def unnested(columns: tuple[Column, ...], *, packed: bool, name: str) -> sa.TableValuedAlias:
    """The values of several rows; each parameter has those of one column, as an array or in the text of `packing`.

    Args:
        columns: the columns.
        packed: whether each parameter is such a text.
        name: the name of the rows in a statement.
    """
    arrays = [_unpacked(column) if packed else _array(column) for column in columns]
    names = [sa.column(column.name, _bound_type(column)) for column in columns]
    return sa.func.unnest(*arrays).table_valued(*names).render_derived(name=name)


def _array(column: Column) -> sa.ColumnElement[object]:
    return cast("sa.ColumnElement[object]", sa.bindparam(column.name, type_=sa.ARRAY(_bound_type(column))))


def _unpacked(column: Column) -> sa.ColumnElement[object]:
    separator, null = (sa.literal_column(text_constant(text), sa.Text()) for text in (SEPARATOR, NULL))
    texts = sa.func.string_to_array(sa.bindparam(column.name, type_=sa.Text()), separator, null)
    return cast("sa.ColumnElement[object]", sa.cast(texts, sa.ARRAY(_bound_type(column))))


@attrs.frozen
class SideInsert:
    """An insert of one side record, an audit record or an event; the names of its parameters have the prefix."""

    model: Model[Validated]
    table: sa.Table
    prefix: str


Write: TypeAlias = "sa.Insert | sa.Update | sa.Delete"
Rows: TypeAlias = "sa.Select[tuple[object, ...]]"


def returning_added(
    write: Write, model: Model[E], side_inserts: tuple[SideInsert, ...], *, only_if_written: bool = False
) -> Rows:
    """One statement that adds rows, and returns them if the server fills columns of them, otherwise how many."""
    if model.filled:
        return returning_rows(write, model, side_inserts, only_if_written=only_if_written)
    return returning_count(write, side_inserts, only_if_written=only_if_written)


def returning_rows(
    write: Write | Rows, model: Model[E], side_inserts: tuple[SideInsert, ...], *, only_if_written: bool = False
) -> Rows:
    """One statement that writes or reads, inserts side records, and returns the rows that were written or read."""
    found = write if isinstance(write, sa.Select) else write.returning(*write.table.c)
    written = found.cte("written")
    rows = cast(Rows, sa.select(*selected(model, written)))
    return _with_side_inserts(rows, side_inserts, written if only_if_written else None)


def returning_count(write: Write, side_inserts: tuple[SideInsert, ...], *, only_if_written: bool = False) -> Rows:
    """One statement that writes, inserts side records, and returns how many rows were written."""
    written = write.returning(sa.literal_column("1").label("one")).cte("written")
    number = cast(Rows, sa.select(sa.func.count()).select_from(written))
    return _with_side_inserts(number, side_inserts, written if only_if_written else None)


def no_rows(side_inserts: tuple[SideInsert, ...]) -> Rows:
    """One statement that writes no row, inserts side records, and returns 0; it needs no right to the table."""
    return _with_side_inserts(cast(Rows, sa.select(sa.literal_column("0"))), side_inserts, None)


def _with_side_inserts(result: Rows, side_inserts: tuple[SideInsert, ...], needed: sa.CTE | None) -> Rows:
    """Adds side inserts to a statement; they insert nothing if `needed` is given and has no rows."""
    for side_insert in side_inserts:
        insert = inserted(side_insert.model, side_insert.table, side_insert.prefix)
        # The write raises if it has found no row, and no rule that its audit record breaks may come first
        # (decision 0007).
        if needed is not None:
            values = given_row(side_insert.model.given, side_insert.prefix)
            insert = inserted_if(side_insert.model, side_insert.table, values, sa.exists().select_from(needed))
        result = result.add_cte(insert.cte(f"side_{side_insert.prefix}"))
    return result

"""What rows that are there get in a column that needs a value: a default of the entity, or what the author states."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias, cast

import attrs

from gapless.adapters.postgres.migrations.frozen_sql import is_expression
from gapless.adapters.postgres.revisions.changes import Changes, TableChanges
from gapless.adapters.postgres.revisions.description import DescribedColumn
from gapless.adapters.postgres.sql.column_types import STORED, sql_type
from gapless.adapters.postgres.sql.predicates import inlined
from gapless.adapters.postgres.sql.text import DIALECT, type_name
from gapless.kit import Catalogue, Model
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.model import VERSION, Validated
from gapless.kit.plain import shown
from gapless.kit.predicates import literal

WIDENED = ("INTEGER", "BIGINT")
"""A change of type that loses nothing and needs no expression: from the first to the second."""
_DECIMAL = re.compile(r"NUMERIC\((?P<precision>\d+), ?(?P<scale>\d+)\)")
FIRST_VERSION = "1"
"""What a row has that is there before it can change, as a row that was just added."""


@attrs.frozen
class Fill:
    """What stands in a column of the rows that are there.

    Attributes:
        text: an expression of SQL, which may use the columns of its table by the names that they have now.
        is_constant: whether it is the same for all rows, so that none is written for it.
    """

    text: str
    is_constant: bool


Fills: TypeAlias = Mapping[tuple[str, str], Fill]
"""By table and column."""


def fills_of(changes: Changes, catalogue: Catalogue, stated: Mapping[str, str]) -> Fills:
    """What fills each column that needs it.

    Args:
        changes: what has changed.
        catalogue: the catalogue as it is now.
        stated: the expressions that the author states, by names such as "visits.room".

    Raises:
        InvalidValue: a statement names no column that needs it, or is no expression.
        DeclarationError: a column needs one, and none is stated.
    """
    columns = {f"{c.table.name}.{column.name}": (c.table.name, column.name) for c, column in _filled(changes)}
    for name, text in stated.items():
        if name not in columns:
            said = f"{name} is no column that is new, required from now on, or of another type: it needs no fill."
            raise InvalidValue("fills", said, fields=("fills",))
        if not is_expression(text):
            said = f"The fill of {name} is no expression of SQL in one line: {shown(text)}."
            raise InvalidValue("fills", said, fields=("fills",))
    fills = {columns[name]: Fill(text, is_constant=False) for name, text in stated.items()}
    for changed, column in _filled(changes):
        place = (changed.table.name, column.name)
        default = None if place in fills else _needed(catalogue, changed, column)
        if default is not None:
            fills[place] = default
    return fills


def _filled(changes: Changes) -> Iterator[tuple[TableChanges, DescribedColumn]]:
    """The columns for which something can be stated."""
    for changed in changes.tables:
        columns = [*changed.added, *(now for before, now in changed.altered if _needs_value(before, now))]
        yield from ((changed, column) for column in columns if not column.store_owned)


def _needs_value(before: DescribedColumn, now: DescribedColumn) -> bool:
    return before.type != now.type or (before.nullable and not now.nullable)


def _is_widened(before: str, now: str) -> bool:
    """Whether each value of a type is one of the other, of which the server then rewrites none of decimals."""
    one, other = _DECIMAL.fullmatch(before), _DECIMAL.fullmatch(now)
    if one is None or other is None:
        return (before, now) == WIDENED
    return one["scale"] == other["scale"] and int(one["precision"]) <= int(other["precision"])


def _needed(catalogue: Catalogue, changed: TableChanges, column: DescribedColumn) -> Fill | None:
    """What fills a column of which nothing is stated; None if it needs nothing.

    Raises:
        DeclarationError: it needs something.
    """
    where = f"{changed.table.name}.{column.name}"
    before = next((was for was, now in changed.altered if now is column), None)
    if before is not None and before.type != column.type and not _is_widened(before.type, column.type):
        raise DeclarationError(
            f"Column {where} was {before.type} and is {column.type}: state what its values become, as in "
            f'--fill "{where}=…", an expression of SQL.'
        )
    if before is not None:
        return None  # rows without a value are told before anything is changed
    if column.nullable or column.default is not None:
        return None
    default = _default(catalogue.by_stored[changed.table.name], column.name)
    if default is None:
        raise DeclarationError(
            f"Column {where} is new and required, and its field has no default: state what the rows get that are "
            f'there, as in --fill "{where}=…", an expression of SQL.'
        )
    return Fill(default, is_constant=True)


def _default(model: Model[Validated], stored: str) -> str | None:
    """The default of a field as a constant of SQL; None if it has none that rows could have."""
    column = next(each for each in model.columns if each.stored == stored)
    if model.versioned and column.name == VERSION:
        return FIRST_VERSION
    field = attrs.fields_dict(cast("type[attrs.AttrsInstance]", model.entity))[column.name]
    if column.name in model.filled or field.default is attrs.NOTHING or column.type is ColumnType.JSON:
        return None
    return _constant(column, field.default)


def _constant(column: Column, value: object) -> str:
    compiled = inlined(literal(value), sql_type(column))
    text = str(compiled.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
    return f"CAST({text} AS {type_name(column)})" if STORED.of(column.type).is_cast else text

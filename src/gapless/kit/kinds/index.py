"""Indexes, which make reading fast, and the orders that they and queries name."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import fields_named, indexed_named, optional_condition
from gapless.kit.kinds.rule import Rule
from gapless.kit.lowered_columns import Indexed, column_behind
from gapless.kit.predicates import Node


@attrs.frozen
class Descending:
    """A column of an index or of an order, sorted from the greatest value to the least."""

    column: Column


Ordering: TypeAlias = "Column | Descending"
IndexField: TypeAlias = "Indexed | Descending"
"""What an index is over in one of its places: as a query orders by, or a text without regard to case."""


def column_of(ordering: IndexField) -> Column:
    """The column of one part of an order or of an index."""
    return column_behind(indexed_of(ordering))


def indexed_of(field: IndexField) -> Indexed:
    """What an index keeps in one of its places, whichever way it is sorted."""
    return field.column if isinstance(field, Descending) else field


def descending(field: object) -> object:
    """Sorts a field of an index or an order from the greatest value to the least."""
    return Descending(fields_named(field)[0])


def orderings(fields: object) -> tuple[Ordering, ...]:
    """The columns of an index or an order.

    Args:
        fields: a field or a tuple of fields, each perhaps as `descending(field)`.

    Raises:
        DeclarationError: something else was given.
    """
    given = fields if isinstance(fields, tuple) else (fields,)
    return tuple(field if isinstance(field, Descending) else fields_named(field)[0] for field in given)


def index_fields(fields: object) -> tuple[IndexField, ...]:
    """What an index is over.

    Args:
        fields: a field or a tuple of fields, each perhaps as `descending(field)`, or as `lower(field)`.

    Raises:
        DeclarationError: something else was given.
    """
    given = fields if isinstance(fields, tuple) else (fields,)
    return tuple(field if isinstance(field, Descending) else indexed_named(field)[0] for field in given)


@attrs.frozen(eq=False)
class Index(Rule):
    """An index makes reading fast, and refuses nothing. It may hold only the rows for which a condition is true."""

    fields: tuple[IndexField, ...] = attrs.field(converter=index_fields)
    where: Node | None = attrs.field(default=None, converter=optional_condition, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The indexed columns."""
        return tuple(map(column_of, self.fields))

    @property
    def indexed(self) -> tuple[Indexed, ...]:
        """What it is over, whichever way each is sorted."""
        return tuple(map(indexed_of, self.fields))

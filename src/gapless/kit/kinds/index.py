"""Indexes, which make reading fast, and the orders that they and queries name."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import fields_named, optional_condition
from gapless.kit.kinds.rule import Rule
from gapless.kit.predicates import Node


@attrs.frozen
class Descending:
    """A column of an index or of an order, sorted from the greatest value to the least."""

    column: Column


Ordering: TypeAlias = "Column | Descending"


def column_of(ordering: Ordering) -> Column:
    """The column of one part of an order."""
    return ordering.column if isinstance(ordering, Descending) else ordering


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


@attrs.frozen(eq=False)
class Index(Rule):
    """An index makes reading fast, and refuses nothing. It may hold only the rows for which a condition is true."""

    fields: tuple[Ordering, ...] = attrs.field(converter=orderings)
    where: Node | None = attrs.field(default=None, converter=optional_condition, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The indexed columns."""
        return tuple(map(column_of, self.fields))

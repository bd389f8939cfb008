"""Where a page begins or ends: after or before the values of a row or a cursor, as a condition of both stores."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import cast

import attrs

from gapless.kit import cursors
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.columns import ColumnType
from gapless.kit.cursors import AFTER, GREATEST_VALUES, PAGES, Cursor
from gapless.kit.errors import QueryRefused, TenantMismatch
from gapless.kit.kinds import Descending, Ordering, column_of
from gapless.kit.model import E, Model
from gapless.kit.predicates import All, Any, Comparison, Constant, Field, IsNull, Node, Not, outline_of


def position_of(
    model: Model[E], order: tuple[Ordering, ...], place: E | Cursor | None, tenant: object, given: str = AFTER
) -> tuple[object, ...] | None:
    """The values after which a page begins, or before which it ends, in the columns of the order.

    Args:
        model: the model of the listed rows.
        order: the columns of the order, with the whole key.
        place: the row, or the cursor.
        tenant: the root whose rows are listed; None for rows of no root, and ALL_ROOTS if the rows of all are.
        given: the name of the argument that says the place, `after` or `before`.

    Returns:
        The values; None for the first page, or the last one.

    Raises:
        InvalidValue: the cursor belongs to another listing.
        QueryRefused: the place is not a row of this entity; it holds a value that no row can have; or a cursor has no
            room for the values of this order.
        TenantMismatch: the row belongs to another root.
    """
    if type(place) is Cursor:
        require_bounded(model, order)
        if place.text is None:
            return None
        values = cursors.values_of(model.table, in_any_catalogue(order, model.keyed), place, given)
        _require_root(model, order, values, tenant, given)
        return values
    if place is None:
        return None
    if type(place) is not model.entity:
        raise QueryRefused(
            f"`{given}` must be a {model.name}, or the Cursor of a page {PAGES[given]}.", fields=(given,)
        )
    values = values_in(order, place)
    for column, value in zip(map(column_of, order), values, strict=True):
        if not column.fits(value):
            said = f"`{given}` is a {model.name} with a {column.name} that no row can have."
            raise QueryRefused(said, fields=(given,))
    if not _is_of(tenant, _root_in(model, order, values)):
        raise TenantMismatch(model.name)
    return values


def _require_root(
    model: Model[E], order: tuple[Ordering, ...], values: tuple[object, ...], tenant: object, given: str
) -> None:
    """Refuses the values of a cursor that belongs to another root, or to a catalogue whose keys are of other types."""
    for column, value in zip(map(column_of, order), values, strict=True):
        if not column.fits(value):
            raise cursors.refusal("This cursor belongs to another catalogue", given)
    if not _is_of(tenant, _root_in(model, order, values)):
        raise cursors.refusal("This cursor belongs to another root", given)


def _is_of(tenant: object, root: object) -> bool:
    """Whether a row of a root is among those that are listed."""
    return tenant is ALL_ROOTS or tenant == root


def _root_in(model: Model[E], order: tuple[Ordering, ...], values: tuple[object, ...]) -> object:
    """The root among the values of an order, which has the whole of `Model.lookup`; None if rows are shared."""
    if model.tenant is None:
        return None
    return values[[column_of(part).name for part in order].index(model.tenant)]


@lru_cache(maxsize=256)
def in_any_catalogue(order: tuple[Ordering, ...], keyed: frozenset[str]) -> tuple[Ordering, ...]:
    """An order as cursors know it, in which no type depends on a catalogue.

    Args:
        order: the columns of the order.
        keyed: the names of the columns whose type a catalogue says.
    """

    def free(ordering: Ordering) -> Ordering:
        column = column_of(ordering)
        key = attrs.evolve(column, type=ColumnType.KEY) if column.name in keyed else column
        return Descending(key) if isinstance(ordering, Descending) else key

    return tuple(map(free, order))


def values_in(order: tuple[Ordering, ...], row: object) -> tuple[object, ...]:
    """The values of a row in the columns of an order."""
    return tuple(cast(object, getattr(row, column_of(part).name)) for part in order)


def require_bounded(model: Model[E], order: tuple[Ordering, ...]) -> None:
    """Refuses an order by texts that are too long for a cursor.

    Raises:
        QueryRefused: its texts are too long.
    """
    columns = tuple(map(column_of, order))
    if cursors.greatest_size(columns, model.greatest_bytes) > GREATEST_VALUES:
        texts = [column.name for column in columns if column.type is ColumnType.TEXT]
        raise QueryRefused(
            f"`order` sorts by the {' and the '.join(texts)} of a {model.name}, and a cursor has room for "
            f"{GREATEST_VALUES} bytes, four for each character: bound the length by a Check.",
            fields=("order",),
        )


@lru_cache(maxsize=256)
def outline_beyond(
    order: tuple[Ordering, ...], nulls: tuple[bool, ...], *, backwards: bool = False
) -> tuple[Hashable, tuple[int, ...]]:
    """What `beyond` makes of any values: each page would make it anew, and look through it for its constants.

    Args:
        order: the columns of the order.
        nulls: which of the values are null.
        backwards: whether it is about the rows before the values.

    Returns:
        The shape of the condition, and which of the values its constants are, in their order.
    """
    numbered = tuple(None if null else number for number, null in enumerate(nulls))
    outline = outline_of(beyond(order, numbered, backwards=backwards))
    return outline.shape, tuple(cast(int, cast(Constant, node).value) for node in outline.constants)


def beyond(order: tuple[Ordering, ...], values: tuple[object, ...], *, backwards: bool = False) -> Node:
    """The condition that a row comes after these values in this order, or `backwards` before them; nulls come last."""
    further = _past(order, values, backwards=backwards)
    if len(order) == 1 or (values[0] is None if backwards else column_of(order[0]).nullable):
        return further
    # The first part alone lets PostgreSQL enter an index on the first column where the page begins.
    return All((_at_or_further(order[0], values[0], backwards=backwards), further))


def _past(order: tuple[Ordering, ...], values: tuple[object, ...], *, backwards: bool) -> Node:
    (first, *others), (value, *rest) = order, values
    past = _nearer(first, value) if backwards else _further(first, value)
    if not others:
        return past
    column = column_of(first)
    level = IsNull(Field(column)) if value is None else Comparison("==", Field(column), Constant(value))
    return Any((past, All((level, _past(tuple(others), tuple(rest), backwards=backwards)))))


def _further(ordering: Ordering, value: object) -> Node:
    column = column_of(ordering)
    if value is None:
        return Not(All(()))
    operator = "<" if isinstance(ordering, Descending) else ">"
    greater = Comparison(operator, Field(column), Constant(value))
    return Any((greater, IsNull(Field(column)))) if column.nullable else greater


def _nearer(ordering: Ordering, value: object) -> Node:
    """The condition that a value stands before another one, which may be null: before that stand all but nulls."""
    column = column_of(ordering)
    if value is None:
        return Not(IsNull(Field(column)))
    return Comparison(">" if isinstance(ordering, Descending) else "<", Field(column), Constant(value))


def _at_or_further(ordering: Ordering, value: object, *, backwards: bool) -> Node:
    operator = "<=" if isinstance(ordering, Descending) is not backwards else ">="
    return Comparison(operator, Field(column_of(ordering)), Constant(value))

"""Queries as data: a condition, an order, a page.

Both stores answer exactly these queries, so there is no filter that only one store understands. What they do not
promise to answer alike is refused here, before a store is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import attrs

from gapless.kit import cursors
from gapless.kit.belonging import ALL_ROOTS
from gapless.kit.booleans import require_boolean
from gapless.kit.columns import Column, ColumnType
from gapless.kit.cursors import AFTER, BEFORE, Cursor
from gapless.kit.errors import GaplessError, QueryRefused
from gapless.kit.kinds import (
    Ordering,
    column_of,
    orderings,
)
from gapless.kit.model import E, Model, model_of
from gapless.kit.plain import kind_of, plain_integer, said, shown
from gapless.kit.positions import beyond, in_any_catalogue, position_of, require_bounded, values_in
from gapless.kit.predicates import (
    ORDERED,
    All,
    Any,
    Field,
    IsNull,
    Node,
    Not,
    fields_of,
    measure_of,
)
from gapless.kit.sort_keys import row_order
from gapless.kit.symbolic import condition_over

Where = Callable[[E], bool]
GREATEST_LIMIT = 2**63 - 1
MOST_CONSTANTS = 20_000
"""How many parameters a query may have; a store adds some, and the driver counts all of them in 15 bits."""
BOTH = (AFTER, BEFORE)
MOST_ORDERS = 256
"""How many orders of an entity are kept ready, as users may sort by any of its fields."""


@attrs.frozen(eq=False)
class Keyset:
    """Where a page begins, or ends.

    Attributes:
        order: the columns of the order, with the whole key.
        values: the values after which it begins, or before which it ends, in these columns.
        backwards: whether it ends before them.
    """

    order: tuple[Ordering, ...]
    values: tuple[object, ...]
    backwards: bool = False

    @property
    def beyond(self) -> Node:
        """The condition that a row comes after the values, or before them."""
        return beyond(self.order, self.values, backwards=True) if self.backwards else beyond(self.order, self.values)


@attrs.frozen(eq=False)
class Query:
    """Which rows are asked for, in which order (rows that are equal in it are sorted by id), and how many at most.

    Attributes:
        asked: the condition that is true of the rows, wherever the page begins.
        order: the columns of the order, with those by which one row is found at its end.
        limit: the greatest number of rows; None for all.
        keyset: where the page begins or ends, if it is neither the first one nor the last.
        backwards: whether the rows at the end of the order are wanted, and not those at its beginning, if there are
            more than the limit; they come in the order all the same.
    """

    asked: Node
    order: tuple[Ordering, ...]
    limit: int | None
    keyset: Keyset | None = None
    backwards: bool = False

    @property
    def where(self) -> Node:
        """The whole condition of the rows; a page has no need of it if others like it were read before."""
        return self.asked if self.keyset is None else All((self.asked, self.keyset.beyond))


@contextmanager
def answerable() -> Iterator[None]:
    """Turns whatever a caller's function raises about a symbolic row into QueryRefused.

    Raises:
        QueryRefused: the function has raised something; the message says what.
    """
    try:
        yield
    except QueryRefused:
        raise
    except GaplessError as error:
        raise QueryRefused(error.message, fields=error.fields) from error
    except Exception as error:
        raise QueryRefused(f"The function can't be applied to a symbolic row: {said(error)}") from error


def condition(model: Model[E], where: Where[E] | None, *, include_deleted: bool) -> Node:
    """The condition of a query: what was asked, and that the row is neither soft-deleted nor released.

    A condition that names the field of released rows is asked as it is: so a cleanup finds them, and nobody else does
    by mistake.

    Raises:
        QueryRefused: the stores do not promise to answer this condition alike.
        InvalidValue: `include_deleted` is neither True nor False.
    """
    require_boolean("include_deleted", include_deleted)
    parts: list[Node] = []
    if where is not None:
        with answerable():
            parts.append(require_moderate(condition_over(model.symbolic(), where)))
        if not all(map(model.has, fields_of(parts[0]))):
            raise QueryRefused(f"`where` uses a field that {model.name} does not have.")
    if model.shown is not None and not include_deleted:
        parts.append(model.shown)
    if model.unreleased is not None and not any(model.released in fields_of(part) for part in parts):
        parts.append(model.unreleased)
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def query(  # noqa: PLR0913  # what `find` takes
    model: Model[E],
    where: Where[E] | None = None,
    *,
    order: Callable[[E], object] | None = None,
    after: E | Cursor | None = None,
    before: E | Cursor | None = None,
    limit: int | None = None,
    include_deleted: bool = False,
    tenant: object = ALL_ROOTS,
) -> Query:
    """Makes the query that a repository's `find` describes; `tenant` is the root whose rows it reads, as in positions.

    Raises:
        QueryRefused: the stores do not promise to answer this condition, order or limit alike; or a page is asked for
            that begins after one place and ends before another one.
        InvalidValue: `after` or `before` is a cursor of another listing.
        TenantMismatch: `after` or `before` is a row of another root.
    """
    number = None if limit is None else require_limit(limit, GREATEST_LIMIT)
    ordered = order_of(model, order)
    asked = condition(model, where, include_deleted=include_deleted)
    backwards = before is not None
    if backwards and after is not None:
        raise QueryRefused("A page begins after a place or ends before one: give `after` or `before`.", fields=BOTH)
    place, given = (before, BEFORE) if backwards else (after, AFTER)
    position = position_of(model, ordered, place, tenant, given)
    keyset = None if position is None else Keyset(ordered, position, backwards)
    return Query(asked, ordered, number, keyset, backwards)


def require_limit(limit: object, greatest: int) -> int:
    """The limit as a plain number.

    Raises:
        QueryRefused: it is not a whole number from 1 to `greatest`.
    """
    number = plain_integer(limit)
    if number is None or not 1 <= number <= greatest:
        given = shown(limit) if number is not None else kind_of(limit)
        raise QueryRefused(f"limit must be a whole number from 1 to {greatest}, not {given}.", fields=("limit",))
    return number


def up_to(asked: Query, row: object) -> Query:
    """The query without its limit, up to a row that it found; rows whose place in the order is null are included.

    Args:
        asked: the query.
        row: the last row that the query has found; of one that goes backwards, the first.
    """
    nowhere = (IsNull(Field(column_of(ordering))) for ordering in asked.order)
    not_beyond = Not(Keyset(asked.order, values_in(asked.order, row), asked.backwards).beyond)
    return Query(All((asked.where, Any((not_beyond, *nowhere)))), asked.order, None)


def cursor_behind(row: E, order: Callable[[E], object] | None, listing: str = "") -> Cursor:
    """Makes the cursor of the page that follows a row, in this order, or of that which comes before it.

    Args:
        row: the last row of a page, as a store returned it, or the first.
        order: the order of the listing, as for `ReadRepository.find`; None for the order by id.
        listing: the name of the listing, if several list the same rows in the same order.

    Raises:
        QueryRefused: the stores do not agree on the order, or it sorts by a text that may be too long for a cursor.
    """
    model = model_of(type(row))
    ordered = order_of(model, order)
    require_bounded(model, ordered)
    return Cursor(
        cursors.text_of(model.table, in_any_catalogue(ordered, model.keyed), listing, values_in(ordered, row)), listing
    )


def order_of(model: Model[E], order: Callable[[E], object] | None) -> tuple[Ordering, ...]:
    """The columns of an order as a caller wrote it, and after them those of `Model.lookup` that it does not name.

    Raises:
        QueryRefused: the stores do not agree on the order.
    """
    with answerable():
        named = () if order is None else orderings(order(model.symbolic()))
    return whole_order(model, named)


def whole_order(model: Model[E], named: tuple[Ordering, ...]) -> tuple[Ordering, ...]:
    """The columns of an order, and after them those of `Model.lookup` that it does not name.

    Raises:
        QueryRefused: the stores do not agree on the order.
    """
    whole = model.orders.get(named)
    if whole is None:
        if len(model.orders) >= MOST_ORDERS:
            model.orders.clear()
        whole = model.orders[named] = _made_whole(model, named)
    return whole


def is_ordered(model: Model[E], column: Column) -> bool:
    """Whether this is a column of the entity on whose order the stores agree."""
    # A key whose type a catalogue says is of a type that is ordered, whichever that is.
    return column.type in (*ORDERED, ColumnType.KEY) and model.has(column)


def _made_whole(model: Model[E], named: tuple[Ordering, ...]) -> tuple[Ordering, ...]:
    for ordering in named:
        if not is_ordered(model, column_of(ordering)):
            raise QueryRefused(
                f"`order` sorts {model.name} by {column_of(ordering).name}, and the stores don't agree on that order."
            )
    rest = [*reversed(model.id_columns), *(() if model.tenant_column is None else (model.tenant_column,))]
    return (*named, *(column for column in rest if column not in map(column_of, named)))


def require_moderate(node: Node) -> Node:
    """Gives back a condition that has not too many constants for a statement.

    Raises:
        QueryRefused: it has.
    """
    if measure_of(node).constants > MOST_CONSTANTS:
        raise QueryRefused(f"A condition has at most {MOST_CONSTANTS} constants: split the query into several.")
    return node


def sorted_rows(
    rows: Iterable[E], order: tuple[Ordering, ...], limit: int | None = None, *, backwards: bool = False
) -> list[E]:
    """The rows in an order, as PostgreSQL sorts them: text by code point, nulls last.

    With a limit they are the first ones, or the last if `backwards`.
    """
    found = row_order(order)
    if limit is None:
        return found.sorted(rows)
    return found.last(limit, rows) if backwards else found.first(limit, rows)

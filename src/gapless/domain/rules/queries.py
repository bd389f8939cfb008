"""What a repository is asked, as data: a condition, an order, a page; and what a set-based write assigns.

Both stores answer exactly these, so there is no filter that only one of them understands. What they do not promise to
answer alike is refused here, before either is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import cast

import attrs

from gapless.domain.errors import GaplessError, QueryRefused
from gapless.domain.rules.columns import Column, Value
from gapless.domain.rules.kinds import (
    Descending,
    Ordering,
    Storable,
    orderings,
)
from gapless.domain.rules.model import VERSION, E, Model
from gapless.domain.rules.predicates import (
    ORDERED,
    All,
    Any,
    Comparison,
    Constant,
    Field,
    IsNull,
    Node,
    Not,
    OneOf,
    parts_of,
    walk,
)
from gapless.domain.rules.symbolic import condition_over

Where = Callable[[E], bool]
GREATEST_LIMIT = 2**63 - 1
GREATEST_DEPTH = 50
MOST_CONSTANTS = 20_000
"""How many parameters one statement can have beside some that a store adds: the driver counts them in 15 bits."""


@attrs.frozen
class Assignment:
    """A column and the constant that a set-based write gives it."""

    column: Column
    value: object


def assign(field: Value, value: Value) -> Assignment:
    """In a set-based write: this field gets this value in every row.

    Raises:
        QueryRefused: it names no field, or the value is another field: constants only.
    """
    given: object = field
    if not isinstance(given, Field) or isinstance(value, Node):
        raise QueryRefused("A set-based write assigns constants to fields: assign(user.is_active, False).")
    return Assignment(given.column, given.column.normalised(value))


@attrs.frozen(eq=False)
class Query:
    """Which rows, in which order (ties are broken by id), and how many at most.

    Attributes:
        where: the condition that is true of the rows.
        order: the columns of the order; the key's last column is always the last of them.
        limit: how many rows at most; None for all.
    """

    where: Node
    order: tuple[Ordering, ...]
    limit: int | None


@contextmanager
def answerable() -> Iterator[None]:
    """While a caller's function is asked about a symbolic row: whatever it raises is no question that a store answers.

    Raises:
        QueryRefused: instead of that, with what was wrong.
    """
    try:
        yield
    except QueryRefused:
        raise
    except GaplessError as error:
        raise QueryRefused(error.message) from error
    except Exception as error:
        raise QueryRefused(f"That can't be asked of a row that stands for all rows: {error}") from error


def condition(model: Model[E], where: Where[E] | None, *, include_deleted: bool) -> Node:
    """The condition of a query: what was asked, and that the row is not hidden.

    Raises:
        QueryRefused: the condition asks what the stores do not answer alike.
    """
    parts: list[Node] = []
    if where is not None:
        with answerable():
            parts.append(require_moderate(condition_over(model.symbolic(), where)))
        if any(part.column not in model.columns for part in walk(parts[0]) if isinstance(part, Field)):
            raise QueryRefused(f"The condition speaks of a field that {model.name} does not have.")
    if model.hidden is not None and not include_deleted:
        parts.append(Not(model.hidden))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def query(
    model: Model[E],
    where: Where[E] | None = None,
    *,
    order: Callable[[E], object] | None = None,
    after: E | None = None,
    limit: int | None = None,
    include_deleted: bool = False,
) -> Query:
    """Builds the query that a repository's `find` describes.

    Raises:
        QueryRefused: the condition, the order or the limit asks what the stores do not answer alike.
    """
    if limit is not None and (type(limit) is not int or not 1 <= limit <= GREATEST_LIMIT):
        raise QueryRefused(f"A limit is a whole number from 1 to {GREATEST_LIMIT}.")
    ordered = _order(model, order)
    asked = condition(model, where, include_deleted=include_deleted)
    if after is not None:
        asked = All((asked, _beyond(model, ordered, after)))
    return Query(asked, ordered, limit)


def _order(model: Model[E], order: Callable[[E], object] | None) -> tuple[Ordering, ...]:
    with answerable():
        named = () if order is None else orderings(order(model.symbolic()))
    for ordering in named:
        if column_of(ordering).type not in ORDERED or column_of(ordering) not in model.columns:
            raise QueryRefused(f"{model.name} has no order by {column_of(ordering).name} that the stores agree on.")
    rest = [model.column(name) for name in reversed(model.key)]
    return (*named, *(column for column in rest if column not in map(column_of, named)))


def column_of(ordering: Ordering) -> Column:
    """The column of one part of an order."""
    return ordering.column if isinstance(ordering, Descending) else ordering


def _beyond(model: Model[E], order: tuple[Ordering, ...], row: E) -> Node:
    """That a row comes after the given one in this order; nulls come last."""
    if type(row) is not model.entity:
        raise QueryRefused(f"A page of {model.name} goes on after a {model.name}.")
    for column in map(column_of, order):
        value = cast(object, getattr(row, column.name))
        if not (column.nullable if value is None else column.can_store(value)):
            raise QueryRefused(f"No row has the {column.name} of the {model.name} after which the page begins.")
    first = order[0]
    beyond = _after(order, row)
    if len(order) == 1 or column_of(first).nullable:
        return beyond
    # The first part alone lets an index on the first column be entered where the page begins.
    return All((_at_or_further(first, getattr(row, column_of(first).name)), beyond))


def _after(order: tuple[Ordering, ...], row: object) -> Node:
    first, *others = order
    column = column_of(first)
    value = getattr(row, column.name)
    if not others:
        return _further(first, value)
    level = IsNull(Field(column)) if value is None else Comparison("==", Field(column), Constant(value))
    return Any((_further(first, value), All((level, _after(tuple(others), row)))))


def _further(ordering: Ordering, value: object) -> Node:
    column = column_of(ordering)
    if value is None:
        return Not(All(()))
    operator = "<" if isinstance(ordering, Descending) else ">"
    greater = Comparison(operator, Field(column), Constant(value))
    return Any((greater, IsNull(Field(column)))) if column.nullable else greater


def _at_or_further(ordering: Ordering, value: object) -> Node:
    operator = "<=" if isinstance(ordering, Descending) else ">="
    return Comparison(operator, Field(column_of(ordering)), Constant(value))


def assigned(model: Model[E], assignments: Callable[[E], Iterable[Assignment]]) -> dict[str, object]:
    """The values that a set-based write assigns, by column.

    Raises:
        QueryRefused: a column of the key, the version or what the store fills is assigned, one twice, or none at all.
        RuleViolated: a value can't be stored in its column.
    """
    values: dict[str, object] = {}
    with answerable():
        given: object = assignments(model.symbolic())
        several = () if isinstance(given, Node) or not isinstance(given, Iterable) else tuple(given)
    for assignment in several:
        if not isinstance(assignment, Assignment) or assignment.column not in model.columns:
            raise QueryRefused(f"A set-based write of {model.name} takes assign(field, constant) of its own fields.")
        column = assignment.column
        if column.name in (*model.key, VERSION, *model.filled) or column.name in values:
            raise QueryRefused(
                f"A set-based write can't assign {column.name} (the key, the version, what the store fills, or twice)."
            )
        if not column.can_store(assignment.value):
            raise model.violated(next(rule for rule in model.of_kind(Storable) if rule.column == column))
        values[column.name] = assignment.value
    if not values:
        raise QueryRefused("A set-based write assigns at least one column: lambda row: (assign(row.field, value),).")
    return values


def require_moderate(node: Node) -> Node:
    """Returns a condition that every store can answer: not nested too deep, and of not too many constants.

    Raises:
        QueryRefused: it is too large.
    """
    level, constants = [node], 0
    for _ in range(GREATEST_DEPTH):
        constants += sum(len(part.values) if isinstance(part, OneOf) else isinstance(part, Constant) for part in level)
        level = [below for part in level for below in parts_of(part)]
        if constants > MOST_CONSTANTS:
            raise QueryRefused(f"A condition has at most {MOST_CONSTANTS} constants: ask in several steps.")
        if not level:
            return node
    raise QueryRefused(f"A condition is nested at most {GREATEST_DEPTH} deep.")


def sorted_rows(rows: Iterable[E], order: tuple[Ordering, ...]) -> list[E]:
    """The rows in an order, as PostgreSQL sorts them: text by code point, nulls last."""
    result = list(rows)
    for ordering in reversed(order):
        value_of = cast("Callable[[object], int | None]", attrgetter(column_of(ordering).name))
        absent = [row for row in result if value_of(row) is None]
        present = [row for row in result if value_of(row) is not None]
        present.sort(key=cast("Callable[[object], int]", value_of), reverse=isinstance(ordering, Descending))
        result = present + absent
    return result

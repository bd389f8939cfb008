"""The ranges of derived vocabularies: side by side, and within what the checks of their entity allow."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, pairwise, product

from gapless.kit import Exclusion, Model
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.predicates import Field, IsNull, Not
from gapless.testing.differential.derived.words import WORDS
from gapless.testing.strategies.near_misses import plain
from gapless.testing.strategies.plain_rows import plain_row
from gapless.testing.strategies.ranges import Quantity, Range, counted, value_at
from gapless.testing.strategies.solutions import Plan, plan_of, plan_where

Row = dict[str, object]
Points = tuple[object, ...]
MOST_RANGES = 4
"""How many ranges stand side by side."""
_MOST_WAYS = 32


def range_at(model: Model[Validated], rule: Exclusion, start: int | None, end: int | None) -> Row:
    """The range between two points of an exclusion; a side for which None is given is open if it may be.

    Args:
        model: the entity that declares it.
        rule: the exclusion.
        start: which point it begins at.
        end: which point it ends at.
    """
    points = points_of(model, rule)
    return {
        column.name: None if at is None and column.nullable else points[min(at or 0, len(points) - 1)]
        for column, at in ((rule.start, start), (rule.end, end))
    }


@lru_cache(maxsize=1024)
def allowed_ranges(model: Model[Validated], rule: Exclusion) -> tuple[Row, ...]:
    """The ranges from each point of an exclusion to the next that the checks allow."""
    ranges = [range_at(model, rule, at, at + 1) for at in range(len(points_of(model, rule)) - 1)]
    return tuple(each for each in ranges if plan_of(model).allows(each))


@lru_cache(maxsize=1024)
def points_of(model: Model[Validated], rule: Exclusion) -> Points:
    """The points where ranges begin and end: the first series that has the most ranges that the checks allow."""
    plan, most = plan_of(model), -1
    found: Points = ()
    for points in _series(plan, rule):
        pairs = [{rule.start.name: one, rule.end.name: other} for one, other in pairwise(points)]
        number = sum(map(plan.allows, pairs))
        if number > most:
            found, most = points, number
        if most == MOST_RANGES:
            break
    return found


def _series(plan: Plan, rule: Exclusion) -> Iterator[Points]:
    """Series of points in order: from now or 0 on, from the ends of what the checks allow, and what the checks name."""
    column = rule.start
    words = WORDS.of(column.type)
    usual, steps = counted(words.begins), words.lengths
    yield tuple(value_at(column, usual + at * steps[0]) for at in range(MOST_RANGES + 1))
    left = (dict.fromkeys(_left(plan, each)) for each in (rule.start, rule.end))
    for (starts, ends), step in product(islice(product(*left), _MOST_WAYS), steps):
        length = MOST_RANGES * step
        least, greatest = max(starts[0], ends[0] - step), min(ends[1], starts[1] + step)
        for first in dict.fromkeys((min(max(usual, least), greatest - length), least, greatest - length)):
            counts = [first + at * step for at in range(MOST_RANGES + 1)]
            yield tuple(value_at(column, count) for count in counts if starts[0] <= count <= ends[1])
    named = {value for each in (rule.start, rule.end) for value in _named(plan, each)}
    yield tuple(value_at(column, count) for count in sorted(map(counted, named))[: MOST_RANGES + 1])


def _left(plan: Plan, column: Column) -> Iterator[Range]:
    """The ranges that a column can have, one for each way in which the rules can hold."""
    for way in islice(plan.component_of(column).combinations, _MOST_WAYS):
        ranges = way.ranges({})
        if ranges is not None:
            yield ranges[Quantity(column.name, of_length=False)]


def _named(plan: Plan, column: Column) -> Iterator[object]:
    """The values of a column that the checks name one by one."""
    for way in plan.component_of(column).combinations:
        yield from way.candidates(column) or ()


def plain_value(model: Model[Validated], column: Column) -> object:
    """A plain value of a column that the checks allow; None if they allow none but null."""
    if plan_of(model).allows({column.name: plain(column)}):
        return plain(column)
    try:
        return plain_row(plan_where(model, [Not(IsNull(Field(column)))]), {})[column.name]
    except DeclarationError:
        return None

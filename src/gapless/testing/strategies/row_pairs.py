"""The edges of a rule over two rows: values of a second row that may just stand beside a first, or just not.

They are listed, as `boundary` lists the edges of a rule over one row, so that none is left to chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import TypeAlias, cast

from gapless.kit import Exclusion
from gapless.kit.columns import Column
from gapless.kit.errors import InvalidValue
from gapless.kit.model import Validated
from gapless.kit.predicates import fields_of
from gapless.kit.python_compiler import is_true
from gapless.testing.strategies.edges import Edge
from gapless.testing.strategies.ranges import counted, value_at

End: TypeAlias = "int | Decimal | datetime | None"
_STEPS = (0, 1, -1, 1000, -1000)
"""How far from the ends of a range others begin and end, in the smallest steps of its type."""


def neighbours(rule: Exclusion, row: Validated) -> tuple[Edge, ...]:
    """Lists values for a second valid row, each with whether a store can keep both rows (`holds`).

    Both rows agree in the fields of the exclusion, and its condition is true for both, so that only the ranges decide.
    The ranges begin and end at the start and at the end of the first row's range, a smallest step before or after
    these, or are open.

    Args:
        rule: an exclusion of an entity.
        row: a valid row of the entity for which the rule's condition is true, and which has the fields in which others
            have to agree.

    Raises:
        InvalidValue: the rule is not about this row, so that it excludes no other row.
    """
    kept = (*rule.fields, *(() if rule.where is None else fields_of(rule.where)))
    same = {column.name: getattr(row, column.name) for column in kept}
    if any(same[column.name] is None for column in rule.fields) or not (rule.where is None or is_true(rule.where)(row)):
        raise InvalidValue("row", f"{rule.name} lets every other row stand beside this one: give one that it is about.")
    own: tuple[End, End] = getattr(row, rule.start.name), getattr(row, rule.end.name)
    ranges = product(_ends(rule.start, own), _ends(rule.end, own))
    return tuple(
        Edge({**same, rule.start.name: start, rule.end.name: end}, not overlap(own, (start, end)))
        for start, end in ranges
        if not _is_before(end, start) or None in (start, end)
    )


def _ends(column: Column, own: tuple[End, End]) -> Iterator[End]:
    """Where a range may begin, or end, around another one."""
    found = dict.fromkeys(_moved(column, value, step) for value in own if value is not None for step in _STEPS)
    yield from (value for value in found if column.represents(value))
    if column.nullable:
        yield None


def _moved(column: Column, value: object, step: int) -> End:
    """The value so many smallest steps further; the value itself if there is none."""
    try:
        return cast(End, value_at(column, counted(value) + step))
    except OverflowError:
        return cast(End, value)


def overlap(one: tuple[End, End], other: tuple[End, End]) -> bool:
    """Whether two half-open ranges have something in common; one that is empty has nothing."""
    empty = any(start is not None and start == end for start, end in (one, other))
    return not empty and _is_before(one[0], other[1]) and _is_before(other[0], one[1])


def _is_before(start: End, end: End) -> bool:
    return start is None or end is None or start < end  # type: ignore[operator]  # both are of one type

"""One plain row of an entity, worked out and not drawn: the same each time, also where nothing may be drawn.

Programs on two stores add rows like these, which have to be the same on both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from random import Random
from uuid import UUID

from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.testing.strategies.near_misses import plain
from gapless.testing.strategies.proposals import PROPOSED
from gapless.testing.strategies.ranges import Range, counted, range_of, value_at
from gapless.testing.strategies.solutions import Combination, Component, Plan, Values

Row = dict[str, object]
_LONGEST = 40
"""How long a text is at most that has to be unlike others, where no rule asks for a longer one."""
_PICKS = 36
_PLAIN = 36


def plain_row(plan: Plan, given: Values, mark: str = "", marked: Collection[str] = ()) -> Row:
    """Makes the plainest row of a plan: a column is null if it may be, and holds the plainest value otherwise.

    Args:
        plan: how rows of the entity can be.
        given: values by column, normalised; they are taken as they are.
        mark: tells this row from others.
        marked: the columns whose values no other row may have: they follow from the mark.

    Raises:
        DeclarationError: no row was found that has these values.
    """
    model = plan.model
    known = {**model.filled, **given}
    row: Row = dict(known)
    for component in plan.components:
        if any(column.name not in known for column in component.columns):
            found = next(plain_ways(component, known, mark, marked), None)
            if found is None:
                names = ", ".join(column.name for column in component.columns)
                raise DeclarationError(f"{model.name}: no plain row was found that keeps the rules over {names}.")
            row |= found
    return {column.name: row[column.name] for column in model.columns}


def plain_ways(
    component: Component, given: Values, mark: str = "", marked: Collection[str] = ()
) -> Iterator[Mapping[str, object]]:
    """Gives values to the columns of a component, once for each way that fits the given ones.

    Args:
        component: columns that hang together.
        given, mark, marked: as of `plain_row`.
    """
    own = {column.name: given[column.name] for column in component.columns if column.name in given}
    for way in component.allowing(own):
        found = _plain_way(way, own, mark, marked)
        if found is not None:
            yield found


def _plain_way(way: Combination, given: Values, mark: str, marked: Collection[str]) -> Row | None:
    row = dict(given)
    for column in way.columns:
        if column.name not in row:
            values = _values(column, way, row, mark if column.name in marked else "")
            tests = (*way.tests_of(column), *way.settled_by(column, row))
            passing = (
                each
                for each in values
                if all(
                    test.passes({**row, column.name: each}) for test in tests if _is_known(test.columns, row, column)
                )
            )
            found = next(passing, _MISSING)
            if found is _MISSING:
                return None
            row[column.name] = found
    return row


_MISSING = object()


def _is_known(columns: Collection[Column], row: Values, column: Column) -> bool:
    return all(each.name in row or each is column for each in columns)


def _values(column: Column, way: Combination, row: Values, mark: str) -> Iterator[object]:
    """The values that a column may have in a way, the plainest first."""
    is_null = way.is_null(column)
    if is_null or (is_null is None and not mark):
        yield None
        return
    ranges = way.ranges(row)
    if ranges is None:
        return
    yield from (row[name] for name in way.equal_to(column) if name in row)
    found = range_of(column)
    among = None if found is None else ranges[found[0]]
    candidates = way.candidates(column)
    if candidates is not None:
        yield from candidates
    elif found is not None and among is not None:
        yield from _texts(column, way, among, mark) if found[0].of_length else _counted(column, among, mark)
    else:
        yield from PROPOSED.of(column.type).values


def _counted(column: Column, among: Range, mark: str) -> Iterator[object]:
    """The values of a range, which are numbers, times or ids."""
    if mark and column.type is ColumnType.UUID:
        yield UUID(bytes=hashlib.md5(mark.encode(), usedforsecurity=False).digest())
    elif mark:
        yield value_at(column, Random(mark).randint(*among))
    middle = min(max(counted(plain(column)), among[0]), among[1])
    near = (middle, among[0], among[0] + 1, among[1], among[1] - 1)
    yield from (value_at(column, count) for count in dict.fromkeys(near) if among[0] <= count <= among[1])


def _texts(column: Column, way: Combination, among: Range, mark: str) -> Iterator[str]:
    """Texts that have this number of characters; long texts have many letters if they must differ from others."""
    walk = way.walk(column)
    least, greatest = among
    if walk is None:
        text = f"{mark} {column.name.replace('_', ' ')}".strip() if mark else column.name.replace("_", " ")
        text = hashlib.md5(mark.encode(), usedforsecurity=False).hexdigest() + text if mark else text
        yield text.ljust(least, "x")[: max(least, min(greatest, 2 * _LONGEST))]
        return
    lengths = walk.lengths(least, greatest)
    if mark and lengths:
        random = Random(mark)
        longest = max([length for length in lengths if length <= _LONGEST] or lengths[:1])
        yield from (walk.text(longest, [random.randrange(_PLAIN) for _ in range(_PICKS)]) for _ in range(20))
    for length in lengths[:3]:
        yield from (walk.text(length, picks) for picks in ((0,), (1, 0, 2), (30, 5, 60)))

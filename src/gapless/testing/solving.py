"""Finds values of a row that keep or break rules as asked, always the same values for the same question.

It goes in order through the ways in which rules come out, from which Hypothesis draws (`strategies.solutions`). So rows
of any entity can be made without test tools, as the demonstration does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

import attrs

from gapless.kit import Check
from gapless.kit.columns import Column
from gapless.kit.predicates import Node, fields_of
from gapless.testing.strategies.branches import Branch, Nullness, false_of, true_of, unless_false
from gapless.testing.strategies.proposals import PROPOSED
from gapless.testing.strategies.ranges import Range, Ranges, counted, range_of, value_at
from gapless.testing.strategies.solutions import MOST_COMBINATIONS, Combination, joined, ways_of
from gapless.testing.strategies.walks import stretched

Row: TypeAlias = dict[str, object]
Values: TypeAlias = Mapping[str, object]
PLAIN_TEXT = "lorem ipsum"  # which is in no message by chance
_NOTHING: Row = {}


@attrs.frozen(eq=False)
class Clause:
    """A condition that has to come out in one of several ways.

    Attributes:
        columns: the columns of the condition.
        ways: the ways.
    """

    columns: tuple[Column, ...]
    ways: tuple[Branch, ...]


@lru_cache(maxsize=4096)
def kept(rule: Check) -> Clause:
    """The check is not false."""
    return Clause(rule.columns, tuple(unless_false(rule.holds)))


@lru_cache(maxsize=4096)
def refuted(rule: Check) -> Clause:
    """The check is false."""
    return false(rule.holds)


def unless_refuted(node: Node) -> Clause:
    """The condition is not false."""
    return Clause(fields_of(node), tuple(unless_false(node)))


def true(node: Node) -> Clause:
    """The condition is true."""
    return Clause(fields_of(node), tuple(true_of(node)))


def false(node: Node) -> Clause:
    """The condition is false."""
    return Clause(fields_of(node), tuple(false_of(node)))


def holding(columns: Sequence[Column]) -> Clause:
    """None of the columns is null."""
    return Clause(tuple(columns), (tuple(Nullness(column.name, is_null=False) for column in columns),))


@attrs.frozen(eq=False, kw_only=True)
class Wishes:
    """What is given of a row, and what is tried first.

    Attributes:
        given: values that the row has.
        preferred: values that it has if the rules leave them to it.
        proposed: for a column that has nothing preferred, what to try in what order; None for what is plain.
    """

    given: Values = _NOTHING
    preferred: Values = _NOTHING
    proposed: Callable[[Column, Combination, Ranges], Iterable[object]] | None = None


def solved(columns: Sequence[Column], clauses: Sequence[Clause], wishes: Wishes) -> Row | None:
    """A value for each column, so that everything comes out as asked; None if nothing was found."""
    row: Row = {}
    for group in _groups(columns, clauses):
        found = _solved_group(group, clauses, wishes)
        if found is None:
            return None
        row |= found
    return {column.name: row[column.name] for column in columns}


def _groups(columns: Sequence[Column], clauses: Sequence[Clause]) -> list[tuple[Column, ...]]:
    return joined(columns, [clause.columns for clause in clauses if clause.columns])


def unsolved(columns: Sequence[Column], clauses: Sequence[Clause], wishes: Wishes) -> tuple[Column, ...]:
    """The columns for which no values were found together; none if all have some."""
    groups = _groups(columns, clauses)
    return tuple(column for group in groups if _solved_group(group, clauses, wishes) is None for column in group)


def _solved_group(group: tuple[Column, ...], clauses: Sequence[Clause], wishes: Wishes) -> Row | None:
    """The values of columns that hang together: of all ways the one that leaves most of them as preferred."""
    names = {column.name for column in group}
    if any(not clause.ways for clause in clauses if {column.name for column in clause.columns} <= names):
        return None
    asked = [[*clause.ways] for clause in clauses if clause.columns and clause.columns[0].name in names]
    best, most = None, -1
    for way in islice(ways_of(group, asked), MOST_COMBINATIONS):
        found = _values(way, wishes)
        if found is None:
            continue
        alike = sum(name in found and found[name] == value for name, value in wishes.preferred.items())
        if alike > most:
            best, most = found, alike
        if most == len(names & wishes.preferred.keys()):
            break
    return best


def _values(way: Combination, wishes: Wishes) -> Row | None:
    """The values of one way, column by column, each bounding the next; None if one of them finds none."""
    row = {column.name: wishes.given[column.name] for column in way.columns if column.name in wishes.given}
    if not way.allows(row):
        return None
    for column in way.columns:
        if column.name in row:
            continue
        ranges = way.ranges(row)
        fitting = () if ranges is None else _fitting(column, way, ranges, row, wishes)
        found = next(iter(fitting), _NOTHING)
        if found is _NOTHING:
            return None
        row[column.name] = found
    return row


def _fitting(column: Column, way: Combination, ranges: Ranges, row: Row, wishes: Wishes) -> Iterator[object]:
    """The values that fit beside those that are there, what is preferred first."""
    is_null, own, settled = way.is_null(column), way.tests_of(column), way.settled_by(column, row)
    for value in _tried(column, way, ranges, row, wishes):
        if value is None:
            if is_null is not False:
                yield None
        elif not is_null and _is_within(column, value, ranges):
            passes = all(test.passes_of(value) for test in own)
            if passes and all(test.passes({**row, column.name: value}) for test in settled):
                yield value


def _tried(column: Column, way: Combination, ranges: Ranges, row: Row, wishes: Wishes) -> Iterator[object]:
    if column.name in wishes.preferred:
        yield wishes.preferred[column.name]
    yield from (row[name] for name in sorted(way.equal_to(column)) if name in row)
    if wishes.proposed is not None:
        yield from wishes.proposed(column, way, ranges)
    yield from proposals(column, way, ranges)


def _is_within(column: Column, value: object, ranges: Ranges) -> bool:
    found = range_of(column)
    if found is None or not column.represents(value):
        return column.represents(value)
    least, greatest = ranges[found[0]]
    return least <= (len(str(value)) if found[0].of_length else counted(value)) <= greatest


def proposals(column: Column, way: Combination, ranges: Ranges) -> Iterator[object]:
    """What to try for a column: null, a plain value, and the ends of what is left of its range."""
    if column.nullable:
        yield None
    candidates = way.candidates(column)
    if candidates is not None:
        yield from candidates
    elif (found := range_of(column)) is None:
        yield from PROPOSED.of(column.type).values
    elif found[0].of_length:
        yield from _texts(column, way, ranges[found[0]])
    else:
        yield from _counted(column, ranges[found[0]])


def _counted(column: Column, among: Range) -> Iterator[object]:
    (least, greatest), plain = among, map(counted, PROPOSED.of(column.type).values)
    for count in (*plain, least, greatest, least + 1, greatest - 1, (least + greatest) // 2):
        if least <= count <= greatest:
            yield value_at(column, count)


def bounding(column: Column, ranges: Ranges, *, ends: bool) -> Iterator[object]:
    """What bounds a range on a side: a plain value, after which there is some place where the range ends."""
    found = range_of(column)
    if found is not None:
        least, greatest = ranges[found[0]]
        bounds = PROPOSED.of(column.type).bounds
        usual = least if bounds is None else counted(bounds[ends])
        yield value_at(column, min(max(least, usual), greatest))


def _texts(column: Column, way: Combination, among: Range) -> Iterator[object]:
    """Words that mean nothing as far as they fit, and then what the patterns of the column describe."""
    (least, greatest), walk = among, way.walk(column)
    yield stretched(PLAIN_TEXT, min(max(least, len(PLAIN_TEXT)), greatest))
    if walk is None:
        yield from (stretched(PLAIN_TEXT, length) for length in (least, greatest))
        return
    lengths = walk.lengths(least, greatest)
    for length in dict.fromkeys((*lengths[len(lengths) // 2 :][:1], *lengths[:1], *lengths[-1:])):
        yield walk.text(length, (0,))
        yield walk.text(length, (1, 0, 2))

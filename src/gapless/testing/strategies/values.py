"""The values that a column can have, column by column: what its type stores, within what the rules leave of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from hypothesis import strategies as st

from gapless.kit.columns import ByType, Column, ColumnType
from gapless.kit.json_object import GREATEST_INTEGER, Json, JsonObject
from gapless.testing.strategies.ranges import EVERY_ID, Range, value_at
from gapless.testing.strategies.solutions import Combination
from gapless.testing.strategies.walks import AWKWARD, Walk, stretched

Strategy = st.SearchStrategy[object]
DRAWN_LETTERS = 64
"""Texts that have to be longer repeat what was drawn, so that a long text costs no more than a short one."""
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
"""Every character that PostgreSQL holds: no NUL, and no lone surrogate."""
NONE_COUNTED: Range = (0, 0)
"""Stands for the range of what is not counted."""
_GREATEST_FLOAT = 1e15
_PLAIN = datetime(2000, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def values(column: Column, way: Combination, among: Range | None) -> Strategy:
    """The values of a column but null that a combination of rules leaves, as far as this column alone decides.

    Args:
        column: the column.
        way: how the rules over the column come out.
        among: what is left of what can be counted of it, given the columns that were drawn before.
    """
    tests = way.tests_of(column)
    drawn = _unfiltered(column, way, among)
    return drawn.filter(lambda value: all(test.passes_of(value) for test in tests)) if tests else drawn


def _unfiltered(column: Column, way: Combination, among: Range | None) -> Strategy:
    candidates = way.candidates(column)
    if candidates is not None:
        return st.sampled_from(candidates)
    return DRAWN.of(column.type)(column, way, among or NONE_COUNTED)


def _texts(column: Column, way: Combination, among: Range) -> Strategy:
    walk = way.walk(column)
    return free_texts(*among) if walk is None else matching_texts(walk, walk.lengths(*among))


def counted_values(column: Column, _: Combination, among: Range) -> Strategy:
    """Values of a range that are counted, its ends more often than by chance."""
    return st.integers(*among).map(lambda count: value_at(column, count)) | _ends(column, among)


def _ends(column: Column, among: Range) -> Strategy:
    ends = sorted(
        {count for count in (among[0], among[0] + 1, among[1] - 1, among[1]) if among[0] <= count <= among[1]}
    )
    return st.sampled_from([value_at(column, count) for count in ends])


def _ids(column: Column, _: Combination, among: Range) -> Strategy:
    return st.uuids() if among == EVERY_ID else st.integers(*among).map(lambda count: value_at(column, count))


def _times(column: Column, _: Combination, among: Range) -> Strategy:
    """The time of a range that people read most easily, to shrink to, and any other."""
    least, greatest = (cast(datetime, value_at(column, count)) for count in among)
    first, last = least.replace(tzinfo=None), greatest.replace(tzinfo=None)
    drawn = st.datetimes(first, last, timezones=st.just(UTC)).map(lambda time: time.replace(fold=0))
    return st.one_of(st.just(min(max(_PLAIN, least), greatest)), drawn, _ends(column, among))


def _lists(*_: object) -> Strategy:
    return st.lists(st.uuids(), max_size=3).map(tuple)


def _by_candidates(*_: object) -> Strategy:
    """The values of a type that has few are candidates already; without those nothing is left but null."""
    return st.none()


def free_texts(least: int, greatest: int) -> Strategy:
    """Draws texts of any script that have this number of code points."""
    shortest, longest = min(least, DRAWN_LETTERS), min(greatest, DRAWN_LETTERS)
    drawn = st.one_of(
        st.text(CHARACTERS, min_size=shortest, max_size=longest),
        st.text(st.sampled_from(AWKWARD), min_size=shortest, max_size=longest),
    )
    if greatest <= DRAWN_LETTERS:
        return drawn
    seeds, first = st.text(CHARACTERS, min_size=1, max_size=DRAWN_LETTERS), max(least, DRAWN_LETTERS)
    long = st.builds(stretched, seeds, _places(greatest - first + 1).map(lambda place: first + place))
    return long if least > DRAWN_LETTERS else st.one_of(drawn, drawn, long)


def _places(number: int) -> st.SearchStrategy[int]:
    """Draws a place among so many: most often one near the first, and often the last. It shrinks place by place."""
    counts = st.integers(0, number)
    return st.builds(lambda one, other: min(number - 1, 2 * one * other // number), counts, counts)


def matching_texts(walk: Walk, lengths: Sequence[int]) -> Strategy:
    """Draws texts of a language that have one of these lengths."""
    if not lengths:
        return st.nothing()
    return st.builds(walk.text, _places(len(lengths)).map(lambda place: lengths[place]), picks())


def picks() -> st.SearchStrategy[list[int]]:
    """Draws numbers that select a text of a walk: small ones select plain letters, larger ones any letters."""
    numbers = st.one_of(st.integers(0, 100), st.integers(100, 400), st.integers(0, 2**22))
    return st.lists(numbers, min_size=1, max_size=12)


@lru_cache(maxsize=1)
def documents() -> Strategy:
    """Draws JSON documents that are the same after they were written and read."""
    numbers = st.one_of(
        st.integers(-GREATEST_INTEGER, GREATEST_INTEGER),
        st.floats(-_GREATEST_FLOAT, _GREATEST_FLOAT),
    )
    texts = st.text(CHARACTERS, max_size=8)
    leaves: st.SearchStrategy[Json] = st.one_of(st.none(), st.booleans(), numbers, texts)
    nested = st.recursive(
        leaves, lambda inner: _arrays(inner) | st.dictionaries(texts, inner, max_size=2), max_leaves=4
    )
    return st.dictionaries(texts, nested, max_size=3).map(JsonObject)


def _arrays(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.lists(inner, max_size=2)


DRAWN: ByType[Callable[[Column, Combination, Range], Strategy]] = ByType(
    interpreter="The strategy of values",
    place="testing/strategies/values.py",
    needed="what draws values within a range of counts",
    by_type={
        ColumnType.TEXT: _texts,
        ColumnType.ENUMERATION: _by_candidates,
        ColumnType.INTEGER: counted_values,
        ColumnType.BIG_INTEGER: counted_values,
        ColumnType.DECIMAL: counted_values,
        ColumnType.BOOLEAN: _by_candidates,
        ColumnType.UUID: _ids,
        ColumnType.UUIDS: _lists,
        ColumnType.TIME: _times,
        ColumnType.JSON: lambda *_: documents(),
        ColumnType.KEY: _ids,
    },
)

"""Conditions of every kind over samples, for properties of what is compiled from them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import cast

import attrs
from hypothesis import strategies as st

from gapless.kit import Model
from gapless.kit.columns import Column, ColumnType
from gapless.kit.number_ranges import NUMBERS
from gapless.kit.predicates import (
    ORDERED,
    All,
    Any,
    Comparison,
    Constant,
    Contains,
    Field,
    IsNull,
    Length,
    Lower,
    Matches,
    Node,
    Not,
    NullPasses,
    OneOf,
    StartsWith,
    TimeDifference,
    behind,
)
from tests.unit.domain.samples import NOON, Sample, representable, sample_rules

MODEL: Model[Sample] = sample_rules
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
CALCULATE: dict[str, Callable[[int, int], int]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
SMALL = st.integers(-5, 5)
HALVES = st.sampled_from([Decimal(text) for text in ("-1.5", "0.50", "2.000", "1E+2", "-0.0")])
PATTERNS = ["[a-z]+", "[^a]*", "(?:a|ab)b?", "[^[:space:]]"]


def fields(*types: ColumnType) -> st.SearchStrategy[Node]:
    """Fields of these types, half of them nullable."""
    columns = [Field(column) for column in MODEL.columns if column.type in types]
    return st.sampled_from([*columns, *map(NullPasses, columns)])


def comparisons() -> st.SearchStrategy[Node]:
    """Comparisons of fields with constants and with each other."""

    def with_constant(column: Column) -> st.SearchStrategy[Node]:
        required = attrs.evolve(column, nullable=False)
        constant = representable(required)
        names = st.sampled_from(list(COMPARE) if column.type in ORDERED else ["==", "!="])
        listed = st.lists(constant, max_size=3).map(tuple)
        return st.builds(Comparison, names, st.just(Field(column)), constant.map(Constant)) | st.builds(
            OneOf, st.just(Field(column)), listed
        )

    comparable = [column for column in MODEL.columns if column.type is not ColumnType.JSON]
    numbers = fields(ColumnType.INTEGER) | st.builds(Length, fields(ColumnType.TEXT))
    pairs = [st.tuples(numbers, numbers)] + [
        st.tuples(fields(kind), fields(kind)) for kind in ORDERED if kind is not ColumnType.INTEGER
    ]
    of_fields = st.builds(lambda name, pair: Comparison(name, *pair), st.sampled_from(list(COMPARE)), st.one_of(pairs))
    return st.sampled_from(comparable).flatmap(with_constant) | of_fields | made_of_operands()


def made_of_operands() -> st.SearchStrategy[Node]:
    """Comparisons of what is calculated, and of texts without regard to case."""
    names = st.sampled_from(list(COMPARE))
    time, noon = fields(ColumnType.TIME), st.just(Constant(NOON))
    spans = st.builds(TimeDifference, time, time | noon) | st.builds(TimeDifference, noon, time)
    durations = st.timedeltas(timedelta(-2), timedelta(2))
    texts = st.builds(Lower, fields(ColumnType.TEXT))
    return (
        compared(names, sums(), SMALL | numbers() | sums())
        | compared(names, spans, durations)
        | compared(names, st.builds(operator.add, time, durations), time | st.just(NOON))
        | compared(names, texts, fields(ColumnType.TEXT) | texts | st.sampled_from(["a", "\u00e9a", "%"]))
        | st.builds(OneOf, sums(), st.lists(SMALL, max_size=3).map(tuple))
    )


def numbers() -> st.SearchStrategy[Node]:
    """Fields of numbers, and lengths of texts."""
    return fields(*NUMBERS) | st.builds(Length, fields(ColumnType.TEXT))


def sums() -> st.SearchStrategy[Node]:
    """What is calculated of numbers, and of what is calculated."""

    def made(name: str, sides: tuple[object, object]) -> Node:
        found = behind(CALCULATE[name](*cast("tuple[int, int]", sides)))
        assert found is not None
        return found

    def calculated(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        sides = st.tuples(parts, parts | SMALL | HALVES) | st.tuples(SMALL | HALVES, parts)
        return st.builds(made, st.sampled_from(list(CALCULATE)), sides)

    return calculated(st.recursive(numbers(), calculated, max_leaves=3))


def compared(
    names: st.SearchStrategy[str], left: st.SearchStrategy[Node], right: st.SearchStrategy[object]
) -> st.SearchStrategy[Node]:
    """What operators make of two operands, as a host writes them."""

    def written(name: str, one: Node, other: object) -> Node:
        made = behind(COMPARE[name](cast(int, one), cast(int, other)))
        assert made is not None
        return made

    return st.builds(written, names, left, right)


def conditions() -> st.SearchStrategy[Node]:
    """Trees of every kind of condition."""
    leaves: st.SearchStrategy[Node] = (
        comparisons()
        | st.sampled_from([Field(column) for column in MODEL.columns if column.type is ColumnType.BOOLEAN])
        | st.sampled_from([IsNull(Field(column)) for column in MODEL.columns])
        | st.builds(Matches, fields(ColumnType.TEXT), st.sampled_from(PATTERNS))
        | st.builds(StartsWith, fields(ColumnType.TEXT), st.sampled_from(["", "a", "A%", "\u00e9"]))
        | st.builds(Contains, st.builds(Lower, fields(ColumnType.TEXT)), st.sampled_from(["", "a", "_", "\u00e9"]))
    )
    return st.recursive(
        leaves,
        lambda parts: (
            st.builds(Not, parts)
            | st.builds(All, st.lists(parts, max_size=3).map(tuple))
            | st.builds(Any, st.lists(parts, max_size=3).map(tuple))
        ),
        max_leaves=8,
    )

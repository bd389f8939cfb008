"""The compiled predicates against SQL's three-valued logic, which is written here once more as Kleene's tables."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import TypeAlias, cast

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from gapless.kit import Model
from gapless.kit.columns import Column, ColumnType
from gapless.kit.patterns import to_python
from gapless.kit.predicates import (
    ORDERED,
    All,
    Any,
    Comparison,
    Constant,
    Field,
    IsNull,
    Length,
    Matches,
    Node,
    Not,
    NullPasses,
    OneOf,
    Operand,
    Previous,
    Supplement,
)
from gapless.kit.python_compiler import PythonSource, bound, is_false, is_true
from tests.bulk import ask_each
from tests.properties import SEARCH, bounded
from tests.unit.domain.samples import Sample, representable, sample_rules

MODEL: Model[Sample] = sample_rules
Row: TypeAlias = dict[str, object]
Case: TypeAlias = tuple[Node, list[Row]]
Compiler: TypeAlias = Callable[[Node], Callable[[object], object]]
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LONG = bounded(120)
PATTERNS = ["[a-z]+", "[^a]*", "(?:a|ab)b?", "[^[:space:]]"]


def truth(node: Node, row: Row) -> bool | None:
    """What SQL says of a row: true, false, or None for unknown."""
    match node:
        case Not(part):
            inner = truth(part, row)
            return None if inner is None else not inner
        case All(parts):
            found = [truth(part, row) for part in parts]
            return False if False in found else None if None in found else True
        case Any(parts):
            found = [truth(part, row) for part in parts]
            return True if True in found else None if None in found else False
        case IsNull(Field(column)):
            return row[column.name] is None
        case Field(column):
            return cast("bool | None", row[column.name])
        case Comparison(name, left, right):
            one, other = value(left, row), value(right, row)
            return None if one is None or other is None else COMPARE[name](cast(int, one), cast(int, other))
        case OneOf(operand, values):
            one = value(operand, row)
            return None if one is None else any(one == constant for constant in values)
        case Matches(operand, pattern):
            one = value(operand, row)
            return None if one is None else re.fullmatch(to_python(pattern), cast(str, one)) is not None
        case _:
            raise AssertionError(node)


def value(node: Node, row: Row) -> object:
    """The value of an operand in a row; None is null."""
    match node:
        case Field(column) | NullPasses(Field(column)):
            return row[column.name]
        case Constant(constant):
            return constant
        case Length(of):
            text = value(of, row)
            return None if text is None else len(cast(str, text))
        case _:
            raise AssertionError(node)


def fields(*types: ColumnType) -> st.SearchStrategy[Node]:
    """Fields of these types, half of them nullable."""
    columns = [Field(column) for column in MODEL.columns if column.type in types]
    return st.sampled_from([*columns, *map(NullPasses, columns)])


def comparisons() -> st.SearchStrategy[Node]:
    """Comparisons of fields with constants and with each other."""

    def with_constant(column: Column) -> st.SearchStrategy[Node]:
        required = Column(column.name, column.type, nullable=False, enumeration=column.enumeration)
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
    return st.sampled_from(comparable).flatmap(with_constant) | of_fields


def conditions() -> st.SearchStrategy[Node]:
    """Trees of every kind of condition."""
    leaves: st.SearchStrategy[Node] = (
        comparisons()
        | st.sampled_from([Field(column) for column in MODEL.columns if column.type is ColumnType.BOOLEAN])
        | st.sampled_from([IsNull(Field(column)) for column in MODEL.columns])
        | st.builds(Matches, fields(ColumnType.TEXT), st.sampled_from(PATTERNS))
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


def cases() -> st.SearchStrategy[Case]:
    """A condition and a few rows, with nulls wherever a field may be null."""
    rows = st.fixed_dictionaries({column.name: representable(column) for column in MODEL.columns})
    return st.tuples(conditions(), st.lists(rows, min_size=3, max_size=3))


def agrees(case: Case, true: Compiler = is_true, false: Compiler = is_false) -> bool:
    """Whether the two compiled questions have the answers of three-valued logic, as bools."""
    node, rows = case
    is_it_true, is_it_false = true(node), false(node)
    for row in rows:
        stored, expected = MODEL.construct_unvalidated(row), truth(node, row)
        answers = (is_it_true(stored), is_it_false(stored))
        if answers != (expected is True, expected is False) or not all(type(answer) is bool for answer in answers):
            return False
    return True


@LONG
@given(cases())
def test_compiled_predicates_keep_to_three_valued_logic(case: Case) -> None:
    """Of every condition and row the two compiled functions say what SQL says: true, false, or neither."""
    assert agrees(case)


NUMBER, TEXT = (
    next(column for column in MODEL.columns if column.type is type_ and column.nullable)
    for type_ in (ColumnType.INTEGER, ColumnType.TEXT)
)
EMPTY: Row = dict.fromkeys(column.name for column in MODEL.columns)
OPERANDS: dict[type[Node], Node] = {
    Field: Field(NUMBER),
    Previous: Previous(NUMBER),
    NullPasses: NullPasses(Field(NUMBER)),
    Length: Length(Field(TEXT)),
}
"""An operand of each kind, all of them numbers."""


def written(case: tuple[Node, str, object]) -> None:
    """Asserts that an operator between an operand and something else makes the node that compares them."""
    operand, name, other = case
    made = cast(Callable[[object, object], object], COMPARE[name])(operand, other)
    assert type(made) is Comparison
    assert made.operator == name
    assert made.left is operand
    assert made.right is other or isinstance(made.right, Constant)
    if not isinstance(operand, Previous):  # what it was before is no value of this row
        rows = [{**EMPTY, NUMBER.name: number, TEXT.name: text} for number in (None, 2, 3) for text in (None, "ab")]
        assert agrees((made, rows))


def operators() -> list[tuple[Node, str, object]]:
    """Every operator between an operand of every kind and a constant, or another field."""
    return [(operand, name, other) for operand in OPERANDS.values() for name in COMPARE for other in (2, Field(NUMBER))]


def test_every_operator_makes_a_comparison() -> None:
    """Every kind of operand is compared by every operator, == and != too, as the node says that is made of it.

    A field of a supplement is left out: a condition with one is refused.
    """
    assert OPERANDS.keys() == {*Operand.__subclasses__()} - {Supplement}
    ask_each(operators(), written)


@pytest.mark.parametrize("kind", OPERANDS)
def test_an_operand_that_compares_itself_is_noticed(kind: type[Node], monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: an operand whose == and != ask whether it is the same one makes no node of them."""
    monkeypatch.setattr(kind, "__eq__", object.__eq__)
    monkeypatch.setattr(kind, "__ne__", object.__ne__)
    with pytest.raises(ExceptionGroup, match=f"4 of {len(operators())} rows"):
        ask_each(operators(), written)


class Forgetful(PythonSource):
    """A compiler that forgets to test for null before it answers "is false"."""

    def false(self, node: Node) -> str:
        """As if false were the contrary of true."""
        return f"(not {self.true(node)})"


class Careless(PythonSource):
    """A compiler that takes every field for required."""

    def _where_known(self, node: Node, test: str) -> str:
        del node
        return test


def compiled_false(kind: type[PythonSource]) -> Compiler:
    """The question "is it false" as a faulty compiler writes it."""

    def compiler(node: Node) -> Callable[[object], object]:
        source = kind()
        return bound("o", source.false(node), source.constants)

    return compiler


@pytest.mark.parametrize("kind", [Forgetful, Careless])
def test_compiler_that_forgets_null_is_caught(kind: type[PythonSource]) -> None:
    """Planted: a compiler without its test for null disagrees with the tables, and the search finds out."""

    def disagrees(case: Case) -> bool:
        try:
            return not agrees(case, false=compiled_false(kind))
        except TypeError:
            return True

    find(cases(), disagrees, settings=SEARCH)


def test_sound_compiler_is_not_caught() -> None:
    """The same search finds nothing in the compiler as it is."""
    sound = compiled_false(PythonSource)
    with pytest.raises(NoSuchExample):
        find(cases(), lambda case: not agrees(case, false=sound), settings=settings(SEARCH, max_examples=200))

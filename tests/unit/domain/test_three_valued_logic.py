"""The compiled predicates against SQL's three-valued logic, which is written here once more as Kleene's tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, cast

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from gapless.kit.columns import ColumnType
from gapless.kit.patterns import to_python
from gapless.kit.predicates import (
    All,
    Any,
    Arithmetic,
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
    Operand,
    Previous,
    StartsWith,
    Supplement,
    TimeDifference,
)
from gapless.kit.python_compiler import PythonSource, bound, is_false, is_true
from tests.bulk import ask_each
from tests.properties import SEARCH, bounded
from tests.unit.domain.drawn_conditions import CALCULATE, COMPARE, MODEL, conditions
from tests.unit.domain.samples import NOON, representable

Row: TypeAlias = dict[str, object]
Case: TypeAlias = tuple[Node, list[Row]]
Compiler: TypeAlias = Callable[[Node], Callable[[object], object]]
LONG = bounded(120)


def truth(node: Node, row: Row) -> bool | None:  # one for each kind of node
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
            return None if one is None else any(one == _as_fraction(constant) for constant in values)
        case Matches(operand) | StartsWith(operand) | Contains(operand):
            text = value(operand, row)
            return None if text is None else _is_found(node, cast(str, text))
        case _:
            raise AssertionError(node)


def _is_found(node: Matches | StartsWith | Contains, text: str) -> bool:
    """Whether a text is one that is looked for."""
    match node:
        case Matches(_, pattern):
            return re.fullmatch(to_python(pattern), text) is not None
        case StartsWith(_, constant):
            return text[: len(constant)] == constant
        case Contains(_, constant):
            return text.find(constant) >= 0


def value(node: Node, row: Row) -> object:
    """The value of an operand in a row, of a decimal the fraction that it is; None is null."""
    match node:
        case Field(column) | NullPasses(Field(column)):
            return _as_fraction(row[column.name])
        case Constant(constant):
            return _as_fraction(constant)
        case Length(of):
            text = value(of, row)
            return None if text is None else len(cast(str, text))
        case Lower(of):
            text = value(of, row)
            return None if text is None else re.sub("[A-Z]", lambda found: chr(ord(found[0]) + 32), cast(str, text))
        case Arithmetic(name, left, right):
            numbers = [cast("int | None", value(side, row)) for side in (left, right)]
            return None if None in numbers else CALCULATE[name](*cast("list[int]", numbers))
        case TimeDifference(left, right):
            times = [cast("datetime | None", value(side, row)) for side in (left, right)]
            return None if None in times else _apart(*cast("list[datetime]", times))
        case _:
            raise AssertionError(node)


def _as_fraction(number: object) -> object:
    return Fraction(number) if isinstance(number, Decimal) else number


def _apart(later: datetime, earlier: datetime) -> int:
    """How many microseconds lie between two times."""
    between = later - earlier
    return (between.days * 86_400 + between.seconds) * 1_000_000 + between.microseconds


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


NUMBER, TEXT, TIME = (
    next(column for column in MODEL.columns if column.type is type_ and column.nullable)
    for type_ in (ColumnType.INTEGER, ColumnType.TEXT, ColumnType.TIME)
)
EMPTY: Row = dict.fromkeys(column.name for column in MODEL.columns)
NUMBERS: tuple[object, ...] = (2, Field(NUMBER))
TIMES: tuple[object, ...] = (timedelta(seconds=1), TimeDifference(Field(TIME), Constant(NOON)))
OPERANDS: dict[type[Node], tuple[Node, tuple[object, ...]]] = {
    Field: (Field(NUMBER), NUMBERS),
    Previous: (Previous(NUMBER), NUMBERS),
    NullPasses: (NullPasses(Field(NUMBER)), NUMBERS),
    Length: (Length(Field(TEXT)), NUMBERS),
    Lower: (Lower(Field(TEXT)), ("ab", Field(TEXT))),
    Arithmetic: (cast(Node, Field(NUMBER) + 1), NUMBERS),  # type: ignore[operator]  # a host has a number there
    TimeDifference: (TimeDifference(Constant(NOON), Field(TIME)), TIMES),
}
"""An operand of each kind, with what it can be compared with."""


def written(case: tuple[Node, str, object]) -> None:
    """Asserts that an operator between an operand and something else makes the node that compares them."""
    operand, name, other = case
    made = cast(Callable[[object, object], object], COMPARE[name])(operand, other)
    assert type(made) is Comparison
    assert made.operator == name
    assert made.left is operand
    assert made.right is other or isinstance(made.right, Constant)
    if not isinstance(operand, Previous):  # what it was before is no value of this row
        rows: list[Row] = [
            {**EMPTY, NUMBER.name: number, TEXT.name: text, TIME.name: time}
            for number in (None, 2, 3)
            for text, time in ((None, None), ("aB", NOON))
        ]
        assert agrees((made, rows))


def operators() -> list[tuple[Node, str, object]]:
    """Every operator between an operand of every kind and a constant, or another field."""
    return [(operand, name, other) for operand, others in OPERANDS.values() for name in COMPARE for other in others]


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
        except (TypeError, AttributeError):
            return True

    find(cases(), disagrees, settings=SEARCH)


def test_sound_compiler_is_not_caught() -> None:
    """The same search finds nothing in the compiler as it is."""
    sound = compiled_false(PythonSource)
    with pytest.raises(NoSuchExample):
        find(cases(), lambda case: not agrees(case, false=sound), settings=settings(SEARCH, max_examples=200))

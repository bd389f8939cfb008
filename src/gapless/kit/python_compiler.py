"""Compiles predicates to Python: one function says whether a node is true, another whether it is false.

No operand in the compiled code is null: one that may be is tested first, so a comparison with null is neither true nor
false. The constants are arguments, so queries of one shape share one compiled function.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TypeAlias, cast

from gapless.kit.characters import VISIBLE_PATTERN
from gapless.kit.columns import EXACT, TRAITS
from gapless.kit.durations import microseconds
from gapless.kit.errors import DeclarationError
from gapless.kit.letters import lowered
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
    Previous,
    StartsWith,
    TimeDifference,
    column_type,
    outline_of,
    walk,
)

Condition = Callable[[object], bool]
GREATEST_CACHE = 2048
# The shapes that were compiled before; without constants, so that no value outlives its query.
_FACTORIES: dict[Hashable, Callable[..., object]] = {}
# The operators of decimals ask the context of the thread, which rounds (decision 0062).
_IN_DIGITS = {"+": "added", "-": "subtracted", "*": "multiplied"}
CALLED: dict[str, object] = {
    "added": EXACT.add,
    "subtracted": EXACT.subtract,
    "multiplied": EXACT.multiply,
    "lowered": lowered,
    "microseconds": microseconds,
}
"""The functions that compiled operands call."""
# A quick test that most texts pass, and that proves VISIBLE_PATTERN; a class beyond ASCII is slow to match.
_VISIBLE_ENOUGH = "{0}.isascii() and {0}.isprintable() and ' ' not in {0}"


class PythonSource:
    """Turns nodes into source text; `constants` collects, in their order, the values that the text calls c0, c1, ...

    Args:
        variable: how the text names a column, with `{}` for the column's name.
        previous: how the text names a column of the row before its change.
    """

    def __init__(self, variable: str = "o.{}", previous: str = "before.{}") -> None:
        self._variable = variable
        self._previous = previous
        self.constants: list[object] = []

    def constant(self, value: object) -> str:
        """Takes a constant in, and returns the name that stands for it in the text."""
        self.constants.append(value)
        return f"c{len(self.constants) - 1}"

    def operand(self, node: Node) -> str:
        """The source of an operand that is not null."""
        match node:
            case Field(column) | NullPasses(Field(column)):
                return self._variable.format(column.name)
            case Previous(column):
                return self._previous.format(column.name)
            case Constant(value):
                return self.constant(value)
            case Length(of):
                return f"len({self.operand(of)})"
            case Lower(of):
                return f"lowered({self.operand(of)})"
            case Arithmetic(operator, left, right, range=found) if not found.whole:
                return f"{_IN_DIGITS[operator]}({self.operand(left)}, {self.operand(right)})"
            case Arithmetic(operator, left, right):
                return f"({self.operand(left)} {operator} {self.operand(right)})"
            case TimeDifference(left, right):
                return f"microseconds({self.operand(left)} - {self.operand(right)})"
            case _:
                raise DeclarationError(
                    f"A {type(node).__name__.lower()} can't be compared: compare a field, or what is calculated of it."
                )

    def true(self, node: Node) -> str:
        """The source of "the node is true"."""
        match node:
            # An unknown node is neither true nor false, so the negation of one answer is not the other answer.
            case Not(part):
                return self.false(part)
            case All(parts):
                return self._joined(" and ", "True", [self.true(part) for part in parts])
            case Any(parts):
                return self._joined(" or ", "False", [self.true(part) for part in parts])
            case IsNull(Field(column)):
                return f"({self._variable.format(column.name)} is None)" if column.nullable else "False"
            case _:
                return self._where_known(node, self._test(node))

    def false(self, node: Node) -> str:
        """The source of "the node is false"."""
        match node:
            case Not(part):
                return self.true(part)
            case All(parts):
                return self._joined(" or ", "False", [self.false(part) for part in parts])
            case Any(parts):
                return self._joined(" and ", "True", [self.false(part) for part in parts])
            case IsNull():
                return f"(not {self.true(node)})"
            case _:
                return self._where_known(node, f"not {self._test(node)}")

    def _test(self, node: Node) -> str:
        match node:
            case Comparison(operator, left, right):
                # Members of an enumeration have no order in Python; rows are sorted by their values.
                value = "" if operator in ("==", "!=") else TRAITS.of(column_type(left)[0]).sorted_by
                return f"({self.operand(left)}{value} {operator} {self.operand(right)}{value})"
            case OneOf(operand, values):
                among = self.constant(frozenset(values))  # before the constants of the operand, as in the outline
                return f"({self.operand(operand)} in {among})"
            case StartsWith(operand, value):
                return f"{self.operand(operand)}.startswith({self.constant(value)})"
            case Contains(operand, value):
                return f"({self.constant(value)} in {self.operand(operand)})"
            case Matches(operand, pattern):
                test = f"{self.constant(to_python(pattern).fullmatch)}({self.operand(operand)}) is not None"
                enough = f"{_VISIBLE_ENOUGH.format(self.operand(operand))} or " if pattern == VISIBLE_PATTERN else ""
                return f"({enough}{test})"
            case _:
                return self.operand(node)

    def _where_known(self, node: Node, test: str) -> str:
        operands = [part for part in walk(node) if isinstance(part, (Field, Previous)) and part.column.nullable]
        tests = dict.fromkeys(f"{self.operand(operand)} is not None" for operand in operands)
        return self._joined(" and ", "True", [*tests, test])

    @staticmethod
    def _joined(operator: str, nothing: str, parts: list[str]) -> str:
        return f"({operator.join(parts)})" if parts else nothing


Question: TypeAlias = Callable[[PythonSource, Node], str]


def is_true(node: Node) -> Condition:
    """Compiles whether the node is true of a row."""
    return _compiled("o", PythonSource.true, node)


def is_false(node: Node) -> Condition:
    """Compiles whether the node is false of a row."""
    return _compiled("o", PythonSource.false, node)


def is_false_of_change(node: Node) -> Callable[[object, object], bool]:
    """Compiles whether the node is false of a change, given the row before it and the row after it."""
    return cast("Callable[[object, object], bool]", _compiled("before, o", PythonSource.false, node))


def _compiled(parameters: str, question: Question, node: Node) -> Condition:
    """A function that answers a question to a node; nodes of one shape share its code, and bind their constants."""
    outline = outline_of(node)
    key = (parameters, question, outline.shape)
    factory = _FACTORIES.get(key)
    if factory is None:
        source = PythonSource()
        expression = question(source, node)
        if len(_FACTORIES) >= GREATEST_CACHE:
            _FACTORIES.clear()
        factory = _FACTORIES[key] = _factory(parameters, expression, len(source.constants))
    return cast(Condition, factory(*map(_bound, outline.constants)))


def _bound(node: Node) -> object:
    """The constant of a node, as compiled code uses it; PythonSource takes them in the order of the outline."""
    match node:
        case OneOf(_, values):
            return frozenset(values)
        case Matches(_, pattern):
            return to_python(pattern).fullmatch
        case _:
            return cast(Constant, node).value


def bound(parameter: str, expression: str, constants: list[object]) -> Condition:
    """A function of these parameters, or of one, that returns the expression, with its constants c0, c1, ... bound."""
    return cast(Condition, _factory(parameter, expression, len(constants))(*constants))


@lru_cache(maxsize=GREATEST_CACHE)
def _factory(parameter: str, expression: str, constants: int) -> Callable[..., object]:
    names = ", ".join(f"c{position}" for position in range(constants))
    return function("make", f"def make({names}):\n  return lambda {parameter}: {expression}", dict(CALLED))


def function(name: str, source: str, namespace: dict[str, object]) -> Callable[..., object]:
    """Compiles source text that this package has generated, and returns the function with this name in it."""
    exec(compile(source, f"<gapless {name}>", "exec"), namespace)  # noqa: S102  # the text is generated from rules
    return cast("Callable[..., object]", namespace[name])

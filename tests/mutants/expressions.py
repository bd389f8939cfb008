"""Faults of expressions: other operators, bounds, numbers, and operands, arguments or calls that are left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.mutants.text import SourceText


class Edit(NamedTuple):
    """A kind of fault, and what takes the place of which bytes."""

    kind: str
    start: int
    end: int
    after: str


ORDER: dict[type[ast.AST], tuple[str, tuple[tuple[str, str], ...]]] = {
    ast.Lt: ("<", (("bound", "<="), ("order", ">="))),
    ast.LtE: ("<=", (("bound", "<"), ("order", ">"))),
    ast.Gt: (">", (("bound", ">="), ("order", "<="))),
    ast.GtE: (">=", (("bound", ">"), ("order", "<"))),
    ast.Eq: ("==", (("equality", "!="),)),
    ast.NotEq: ("!=", (("equality", "=="),)),
    ast.Is: ("is", (("is", "is not"),)),
    ast.IsNot: (r"is\s+not", (("is", "is"),)),
    ast.In: ("in", (("is", "not in"),)),
    ast.NotIn: (r"not\s+in", (("is", "in"),)),
    ast.Add: (r"\+", (("plus and minus", "-"),)),
    ast.Sub: ("-", (("plus and minus", "+"),)),
}
"""How an operator is written, and by which kinds of fault it becomes another."""
CALLS = {"sorted": "list", "reversed": "list", "min": "max", "max": "min", "any": "all", "all": "any"}
"""Functions that another takes the place of, over the same arguments."""
LINKS = ("desc", "distinct", "lower", "nulls_last", "order_by", "strip", "where", "with_for_update")
"""Methods that give what they are called on, somewhat changed: the call can be left out."""
LAYOUT = ("frozen", "kw_only", "slots", "cache_ok", "encoding", "is_async", "stacklevel", "maxsize")
"""Arguments that say how a class is laid out, or how large a cache is: no caller sees another answer without them."""
ACTIONS = {"CASCADE": "SET_NULL", "SET_NULL": "RESTRICT", "RESTRICT": "CASCADE"}
"""What the removal of a row does to others, and what it does instead."""


def edits(text: SourceText, node: ast.AST) -> Iterator[Edit]:
    """The faults that can be planted into one node, apart from those of the nodes below it."""
    match node:
        case ast.Compare(left, operators, comparators):
            yield from _compared(text, [left, *comparators], operators)
        case ast.BinOp(left, operator, right):
            yield from _operator(text, operator, left, right)
        case ast.BoolOp(operator, values):
            yield from _joined(text, operator, values)
        case ast.Constant(value):
            yield from _constant(text, node, value)
        case ast.Call():
            yield from _called(text, node)
        case _:
            yield from _other(text, node)


def _other(text: SourceText, node: ast.AST) -> Iterator[Edit]:
    match node:
        case ast.UnaryOp(ast.Not(), operand):
            yield _replaced("negation", text, node, text.of(operand))
        case ast.IfExp(test):
            yield _replaced("branches", text, test, f"not ({text.of(test)})")
        case ast.comprehension(ifs=conditions):
            yield from (_replaced("filter", text, condition, "True") for condition in conditions)
        case ast.List(elements) | ast.Tuple(elements) | ast.Set(elements) if len(elements) > 1:
            yield from _without_one("element", text, elements)
        case ast.Attribute(ast.Name("OnDelete"), action) if action in ACTIONS:
            yield _replaced("on delete", text, node, f"OnDelete.{ACTIONS[action]}")
        case _:
            return


def _compared(text: SourceText, operands: Sequence[ast.expr], operators: Sequence[ast.cmpop]) -> Iterator[Edit]:
    for place, operator in enumerate(operators):
        yield from _operator(text, operator, operands[place], operands[place + 1])


def _operator(text: SourceText, operator: ast.AST, left: ast.expr, right: ast.expr) -> Iterator[Edit]:
    written, others = ORDER.get(type(operator), ("", ()))
    start, end = text.end(left), text.start(right)
    found = re.search(written.encode(), text.source[start:end])
    if found is not None:
        yield from (Edit(kind, start + found.start(), start + found.end(), after) for kind, after in others)


def _joined(text: SourceText, operator: ast.boolop, values: Sequence[ast.expr]) -> Iterator[Edit]:
    written, other = (b"and", "or") if isinstance(operator, ast.And) else (b"or", "and")
    for place, value in enumerate(values[:-1]):
        start = text.end(value)
        found = text.source.find(written, start, text.start(values[place + 1]))
        yield Edit("and, or", found, found + len(written), other)
    neutral = "True" if isinstance(operator, ast.And) else "False"
    yield from (_replaced("operand", text, value, neutral) for value in values)


def _constant(text: SourceText, node: ast.AST, value: object) -> Iterator[Edit]:
    if isinstance(value, bool):
        yield _replaced("boolean", text, node, str(not value))
    elif isinstance(value, int):
        yield from (_replaced("number", text, node, str(other)) for other in (value + 1, value - 1))


def _called(text: SourceText, node: ast.Call) -> Iterator[Edit]:
    match node.func:
        case ast.Name(name) if name in CALLS:
            yield _replaced("sorting and choice", text, node.func, CALLS[name])
        case ast.Attribute(of, name) if name in LINKS:
            yield _replaced("link of a chain", text, node, text.of(of))
    items: list[ast.AST] = [*node.args[-1:], *node.keywords]
    if node.keywords and len(items) == 1:
        found = [Edit("argument", text.start(items[0]), text.end(items[0]), "")]
    else:
        found = list(_without_one("argument", text, items)) if node.keywords else []
    for item, edit in zip(items, found, strict=False):
        if isinstance(item, ast.keyword) and item.arg not in LAYOUT:
            yield edit


def _without_one(kind: str, text: SourceText, items: Sequence[ast.AST]) -> Iterator[Edit]:
    for place, item in enumerate(items):
        if place + 1 < len(items):
            yield Edit(kind, text.start(item), text.start(items[place + 1]), "")
        else:
            yield Edit(kind, text.end(items[place - 1]), text.end(item), "")


def _replaced(kind: str, text: SourceText, node: ast.AST, after: str) -> Edit:
    return Edit(kind, text.start(node), text.end(node), after)

"""Faults of statements: left out, returned from too early, or with the branches of a condition swapped."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from tests.mutants.expressions import Edit
from tests.mutants.text import SourceText

Function = ast.FunctionDef | ast.AsyncFunctionDef


def edits(text: SourceText, node: ast.AST) -> Iterator[Edit]:
    """The faults that can be planted into one statement, apart from those of what stands in it."""
    match node:
        case ast.If(test) | ast.While(test):
            yield Edit("branches", text.start(test), text.end(test), f"not ({text.of(test)})")
        case ast.Expr(ast.Yield() | ast.YieldFrom()):
            yield _left_out("rule", text, node)
        case ast.Expr(ast.Call() | ast.Await()) | ast.AugAssign() | ast.Delete():
            yield _left_out("statement", text, node)
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield _left_out("statement", text, node)
        case ast.Raise():
            yield _left_out("refusal", text, node)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _returned_early(text, node)
        case _:
            return


def _left_out(kind: str, text: SourceText, node: ast.stmt) -> Edit:
    return Edit(kind, text.start(node), text.end(node), "pass")


def _returned_early(text: SourceText, node: Function) -> Iterator[Edit]:
    body = _without_docstring(node.body)
    if not body or any(isinstance(below, ast.Yield | ast.YieldFrom) for below in ast.walk(node)):
        return
    match node.returns:
        case ast.Name("bool"):
            yield from (_before(text, body[0], f"return {value}") for value in ("True", "False"))
        case ast.Constant(None) if len(body) > 1:
            yield _before(text, body[-1], "return")
        case _:
            return


def _before(text: SourceText, node: ast.stmt, statement: str) -> Edit:
    start = text.start(node)
    return Edit("early return", start, start, f"{statement}\n{' ' * node.col_offset}")


def _without_docstring(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """What is run of a body; nothing if it is that of a protocol's method."""
    return [node for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]

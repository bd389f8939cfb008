"""Every syntactic fault that can be planted into the package, found in the trees of its modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.mutants import expressions, statements
from tests.mutants.mutant import PACKAGE, ROOT, Mutant
from tests.mutants.text import SourceText

UNSEEN = (ast.AnnAssign, ast.arg, ast.FunctionDef, ast.AsyncFunctionDef)
"""What has an annotation, in which no fault shows at run time."""


def modules(root: Path = ROOT) -> list[str]:
    """The modules of the package, in the order of their names."""
    package = root / PACKAGE
    return sorted(path.relative_to(package).as_posix() for path in package.rglob("*.py"))


def candidates(module: str, source: bytes) -> list[Mutant]:
    """The faults that can be planted into one module, in the order of its text.

    Args:
        module: its file, below the package.
        source: its text.
    """
    text = SourceText(source)
    found = sorted(set(_below(text, text.tree, "")), key=lambda pair: (pair[1].start, pair[1]))
    return [
        Mutant(edit.kind, module, function, edit.start, edit.end, source[edit.start : edit.end].decode(), edit.after)
        for function, edit in found
    ]


def is_other(mutant: Mutant, source: bytes) -> bool:
    """Whether the module is still Python with the fault, and has another tree."""
    try:
        planted = ast.parse(mutant.planted(source))
    except SyntaxError:
        return False
    return ast.dump(planted) != ast.dump(ast.parse(source))


def _below(text: SourceText, node: ast.AST, function: str) -> Iterator[tuple[str, expressions.Edit]]:
    for child in _visible(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = f"{function}.{child.name}" if function else child.name
        else:
            inside = function
        found = statements.edits(text, child) if isinstance(child, ast.stmt) else expressions.edits(text, child)
        yield from ((inside, edit) for edit in found)
        yield from _below(text, child, inside)


def _visible(node: ast.AST) -> Iterator[ast.AST]:
    """What stands below a node and is run, apart from what no caller can tell."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.If) and _is_for_types(node.test)):
        return  # before Python 3.12 nobody knows where a part of an f-string stands
    if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "__all__" for to in node.targets):
        return  # type checkers read it, and for the public modules the test of docs/interface.md
    annotations = {id(getattr(node, name, None)) for name in ("annotation", "returns")} if _is_unseen(node) else set()
    for child in ast.iter_child_nodes(node):
        is_layout = isinstance(child, ast.keyword) and child.arg in expressions.LAYOUT
        if id(child) not in annotations and not is_layout:
            yield child


def _is_unseen(node: ast.AST) -> bool:
    return isinstance(node, UNSEEN)


def _is_for_types(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"

"""The statements of a module, without the expressions in them, which are most of its tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

INNER = ("body", "orelse", "finalbody", "handlers", "cases")
"""The parts of a statement that hold further ones."""
Held = ast.stmt | ast.excepthandler | ast.match_case


def inner(node: ast.Module | Held) -> Iterator[Held]:
    """What stands directly in a module or a statement: statements, or branches that hold them."""
    for part in INNER:
        yield from getattr(node, part, ())


def statements(held: Iterable[Held]) -> Iterator[Held]:
    """These statements, and all that stand in them, however deep."""
    for node in held:
        yield node
        yield from statements(inner(node))

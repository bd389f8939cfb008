"""The text of a file, by the nodes of its tree."""

from __future__ import annotations

import ast
from functools import cached_property
from itertools import accumulate
from typing import cast

import attrs


@attrs.frozen(slots=False)
class SourceText:
    """The bytes of a source file, in which the nodes of its tree are found again."""

    source: bytes

    @cached_property
    def tree(self) -> ast.Module:
        """The tree of the file."""
        return ast.parse(self.source)

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line begins."""
        return [0, *accumulate(len(line) for line in self.source.splitlines(keepends=True))]

    def start(self, node: ast.AST) -> int:
        """Where a node begins, in bytes."""
        found = cast(ast.expr, node)
        return self._lines[found.lineno - 1] + found.col_offset

    def end(self, node: ast.AST) -> int:
        """Where it ends."""
        found = cast(ast.expr, node)
        assert found.end_lineno is not None
        assert found.end_col_offset is not None
        return self._lines[found.end_lineno - 1] + found.end_col_offset

    def of(self, node: ast.AST) -> str:
        """The text of a node, without parentheses around it."""
        return self.source[self.start(node) : self.end(node)].decode()

"""The ways in which a predicate comes out: disjunctive branches, each a list of what must be so of single columns.

As in SQL there are four outcomes to ask for. A check is kept unless it is false; it is broken if it is false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import product
from types import SimpleNamespace
from typing import TypeAlias

import attrs

from gapless.kit.columns import Column
from gapless.kit.predicates import All, Any, Field, IsNull, Node, Not, fields_of
from gapless.kit.python_compiler import Condition, is_false, is_true


@attrs.frozen
class Nullness:
    """A nullable column holds null, or holds a value."""

    column: str
    is_null: bool


@attrs.frozen(eq=False, slots=False)
class Test:
    """A comparison, pattern, list of constants or boolean field has the wanted result; no column of it is null."""

    node: Node
    holds: bool

    __test__ = False  # its name is no invitation to a test runner

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the test speaks of."""
        return fields_of(self.node)

    @cached_property
    def _condition(self) -> Condition:
        return is_true(self.node) if self.holds else is_false(self.node)

    def passes(self, values: Mapping[str, object]) -> bool:
        """Whether the test has the wanted result for these values, which are given by column."""
        return self._condition(SimpleNamespace(**values))

    def passes_of(self, value: object) -> bool:
        """Whether the test has the wanted result if each of its columns holds this value."""
        return self.passes(dict.fromkeys((column.name for column in self.columns), value))


Literal: TypeAlias = Nullness | Test
Branch: TypeAlias = tuple[Literal, ...]
Outcome: TypeAlias = Callable[[Node], list[Branch]]


def true_of(node: Node) -> list[Branch]:
    """The ways in which the node is true."""
    match node:
        case Not(part):
            return false_of(part)
        case All(parts):
            return _all(true_of, parts)
        case Any(parts):
            return _any(true_of, parts)
        case IsNull(Field(column)):
            return [(Nullness(column.name, is_null=True),)] if column.nullable else []
        case _:
            return [(Test(node, holds=True),)]


def false_of(node: Node) -> list[Branch]:
    """The ways in which the node is false."""
    match node:
        case Not(part):
            return true_of(part)
        case All(parts):
            return _any(false_of, parts)
        case Any(parts):
            return _all(false_of, parts)
        case IsNull(Field(column)):
            return [(Nullness(column.name, is_null=False),)] if column.nullable else [()]
        case _:
            return [(Test(node, holds=False),)]


def unless_false(node: Node) -> list[Branch]:
    """The ways in which the node is true, or neither true nor false because a column is null."""
    match node:
        case Not(part):
            return unless_true(part)
        case All(parts):
            return _all(unless_false, parts)
        case Any(parts):
            return _any(unless_false, parts)
        case IsNull():
            return true_of(node)
        case _:
            return [*_nulls(node), *true_of(node)]


def unless_true(node: Node) -> list[Branch]:
    """The ways in which the node is false, or neither true nor false because a column is null."""
    match node:
        case Not(part):
            return unless_false(part)
        case All(parts):
            return _any(unless_true, parts)
        case Any(parts):
            return _all(unless_true, parts)
        case IsNull():
            return false_of(node)
        case _:
            return [*_nulls(node), *false_of(node)]


def _nulls(node: Node) -> list[Branch]:
    return [(Nullness(column.name, is_null=True),) for column in fields_of(node) if column.nullable]


def _all(outcome: Outcome, parts: tuple[Node, ...]) -> list[Branch]:
    return [tuple(literal for branch in way for literal in branch) for way in product(*map(outcome, parts))]


def _any(outcome: Outcome, parts: tuple[Node, ...]) -> list[Branch]:
    return [branch for part in parts for branch in outcome(part)]

"""The nodes of which a condition over the fields of a row consists, beside its operands and comparisons."""

from __future__ import annotations

import attrs

from gapless.kit.operands import Field, Node


@attrs.frozen(eq=False)
class OneOf(Node):
    """Whether the operand is one of some constants."""

    operand: Node
    values: tuple[object, ...]


@attrs.frozen(eq=False)
class Matches(Node):
    """Whether a pattern of the dialect describes the whole text."""

    operand: Node
    pattern: str


@attrs.frozen(eq=False)
class StartsWith(Node):
    """Whether a text begins with a constant, whose characters mean themselves."""

    operand: Node
    value: str


@attrs.frozen(eq=False)
class Contains(Node):
    """Whether a constant, whose characters mean themselves, stands somewhere in a text."""

    operand: Node
    value: str


@attrs.frozen(eq=False)
class IsNull(Node):
    """Whether the field is null."""

    field: Field


@attrs.frozen(eq=False)
class Not(Node):
    """Whether the part is false."""

    part: Node


@attrs.frozen(eq=False)
class All(Node):
    """Whether every part is true."""

    parts: tuple[Node, ...]


@attrs.frozen(eq=False)
class Any(Node):
    """Whether at least one part is true."""

    parts: tuple[Node, ...]


TRUE = All(())

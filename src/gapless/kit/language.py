"""The functions with which conditions over the fields of a row are written.

    between(length(user.name), 2, 100)

For the type checker `user` is a User, and the whole is a bool. While a rule is declared or a query is built, `user` is
a symbolic row, and the whole is a tree of nodes. With a real value the same functions give a real answer.
"""

from __future__ import annotations

from typing import TypeVar, cast, overload

from gapless.kit.ambiguity import guessing
from gapless.kit.characters import BLANK_PATTERN, VISIBLE_PATTERN
from gapless.kit.columns import ColumnType, Value
from gapless.kit.errors import DeclarationError
from gapless.kit.letters import lowered
from gapless.kit.patterns import checked, to_python
from gapless.kit.predicates import (
    All,
    Any,
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
    StartsWith,
    as_node,
    behind,
    column_type,
    constant_of,
    operand_type,
)

T = TypeVar("T")


def length(text: str) -> int:
    """The number of code points of a text."""
    node = behind(text)
    return len(text) if node is None else cast(int, Length(_text(node)))


@overload
def lower(text: str) -> str: ...
@overload
def lower(text: str | None) -> str | None: ...
def lower(text: str | None) -> str | None:
    """A text with small letters in the place of A to Z, and everything else as it is, whatever the locale.

    Written around both sides it compares without regard to case: `lower(user.email) == lower(given)`.
    """
    node = behind(text)
    if node is None:
        return None if text is None else lowered(text)
    return cast(str, Lower(_text(node)))


def starts_with(text: str, beginning: str) -> bool:
    """Whether a text begins with a constant; each character of it means itself."""
    node = behind(text)
    if node is None:
        return text.startswith(beginning)
    return cast(bool, StartsWith(node, cast(str, constant_of(_text(node), _constant(beginning)))))


def contains(text: str, part: str) -> bool:
    """Whether a constant stands somewhere in a text; each character of it means itself."""
    node = behind(text)
    if node is None:
        return part in text
    return cast(bool, Contains(node, cast(str, constant_of(_text(node), _constant(part)))))


def nullable(field: T | None) -> T:
    """Marks a field that may be null: the check passes if it is."""
    node = behind(field)
    return cast(T, NullPasses(node)) if isinstance(node, Field) else cast(T, field)


def between(value: Value, least: Value, greatest: Value) -> bool:
    """Whether least <= value <= greatest."""
    operand = cast("int", value)
    return all_of(operand >= cast("int", least), operand <= cast("int", greatest))


def one_of(value: Value, *values: Value) -> bool:
    """Whether the value is one of those given."""
    node = behind(value)
    if node is None:
        return value in values
    operand_type(node)
    return cast(bool, OneOf(node, tuple(constant_of(node, constant) for constant in values)))


def matches(text: str, pattern: str) -> bool:
    """Whether a pattern describes the whole text; see `patterns` for its dialect.

    Raises:
        DeclarationError: the pattern is outside of the dialect, or for some texts its time doubles with every
        character.
    """
    node = behind(text)
    pattern = checked(pattern)
    guessing(pattern)
    if node is None:
        return to_python(pattern).fullmatch(text) is not None
    return cast(bool, Matches(_text(node), pattern))


def is_visible(text: str) -> bool:
    """Whether every character of a text can be seen; the list of `characters` says which can't."""
    return matches(text, VISIBLE_PATTERN)


def is_blank(text: str) -> bool:
    """Whether no character of a text can be seen; true of an empty text."""
    return matches(text, BLANK_PATTERN)


def is_null(value: object) -> bool:
    """Whether a field is null."""
    node = behind(value)
    if node is None:
        return value is None
    if not isinstance(node, Field):
        raise DeclarationError("is_null takes a field of the row: nothing else can be null.")
    return cast(bool, IsNull(node))


def negate(condition: bool) -> bool:
    """Whether the condition is false; if it compares a field that is null, neither it nor its negation is true."""
    return not condition if behind(condition) is None else cast(bool, Not(as_node(condition)))


def all_of(*conditions: bool) -> bool:
    """Whether every condition holds."""
    if all(behind(condition) is None for condition in conditions):
        return all(conditions)
    return cast(bool, All(tuple(map(as_node, conditions))))


def any_of(*conditions: bool) -> bool:
    """Whether at least one condition holds."""
    if all(behind(condition) is None for condition in conditions):
        return any(conditions)
    return cast(bool, Any(tuple(map(as_node, conditions))))


def _text(node: Node) -> Node:
    if column_type(node)[0] is not ColumnType.TEXT:
        raise DeclarationError(
            f"Only a text has a length and letters, and matches a pattern, not a {column_type(node)[0].value}."
        )
    return node


def _constant(part: str) -> str:
    if behind(part) is not None:
        raise DeclarationError("A text is searched for a constant, and not for what another field holds.")
    return part

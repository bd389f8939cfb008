"""What an index can be over: a column, or a text of one with small letters in the place of A to Z."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from gapless.kit.columns import Column, ColumnType
from gapless.kit.letters import lowered
from gapless.kit.predicates import Field, Lower, Node, NullPasses


@attrs.frozen(cache_hash=True)
class Lowered:
    """A column of texts with small letters in the place of A to Z: rows that differ in case alone are alike in it."""

    column: Column

    @property
    def name(self) -> str:
        """What tells it from the column, in no database."""
        return f"lower({self.column.name})"

    @property
    def type(self) -> ColumnType:
        """Its type."""
        return self.column.type

    @property
    def nullable(self) -> bool:
        """Whether it is null where the column is."""
        return self.column.nullable


Indexed: TypeAlias = Column | Lowered


def indexed_by(node: object) -> Indexed | None:
    """What an index can be over so that it answers a node; None if it is neither a field nor the small letters of one.

    A null that passes a check is not found by a search, so there a nullable field that was marked is a field.
    """
    match node:
        case Field(column) | NullPasses(Field(column)):
            return column
        case Lower(Field(column)) | Lower(NullPasses(Field(column))):
            return Lowered(column)
        case _:
            return None


def column_behind(indexed: Indexed) -> Column:
    """The column itself."""
    return indexed.column if isinstance(indexed, Lowered) else indexed


def node_of(indexed: Indexed) -> Node:
    """The operand of which an index keeps the values."""
    return Lower(Field(indexed.column)) if isinstance(indexed, Lowered) else Field(indexed)


def value_in(indexed: Indexed, row: object) -> object:
    """The value of a row; null if the column is."""
    value: object = getattr(row, column_behind(indexed).name)
    return held(indexed, value)


def held(indexed: Indexed, value: object) -> object:
    """What an index holds of the value of a column."""
    return lowered(value) if isinstance(indexed, Lowered) and isinstance(value, str) else value


def source_of(indexed: Indexed, row: str = "o") -> str:
    """The source of the value in a row, for compiled code that knows the functions of `python_compiler.CALLED`."""
    name = f"{row}.{column_behind(indexed).name}"
    if not isinstance(indexed, Lowered):
        return name
    return f"(None if {name} is None else lowered({name}))" if indexed.nullable else f"lowered({name})"

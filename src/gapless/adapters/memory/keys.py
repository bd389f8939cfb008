"""Keys: values of a row by which it is found, or by which related rows are found.

A row has a unique key, refers to a parent, is counted by a parent, or enters below one. All four ask the row before a
change and the row after it for a key, which may be None. A key holds a UUID as its number, which is hashed several
times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from uuid import UUID

from gapless.kit.columns import Column, ColumnType
from gapless.kit.predicates import TRUE, Node
from gapless.kit.python_compiler import PythonSource, bound

Key = tuple[object, ...]
"""Values of a row by which it, or what refers to it, is found; `Model.lookup` begins with the root's."""
KeyOf = Callable[[object], Key | None]


def key_where(columns: tuple[Column, ...], where: Node | None = None) -> KeyOf:
    """Compiles a function that gives these values of a row, or None if one is null or `where` is not true."""
    source = PythonSource()
    tests = tests_of(source, columns, where)
    values = values_in(columns)
    expression = f"({values} if {' and '.join(tests)} else None)" if tests else values
    return cast(KeyOf, bound("o", expression, source.constants))


def tests_of(source: PythonSource, columns: tuple[Column, ...], where: Node | None) -> list[str]:
    """The conditions under which a row `o` has such a key: no column is null, and `where` is true."""
    tests = [f"o.{column.name} is not None" for column in columns if column.nullable]
    if where is not None and where is not TRUE:
        tests.append(source.true(where))
    return tests


def values_in(columns: tuple[Column, ...]) -> str:
    """The tuple of these values of a row `o`."""
    return f"({''.join(f'{_part(column)}, ' for column in columns)})"


def part_of_key(value: object) -> object:
    """What stands for a value in a key."""
    return value.int if type(value) is UUID else value


def _part(column: Column) -> str:
    return f"o.{column.name}.int" if column.type is ColumnType.UUID else f"o.{column.name}"

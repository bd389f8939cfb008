"""Keys of rows: values by which a row is found, or by which others are found from it.

A row holds a unique key, refers to a parent, is counted by a parent, or enters one: all four are the same question,
asked of the row before and of the row after a change. Its answer is a key, or None. A UUID stands in a key as its
number, which is hashed several times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from gapless.kit.columns import Column, ColumnType
from gapless.kit.predicates import TRUE, Node
from gapless.kit.python_compiler import PythonSource, bound

Key = tuple[object, ...]
"""Values of a row that find it, or what refers to it; a primary key begins with the number of the organization."""
KeyOf = Callable[[object], Key | None]


def key_where(columns: tuple[Column, ...], where: Node | None = None) -> KeyOf:
    """Compiles what gives these values of a row, or None if one of them is null or `where` is not true."""
    source = PythonSource()
    tests = tests_of(source, columns, where)
    values = values_in(columns)
    expression = f"({values} if {' and '.join(tests)} else None)" if tests else values
    return cast(KeyOf, bound("o", expression, source.constants))


def tests_of(source: PythonSource, columns: tuple[Column, ...], where: Node | None) -> list[str]:
    """What has to be true of a row `o` that has such a key: none of the columns is null, and `where` is true."""
    tests = [f"o.{column.name} is not None" for column in columns if column.nullable]
    if where is not None and where is not TRUE:
        tests.append(source.true(where))
    return tests


def values_in(columns: tuple[Column, ...]) -> str:
    """The tuple of these values of a row `o`."""
    return f"({''.join(f'{_part(column)}, ' for column in columns)})"


def _part(column: Column) -> str:
    return f"o.{column.name}.int" if column.type is ColumnType.UUID else f"o.{column.name}"

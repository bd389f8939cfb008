"""Keys: values of a row by which it is found, or by which related rows are found.

A row has a unique key, refers to a parent, is counted by a parent, or enters below one. All four ask the row before a
change and the row after it for a key, which may be None. A key holds a UUID as its number, which is hashed several
times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar, cast
from uuid import UUID

from gapless.kit.columns import Column, ColumnType
from gapless.kit.links import Links
from gapless.kit.model import Model, Validated
from gapless.kit.predicates import TRUE, Node
from gapless.kit.python_compiler import PythonSource, bound

E = TypeVar("E", bound=Validated)
Key = tuple[object, ...]
"""Values of a row by which it, or what refers to it, is found; that of a row begins with its root, or with None."""
KeyOf = Callable[[object], Key | None]


def key_where(columns: tuple[Column, ...], where: Node | None = None, first: str = "") -> KeyOf:
    """Compiles a function that gives these values of a row, or None if one is null or `where` is not true.

    Args:
        columns: the columns of the values.
        where: the condition; None for each row.
        first: the source of a value in front of them; "" for none.
    """
    source = PythonSource()
    tests = tests_of(source, columns, where)
    values = _tuple([*filter(None, (first,)), *map(_part, columns)])
    expression = f"({values} if {' and '.join(tests)} else None)" if tests else values
    return cast(KeyOf, bound("o", expression, source.constants))


def key_in_table(model: Model[E]) -> KeyOf:
    """Compiles a function that gives the key of a row in its table: its root, or None, and what `lookup` has else."""
    parts = [_root_part(model.column(name)) for name in model.lookup]
    return cast(KeyOf, bound("o", _tuple(["None", *parts] if model.is_shared else parts), []))


def key_of_parent(parent: Model[Validated], links: Links, where: Node | None = None) -> KeyOf:
    """Compiles a function that gives the key of the row to which a row refers; None if it refers to none.

    Args:
        parent: the model of the rows to which it refers.
        links: the columns that refer, in the order of `Model.lookup`.
        where: the condition under which it counts as referring; None for each row.
    """
    return key_where(tuple(column for column, _ in links), where, first="None" if parent.is_shared else "")


def _root_part(column: Column) -> str:
    return f"(None if o.{column.name} is None else {_part(column)})" if column.nullable else _part(column)


def tests_of(source: PythonSource, columns: tuple[Column, ...], where: Node | None) -> list[str]:
    """The conditions under which a row `o` has such a key: no column is null, and `where` is true."""
    tests = [f"o.{column.name} is not None" for column in columns if column.nullable]
    if where is not None and where is not TRUE:
        tests.append(source.true(where))
    return tests


def values_in(columns: tuple[Column, ...]) -> str:
    """The tuple of these values of a row `o`."""
    return _tuple(map(_part, columns))


def _tuple(parts: Iterable[str]) -> str:
    return f"({''.join(f'{part}, ' for part in parts)})"


def part_of_key(value: object) -> object:
    """What stands for a value in a key."""
    return value.int if type(value) is UUID else value


def _part(column: Column) -> str:
    return f"o.{column.name}.int" if column.type is ColumnType.UUID else f"o.{column.name}"

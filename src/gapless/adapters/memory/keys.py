"""Keys: values of a row by which it is found, or by which related rows are found.

A row has a unique key, refers to a parent, is counted by a parent, or enters below one. All four ask the row before a
change and the row after it for a key, which may be None. A key holds a UUID as its number, which is hashed several
times faster.

The key of a row begins with its root. A row that belongs to it through a reference does not say it: whoever handles the
row knows its root, and passes it along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar, cast
from uuid import UUID

from gapless.kit import Catalogue, Reference
from gapless.kit.columns import Column, ColumnType
from gapless.kit.links import Links
from gapless.kit.lowered_columns import Indexed, column_behind, source_of
from gapless.kit.model import Model, Validated
from gapless.kit.predicates import TRUE, Node
from gapless.kit.python_compiler import PythonSource, bound

E = TypeVar("E", bound=Validated)
Key = tuple[object, ...]
"""Values of a row by which it, or what refers to it, is found; that of a row begins with its root, or with None."""
_ROW_AND_ROOT, _GIVEN_ROOT = "o, r=None", "r"


class KeyOf(Protocol):
    """Gives a key of a row; None if the row has none."""

    def __call__(self, row: object, root: object = None, /) -> Key | None:
        """The key.

        Args:
            row: the row.
            root: its root, as keys hold it, if the row does not say it; it is not looked at otherwise.
        """
        ...


class TableKeyOf(Protocol):
    """Gives the key of a row in its table."""

    def __call__(self, row: object, root: object = None, /) -> Key:
        """The key; the arguments are those of `KeyOf`."""
        ...


def key_where(columns: tuple[Indexed, ...], where: Node | None = None, first: str = "") -> KeyOf:
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
    return cast(KeyOf, bound(_ROW_AND_ROOT, expression, source.constants))


def key_in_table(model: Model[E]) -> TableKeyOf:
    """Compiles a function that gives the key of a row in its table: its root, or None, and what `lookup` has else."""
    parts = [_root_part(model.column(name)) for name in model.lookup]
    first = ["None"] if model.is_shared else [_GIVEN_ROOT] if model.through is not None else []
    return cast(TableKeyOf, bound(_ROW_AND_ROOT, _tuple([*first, *parts]), []))


def key_of_parent(
    catalogue: Catalogue, model: Model[Validated], reference: Reference, where: Node | None = None
) -> KeyOf:
    """Compiles a function that gives the key of the row to which a row refers; None if it refers to none.

    Args:
        catalogue: the catalogue.
        model: the model of the rows that refer.
        reference: the reference.
        where: the condition under which a row counts as referring; None for each row.
    """
    first = "None" if catalogue.parent(reference).is_shared else ""
    if catalogue.links_leave_root(model, reference):
        first = _GIVEN_ROOT if model.tenant_column is None else _part(model.tenant_column)
    return key_where(tuple(column for column, _ in catalogue.links(model, reference)), where, first)


def key_of_supplement(model: Model[Validated], links: Links) -> Callable[[object], Key]:
    """Compiles a function that gives the key of the row which supplements a row, whether it is there or not.

    Args:
        model: the model of the supplements.
        links: their columns that refer, each with the column of the row with its value.
    """
    theirs = {own.name: column for own, column in links}
    first = ["None"] if model.is_shared else []
    parts = _tuple([*first, *(_part(theirs[name]) for name in model.lookup)])
    return cast("Callable[[object], Key]", bound("o", parts, []))


def _root_part(column: Column) -> str:
    return f"(None if o.{column.name} is None else {_part(column)})" if column.nullable else _part(column)


def tests_of(source: PythonSource, columns: tuple[Indexed, ...], where: Node | None) -> list[str]:
    """The conditions under which a row `o` has such a key: no column is null, and `where` is true."""
    tests = [f"o.{column_behind(column).name} is not None" for column in columns if column.nullable]
    if where is not None and where is not TRUE:
        tests.append(source.true(where))
    return tests


def values_in(columns: tuple[Indexed, ...]) -> str:
    """The tuple of these values of a row `o`."""
    return _tuple(map(_part, columns))


def _tuple(parts: Iterable[str]) -> str:
    return f"({''.join(f'{part}, ' for part in parts)})"


def part_of_key(value: object) -> object:
    """What stands for a value in a key."""
    return value.int if type(value) is UUID else value


def _part(column: Indexed) -> str:
    return f"{source_of(column)}.int" if column.type is ColumnType.UUID else source_of(column)

"""The types of columns that have few values, all of which can be listed."""

from __future__ import annotations

from collections.abc import Callable

from gapless.kit.columns import ByType, Column, ColumnType

FEW: ByType[Callable[[Column], tuple[object, ...]]] = ByType(
    interpreter="The plan for rows",
    place="testing/strategies/few_values.py",
    needed="all values of a column, if its type has few; none if it has many",
    by_type={
        ColumnType.TEXT: lambda _: (),
        ColumnType.ENUMERATION: lambda column: tuple(column.members.values()),
        ColumnType.INTEGER: lambda _: (),
        ColumnType.BIG_INTEGER: lambda _: (),
        ColumnType.DECIMAL: lambda _: (),
        ColumnType.BOOLEAN: lambda _: (False, True),
        ColumnType.UUID: lambda _: (),
        ColumnType.UUIDS: lambda _: (),
        ColumnType.TIME: lambda _: (),
        ColumnType.JSON: lambda _: (),
        ColumnType.KEY: lambda _: (),
    },
)

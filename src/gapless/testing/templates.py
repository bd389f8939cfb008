"""What rows of an entity have in common, and what each has of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from uuid import UUID

import attrs

from gapless.kit import Exclusion, Model, PrimaryKey, Reference, Unique
from gapless.kit.columns import Column, ColumnType
from gapless.kit.model import Validated
from gapless.testing.solving import Row, Values, own_text
from gapless.testing.strategies.ranges import Ranges, range_of, value_at
from gapless.testing.strategies.solutions import Combination

SOMEBODY = UUID("018dc0de-0000-7000-8000-000000000001")
"""Stands for the id of a row in what is solved before there are rows."""
STANDING_IN: Mapping[ColumnType, object] = MappingProxyType(
    {ColumnType.UUID: SOMEBODY, ColumnType.TEXT: "standing in", ColumnType.INTEGER: 1, ColumnType.BIG_INTEGER: 1}
)
_OWNED = (ColumnType.UUID, ColumnType.TEXT, ColumnType.INTEGER, ColumnType.BIG_INTEGER, ColumnType.TIME)
Own = Callable[[UUID], object]
"""Makes a value that no other row has, from an id that no other row has."""


@attrs.frozen(eq=False, kw_only=True)
class Template:
    """What rows of an entity have in common.

    Attributes:
        model: of which entity.
        values: by column; of what is a row's own one that stands for it.
        own: by column what makes a row's own value.
    """

    model: Model[Validated]
    values: Values
    own: Mapping[str, Own]

    @property
    def shared(self) -> Values:
        """The values that are not a row's own."""
        return {name: value for name, value in self.values.items() if name not in self.own}

    def has(self, reference: Reference) -> bool:
        """Whether rows point at something by a reference."""
        return all(self.values[column.name] is not None for column in reference.fields)

    def differing(self, other: Template) -> Row:
        """The values of another template that differ, but for what is a row's own."""
        return {name: other.values[name] for name, value in self.shared.items() if other.values[name] != value}


def is_standing_in(column: Column, value: object) -> bool:
    """Whether a value of a column stands for the key of a row that is there."""
    return type(value) is not bool and value is not None and value == STANDING_IN.get(column.type)


def pointing(model: Model[Validated]) -> set[str]:
    """The columns by which rows point at others, and at their root."""
    return {column.name for rule in model.of_kind(Reference) for column in rule.fields} | {model.tenant}


def apart(model: Model[Validated]) -> Iterator[Column]:
    """The columns in which no two rows should be alike: of the key, of what is unique, of what excludes others."""
    for rule in model.rules:
        if isinstance(rule, (PrimaryKey, Unique)):
            yield from (column for column in rule.columns if column.type in _OWNED)
        elif isinstance(rule, Exclusion):
            yield from (column for column in rule.fields if column.type in _OWNED)


def own_values(column: Column, way: Combination, ranges: Ranges) -> Own | None:
    """What makes another value for each id, within what the rules leave; None if there are not enough of them."""
    found = range_of(column)
    if found is None:
        return None
    least, greatest = ranges[found[0]]
    if column.type is ColumnType.TEXT:
        return lambda seed: own_text(way, column, (least, greatest), seed.int)
    if column.type is ColumnType.UUID:
        return lambda seed: seed
    return lambda seed: value_at(column.type, least + seed.int % (greatest - least + 1))

"""What rows of an entity have in common, and what each has of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TypeAlias
from uuid import UUID

import attrs

from gapless.kit import Exclusion, Model, PrimaryKey, Reference, Rule, Unique
from gapless.kit.columns import ByType, Column, ColumnType
from gapless.kit.model import Validated
from gapless.testing.own_values import Own
from gapless.testing.solving import Row, Values

SOMEBODY = UUID("018dc0de-0000-7000-8000-000000000001")
"""Stands for the id of a row in what is solved before there are rows."""
OTHERS = tuple(UUID(f"018dc0de-0000-7000-8000-00000000000{number}") for number in range(2, 6))
"""Stand for the ids of other rows than that of the fixture, each of another one."""


@attrs.frozen(kw_only=True)
class Telling:
    """How values of a type tell rows apart.

    Attributes:
        standing_in: what stands for the key of the row of the fixture; None if no key of a row has this type.
        is_own: whether each row gets a value of its own.
        is_few: whether rows are told apart by it where nothing else does, as it has few values.
    """

    standing_in: object = None
    is_own: bool = False
    is_few: bool = False


TOLD: ByType[Telling] = ByType(
    interpreter="The template of rows",
    place="testing/templates.py",
    needed="its Telling",
    by_type={
        ColumnType.TEXT: Telling(standing_in="standing in", is_own=True),
        ColumnType.ENUMERATION: Telling(is_few=True),
        ColumnType.INTEGER: Telling(standing_in=1, is_own=True),
        ColumnType.BIG_INTEGER: Telling(standing_in=1, is_own=True),
        ColumnType.DECIMAL: Telling(is_own=True),
        ColumnType.BOOLEAN: Telling(is_few=True),
        ColumnType.UUID: Telling(standing_in=SOMEBODY, is_own=True),
        ColumnType.UUIDS: Telling(),
        ColumnType.TIME: Telling(is_own=True),
        ColumnType.JSON: Telling(),
        ColumnType.KEY: Telling(),
    },
)
Apart: TypeAlias = PrimaryKey | Unique | Exclusion
"""What no two rows may share."""


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Template:
    """What rows of an entity have in common.

    Attributes:
        model: of which entity.
        values: by column; of what is a row's own one that stands for it.
        own: by column the values of which each row has one of its own.
    """

    model: Model[Validated]
    values: Values
    own: Mapping[str, Own]

    @cached_property
    def broken(self) -> Sequence[Rule]:
        """The rules over one row that rows of it break: none, or the one that is meant."""
        return self.model.find_violations(self.values)

    @property
    def shared(self) -> Values:
        """The values that are not a row's own."""
        return {name: value for name, value in self.values.items() if name not in self.own}

    def has(self, reference: Reference) -> bool:
        """Whether rows point at something by a reference."""
        return all(self.values[column.name] is not None for column in reference.fields)

    def differing(self, other: Template) -> Row:
        """The values of another template that differ; of a row's own those that no row of this one has."""
        return {
            name: other.values[name]
            for name, value in self.values.items()
            if other.values[name] != value and (name not in self.own or not self.own[name].may_be(other.values[name]))
        }


def is_standing_in(column: Column, value: object) -> bool:
    """Whether a value of a column stands for the key of a row that is there."""
    return type(value) is not bool and value is not None and value == TOLD.of(column.type).standing_in


def stand_ins(column: Column) -> Iterator[object]:
    """What to try for a column by which rows point at others: at none, at the row of the fixture, at other rows."""
    yield from (None,) * column.nullable
    yield TOLD.of(column.type).standing_in
    if column.type is ColumnType.UUID:
        yield from OTHERS


def pointing(model: Model[Validated]) -> set[str]:
    """The columns by which rows point at others, and at their root; a root whose key is no id points nowhere by it."""
    to_root = set() if has_own_key(model) or model.tenant is None else {model.tenant}
    return {column.name for rule in model.of_kind(Reference) for column in rule.fields} | to_root


def has_own_key(model: Model[Validated]) -> bool:
    """Whether rows are roots with a key of their own, which is no id that a factory gives."""
    return model.is_root and model.key_columns[0].type not in (ColumnType.UUID, ColumnType.KEY)


def agreed(rule: Apart) -> tuple[Column, ...]:
    """The columns in which no two rows agree: of an exclusion those beside its range."""
    return rule.fields if isinstance(rule, Exclusion) else rule.columns


@lru_cache(maxsize=1024)
def rules_apart(model: Model[Validated]) -> tuple[Apart, ...]:
    """The rules of a model by which rows may not be alike, in the order in which they are declared."""
    return tuple(rule for rule in model.rules if isinstance(rule, (PrimaryKey, Unique, Exclusion)))


def names_root(model: Model[Validated], rule: Apart) -> bool:
    """Whether a rule is about the rows of one root, and not of all together: it names that, or a row of it."""
    names = {column.name for column in agreed(rule)}
    if model.through is not None:
        return names >= {column.name for column in model.through.fields}
    return not has_own_key(model) and model.tenant in names


def rules_across_roots(model: Model[Validated]) -> tuple[Apart, ...]:
    """The rules by which rows may not be alike even if they are of different roots."""
    return tuple(rule for rule in rules_apart(model) if not names_root(model, rule))


def shared_by_all(model: Model[Validated]) -> Iterator[Column]:
    """The columns of which no two rows have the same together, in whichever organizations they are."""
    return (column for rule in rules_across_roots(model) for column in agreed(rule))


def apart(model: Model[Validated]) -> Iterator[Column]:
    """The columns in which no two rows should be alike: of the key, of what is unique, of what excludes others.

    A column of few values by its type is one of them only where nothing else tells the rows apart.
    """
    points = pointing(model)
    for rule in rules_apart(model):
        own = [column for column in agreed(rule) if TOLD.of(column.type).is_own and column.name not in points]
        others = [column for column in agreed(rule) if column.name != model.tenant]
        if own or isinstance(rule, Exclusion) or any(column.name in points for column in others):
            yield from own
        else:
            yield from (column for column in others if TOLD.of(column.type).is_few)


def ranges_apart(model: Model[Validated]) -> dict[str, bool]:
    """The columns of the ranges by which alone rows are apart, and whether a range ends there."""
    points, found = pointing(model) - {model.tenant}, dict[str, bool]()
    for rule in model.of_kind(Exclusion):
        if not any(TOLD.of(column.type).is_own and column.name != model.tenant for column in rule.fields):
            found |= {rule.start.name: False, rule.end.name: True}
    return {name: ends for name, ends in found.items() if name not in points}

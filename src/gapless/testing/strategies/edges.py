"""The edges of a rule over one row: values of its columns that just keep it, and values that just break it.

Edges are listed and not drawn, so that none is left to chance. They are to be put into a valid row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import product
from math import prod
from types import SimpleNamespace
from typing import cast

import attrs

from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    DataType,
    EnumMember,
    Exclusion,
    Immutable,
    Index,
    Model,
    Numbered,
    PrimaryKey,
    Reference,
    Required,
    Rule,
    Stamped,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.columns import EARLIEST, INTEGER_RANGES, LATEST, ByType, Column, ColumnType, Digits, digits_of
from gapless.kit.errors import DeclarationError
from gapless.kit.json_object import GREATEST_INTEGER, JsonObject
from gapless.kit.model import E, Validated, model_of
from gapless.kit.python_compiler import is_false
from gapless.kit.registry import Registry
from gapless.testing.strategies.near_misses import near_misses, plain, values_around
from gapless.testing.strategies.walks import AWKWARD
from gapless.testing.unrepresentable import unrepresentable

MOST_EDGES = 4096
"""How many edges of one rule are listed; of a rule over many columns each column gives fewer values then."""


@attrs.frozen
class Edge:
    """Values at the edge of a rule.

    Attributes:
        values: by column, for all the columns of the rule.
        holds: whether a row with these values keeps the rule. Other rules may still refuse the row.
    """

    values: Mapping[str, object]
    holds: bool


def boundary(rule: Rule, model: Model[E] | None = None) -> tuple[Edge, ...]:
    """Lists the values on both sides of each edge of a rule over one row.

    They are: lengths and numbers before, at and past a limit; members of an enumeration or a list, and values that are
    nearly a member; texts that match a pattern, and the same texts with a character added, removed or changed; for an
    order between two columns both sides of it, and equal values; null, where it is allowed.

    Args:
        rule: a DataType, Required, EnumMember or Check of an entity.
        model: the model that has the rule, if a catalogue has added it: `HELP_DESK.model(User)`.

    Raises:
        DeclarationError: the rule is not over one row, or neither the model nor an entity declares it.
    """
    return _boundary(rule, declaring(rule, model))


@lru_cache(maxsize=256)
def _boundary(rule: Rule, model: Model[Validated]) -> tuple[Edge, ...]:
    listed = EDGES.of(rule)
    return () if listed is None else tuple(listed(model, rule))


def declaring(rule: Rule, model: Model[E] | None = None) -> Model[Validated]:
    """The model of the entity that declares a rule over one row; the arguments are those of `boundary`.

    Raises:
        DeclarationError: as of `boundary`.
    """
    if EDGES.of(rule) is None:
        raise DeclarationError(f"{rule.name} is a {type(rule).__name__}: one row alone can neither keep nor break it.")
    among = _models(Validated) if model is None else iter((cast("Model[Validated]", model),))
    found = next((each for each in among if rule in each.rules), None)
    if found is None:
        where = "No entity declares" if model is None else f"The model of {model.name} does not have"
        raise DeclarationError(f"{where} {rule.name}: name the model of a catalogue that has it.")
    return found


def _models(kind: type[Validated]) -> Iterator[Model[Validated]]:
    """The models of all entities below a class that have their rules."""
    for entity in kind.__subclasses__():
        model = vars(entity).get("__gapless_model__")
        if isinstance(model, Model):
            yield from model.forms
        yield from _models(entity)


def edges_of_check(model: Model[Validated], rule: Rule) -> Iterator[Edge]:
    """The values on both sides of each edge of a check that a model has."""
    check = cast(Check, rule)
    broken = is_false(check.holds)
    names = [column.name for column in check.columns]
    for values in product(*_few([values_around(model, check, column) for column in check.columns])):
        row = dict(zip(names, values, strict=True))
        yield Edge(row, not broken(SimpleNamespace(**row)))


def _of_known(_: Model[Validated], rule: Rule) -> Iterator[Edge]:
    column = cast(EnumMember, rule).column
    return _of_column(column, _around_members(column), of_known=True)


def _of_required(_: Model[Validated], rule: Rule) -> Iterator[Edge]:
    column = cast(Required, rule).column
    return iter((Edge({column.name: plain(column)}, holds=True), Edge({column.name: None}, holds=False)))


def _of_data_type(model: Model[Validated], rule: Rule) -> Iterator[Edge]:
    # What a root's key may be, the entity says: it is in no catalogue.
    column = model_of(model.entity).column(cast(DataType, rule).column.name)
    return _of_column(column, [*EXTREMES.of(column.type)(column), *(value for _, value in unrepresentable(column))])


EDGES: Registry[Callable[[Model[Validated], Rule], Iterator[Edge]] | None] = Registry(
    interpreter="The list of edges",
    place="testing/strategies/edges.py",
    needed="what lists its edges, or None if one row alone can neither keep nor break it",
    by_kind={
        DataType: _of_data_type,
        Required: _of_required,
        EnumMember: _of_known,
        Check: edges_of_check,
        Transition: None,
        PrimaryKey: None,
        Unique: None,
        Exclusion: None,
        Reference: None,
        AdmissionGuard: None,
        AtLeastOne: None,
        AtMost: None,
        Immutable: None,
        VersionStep: None,
        AppendOnly: None,
        Numbered: None,
        Stamped: None,
        Index: None,
    },
)


def _few(values: Sequence[list[object]]) -> Sequence[list[object]]:
    """The values of each column, so few that not too many rows can be made of them."""
    if prod(map(len, values)) <= MOST_EDGES:
        return values
    each = int(MOST_EDGES ** (1 / len(values)))
    return [column[:each] for column in values]


def _of_column(column: Column, values: Sequence[object], *, of_known: bool = False) -> Iterator[Edge]:
    for value in values:
        normalised = column.normalised(value)
        kind = (column.enumeration, type(None))
        yield Edge({column.name: value}, type(normalised) in kind if of_known else column.represents(normalised))


def _around_members(column: Column) -> list[object]:
    texts = [str(member.value) for member in column.members.values()]
    nearly = dict.fromkeys(near for text in (texts[0], texts[-1]) for near in near_misses(text))
    return [*([None] if column.nullable else []), *column.members.values(), *texts, *nearly]


def _decimals(digits: Digits) -> tuple[object, ...]:
    """Both ends, and numbers that equal what is kept: zero below zero, of another scale, a whole number."""
    greatest = digits.greatest
    zero = Decimal("-0")
    return (greatest, greatest.copy_negate(), zero, digits.unit.normalize(), Decimal("0.0000"), 0)


EXTREMES: ByType[Callable[[Column], Sequence[object]]] = ByType(
    interpreter="The list of edges",
    place="testing/strategies/edges.py",
    needed="what a column can just store: the ends of its range, and awkward values",
    by_type={
        ColumnType.TEXT: lambda _: ("", AWKWARD, "".join(map(chr, range(1, 128)))),
        ColumnType.ENUMERATION: lambda column: (*column.members.values(), *column.members),
        ColumnType.INTEGER: lambda column: (0, *INTEGER_RANGES[column.type]),
        ColumnType.BIG_INTEGER: lambda column: (0, *INTEGER_RANGES[column.type]),
        ColumnType.DECIMAL: lambda column: _decimals(digits_of(column)),
        ColumnType.BOOLEAN: lambda column: (plain(column),),
        ColumnType.UUID: lambda column: (plain(column),),
        ColumnType.UUIDS: lambda column: (plain(column),),
        ColumnType.TIME: lambda column: (plain(column), EARLIEST, LATEST),
        ColumnType.JSON: lambda _: (JsonObject({}), {"key": GREATEST_INTEGER}, {AWKWARD: [None, 0.1]}),
        ColumnType.KEY: lambda column: (plain(column),),
    },
)

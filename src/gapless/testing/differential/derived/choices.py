"""What derived vocabularies give to the fields of an entity, one by one and several together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from gapless.kit import AdmissionGuard, Check, Exclusion, Invariant, Model, Unique
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.lowered_columns import Lowered, column_behind
from gapless.kit.model import CREATED_AT, VERSION, Validated
from gapless.kit.predicates import Node, Not, fields_of
from gapless.testing.differential.derived.keys import Pointing
from gapless.testing.differential.derived.ranges import range_at
from gapless.testing.differential.derived.rows import DerivedRows
from gapless.testing.differential.derived.variation import PLACES
from gapless.testing.differential.derived.words import WORDS
from gapless.testing.differential.vocabulary import OWN, TAKEN
from gapless.testing.strategies.edges import boundary
from gapless.testing.strategies.plain_rows import plain_row, plain_ways
from gapless.testing.strategies.solutions import Plan, plan_of, plan_where
from gapless.testing.templates import shared_by_all

Values = dict[str, object]
VALID, REFUSED = 4, 1
"""How often a value that the rules allow is drawn, and one that they refuse."""
MOST_VALID, MOST_REFUSED = 6, 2
MOST_WAYS = 4


def changed_by_programs(model: Model[Validated]) -> list[Column]:
    """The columns of an entity that programs write: not its key, nor what a store owns, nor when it was made."""
    left = {*model.key, model.tenant, VERSION, CREATED_AT, *model.filled}
    return [column for column in model.columns if column.name not in left]


def choices_of(rows: DerivedRows, model: Model[Validated]) -> dict[str, list[object]]:
    """The values of each field, as often as they are to be drawn: mostly what the rules allow."""
    targets = {name: each for name, each in rows.keys.targets(model).items() if each.parent in rows.spoken}
    return {
        column.name: _pointing(column, targets[column.name]) if column.name in targets else values_of(model, column)
        for column in changed_by_programs(model)
    }


def _pointing(column: Column, pointing: Pointing) -> list[object]:
    places = [pointing.at(place)[column.name] for place in (*pointing.places[:2], *pointing.places)]
    return [*([None, None] if column.nullable else []), *places]


@lru_cache(maxsize=4096)
def values_of(model: Model[Validated], column: Column) -> list[object]:
    """The values of a field that refers to nothing, as often as they are to be drawn."""
    plan = plan_of(model)
    found = dict.fromkeys(_candidates(model, column))
    valid = [value for value in found if plan.allows({column.name: column.normalised(value)})]
    nulls: list[object] = [None] if column.nullable else []
    refused = [value for value in _refused(model, column) if value not in valid]
    if column in shared_by_all(model):  # what is valid there, another program may have by now
        return [OWN, OWN, TAKEN, *nulls, *refused[:1]]
    kept = [value for value in valid if value is not None and not _is_long(value)][:MOST_VALID]
    return [*(nulls + kept) * VALID, *refused[:MOST_REFUSED] * REFUSED]


def _candidates(model: Model[Validated], column: Column) -> Iterator[object]:
    """Values of a column, of which the rules may allow some and refuse others."""
    if column.nullable:
        yield None
    if column.type is ColumnType.TEXT:
        fields = [field for rule in model.of_kind(Unique) for field in rule.fields]
        marks = ("0", "1") if column in map(column_behind, fields) else ("",)
        for mark in marks:
            text = plain_row(plan_of(model), {}, mark, [column.name] if mark else [])[column.name]
            yield text
            if isinstance(text, str) and Lowered(column) in fields:
                yield text.swapcase()
    yield from WORDS.of(column.type).values(column)
    yield from (value for value, holds in _edges(model, column) if holds)


def _refused(model: Model[Validated], column: Column) -> Iterator[object]:
    yield from (value for value, holds in _edges(model, column) if not holds)


def _is_long(value: object) -> bool:
    """Whether a text is so long that nobody wants to read it in a program; those at edges are drawn besides."""
    return isinstance(value, str) and len(value) > 64


@lru_cache(maxsize=4096)
def _edges(model: Model[Validated], column: Column) -> list[tuple[object, bool]]:
    """The shortest values at the edges of rules over this column alone."""
    rules = [rule for rule in model.of_kind(Check) if rule.columns == (column,)]
    found = [(edge.values[column.name], edge.holds) for rule in rules for edge in boundary(rule, model)]
    return [(value, holds) for value, holds in found if value is not None][:40]


def together_of(rows: DerivedRows, model: Model[Validated], conditions: Sequence[Node]) -> list[Values]:
    """Changes of several fields: those that the rules allow only together, and those that decide a condition."""
    found = _pointed_at(rows, model, _joined(model))
    several = [each for each in rows.keys.pointing(model) if len(each.links) > 1 and each.parent in rows.spoken]
    found += [each.at(place) for each in several for place in each.places]
    for node in conditions:
        for holds in (True, False):
            found += sides_of(model, node, holds=holds, rows=rows)
    for rule in model.of_kind(Exclusion):
        found += [range_at(model, rule, start, start + 1) for start in range(PLACES)]
    return _distinct(found)


def sides_of(model: Model[Validated], node: Node, *, holds: bool, rows: DerivedRows | None = None) -> list[Values]:
    """Values of the fields of a condition, and of those that hang together with them, for which it is true or false."""
    if not fields_of(node):
        return []
    return _pointed_at(rows, model, _side(model, node, holds))


def inside_of(rows: DerivedRows, model: Model[Validated], rule: AdmissionGuard | Invariant) -> Values:
    """Values of a row that a rule counts or guards, below the first row of its parent."""
    return (sides_of(model, rule.of, holds=True, rows=rows) or [{}])[0] | rows.below(model, rule)


@lru_cache(maxsize=4096)
def _side(model: Model[Validated], node: Node, holds: bool) -> list[Values]:
    try:
        plan = plan_where(model, [node if holds else Not(node)])
    except DeclarationError:
        return []
    return _ways(model, fields_of(node), plan)


@lru_cache(maxsize=1024)
def _joined(model: Model[Validated]) -> list[Values]:
    """The ways in which the columns that hang together can be, component by component."""
    plan = plan_of(model)
    components = [component for component in plan.components if len(component.columns) > 1]
    return [values for component in components for values in _ways(model, component.columns, plan)]


def _ways(model: Model[Validated], columns: Sequence[Column], plan: Plan) -> list[Values]:
    names = {column.name for column in columns}
    shared = {column.name for column in shared_by_all(model)}
    written = {column.name for column in changed_by_programs(model)} - shared
    found: list[Values] = [{}]
    for component in plan.components:
        if names.isdisjoint(column.name for column in component.columns):
            continue
        ways: list[Values] = []
        for way in plain_ways(component, {}):
            kept = {name: value for name, value in way.items() if name in written}
            ways.append(kept)
            if len(ways) >= 4 * MOST_WAYS:
                break
        found = [{**one, **other} for one in found for other in _distinct(ways)[:MOST_WAYS]]
    return [values for values in _distinct(found)[: 2 * MOST_WAYS] if values]


def _pointed_at(rows: DerivedRows | None, model: Model[Validated], found: Sequence[Values]) -> list[Values]:
    """Replaces references in the values by ids of rows that may be there, if `rows` says which these are."""
    return [*found] if rows is None else [each for values in found for each in _pointed(rows, model, values)]


def _pointed(rows: DerivedRows, model: Model[Validated], values: Values) -> list[Values]:
    """Replaces all references in the values, once by ids of first rows and once by ids of second rows."""
    targets = rows.keys.targets(model)
    pointing = [name for name in values if name in targets and values[name] is not None]
    return [
        {**values, **{name: targets[name].toward(place)[name] for name in pointing}}
        for place in (range(2) if pointing else range(1))
    ]


def _distinct(found: Sequence[Values]) -> list[Values]:
    kept: list[Values] = []
    for values in found:
        if values not in kept:
            kept.append(values)
    return kept


def ordered_of(model: Model[Validated]) -> list[str]:
    """The fields by which rows are ordered and compared."""
    columns = changed_by_programs(model) or list(model.key_columns)
    found = [column.name for column in columns if WORDS.of(column.type).is_ordered]
    return found or [model.key_columns[-1].name]

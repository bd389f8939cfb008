"""The plan for the rows of an entity: which columns hang together by rules, and in which ways all their rules come out.

Columns that no rule joins are drawn apart. For those that hang together every combination of branches that
contradicts nothing is a way in which a row can be; a row takes one of them and is drawn to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

import attrs

from gapless.kit import Check, DataType, Model, Required, Rule
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.predicates import (
    Comparison,
    Constant,
    Field,
    Lower,
    Node,
    NullPasses,
    OneOf,
    constants_in,
    fields_of,
    walk,
)
from gapless.testing.strategies.branches import Branch, Literal, Nullness, Test, false_of, true_of, unless_false
from gapless.testing.strategies.few_values import FEW
from gapless.testing.strategies.linear import Relation, narrowed_by, relation_of
from gapless.testing.strategies.ranges import (
    Bound,
    Quantity,
    Range,
    Ranges,
    bounds_of,
    count_of,
    narrowed,
    range_of,
)
from gapless.testing.strategies.sought_texts import described, named_texts
from gapless.testing.strategies.walks import FURTHER_LENGTHS, Walk, walk_through

MOST_COMBINATIONS = 512
"""How many ways a row can be in are kept of columns that hang together; what a rule allows beyond them is not drawn."""
UNBOUNDED_LENGTH = 128
"""How long a text is at most that no rule bounds, but for some more: nothing decides there."""
Values = Mapping[str, object]


@attrs.frozen(eq=False, slots=False)
class Combination:
    """One way in which all rules over some columns can hold.

    Attributes:
        columns: the columns, in the order in which they are drawn.
        literals: what must be so of them.
    """

    columns: tuple[Column, ...]
    literals: tuple[Literal, ...]

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """The tests, without what is only said about null."""
        return tuple(literal for literal in self.literals if isinstance(literal, Test))

    @cached_property
    def bounds(self) -> tuple[Bound, ...]:
        """The bounds of quantities that the tests ask for."""
        return tuple(bound for test in self.tests for bound in bounds_of(test))

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """What the tests ask of sums."""
        return tuple(filter(None, map(relation_of, self.tests)))

    @cached_property
    def _nulls(self) -> dict[str, set[bool]]:
        said: dict[str, set[bool]] = {}
        for literal in self.literals:
            if isinstance(literal, Nullness):
                said.setdefault(literal.column, set()).add(literal.is_null)
            else:
                for column in literal.columns:
                    said.setdefault(column.name, set()).add(False)
        return said

    @cached_property
    def values_needed(self) -> int:
        """How many columns that may be null must hold a value; the fewer, the simpler the row."""
        return sum(self.is_null(column) is False for column in self.columns if column.nullable)

    def is_null(self, column: Column) -> bool | None:
        """Whether the column must be null, or must not be; None if it may be either."""
        if not column.nullable:
            return False
        return next(iter(self._nulls[column.name])) if column.name in self._nulls else None

    def equal_to(self, column: Column) -> frozenset[str]:
        """The column's name, and those of the columns that must have the same value."""
        names, joined = {column.name}, [test for test in self.tests if _equates(test)]
        for test in joined * len(joined):
            those = {found.name for found in test.columns}
            names |= those if names & those else set()
        return frozenset(names)

    def tests_of(self, column: Column) -> tuple[Test, ...]:
        """What one value must pass: the tests of this column alone, and of those that must equal it."""
        names = self.equal_to(column)
        return tuple(test for test in self.tests if {found.name for found in test.columns} <= names)

    def settled_by(self, column: Column, row: Values) -> tuple[Test, ...]:
        """The tests of this column and others that its value settles, since the others have theirs."""
        known = {column.name, *row}
        joint = [test for test in self.tests if column in test.columns and len(test.columns) > 1]
        return tuple(test for test in joint if {found.name for found in test.columns} <= known)

    def candidates(self, column: Column) -> tuple[object, ...] | None:
        """The few values that the column can have, if they are few: members, or constants that a rule names."""
        tests = self.tests_of(column)
        found = next((few for test in tests if (few := _constants(test)) is not None), None)
        if found is None:
            found = tuple(text for test in tests for text in named_texts(test)) or None
        found = FEW.of(column.type)(column) or found
        return None if found is None else tuple(value for value in found if all(t.passes_of(value) for t in tests))

    def walk(self, column: Column) -> Walk | None:
        """The texts of a column of which patterns, beginnings or parts are asked; None if none are."""
        languages = frozenset(filter(None, map(described, self.tests_of(column))))
        return walk_through(languages) if languages else None

    def ranges(self, known: Values) -> Ranges | None:
        """The ranges of what can be counted, given the values of some columns; None if they contradict the rules."""
        ranges: dict[Quantity, Range] = {}
        for column in self.columns:
            found = range_of(column)
            if found is not None:
                ranges[found[0]] = self._lengths(column) if found[0].of_length else found[1]
            given = count_of(column, known.get(column.name))
            if given is not None:
                ranges[given[0]] = (given[1], given[1])
        bounded = narrowed(ranges, self.bounds)
        if bounded is None or not self.relations:
            return bounded
        related = narrowed_by(bounded, self.relations)
        return None if related is None else narrowed(related, self.bounds)

    def _lengths(self, column: Column) -> Range:
        """The least and the greatest length that the patterns of a column leave; an empty range if they leave none."""
        walk = self.walk(column)
        lengths = (0, self._longest) if walk is None else walk.lengths(0, self._longest)
        return (lengths[0], lengths[-1]) if lengths else (1, 0)

    @cached_property
    def _longest(self) -> int:
        """The length of a text that no rule bounds: what decides a rule, and some more."""
        told = [bound.right for bound in self.bounds if bound.left.of_length and isinstance(bound.right, int)]
        told += [len(str(text)) for test in self.tests for node in walk(test.node) for text in constants_in(node)]
        return FURTHER_LENGTHS + max([UNBOUNDED_LENGTH, *told])

    def allows(self, given: Values) -> bool:
        """Whether some row that comes out this way has these values."""
        if not self.literals:
            return True
        nulls = self._nulls
        if any(len(said) > 1 for said in nulls.values()) or not _agree(nulls, given):
            return False
        settled = [test for test in self.tests if all(column.name in given for column in test.columns)]
        if not all(test.passes(given) for test in settled):
            return False
        ranges = self.ranges(given)
        left = [column for column in self.columns if column.name not in given and self.is_null(column) is False]
        return ranges is not None and all(self._leaves_something(column, ranges) for column in left)

    def _leaves_something(self, column: Column, ranges: Ranges) -> bool:
        candidates = self.candidates(column)
        if candidates is not None:
            return bool(candidates)
        walk = self.walk(column)
        return walk is None or bool(walk.lengths(*ranges[Quantity(column.name, of_length=True)]))


def _agree(nulls: Mapping[str, set[bool]], given: Values) -> bool:
    return all({value is None} == nulls[name] for name, value in given.items() if name in nulls)


def _equates(test: Test) -> bool:
    match test.node:
        case Comparison("==" | "!=" as operator, left, right):
            return (operator == "==") is test.holds and _is_comparable(left) and _is_comparable(right)
        case _:
            return False


def _is_field(node: Node) -> bool:
    return isinstance(node, (Field, NullPasses))


def _is_comparable(node: Node) -> bool:
    """Whether rows in which the columns are equal are alike in this as well."""
    return _is_field(node.of if isinstance(node, Lower) else node)


def _constants(test: Test) -> tuple[object, ...] | None:
    """The values that pass a test, if it names them one by one."""
    match test.node:
        case OneOf(operand, values) if test.holds and _is_field(operand):
            return values
        case Comparison("==" | "!=" as operator, left, Constant(value)) if _is_field(left):
            return (value,) if (operator == "==") is test.holds else None
        case _:
            return None


@attrs.frozen(eq=False)
class Component:
    """Columns that hang together by rules, and the ways in which these come out."""

    columns: tuple[Column, ...]
    combinations: tuple[Combination, ...]

    def allowing(self, given: Values) -> tuple[Combination, ...]:
        """The ways in which a row with these values can be."""
        own = {column.name: given[column.name] for column in self.columns if column.name in given}
        return tuple(way for way in self.combinations if way.allows(own)) if own else self.combinations


@attrs.frozen(eq=False)
class Plan:
    """How rows of an entity are drawn, each component by itself.

    Attributes:
        model: of which entity.
        broken: the rule that they break, or None; they keep every other rule over one row.
        components: all columns, those that hang together in one.
    """

    model: Model[Validated]
    broken: Rule | None
    components: tuple[Component, ...]

    def component_of(self, column: Column) -> Component:
        """The component that a column is in."""
        return next(component for component in self.components if column in component.columns)

    def allows(self, given: Values) -> bool:
        """Whether some row of this plan has these values."""
        return all(component.allowing(given) for component in self.components)


@lru_cache(maxsize=1024)
def plan_of(model: Model[Validated], broken: Rule | None = None) -> Plan:
    """The plan for rows that keep all the rules over one row, but for the one that they break.

    Raises:
        DeclarationError: no row breaks this rule alone, or none keeps all the rules.
    """
    return _planned(model, broken, ())


def plan_where(model: Model[Validated], conditions: Sequence[Node]) -> Plan:
    """The plan for rows that keep all the rules over one row, and of which conditions are true as well.

    Args:
        model: of which entity.
        conditions: over its fields, such as the set that a rule counts.

    Raises:
        DeclarationError: no row is so.
    """
    return _plan_where(model, tuple(node for node in conditions if fields_of(node)))


@lru_cache(maxsize=256)
def _plan_where(model: Model[Validated], conditions: tuple[Node, ...]) -> Plan:
    return _planned(model, None, conditions)


def _planned(model: Model[Validated], broken: Rule | None, conditions: tuple[Node, ...]) -> Plan:
    rules = [rule for rule in model.of_kind(Check) if not _is_silenced(rule, broken)]
    mentioned = [_columns_of(rule) for rule in rules]
    named_together = [*mentioned, *map(fields_of, conditions)]
    components: list[Component] = []
    for columns in joined(model.columns, named_together):
        own = tuple(rule for rule, named in zip(rules, mentioned, strict=True) if set(named) <= set(columns))
        asked = [node for node in conditions if set(fields_of(node)) <= set(columns)]
        if asked:
            branches = [*map(true_of, asked), *(unless_false(rule.holds) for rule in own)]
            components.append(Component(columns, _combinations(columns, branches)))
        else:
            components.append(component_of(columns, own, broken if broken in own else None))
        if not components[-1].combinations:
            names = ", ".join(column.name for column in columns)
            which = f"breaks {broken.name} and no other rule" if broken else "keeps all the rules"
            raise DeclarationError(f"{model.name}: no row {which} over {names}.")
    return Plan(model, broken, tuple(components))


@lru_cache(maxsize=4096)
def component_of(columns: tuple[Column, ...], rules: tuple[Check, ...], broken: Rule | None) -> Component:
    """The component of these columns, whose rules hold but for the broken one; the plans of a model share it."""
    asked = [false_of(rule.holds) if rule is broken else unless_false(rule.holds) for rule in rules]
    return Component(columns, _combinations(columns, asked))


@lru_cache(maxsize=4096)
def _columns_of(rule: Check) -> tuple[Column, ...]:
    return rule.columns


def _is_silenced(rule: Check, broken: Rule | None) -> bool:
    """Whether a check does not apply, because a column of it is unrepresentable or missing."""
    return isinstance(broken, (DataType, Required)) and broken.column in rule.columns


def joined(columns: Sequence[Column], together: Iterable[Sequence[Column]]) -> list[tuple[Column, ...]]:
    """The columns that hang together, because a rule or a condition names them, in the order of the first of each."""
    groups = [frozenset({column.name}) for column in columns]
    for named in together:
        own = frozenset(column.name for column in named)
        apart = [group for group in groups if group.isdisjoint(own)]
        groups = [*apart, own.union(*(group for group in groups if not group.isdisjoint(own)))]
    ordered = {min(place for place, column in enumerate(columns) if column.name in group): group for group in groups}
    return [tuple(column for column in columns if column.name in ordered[place]) for place in sorted(ordered)]


def _combinations(columns: tuple[Column, ...], asked: Sequence[list[Branch]]) -> tuple[Combination, ...]:
    found: list[Combination] = []
    for way in ways_of(columns, asked):
        found.append(way)
        if len(found) == MOST_COMBINATIONS:
            break
    return tuple(sorted(found, key=lambda way: way.values_needed))


def ways_of(columns: tuple[Column, ...], asked: Sequence[list[Branch]], chosen: Branch = ()) -> Iterator[Combination]:
    """The combinations that begin with the tests that are chosen; those that contradict themselves are left out.

    Args:
        columns: what the combinations are over.
        asked: for each rule the ways in which it comes out as it has to.
        chosen: what is chosen already.
    """
    way = Combination(columns, chosen)
    if not way.allows({}):
        return
    if not asked:
        yield way
    else:
        for branch in asked[0]:
            yield from ways_of(columns, asked[1:], (*chosen, *branch))

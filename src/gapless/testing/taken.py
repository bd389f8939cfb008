"""What the rows that were made have of their own, so that no further row has the same by chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import TypeAlias, cast

import attrs

from gapless.kit import Exclusion, Model, Unique, model_of
from gapless.kit.columns import ByType, Column, ColumnType
from gapless.kit.durations import microseconds
from gapless.kit.lowered_columns import column_behind, held
from gapless.kit.model import Validated
from gapless.kit.python_compiler import is_true
from gapless.testing.own_values import Own
from gapless.testing.solving import Row
from gapless.testing.strategies.ranges import counted, value_at
from gapless.testing.strategies.row_pairs import End, overlap
from gapless.testing.templates import Apart, Template, agreed, names_root, rules_across_roots, rules_apart

Place: TypeAlias = tuple[Apart, object]
Range: TypeAlias = tuple[End, End]
NO_OWN: Mapping[str, Own] = MappingProxyType({})
STEPS: ByType[tuple[int, ...]] = ByType(
    interpreter="The search for free ranges",
    place="testing/taken.py",
    needed="how many smallest steps long a range is that is tried, the first one first; none if there are no ranges",
    by_type={
        ColumnType.TEXT: (),
        ColumnType.ENUMERATION: (),
        ColumnType.INTEGER: (1,),
        ColumnType.BIG_INTEGER: (1,),
        ColumnType.DECIMAL: (1,),
        ColumnType.BOOLEAN: (),
        ColumnType.UUID: (),
        ColumnType.UUIDS: (),
        ColumnType.TIME: (microseconds(timedelta(hours=1)), 1),
        ColumnType.JSON: (),
        ColumnType.KEY: (),
    },
)


@attrs.frozen
class RowSearch:
    """Which others count when a row is looked for that meets none.

    Attributes:
        counted_only: whether only such rows count as the rule is about, the one that is looked for too.
        here: whether only rows of this fixture count, where all roots share what is taken: another fixture may be in
            another store.
    """

    counted_only: bool = False
    here: bool = False


SEARCHES = (RowSearch(), RowSearch(counted_only=True), RowSearch(counted_only=True, here=True))
"""How a further row is looked for: one that meets no other, none that counts, none of the fixture that does."""


@attrs.frozen
class Entered:
    """What a row has in a rule by which no other may have it.

    Attributes:
        counts: whether the rule is about the row, by its `where`.
        range: the range of an exclusion; None for what is unique.
    """

    counts: bool
    range: Range | None


@attrs.define(eq=False)
class Taken:
    """What is taken in the roots of a fixture, and in no root at all: for rules that do not name it.

    Attributes:
        everywhere: what is taken in all roots together, of all the fixtures of their factories.
        entered: for each rule and root what rows of the fixture have in it, and of what all roots share as well.
        numbers: for each template and root the number at which its next row is made.
        begun_anew: the templates whose rows have had all values that all roots share, and get those of other fixtures.
    """

    everywhere: Taken | None = None
    entered: dict[Place, dict[tuple[object, ...], list[Entered]]] = attrs.field(factory=dict)
    numbers: dict[tuple[Template, object], int] = attrs.field(factory=dict)
    begun_anew: set[Template] = attrs.field(factory=set)

    def searches(self, template: Template) -> Sequence[RowSearch]:
        """How a further row is looked for: in each way, or in the last one where the others find none any more."""
        return SEARCHES[-1:] if template in self._scoped(across=True).begun_anew else SEARCHES

    def end_search(self, template: Template, search: RowSearch) -> None:
        """Remembers that rows of a template have had all values that all roots share, so that nobody looks again.

        Args:
            template: of which a row was found.
            search: how it was looked for at last.
        """
        if search == SEARCHES[-1]:
            self._scoped(across=True).begun_anew.add(template)

    def copy(self) -> Taken:
        """The same, to go on from; what is taken everywhere stays in one place."""
        found = Taken(self.everywhere)
        for place, entered in self.entered.items():
            found.entered[place] = {key: [*those] for key, those in entered.items()}
        found.numbers.update(self.numbers)
        return found

    def counting(self, template: Template, root_key: object, seed: int) -> Iterator[int]:
        """Numbers that go on from the last one at which a row of the template was made in a root."""
        across = bool(rules_across_roots(template.model))
        numbers = self._scoped(across).numbers
        at = (template, None if across else root_key)
        number = numbers.setdefault(at, seed if across else 0)
        while True:
            numbers[at] = number + 1
            yield number
            number += 1

    def enter(self, model: Model[Validated], values: Row) -> None:
        """Remembers what a row has."""
        for rule in rules_apart(model):
            if (key := _key(rule, values)) is not None:
                for each in (self, self.everywhere):
                    if each is self or (each is not None and not names_root(model, rule)):
                        each.place(model, rule, values).setdefault(key, []).append(_entered(model, rule, values))

    def met(
        self,
        model: Model[Validated],
        rules: Sequence[Apart],
        values: Row,
        own: Mapping[str, Own] = NO_OWN,
        search: RowSearch = SEARCHES[0],
    ) -> list[Apart]:
        """The rules in which a row would meet another one.

        Args:
            model, rules, values: as for `is_met`, of one rule after the other.
            own: the values of which the row has one of its own; a rule is left out over one that no other row has.
            search: which others count.
        """
        many = {name for name, made in own.items() if made.size is None}
        told = [rule for rule in rules if many.isdisjoint(column.name for column in agreed(rule))]
        return [rule for rule in told if self.is_met(model, rule, values, search)]

    def is_met(self, model: Model[Validated], rule: Apart, values: Row, search: RowSearch = SEARCHES[0]) -> bool:
        """Whether the row would meet another one in a rule.

        Args:
            model: the model of the row.
            rule: the rule.
            values: of the row.
            search: which others count.
        """
        key = _key(rule, values)
        if key is None:
            return False
        own = _entered(model, rule, values)
        taken = self if search.here else self._scoped(not names_root(model, rule))
        others = taken.place(model, rule, values).get(key, ())
        return any(
            (not search.counted_only or (own.counts and other.counts))
            and (own.range is None or other.range is None or overlap(own.range, other.range))
            for other in others
        )

    def ranges_beside(self, model: Model[Validated], rule: Exclusion, values: Row) -> Iterator[Row]:
        """Ranges that begin or end where others do, the smallest ones and larger ones."""
        there = self._scoped(not names_root(model, rule)).place(model, rule, values)
        others = [other.range for other in there.get(_key(rule, values) or (), ())]
        for step in STEPS.of(rule.start.type):
            for start, end in (found for found in others if found is not None):
                if end is not None:
                    yield _ranged(rule, end, _moved(rule.end, end, step))
                if start is not None:
                    yield _ranged(rule, _moved(rule.start, start, -step), start)

    def place(self, model: Model[Validated], rule: Apart, values: Row) -> dict[tuple[object, ...], list[Entered]]:
        """What is taken in a rule where a row is: in its root if the rule names that."""
        within = model.tenant is not None and names_root(model, rule)
        return self.entered.setdefault((rule, values[str(model.tenant)] if within else None), {})

    def _scoped(self, across: bool) -> Taken:
        return self.everywhere if across and self.everywhere is not None else self


def is_about(rule: Apart, row: Validated) -> bool:
    """Whether other rows can meet a row in a rule: it has what is compared, is counted, and its range is not empty."""
    model = model_of(type(row))
    values = model.values_by_column(row)
    here = _entered(model, rule, values)
    return _key(rule, values) is not None and here.counts and (here.range is None or overlap(here.range, here.range))


def _key(rule: Apart, values: Row) -> tuple[object, ...] | None:
    """The values by which rows may not agree; None if one of them is null, which agrees with nothing."""
    parts = rule.fields if isinstance(rule, Unique) else agreed(rule)
    key = tuple(held(part, values[column_behind(part).name]) for part in parts)
    return None if any(value is None for value in key) else key


def _entered(model: Model[Validated], rule: Apart, values: Row) -> Entered:
    where = getattr(rule, "where", None)
    counts = where is None or is_true(where)(model.construct_unvalidated(values))
    if not isinstance(rule, Exclusion):
        return Entered(counts, None)
    return Entered(counts, cast("Range", (values[rule.start.name], values[rule.end.name])))


def _ranged(rule: Exclusion, start: object, end: object) -> Row:
    return {rule.start.name: start, rule.end.name: end}


def _moved(column: Column, value: End, step: int) -> object:
    return value_at(column, counted(value) + step)


def changed_in(rule: Apart, values: Mapping[str, object]) -> bool:
    """Whether a change of these values is a change of what the rule compares."""
    return not values.keys().isdisjoint(column.name for column in rule.columns)

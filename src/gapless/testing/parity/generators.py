"""The rows that a question is asked about: first those on the edges of its rule, then as many more as are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, permutations, product
from math import prod
from random import Random

import attrs

from gapless.kit import Check, DataType, Rule
from gapless.kit.columns import Column, ColumnType
from gapless.kit.predicates import walk
from gapless.testing.parity.characters import unrepresentable_texts
from gapless.testing.parity.edges import beside, edges_of
from gapless.testing.parity.questions import Question, Row
from gapless.testing.parity.values import STEPS, Drawn, drawn_values
from gapless.testing.strategies.branches import Test
from gapless.testing.strategies.linear import Relation, marks_of, relation_of
from gapless.testing.strategies.ranges import count_of, range_of, value_at
from gapless.testing.unrepresentable import unrepresentable

NULLS_ALONE, NULLS_TOGETHER = 0.06, 0.4
"""How often a column that may be null is: for a rule of one column, and for a rule that weighs several."""
AT_THE_MARK = 0.6
"""How often the columns of a sum are so that it nearly comes out otherwise."""
ALIKE = 0.5
"""How often two columns of one type hold values beside each other."""
MOST_COMBINED = 2000


@attrs.frozen(eq=False)
class Drawing:
    """Where the rows of one question come from.

    Attributes:
        columns: the columns of a row.
        sources: where the values of each column come from.
        pairs: the places of columns that hold values of one kind.
        refused: rows that the column can't keep; only of a DataType.
        relations: what the rule says of sums.
    """

    columns: tuple[Column, ...]
    sources: tuple[Drawn, ...]
    pairs: tuple[tuple[int, int], ...]
    refused: tuple[Row, ...]
    relations: tuple[Relation, ...] = ()

    def edges(self) -> tuple[Row, ...]:
        """Combines the edges of all columns, if there are not too many combinations."""
        if prod(len(source.always) for source in self.sources) > MOST_COMBINED:
            return ()
        return tuple(product(*(source.always for source in self.sources)))

    def row(self, random: Random) -> Row:
        """Draws one more row; two of its columns often hold the same value, or values that differ by one step."""
        nulls = NULLS_TOGETHER if len(self.columns) > 1 else NULLS_ALONE
        values = [source.value(random, nulls) for source in self.sources]
        if self.relations and random.random() < AT_THE_MARK:
            self._settle(values, random)
        elif self.pairs and random.random() < ALIKE:
            one, other = random.choice(self.pairs)
            values[other] = beside(self.columns[other], values[one], random.choice(STEPS))
            if values[other] is None and not self.columns[other].nullable:
                values[other] = self.sources[other].draw(random)
        return tuple(values)

    def _settle(self, values: list[object], random: Random) -> None:
        """Gives one column the value at which a sum comes out otherwise, or one beside it, if it can have that."""
        relation = random.choice(self.relations)
        places = [place for place, column in enumerate(self.columns) if range_of(column) is not None]
        counts = (count_of(self.columns[place], values[place]) for place in places)
        known = dict(filter(None, counts))
        place = random.choice(places)
        column = self.columns[place]
        quantity, among = range_of(column) or (None, (0, 0))
        if quantity is None or quantity.of_length or {*relation.quantities} - {quantity} - known.keys():
            return
        marks = [mark for mark in marks_of(relation, quantity, known) if among[0] <= mark <= among[1]]
        if marks:
            values[place] = value_at(column, random.choice(marks))


def rows_of(question: Question, count: int, random: Random) -> Iterator[Row]:
    """Makes so many rows: unrepresentable ones, those at edges, which are at most half of them, and any others.

    Args:
        question: whose rule sets the edges.
        count: how many rows.
        random: what draws.
    """
    drawing = drawing_of(question, random)
    edges = drawing.edges()
    if len(edges) > count // 2:
        edges = tuple(random.sample(edges, count // 2))
    edges = drawing.refused + edges
    yield from edges
    yield from islice(iter(lambda: drawing.row(random), None), count - len(edges))


def drawing_of(question: Question, random: Random) -> Drawing:
    """Where the rows of a question come from."""
    columns = question.columns
    return Drawing(
        columns=columns,
        sources=tuple(drawn_values(column, edges_of(question.rule, column), random) for column in columns),
        pairs=tuple((a, b) for a, b in permutations(range(len(columns)), 2) if _kind(columns[a]) == _kind(columns[b])),
        refused=tuple(_unrepresentable(columns[0], random)) if isinstance(question.rule, DataType) else (),
        relations=tuple(_relations(question.rule)),
    )


def _relations(rule: Rule) -> Iterator[Relation]:
    nodes = walk(rule.holds) if isinstance(rule, Check) else []
    yield from filter(None, (relation_of(Test(node, holds=True)) for node in nodes))


def _kind(column: Column) -> tuple[object, ...]:
    return column.type, column.enumeration, column.digits


def _unrepresentable(column: Column, random: Random) -> Iterator[Row]:
    if column.type is ColumnType.TEXT:
        yield from ((text,) for text in unrepresentable_texts(random))
    for _, value in unrepresentable(column):
        yield (column.normalised(value),)

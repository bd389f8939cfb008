"""The rows that a question is asked about: first those on the edges of its rule, then as many more as are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, permutations, product
from math import prod
from random import Random

import attrs

from gapless.kit import DataType
from gapless.kit.columns import Column, ColumnType
from gapless.testing.parity.characters import unrepresentable_texts
from gapless.testing.parity.edges import beside, edges_of
from gapless.testing.parity.questions import Question, Row
from gapless.testing.parity.values import STEPS, Drawn, drawn_values
from gapless.testing.unrepresentable import unrepresentable

NULLS_ALONE, NULLS_TOGETHER = 0.06, 0.4
"""How often a column that may be null is: for a rule of one column, and for a rule that weighs several."""
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
    """

    columns: tuple[Column, ...]
    sources: tuple[Drawn, ...]
    pairs: tuple[tuple[int, int], ...]
    refused: tuple[Row, ...]

    def edges(self) -> tuple[Row, ...]:
        """Combines the edges of all columns, if there are not too many combinations."""
        if prod(len(source.always) for source in self.sources) > MOST_COMBINED:
            return ()
        return tuple(product(*(source.always for source in self.sources)))

    def row(self, random: Random) -> Row:
        """Draws one more row; two of its columns often hold the same value, or values that differ by one step."""
        nulls = NULLS_TOGETHER if len(self.columns) > 1 else NULLS_ALONE
        values = [source.value(random, nulls) for source in self.sources]
        if self.pairs and random.random() < ALIKE:
            one, other = random.choice(self.pairs)
            values[other] = beside(self.columns[other], values[one], random.choice(STEPS))
            if values[other] is None and not self.columns[other].nullable:
                values[other] = self.sources[other].draw(random)
        return tuple(values)


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
    )


def _kind(column: Column) -> tuple[object, object]:
    return column.type, column.enumeration


def _unrepresentable(column: Column, random: Random) -> Iterator[Row]:
    if column.type is ColumnType.TEXT:
        yield from ((text,) for text in unrepresentable_texts(random))
    for _, value in unrepresentable(column):
        yield (column.normalised(value),)

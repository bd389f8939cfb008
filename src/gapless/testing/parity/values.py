"""Values of one column, of each type, on and around the edges that a rule sets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import attrs

from gapless.kit.columns import EARLIEST, INTEGER_RANGES, LATEST, ByType, Column, ColumnType, counted_units, digits_of
from gapless.kit.durations import microseconds
from gapless.testing.parity.documents import drawn_document, edge_documents
from gapless.testing.parity.edges import GREATEST_UUID, Edges, beside
from gapless.testing.parity.texts import edge_texts, text_drawing

STEPS = (-1, 0, 1)
MOMENTS = (
    *(EARLIEST, LATEST, datetime(1970, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)),
    *(datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC), datetime(1582, 10, 15, tzinfo=UTC)),
    *(datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC), datetime(1, 1, 3, tzinfo=UTC)),
)
_MICROSECONDS = microseconds(LATEST - EARLIEST)
_UUIDS = tuple(UUID(int=number) for number in (0, 1, 2**64, 2**127, GREATEST_UUID))
MANY_UUIDS = 1000


@attrs.frozen(eq=False)
class Drawn:
    """Where the values of one column come from.

    Attributes:
        always: the values that are always tried.
        draw: draws one more, never null.
        nullable: whether null is one of the column's values.
    """

    always: tuple[object, ...]
    draw: Callable[[Random], object]
    nullable: bool

    def value(self, random: Random, nulls: float) -> object:
        """Draws one more value; it is null as often as `nulls` says, if it can be."""
        return None if self.nullable and random.random() < nulls else self.draw(random)


def drawn_values(column: Column, edges: Edges, random: Random) -> Drawn:
    """Where the values of a column come from: those that it can store, each in its normal form.

    Args:
        column: the column.
        edges: what a rule says of it.
        random: draws those of the values that are always tried which are drawn.
    """
    always, draw = SOURCES.of(column.type)(column, edges, random)
    nulls: list[object] = [None] if column.nullable else []
    return Drawn((*nulls, *always), draw, column.nullable)


Values = tuple[list[object], Callable[[Random], object]]


def _texts(_: Column, edges: Edges, random: Random) -> Values:
    return [*edge_texts(edges, random)], text_drawing(edges)


def _members(column: Column, edges: Edges, random: Random) -> Values:
    """The members of an enumeration, and texts that look like members and are none."""
    members = tuple(column.members.values())
    draw_text = text_drawing(edges)

    def draw(random: Random) -> object:
        return random.choice(members) if random.random() < 0.5 else column.normalised(draw_text(random))

    return [column.normalised(text) for text in edge_texts(edges, random)], draw


def _numbers(column: Column, edges: Edges, _: Random) -> Values:
    least, greatest = INTEGER_RANGES[column.type]
    constants = [value for value in edges.values if type(value) is int]
    centres = [*constants, 0, least, greatest, 2**31 - 1, 2**53, -(2**53)]
    fitting = [number for number in centres if least <= number <= greatest]
    close = tuple(dict.fromkeys(beside(column, number, step) for number in fitting for step in STEPS))

    def draw(random: Random) -> object:
        if random.random() < 0.2:
            return random.choice(close)
        if random.random() < 0.5:
            return min(max(random.choice(fitting) + random.randint(-300, 300), least), greatest)
        return random.randint(least, greatest) >> random.randrange(greatest.bit_length())

    return [*close], draw


def _decimals(column: Column, edges: Edges, _: Random) -> Values:
    digits = digits_of(column)
    greatest = counted_units(digits.greatest)
    constants = [counted_units(value) for value in edges.values if isinstance(value, Decimal)]
    centres = [*constants, 0, 10**digits.scale, -(10**digits.scale), greatest, -greatest]
    fitting = [count for count in centres if abs(count) <= greatest]
    close = tuple(dict.fromkeys(beside(column, digits.value(count), step) for count in fitting for step in STEPS))

    def draw(random: Random) -> object:
        if random.random() < 0.2:
            return random.choice(close)
        if random.random() < 0.5:
            return digits.value(min(max(random.choice(fitting) + random.randint(-300, 300), -greatest), greatest))
        number = random.randint(0, greatest) >> random.randrange(greatest.bit_length())
        return digits.value(random.choice((number, -number)))

    return [*close], draw


def _truths(_: Column, __: Edges, ___: Random) -> Values:
    return [False, True], lambda random: random.random() < 0.5


def _times(column: Column, edges: Edges, _: Random) -> Values:
    constants = [value for value in edges.values if isinstance(value, datetime)]
    centres = (*constants, *MOMENTS)
    close = tuple(dict.fromkeys(beside(column, moment, step) for moment in centres for step in STEPS))

    def draw(random: Random) -> object:
        if random.random() < 0.3:
            return random.choice(close)
        at = EARLIEST + timedelta(microseconds=random.randrange(_MICROSECONDS))
        return at if random.random() < 0.5 else at.replace(microsecond=random.choice((0, 1, 999, 500_000, 999_999)))

    return [*close], draw


def _uuids(_: Column, edges: Edges, __: Random) -> Values:
    known = [value for value in edges.values if isinstance(value, UUID)]
    return [*known, *_UUIDS], lambda random: UUID(int=random.getrandbits(128))


def _lists(_: Column, __: Edges, random: Random) -> Values:
    def draw(random: Random) -> object:
        return tuple([UUID(int=random.getrandbits(128)) for _ in range(random.randrange(6))])

    many = tuple(UUID(int=random.getrandbits(128)) for _ in range(MANY_UUIDS))
    return [(), _UUIDS[:1], _UUIDS, (_UUIDS[1], _UUIDS[1], _UUIDS[0]), many], draw


def _documents(_: Column, __: Edges, ___: Random) -> Values:
    return [*edge_documents()], drawn_document


SOURCES: ByType[Callable[[Column, Edges, Random], Values]] = ByType(
    interpreter="The values of parity",
    place="testing/parity/values.py",
    needed="what draws its values",
    by_type={
        ColumnType.TEXT: _texts,
        ColumnType.ENUMERATION: _members,
        ColumnType.INTEGER: _numbers,
        ColumnType.BIG_INTEGER: _numbers,
        ColumnType.DECIMAL: _decimals,
        ColumnType.BOOLEAN: _truths,
        ColumnType.UUID: _uuids,
        ColumnType.UUIDS: _lists,
        ColumnType.TIME: _times,
        ColumnType.JSON: _documents,
        ColumnType.KEY: _uuids,
    },
)

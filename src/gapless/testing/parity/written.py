"""What plain SQL can write into a column: the texts that PostgreSQL reads as values of its type, and what they mean.

Nobody has asked the domain about these values, so that most are beyond what it knows: infinite times, numbers of any
size, documents of any depth, lists of lists.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from random import Random
from uuid import UUID

import attrs

from gapless.kit.columns import EARLIEST, INTEGER_RANGES, LATEST, ByType, Column, ColumnType, counted_units, digits_of
from gapless.kit.durations import MICROSECOND
from gapless.kit.json_object import GREATEST_DEPTH, GREATEST_INTEGER
from gapless.testing.parity.documents import drawn_document
from gapless.testing.parity.edges import Edges, edges_of
from gapless.testing.parity.questions import Question
from gapless.testing.parity.texts import text_drawing

UNKNOWN = object()
"""What stands for a value of which only PostgreSQL says what it is."""
NULLS = 0.05
"""How often nothing is written."""


@attrs.frozen
class Written:
    """A value as plain SQL writes it.

    Attributes:
        text: what it writes, None for null.
        value: what the domain calls that; UNKNOWN if nobody has said.
    """

    text: str | None
    value: object = UNKNOWN


def written_of(question: Question, count: int, random: Random) -> Iterator[Written]:
    """Makes so many values of a column as plain SQL writes them; the first one and some others are null.

    Args:
        question: about the column.
        count: how many values.
        random: what draws.
    """
    (column, *_) = question.columns
    draw = SOURCES.of(column.type)(column, edges_of(question.rule, column))
    for place in range(count):
        yield Written(None, None) if place == 0 or random.random() < NULLS else draw(random)


Source = Callable[[Random], Written]


def _texts(_: Column, edges: Edges) -> Source:
    draw_text = text_drawing(edges)

    def draw(random: Random) -> Written:
        text = draw_text(random)
        return Written(text, text)

    return draw


def _members(column: Column, edges: Edges) -> Source:
    texts, members = _texts(column, edges), tuple(column.members.items())

    def draw(random: Random) -> Written:
        if random.random() < 0.5:
            return Written(*_member(random.choice(members)))
        text = texts(random).text
        return Written(text, column.members.get(text, UNKNOWN))

    return draw


def _member(item: tuple[object, object]) -> tuple[str, object]:
    return str(item[0]), item[1]


def _numbers(column: Column, _: Edges) -> Source:
    least, greatest = INTEGER_RANGES[column.type]

    def draw(random: Random) -> Written:
        number = random.choice((least + random.randint(-1, 9), greatest - random.randint(-1, 9)))
        if random.random() < 0.8:
            number = random.randint(least, greatest) >> random.randrange(greatest.bit_length())
        form = random.choice(("{}", " {}", "{} ", "0{}", "+{}")) if number >= 0 else random.choice(("{}", " {}"))
        return Written(form.format(number), number if least <= number <= greatest else UNKNOWN)

    return draw


def _decimals(column: Column, _: Edges) -> Source:
    digits = digits_of(column)
    greatest = counted_units(digits.greatest)

    def draw(random: Random) -> Written:
        kind = random.random()
        if kind < 0.15:
            return Written(random.choice(("NaN", "nan", "Infinity", "-inf", "1e5000", f"1e{digits.precision}")))
        count = random.randint(0, greatest) >> random.randrange(greatest.bit_length())
        number = digits.value(random.choice((count, -count)))
        if kind < 0.3:  # plain SQL is rounded by the server, and what that makes of it is for it to say
            return Written(f"{number:f}{'.' if digits.scale == 0 else ''}{random.choice(('4', '49', '5', '51', '9'))}")
        number = random.choice((number, digits.value(greatest), digits.value(-greatest)))
        form = random.choice(("{:f}", " {:f}", "{:f} ", "{:E}"))
        return Written(form.format(number), digits.normalised(number))

    return draw


def _truths(_: Column, __: Edges) -> Source:
    words = {"t": True, "true": True, "YES": True, " on ": True, "1": True, "f": False, "fa": False, "no": False}
    return lambda random: Written(*random.choice([*words.items()]))


def _uuids(_: Column, __: Edges) -> Source:
    return lambda random: _uuid(UUID(int=random.getrandbits(128)), random)


def _uuid(given: UUID, random: Random) -> Written:
    return Written(random.choice((str(given), str(given).upper(), given.hex, f"{{{given}}}")), given)


def _times(_: Column, __: Edges) -> Source:
    return _time


def _time(random: Random) -> Written:
    kind = random.random()
    if kind < 0.15:
        return Written(random.choice(("infinity", "-infinity", "epoch", "now", "today")))
    if kind < 0.2:
        return Written(f"{random.randint(1, 4713):04}-{random.randint(1, 12):02}-15 12:00+00 BC")
    if kind < 0.25:
        return Written(f"{random.randint(1, 294276):04}-{random.randint(1, 12):02}-15 12:00:00.000001+00")
    at = random.choice((EARLIEST, LATEST)) + random.randint(-3, 3) * MICROSECOND * random.choice((1, 10**6, 10**9))
    if kind < 0.75:
        at = EARLIEST + random.random() * (LATEST - EARLIEST)
    zoned = at
    if EARLIEST + timedelta(days=1) < at < LATEST - timedelta(days=1):
        zoned = at.astimezone(timezone(timedelta(minutes=random.randint(-900, 900))))
    return Written(_iso(zoned, random), at if EARLIEST <= at <= LATEST else UNKNOWN)


def _iso(at: datetime, random: Random) -> str:
    return at.isoformat(random.choice((" ", "T")), random.choice(("auto", "microseconds")))


def _lists(_: Column, __: Edges) -> Source:
    return _list


def _list(random: Random) -> Written:
    ids = [_uuid(UUID(int=random.getrandbits(128)), random) for _ in range(random.randrange(4))]
    elements = [f'"{each.text}"' for each in ids]
    values: object = tuple(each.value for each in ids)
    if random.random() < 0.25 and elements:
        elements[random.randrange(len(elements))] = "NULL"
        values = UNKNOWN
    text = f"{{{','.join(elements)}}}"
    if random.random() < 0.25:  # of more dimensions, or none if it is empty
        for _ in range(random.randint(1, 3)):
            text = f"{{{text}}}"
        return Written(text)
    if random.random() < 0.25 and elements:
        first = random.randint(-3, 3)
        return Written(f"[{first}:{first + len(elements) - 1}]={text}", values)
    return Written(text, values)


def _documents(_: Column, __: Edges) -> Source:
    return _document


def _document(random: Random) -> Written:
    kind = random.random()
    if kind < 0.3:
        document = drawn_document(random)
        indented = random.choice((None, 1))
        return Written(json.dumps(document.to_dict(), ensure_ascii=random.random() < 0.5, indent=indented), document)
    if kind < 0.4:
        return Written(random.choice(("[]", "1", '"a"', "null", "true", "[{}]")))
    if kind < 0.6:
        depth = random.choice((GREATEST_DEPTH, GREATEST_DEPTH * 10)) + random.randint(-3, 3)
        return Written(_nested(_number(random), depth, random))
    pairs = ", ".join(f'"{random.choice("abc")}": {_nested(_number(random), 1, random)}' for _ in range(3))
    return Written(f"{{{pairs}}}")


def _nested(text: str, depth: int, random: Random) -> str:
    """The text in an object, in as many lists and objects as it takes to reach this depth."""
    for _ in range(depth - 2):
        text = f"[{text}]" if random.random() < 0.5 else f'{{"a": {text}}}'
    return f'{{"a": {text}}}'


def _number(random: Random) -> str:
    kind = random.random()
    if kind < 0.4:
        close = GREATEST_INTEGER + random.choice((-1, 0, 0, 0, 1, 2))
        fraction = random.choice(("", ".0", ".4", ".49999999", ".5", ".50000001", ".9", "e0", "e-1", "0e-1"))
        return f"{random.choice(('', '-'))}{close}{fraction}"
    if kind < 0.6:
        return (
            f"{random.choice(('', '-'))}{random.randint(1, 9)}e{random.choice(('', '+', '-'))}{random.randint(0, 500)}"
        )
    if kind < 0.8:
        digits = "".join(random.choices("0123456789", k=random.randint(1, 60)))
        return f"{random.randint(1, 9)}{random.choice(('.', ''))}{digits}"
    return random.choice(("0", "-0", "-0.0", "0e9", "1.00", "1E2", "5e-324", "1e-400", "1e5000", "0.1e-5000"))


SOURCES: ByType[Callable[[Column, Edges], Source]] = ByType(
    interpreter="What plain SQL writes",
    place="testing/parity/written.py",
    needed="what draws texts that PostgreSQL may read as values of it",
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

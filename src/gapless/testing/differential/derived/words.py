"""The values of each type that programs say, where nothing else decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone
from decimal import Decimal
from uuid import UUID

import attrs

from gapless.kit.columns import ByType, Column, ColumnType, digits_of
from gapless.kit.durations import MICROSECOND, microseconds
from gapless.kit.json_object import JsonObject
from gapless.testing.differential.side_records import NOW

LATER, EARLIER = NOW + timedelta(days=1), NOW - timedelta(days=1)
ELSEWHERE = NOW.astimezone(timezone(timedelta(hours=5)))
"""The same moment, as a clock in Tashkent shows it."""
HOUR = timedelta(hours=1)
_IDS = (UUID(int=1), UUID(int=2))


@attrs.frozen(kw_only=True)
class Words:
    """What programs say of a type.

    Attributes:
        values: small values of a column, of which the rules may allow some and refuse others.
        fitting: values of which two may fit whatever else a row holds.
        steps: values between which a field goes to and fro.
        is_varied: whether rows with a value of their own each get the next one of few.
        is_ordered: whether rows are listed in the order of it, and compared by it.
        begins: where ranges begin if nothing else is said; None if there are no ranges.
        lengths: how long each of them is, in what is counted of the type; the first one that fits is taken.
    """

    values: Callable[[Column], tuple[object, ...]]
    fitting: tuple[object, ...] = ()
    steps: tuple[object, ...] = ()
    is_varied: bool = False
    is_ordered: bool = True
    begins: object = None
    lengths: tuple[int, ...] = (1,)


_NUMBERS = (0, 1, 2, 3, 9)
_TEXTS = ("Ann", "Bo", "ä", "é" * 3, "a")
_LENGTHS = tuple(map(microseconds, (HOUR, timedelta(minutes=1), timedelta(seconds=1), MICROSECOND)))
WORDS: ByType[Words] = ByType(
    interpreter="The vocabulary of random programs",
    place="testing/differential/derived/words.py",
    needed="its Words",
    by_type={
        ColumnType.TEXT: Words(values=lambda _: _TEXTS, fitting=("Ann", "Bob", "ann", "xxxxxxxxxx")),
        ColumnType.ENUMERATION: Words(
            values=lambda column: tuple(column.members.values()), is_varied=True, is_ordered=False
        ),
        ColumnType.INTEGER: Words(values=lambda _: _NUMBERS, fitting=(1, 2), steps=(2, 3), is_varied=True, begins=0),
        ColumnType.BIG_INTEGER: Words(values=lambda _: _NUMBERS, steps=(2, 3), is_varied=True, begins=0),
        ColumnType.DECIMAL: Words(
            values=lambda column: tuple(map(digits_of(column).value, _NUMBERS)),
            fitting=(Decimal(1), Decimal(2)),
            steps=(Decimal(2), Decimal(3)),
            is_varied=True,
            begins=Decimal(0),
        ),
        ColumnType.BOOLEAN: Words(
            values=lambda _: (True, False), fitting=(True, False), is_varied=True, is_ordered=False
        ),
        ColumnType.UUID: Words(values=lambda _: _IDS),
        ColumnType.UUIDS: Words(values=lambda _: ((), _IDS[:1], _IDS), is_ordered=False),
        ColumnType.TIME: Words(
            values=lambda _: (NOW, LATER, EARLIER, ELSEWHERE),
            steps=(NOW, EARLIER, LATER),
            begins=NOW,
            lengths=_LENGTHS,
        ),
        ColumnType.JSON: Words(values=lambda _: (JsonObject({}), JsonObject({"a": 1})), is_ordered=False),
        ColumnType.KEY: Words(values=lambda _: _IDS),
    },
)

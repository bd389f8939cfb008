"""Cursors as texts: they hold every value exactly, and nothing that is made up gets through."""

import enum
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.kit import cursors
from gapless.kit.columns import EARLIEST, GREATEST_KEY_LENGTH, INTEGER_RANGES, LATEST, Column, ColumnType, Digits
from gapless.kit.cursors import PACKINGS, Cursor, text_of, values_of
from gapless.kit.errors import InvalidValue
from gapless.kit.kinds import Descending, Ordering
from gapless.testing.fuzzing.hostile_classes import LyingText, Raiser


class Size(enum.Enum):
    """An enumeration, such as a key may hold."""

    SMALL = "a"
    LARGE = "\u00e4bc"


DIGITS = Digits(precision=40, scale=10)
VALUES: dict[ColumnType, st.SearchStrategy[object]] = {
    ColumnType.TEXT: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=600),
    ColumnType.INTEGER: st.integers(*INTEGER_RANGES[ColumnType.INTEGER]),
    ColumnType.BIG_INTEGER: st.integers(*INTEGER_RANGES[ColumnType.BIG_INTEGER]),
    ColumnType.UUID: st.uuids(),
    ColumnType.KEY: st.one_of(
        st.uuids(),
        st.integers(*INTEGER_RANGES[ColumnType.BIG_INTEGER]),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=GREATEST_KEY_LENGTH),
    ),
    ColumnType.DECIMAL: st.integers(-(10**40) + 1, 10**40 - 1).map(DIGITS.value),
    ColumnType.BOOLEAN: st.booleans(),
    ColumnType.ENUMERATION: st.sampled_from(Size),
    ColumnType.TIME: st.sampled_from([EARLIEST, LATEST])
    | st.integers(0, (LATEST - EARLIEST) // timedelta(microseconds=1)).map(
        lambda n: EARLIEST + n * timedelta.resolution
    ),
}


def a_column(name: str, kind: ColumnType, nullable: bool) -> Column:  # as that of Column
    """A column of a type."""
    members, digits = kind is ColumnType.ENUMERATION, kind is ColumnType.DECIMAL
    return Column(name, kind, nullable, Size if members else None, digits=DIGITS if digits else None)


columns = st.builds(
    a_column, st.sampled_from("abc"), st.sampled_from([kind for kind in ColumnType if PACKINGS.of(kind)]), st.booleans()
)
Held = tuple[Column, object]


@st.composite
def held(draw: st.DrawFn) -> Held:
    """A column, and a value that it can store."""
    column = draw(columns)
    values = VALUES[column.type]
    return column, draw(st.none() | values if column.nullable else values)


orders = st.lists(st.tuples(held(), st.booleans()), min_size=1, max_size=4)


def order_of(parts: list[tuple[Held, bool]]) -> tuple[Ordering, ...]:
    """The order by these columns."""
    return tuple(Descending(column) if down else column for (column, _), down in parts)


def signed(content: bytes) -> str:
    """A text whose sum is right, whatever it holds."""
    return urlsafe_b64encode(content + cursors._sum(content)).rstrip(b"=").decode()


@given(parts=orders, listing=st.text(max_size=5))
def test_every_value_comes_back(parts: list[tuple[Held, bool]], listing: str) -> None:
    """A cursor is safe in a URL, gives back the values that it was made of, and is as long as they are."""
    order, values = order_of(parts), tuple(value for (_, value), _ in parts)
    text = text_of("rows", order, listing, values)
    assert cursors._TEXT.fullmatch(text)
    found = values_of("rows", order, Cursor(text, listing))
    assert (found, [*map(type, found)]) == (values, [*map(type, values)])
    # Of the key of a root a cursor also says of which type it is.
    texts = [str(value) if isinstance(value, str | Decimal) else "x" * 16 for (_, value), _ in parts]
    sizes = [len(text.encode()) + 1 for text in texts]
    frame = 1 + cursors.MARK_BYTES + cursors.SUM_BYTES + cursors.LENGTH_BYTES * len(parts)
    assert len(text) <= (frame + sum(sizes)) * 4 / 3 + 1


@given(parts=orders, data=st.data())
def test_what_was_changed_on_its_way_is_refused(parts: list[tuple[Held, bool]], data: st.DataObject) -> None:
    """One letter that is another one, is lost, or is one too many makes a cursor none."""
    order = order_of(parts)
    text = text_of("rows", order, "", [value for (_, value), _ in parts])
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABab01_-=. é\0\n"))
    tail = data.draw(st.sampled_from([text[place:], text[place + 1 :]]))
    damaged = text[:place] + letter + tail
    for other in {damaged, text[:place] + text[place + 1 :]} - {text}:
        with pytest.raises(InvalidValue):
            values_of("rows", order, Cursor(other))


@given(parts=orders, given=st.text(max_size=40) | st.from_regex("[A-Za-z0-9_-]{0,80}", fullmatch=True))
def test_any_text_is_refused(parts: list[tuple[Held, bool]], given: str) -> None:
    """A text that no cursor is raises InvalidValue, and nothing else."""
    with pytest.raises(InvalidValue):
        values_of("rows", order_of(parts), Cursor(given))


@given(
    parts=orders,
    forged=st.binary(max_size=60)
    | st.lists(st.binary(max_size=20), max_size=4).map(
        lambda parts: b"".join(len(part).to_bytes(cursors.LENGTH_BYTES, "big") + part for part in parts)
    ),
)
def test_what_is_forged_holds_what_columns_store(parts: list[tuple[Held, bool]], forged: bytes) -> None:
    """A cursor with the right mark and sum and made-up values is refused, or its columns can store what it holds."""
    order = order_of(parts)
    head = bytes([cursors.VERSION]) + cursors._mark("rows", order, "")
    try:
        found = values_of("rows", order, Cursor(signed(head + forged)))
    except InvalidValue:
        return
    for ((column, _), _), value in zip(parts, found, strict=True):
        assert column.nullable if value is None else column.represents(value)


LONG = Column("title", ColumnType.TEXT, nullable=True)


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"", "damaged"),
        (b"\0\0\0", "damaged"),
        (b"\0\0\0\x03ab", "damaged"),
        (b"\0\0\0\x02abc", "damaged"),
        (b"\0\0\0\x01\xff", "damaged"),
        (b"\0\0\0\x01\0", "damaged"),
    ],
)
def test_what_holds_no_value_is_refused(packed: bytes, reason: str) -> None:
    """Values that are cut off, too long, no UTF-8 or not representable are refused, though the sum is right."""
    head = bytes([cursors.VERSION]) + cursors._mark("rows", (LONG,), "")
    with pytest.raises(InvalidValue, match=reason):
        values_of("rows", (LONG,), Cursor(signed(head + packed)))


def test_another_version_says_so() -> None:
    """A cursor of another version is told from a damaged one."""
    text = text_of("rows", (LONG,), "", ["a"])
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))[: -cursors.SUM_BYTES]
    with pytest.raises(InvalidValue, match="another version"):
        values_of("rows", (LONG,), Cursor(signed(bytes([cursors.VERSION + 1]) + content[1:])))


def test_a_text_of_any_length_is_refused_at_once() -> None:
    """What is longer than any cursor is not decoded."""
    with pytest.raises(InvalidValue):
        values_of("rows", (LONG,), Cursor("A" * (cursors.GREATEST_TEXT + 1)))


class Lying(str):
    """A text that says something else of itself."""

    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError("asked")

    def __len__(self) -> int:
        raise RuntimeError("asked")


def test_a_subclass_of_text_is_the_text_that_it_is() -> None:
    """A cursor that is a subclass of str is taken for its characters; what only pretends to be a text is none."""
    text = text_of("rows", (LONG,), "", ["a"])
    assert values_of("rows", (LONG,), Cursor(Lying(text))) == ("a",)
    pretending = type("Pretending", (), {"__class__": str})()
    for none in (pretending, text.encode(), 1, UUID(int=1), ["a"]):
        with pytest.raises(InvalidValue):
            values_of("rows", (LONG,), Cursor(cast(str, none)))


def test_a_listing_is_called_by_a_text() -> None:
    """The name of a listing is a text, kept as a plain one; what is none is named, and nothing of it is asked."""
    assert type(Cursor(None, LyingText("open")).listing) is str
    for none in (1, None, Raiser(), type("x" * 1000, (), {})()):
        with pytest.raises(InvalidValue) as caught:
            Cursor(None, cast(str, none))
        assert caught.value.fields == ("listing",)
        assert len(caught.value.message) < 120

"""Cursors: a page ends with the values of its last row, as a text that the caller passes to get the next page.

The text says where to go on, not which row was the last one, so it stays valid when that row is gone. It is base64url
without padding, safe in a URL. Its bytes are a version, a mark of the listing and its order, each value after its
length, and a checksum. It is opaque, but neither secret nor signed: whoever forges one only gets a page of his own rows
that begins somewhere else.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import NoReturn, cast
from uuid import UUID

import attrs

from gapless.kit.columns import GREATEST_KEY_LENGTH, ByType, Column, ColumnType, digits_of
from gapless.kit.durations import microseconds
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.kinds import Descending, Ordering, column_of
from gapless.kit.plain import kind_of, plain_text

VERSION = 1
MARK_BYTES = 8
SUM_BYTES = 4
LENGTH_BYTES = 4
NULL: int = 2 ** (8 * LENGTH_BYTES) - 1
"""Stands for the length of a value that is null."""
GREATEST_VALUES = 2**16
"""How many bytes the values of one order may have together, by the rules of their columns."""
GREATEST_TEXT = 2**20
"""How long a cursor may be: longer than these values need, because old rows may break the rule of their length."""
AFTER, BEFORE = "after", "before"
PAGES: Mapping[str, str] = MappingProxyType({AFTER: "before", BEFORE: "behind"})
"""By the argument that says a place: where the page is, of which the place was told."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = re.compile("[A-Za-z0-9_-]*")


def _name_of_listing(given: object) -> str:
    name = plain_text(given)
    if name is None:
        raise InvalidValue("listing", f"`listing` must be a text, not {kind_of(given)}.", fields=("listing",))
    return name


@attrs.frozen
class Cursor:
    """Says where a page of a listing begins, or ends.

    Attributes:
        text: the `next` of the page before, or the `previous` of the page behind; None for the first page, or the last.
        listing: the name of the listing, if several list the same rows in the same order. It must be the one with which
            the cursor was made.
    """

    text: str | None = None
    listing: str = attrs.field(default="", converter=_name_of_listing)


@attrs.frozen
class Packing:
    """How the values of a type become bytes, and how many bytes each has; None if their number differs.

    What was unpacked is brought into the normal form of its column. `greatest` says how many bytes a value of a column
    has at most, if their number differs, from the greatest number of each text.
    """

    size: int | None
    pack: Callable[[object], bytes]
    unpack: Callable[[bytes], object]
    greatest: Callable[[Column, Mapping[Column, float]], float] = lambda column, longest: longest[column]


def _packed_time(value: object) -> bytes:
    return _packed_integer(microseconds(cast(datetime, value) - _EPOCH))


def _unpacked_time(packed: bytes) -> object:
    return _EPOCH + timedelta(microseconds=int.from_bytes(packed, "big", signed=True))


def _packed_key(value: object) -> bytes:
    """The key of a root, behind a byte that says of which type it is."""
    kind = next(kind for kind, (_, given) in _KEYS.items() if given is type(value))
    return kind + packing_of(_KEYS[kind][0]).pack(value)


def _unpacked_key(packed: bytes) -> object:
    return packing_of(_KEYS[packed[:1]][0]).unpack(packed[1:])


def _packed_integer(value: object) -> bytes:
    return cast(int, value).to_bytes(8, "big", signed=True)


_INTEGER = Packing(8, _packed_integer, lambda packed: int.from_bytes(packed, "big", signed=True))
_KEYS: Mapping[bytes, tuple[ColumnType, type]] = MappingProxyType(
    {b"u": (ColumnType.UUID, UUID), b"i": (ColumnType.BIG_INTEGER, int), b"t": (ColumnType.TEXT, str)}
)
_BOOLEANS = (b"\x00", b"\x01")


def _packed_member(value: object) -> bytes:
    return cast(str, cast(Enum, value).value).encode()


def _longest_member(column: Column, _: Mapping[Column, float]) -> float:
    return max(len(_packed_member(member)) for member in column.members.values())


def _unpacked_decimal(packed: bytes) -> object:
    try:
        return Decimal(packed.decode())
    except InvalidOperation as error:
        raise ValueError(packed) from error


def _longest_decimal(column: Column, _: Mapping[Column, float]) -> float:
    return digits_of(column).precision + len("-0.E-1000")


PACKINGS: ByType[Packing | None] = ByType(
    interpreter="The cursor",
    place="kit/cursors.py",
    needed="its Packing, or None if nothing is ordered by it",
    by_type={
        ColumnType.TEXT: Packing(None, lambda value: str.encode(cast(str, value)), bytes.decode),
        ColumnType.INTEGER: _INTEGER,
        ColumnType.BIG_INTEGER: _INTEGER,
        ColumnType.DECIMAL: Packing(None, lambda value: str(value).encode(), _unpacked_decimal, _longest_decimal),
        ColumnType.TIME: Packing(8, _packed_time, _unpacked_time),
        ColumnType.UUID: Packing(16, lambda value: cast(UUID, value).bytes, lambda packed: UUID(bytes=packed)),
        # No caller orders by these, but a key may have them, and the key ends every order.
        ColumnType.BOOLEAN: Packing(
            1, lambda value: _BOOLEANS[cast(bool, value)], lambda packed: _BOOLEANS.index(packed) == 1
        ),
        # The text of a member is packed.
        ColumnType.ENUMERATION: Packing(None, _packed_member, bytes.decode, _longest_member),
        ColumnType.KEY: Packing(None, _packed_key, _unpacked_key, lambda *_: 1 + 4 * GREATEST_KEY_LENGTH),
        ColumnType.UUIDS: None,
        ColumnType.JSON: None,
    },
)


def packing_of(kind: ColumnType) -> Packing:
    """The packing of a type.

    Raises:
        DeclarationError: nothing is ordered by it.
    """
    found = PACKINGS.of(kind)
    if found is None:
        raise DeclarationError(f"Nothing is ordered by {kind.described}.")
    return found


def greatest_size(columns: Sequence[Column], longest: Mapping[Column, float]) -> float:
    """How many bytes the values of these columns need at most, if each text is at most so long; maybe infinite."""
    return sum(_greatest_of(column, longest) for column in columns)


def _greatest_of(column: Column, longest: Mapping[Column, float]) -> float:
    packing = packing_of(column.type)
    return packing.greatest(column, longest) if packing.size is None else packing.size


def text_of(table: str, order: tuple[Ordering, ...], listing: str, values: Sequence[object]) -> str:
    """The text of the cursor for a page whose last row has these values.

    Args:
        table: the table of the listed rows.
        order: the columns of the order, with the whole key.
        listing: the name of the listing, if several list the same rows in the same order.
        values: the values of the row in these columns.
    """
    content = bytes([VERSION]) + _mark(table, order, listing)
    for column, value in zip(map(column_of, order), values, strict=True):
        content += _behind_its_length(None if value is None else packing_of(column.type).pack(value))
    return urlsafe_b64encode(content + _sum(content)).rstrip(b"=").decode()


def values_of(table: str, order: tuple[Ordering, ...], cursor: Cursor, given: str = AFTER) -> tuple[object, ...]:
    """The values that a cursor holds for the columns of an order; each can be stored in its column.

    Args:
        table: the table of the listed rows.
        order: the columns of the order, with the whole key.
        cursor: the cursor; it is the same whether a page begins after it or ends before it.
        given: the name of the argument that it was given as.

    Raises:
        InvalidValue: it is not a cursor, it is damaged, or it belongs to another listing or another order.
    """
    try:
        return _values_of(table, order, cursor)
    except _Unfit as unfit:
        raise refusal(str(unfit), given) from None


def _values_of(table: str, order: tuple[Ordering, ...], cursor: Cursor) -> tuple[object, ...]:
    content = _content(cursor.text)
    mark, packed = content[1 : 1 + MARK_BYTES], content[1 + MARK_BYTES :]
    if mark != _mark(table, order, cursor.listing):
        raise _Unfit("This cursor belongs to another listing, or to another order")
    values: list[object] = []
    for column in map(column_of, order):
        value, packed = _first(column, packed)
        values.append(value)
    if packed:
        _refuse_damaged()
    return tuple(values)


def refusal(reason: str, given: str = AFTER) -> InvalidValue:
    """The error for a cursor at which a page can't begin, or end."""
    told = "next" if given == AFTER else "previous"
    message = f"{reason}: pass the `{told}` of a page as it is, or begin with the first page."
    return InvalidValue("cursor", message, fields=(given,))


class _Unfit(Exception):
    """Says why a text is no cursor of the listing."""


def _refuse_damaged() -> NoReturn:
    raise _Unfit("This is not a cursor, or it is damaged")


@lru_cache(maxsize=256)
def _mark(table: str, order: tuple[Ordering, ...], listing: str) -> bytes:
    """Tells listings and orders apart; it is no protection."""
    directions = [isinstance(part, Descending) for part in order]
    # The condition of the listing is not part of it: "since a week ago" is another time on each page (decision 0030).
    columns = [(column.name, column.type.name) for column in map(column_of, order)]
    return hashlib.sha256(repr((listing, table, columns, directions)).encode()).digest()[:MARK_BYTES]


def _sum(content: bytes) -> bytes:
    # It is not signed: who forges a cursor only chooses a place among rows that he may see anyway (decision 0030).
    return hashlib.sha256(content).digest()[:SUM_BYTES]


def _behind_its_length(packed: bytes | None) -> bytes:
    if packed is None:
        return NULL.to_bytes(LENGTH_BYTES, "big")
    return len(packed).to_bytes(LENGTH_BYTES, "big") + packed


def _content(text: object) -> bytes:
    """The bytes of a cursor, without their checksum.

    Raises:
        _Unfit: the text does not have the form of a cursor, or was changed on its way.
    """
    if not issubclass(type(text), str):
        _refuse_damaged()
    text = str.__str__(cast(str, text))  # the plain text of a subclass
    if len(text) > GREATEST_TEXT or not _TEXT.fullmatch(text):
        _refuse_damaged()
    try:
        whole = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        _refuse_damaged()
    content = whole[:-SUM_BYTES]
    # The last letter has spare bits, which decoding ignores: without this test several texts would be the same cursor.
    if _sum(content) != whole[-SUM_BYTES:] or urlsafe_b64encode(whole).rstrip(b"=").decode() != text:
        _refuse_damaged()
    if content[:1] != bytes([VERSION]):
        raise _Unfit("This cursor was made by another version of gapless")
    return content


def _first(column: Column, packed: bytes) -> tuple[object, bytes]:
    """The first value in the bytes, which belongs to this column, and the bytes after it."""
    length = int.from_bytes(packed[:LENGTH_BYTES], "big")
    if len(packed) >= LENGTH_BYTES and length == NULL and column.nullable:
        return None, packed[LENGTH_BYTES:]
    packing, end = packing_of(column.type), LENGTH_BYTES + length
    if len(packed) < end or packing.size not in (None, length):
        _refuse_damaged()
    try:
        value = column.normalised(packing.unpack(packed[LENGTH_BYTES:end]))
    except (KeyError, ValueError, OverflowError):
        _refuse_damaged()
    if not column.fits(value):
        _refuse_damaged()
    return value, packed[end:]

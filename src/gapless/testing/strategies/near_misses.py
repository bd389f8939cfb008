"""Values around what decides a check: on the mark, just before it and just past it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from gapless.kit import Check, Model
from gapless.kit.columns import ByType, Column, ColumnType, digits_of
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.predicates import (
    Comparison,
    Constant,
    Contains,
    Length,
    Lower,
    Matches,
    Node,
    OneOf,
    StartsWith,
    fields_of,
    walk,
)
from gapless.testing.strategies.branches import Test
from gapless.testing.strategies.linear import is_calculated, marks_of, relation_of
from gapless.testing.strategies.ranges import GREATEST_LENGTH, Quantity, bounds_of, counted, range_of, value_at
from gapless.testing.strategies.sought_texts import is_described
from gapless.testing.strategies.walks import AWKWARD, stretched, walk_of

PLAIN: ByType[Callable[[Column], Sequence[object]]] = ByType(
    interpreter="The list of edges",
    place="testing/strategies/near_misses.py",
    needed="values that a column can store, for edges that any value of the type will do for",
    by_type={
        ColumnType.TEXT: lambda _: ("ab",),
        ColumnType.ENUMERATION: lambda column: tuple(column.members.values()),
        ColumnType.INTEGER: lambda _: (1,),
        ColumnType.BIG_INTEGER: lambda _: (1,),
        ColumnType.DECIMAL: lambda column: (digits_of(column).unit,),
        ColumnType.BOOLEAN: lambda _: (True, False),
        ColumnType.UUID: lambda _: (UUID(int=1),),
        ColumnType.UUIDS: lambda _: ((UUID(int=1),), ()),
        ColumnType.TIME: lambda _: (datetime(2024, 2, 29, 12, tzinfo=UTC),),
        ColumnType.JSON: lambda _: (JsonObject({"key": 1}),),
        ColumnType.KEY: lambda _: (UUID(int=1),),
    },
)
_SAMPLED = ((0,), (1, 0, 2), (30, 5, 60), (101, 3, 117, 5000), (9, 99, 999_999))
WILDCARDS = ("%", "_", "\\")
UNICODE_CAPITALS = (("k", "\u212a"), ("\u00e9", "\u00c9"), ("i", "\u0130"), ("s", "\u017f"), ("\u00e5", "\u212b"))
"""Letters that are one another's in Unicode, and not in ASCII: a Kelvin is no k, and no store takes it for one."""
MOST_CASED = 4
_FOREIGN = ("A", "z", "0", "\u0663", "\u00e9", "-", " ", "\n")


def plain(column: Column) -> object:
    """A value that the column can store."""
    return PLAIN.of(column.type)(column)[0]


def near_misses(text: str) -> Iterator[str]:
    """Texts that differ a little: a character added, removed or changed, a line break at the end, other digits."""
    yield from (text + "\n", "", text.swapcase(), text + " ", " " + text)
    yield from (text + foreign for foreign in _FOREIGN)
    for at in sorted({0, 1, len(text) // 2, len(text) - 1} & set(range(len(text)))):
        yield text[:at] + text[at + 1 :]
        yield text[:at] + text[at] + text[at:]
        yield from (text[:at] + foreign + text[at + 1 :] for foreign in _FOREIGN)
        yield from (text[:at] + foreign + text[at:] for foreign in _FOREIGN)


def values_around(model: Model[Validated], rule: Check, column: Column) -> list[object]:
    """The values of a column on and around everything that a check says of it, each once; null first if it may be."""
    found: list[object] = [None] if column.nullable else []
    found += PLAIN.of(column.type)(column)
    for node in walk(rule.holds):
        if column in fields_of(node) and (isinstance(node, (Comparison, OneOf)) or is_described(node)):
            found += _around(model, column, node)
    return list(dict.fromkeys(found))


def _around(model: Model[Validated], column: Column, node: Node) -> Iterable[object]:
    match node:
        case Matches(operand, pattern=pattern):
            return _with_other_case(operand, _around_pattern(pattern))
        case StartsWith(operand, text) | Contains(operand, text):
            return _with_other_case(operand, _around_part(text))
        case Comparison() if is_calculated(node):
            return _around_sum(column, node)
        case Comparison(_, Lower() as operand, Constant(str() as text)):
            return _with_other_case(operand, [text, *near_misses(text), text + "a"])
        case OneOf(operand, values=values):
            return _with_other_case(operand, [near for value in values for near in _beside(column, value)])
        case Comparison(right=Constant(str() as text)):
            return [*_beside(column, text), text + "a"]
        case Comparison(left=left, right=right) if column.type is ColumnType.TEXT and _are_texts(left, right):
            return ["a", "ab", "b"]
        case _:
            return _around_bound(model, column, node)


def _with_other_case(operand: Node, texts: Sequence[object]) -> list[object]:
    """The values, and if their case makes no difference the texts among them in capitals of several alphabets."""
    if not isinstance(operand, Lower):
        return [*texts]
    known = [text for text in texts if isinstance(text, str)]
    other = [near for text in known[:MOST_CASED] for near in in_other_case(text)]
    return [*known[:1], *other, *texts]


def in_other_case(text: str) -> Iterator[str]:
    """The text with other capitals, with those that only Unicode knows too: they are other letters here."""
    yield from (text.upper(), text.swapcase(), text[:1].upper() + text[1:])
    for small, capital in UNICODE_CAPITALS:
        if small in text:
            yield text.replace(small, capital)


def _around_part(text: str) -> list[object]:
    """Texts that begin with a part, hold it or nearly do; what is a wildcard elsewhere stands for nothing here."""
    found: list[object] = [text, text + "a", "a" + text, f"a{text}a", "a", text[1:], text[:-1], *near_misses(text)]
    found += [text.replace(mark, other) for mark in WILDCARDS if mark in text for other in ("a", "", "ab")]
    return found


def _around_sum(column: Column, node: Node) -> list[object]:
    """The values at the mark where a sum comes out otherwise, one before it and one past it, beside plain ones."""
    relation, found = relation_of(Test(node, holds=True)), range_of(column)
    if relation is None or found is None:
        return []
    known = {quantity: _middle(quantity, node) for quantity in relation.quantities}
    marks = [mark for mark in marks_of(relation, found[0], known) if found[1][0] <= mark <= found[1][1]]
    if found[0].of_length:
        return [stretched("x", mark) for mark in marks if mark < GREATEST_LENGTH and mark]
    return [value_at(column, mark) for mark in marks]


def _middle(quantity: Quantity, node: Node) -> int:
    """The count of the plain value of a column."""
    column = next(column for column in fields_of(node) if column.name == quantity.column)
    return len("ab") if quantity.of_length else counted(plain(column))


def _are_texts(*operands: Node) -> bool:
    """Whether texts themselves are compared, and not their lengths."""
    return not any(isinstance(operand, Length) for operand in operands)


def _around_pattern(pattern: str) -> list[str]:
    """Texts that a pattern describes, short and long, and what nearly is one of the plainest."""
    described = walk_of(frozenset({pattern}), frozenset())
    lengths = described.lengths(0, None)
    chosen = sorted({lengths[0], lengths[len(lengths) // 2], lengths[-1]}) if lengths else []
    plainest = [described.text(length, _SAMPLED[0]) for length in chosen]
    others = [described.text(length, picks) for length in chosen for picks in _SAMPLED[1:]]
    return [*plainest, *others, *(near for text in plainest for near in near_misses(text))]


def _beside(column: Column, value: object) -> list[object]:
    if column.enumeration:
        return []
    if isinstance(value, str):
        return [value, *near_misses(value)]
    found = range_of(column)
    if found is None:
        return [value]
    return [value_at(column, count) for count in _clipped(counted(value), found[1])]


def _around_bound(model: Model[Validated], column: Column, node: Node) -> list[object]:
    """The values at a bound, one before it and one past it; of two columns around one that is the same for both."""
    bounds, found = bounds_of(Test(node, holds=True)), range_of(column)
    if not bounds or found is None:
        return []
    bound = bounds[0]
    middle = len("ab") if found[0].of_length else counted(plain(column))
    counts = _clipped(bound.right if isinstance(bound.right, int) else middle, found[1])
    if Quantity(column.name, of_length=True) not in (bound.left, bound.right):
        return [value_at(column, count) for count in counts]
    return [text for length in counts if length < GREATEST_LENGTH for text in _texts_of_length(model, column, length)]


def _clipped(count: int, among: tuple[int, int]) -> list[int]:
    return [near for near in (count, count - 1, count + 1) if among[0] <= near <= among[1]]


def _texts_of_length(model: Model[Validated], column: Column, length: int) -> Iterator[str]:
    """Texts with so many code points: one that other rules of the entity may like, and some of other scripts."""
    patterns = {
        node.pattern
        for rule in model.of_kind(Check)
        for node in walk(rule.holds)
        if isinstance(node, Matches) and column in fields_of(node)
    }
    liked = walk_of(frozenset(patterns), frozenset())
    if liked.lengths(length, length):
        yield from (liked.text(length, picks) for picks in ((0,), _SAMPLED[3]))
    yield from (stretched(text, length) for text in ("x", "\U0001f600", AWKWARD))

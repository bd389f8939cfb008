"""Values that no two rows share: made of an id where there are many of them, and counted up where there are few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from uuid import UUID

import attrs

from gapless.kit.columns import Column
from gapless.testing.strategies.ranges import Range, Ranges, range_of, value_at
from gapless.testing.strategies.solutions import Combination
from gapless.testing.strategies.walks import Walk, stretched

MANY = 2**48
"""So many values are enough for ids to tell them apart; fewer are counted up, so that none comes twice by chance."""
_MOST_LENGTHS = 24
_LATEST = 8
_MOST_COMPARED = 100
_PLAIN = "0123456789abcdefghijklmnopqrstuvwxyz"
_SEEDED = "@a.aa"


@attrs.frozen(eq=False)
class Own:
    """The values that rows may have in a column, each of its own.

    Attributes:
        make: makes the value of a number: of an id, or one below `size`; None if this number has none.
        size: how many values there are, if they are few; None if an id makes one that no other row has.
    """

    make: Callable[[int], object]
    size: int | None

    def first(self, seed: int) -> object:
        """The value that stands for all: that of the seed, or the first of a few."""
        return self.make(seed) if self.size is None else next(iter(self.values()), None)

    def may_be(self, value: object) -> bool:
        """Whether a row may have this value of its own; of more than a few values it is taken for granted."""
        return self.size is None or self.size > _MOST_COMPARED or value in self.values()

    def latest(self, seed: int) -> Iterator[object]:
        """Values that rows get at last: some of ids near the seed, or the last ones of a few."""
        numbers = range(seed, seed - _LATEST, -1) if self.size is None else range(self.size)[: -_LATEST - 1 : -1]
        return (value for value in map(self.make, numbers) if value is not None)

    def values(self) -> Iterator[object]:
        """The values, if they are few, in their order."""
        made = (self.make(number) for number in range(self.size or 0))
        return (value for value in made if value is not None)


def numbered(own: Mapping[str, Own], number: int, new: Callable[[], UUID], *, each_column: bool) -> dict[str, object]:
    """The values of a row's own: of few ones those of a number, of many one of a new id.

    Args:
        own: by column the values that rows may have.
        number: the number of the row.
        new: makes an id.
        each_column: whether next numbers differ in each column, as rules of one column want it, or in all together.
    """
    found: dict[str, object] = {}
    for name, values in own.items():
        if values.size is None:
            found[name] = values.make(new().int)
        elif each_column:
            found[name] = values.make(number % values.size)
        else:
            number, place = divmod(number, values.size)
            found[name] = values.make(place)
    return found


def own_values(column: Column, way: Combination, ranges: Ranges) -> Own | None:
    """The values of a column among which no two rows need to be alike, within what the rules leave; None if none."""
    few, found = way.candidates(column), range_of(column)
    if few is not None:
        return Own(lambda number: few[number], len(few))
    if found is None:
        return None
    least, greatest = ranges[found[0]]
    own = _texts(way, column, (least, greatest)) if found[0].of_length else _numbers(column, least, greatest)
    tests = way.tests_of(column)

    def make(number: int) -> object:
        value = own.make(number)
        return value if value is not None and all(test.passes_of(value) for test in tests) else None

    return Own(make, own.size)


def _numbers(column: Column, least: int, greatest: int) -> Own:
    """Numbers, times and ids; those that are counted begin at one, if the rules leave it."""
    size = greatest - least + 1
    if size >= MANY:
        return Own(lambda number: value_at(column, least + number % size), None)
    first = 1 - least if least <= 1 <= greatest else 0
    return Own(lambda number: value_at(column, least + (first + number) % size), size)


def _texts(way: Combination, column: Column, among: Range) -> Own:
    walk, (least, greatest) = way.walk(column), among
    if walk is None:
        if len(_PLAIN) ** min(greatest, 32) >= MANY:
            return Own(lambda number: stretched(_digits(number), min(max(least, 32), greatest)), None)
        return _counted(range(max(least, 1), greatest + 1), lambda length: len(_PLAIN) ** length, _spelled_out)
    lengths = walk.lengths(least, min(greatest, max(least, 32) + 32))
    if not lengths:
        return Own(lambda _: None, 0)
    wanted = min(lengths, key=lambda length: abs(length - 32 - len(_SEEDED)))
    texts = _Texts(walk)
    if texts.number(0, wanted) >= MANY:
        return Own(lambda number: texts.seeded(wanted, _digits(number)), None)
    ordered = [length for length in lengths if length][:_MOST_LENGTHS]
    return _counted(ordered, lambda length: texts.number(0, length), texts.at)


def _digits(number: int) -> str:
    return f"{number:032x}"[::-1]  # the end of an id tells it from others; its beginning is a time


def _counted(lengths: Sequence[int], number_of: Callable[[int], int], text: Callable[[int, int], str]) -> Own:
    """The texts of these lengths, the shortest first."""
    sizes = [number_of(length) for length in lengths]

    def make(number: int) -> object:
        for length, size in zip(lengths, sizes, strict=True):
            if number < size:
                return text(length, number)
            number -= size
        return None

    return Own(make, sum(sizes))


def _spelled_out(length: int, number: int) -> str:
    text = ""
    for _ in range(length):
        number, digit = divmod(number, len(_PLAIN))
        text = _PLAIN[digit] + text
    return text


def _letters(group: Sequence[int]) -> str:
    """The letters of a group by which texts are told apart: small ones and digits if it has any, else capitals."""
    plain = [letter for letter in _PLAIN if ord(letter) in group] or [
        letter for letter in _PLAIN.upper() if ord(letter) in group
    ]
    return "".join(plain) or chr(group[0])


@attrs.frozen(eq=False, slots=False)
class _Texts:
    """The texts that the patterns of a column take, of letters by which texts are told apart.

    Attributes:
        walk: what the patterns take.
        numbers: how many texts of a length there are from a state on, as far as it was asked.
    """

    walk: Walk
    numbers: dict[tuple[int, int], int] = attrs.field(factory=dict)

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """By group its letters."""
        return tuple(map(_letters, self.walk.groups))

    def number(self, state: int, length: int) -> int:
        """How many texts of a length there are from a state on."""
        found = self.numbers.get((state, length))
        if found is None:
            follows = enumerate(self.walk.steps[state])
            found = (
                sum(len(self.letters[place]) * self.number(after, length - 1) for place, after in follows)
                if length
                else int(state in self.walk.ends_after(0))
            )
            self.numbers[state, length] = found
        return found

    def at(self, length: int, number: int) -> str:
        """The text of this number among those of a length."""
        state, text = 0, ""
        for left in reversed(range(length)):
            for place, after in enumerate(self.walk.steps[state]):
                each = self.number(after, left)
                if number < len(self.letters[place]) * each:
                    which, number = divmod(number, each)
                    state, text = after, text + self.letters[place][which]
                    break
                number -= len(self.letters[place]) * each
        return text

    def seeded(self, length: int, digits: str) -> str:
        """A text of the digits of a number, where the patterns take them, or of letters that stand for them."""
        state, text = 0, ""
        for step in range(length):
            ends, follows = self.walk.ends_after(length - step - 1), self.walk.steps[state]
            digit = int(digits[step % len(digits)], 16)
            group, letter = next(each for each in self._spelled[digit] if follows[each[0]] in ends)
            state, text = follows[group], text + letter
        return text

    @cached_property
    def _spelled(self) -> tuple[tuple[tuple[int, str], ...], ...]:
        """Each digit as patterns may want it, with its group: as it is, in decimals, as a letter, as any letter."""
        return tuple(tuple(self._spellings(digit)) for digit in range(16))

    def _spellings(self, digit: int) -> Iterator[tuple[int, str]]:
        for letter in (f"{digit:x}", str(digit % 10), chr(ord("a") + digit), chr(ord("A") + digit)):
            yield self.walk.group_of[ord(letter)], letter
        for place, letters in enumerate(self.letters):
            yield place, letters[digit % len(letters)]

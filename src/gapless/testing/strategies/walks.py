"""Texts of a language by their length: which lengths there are, and a text for each, chosen by a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

import attrs

from gapless.kit.characters import INVISIBLE, INVISIBLE_RANGES
from gapless.testing.strategies.languages import (
    EVERY_LETTER,
    Except,
    Language,
    after,
    both,
    holds_empty,
    language_of,
    letters_of,
)

AWKWARD = (
    "\u00e9\u0301\u0130\u0131\u00df\u0627\u05d0\u200f\u202e\u200d\ufeff\u00a0\u0085\u2028\u0663\u6f22\U0001d11e"
    "\U0001f600\U000e0001\ufffe\ufffd\ud7ff\ue000\uffff\U0010ffff"
)
"""Characters that people trip over: combining, right to left, invisible, white, digits, the ends of the planes."""
FURTHER_LENGTHS = 24
"""How many lengths are looked at where nothing bounds them."""
_ASCII = range(128)
_SURROGATES = (0xD800, 0xDFFF)
_PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def stretched(text: str, length: int) -> str:
    """Repeats a text until it has this number of characters."""
    return (text * (length // len(text) + 1))[:length]


@attrs.frozen(slots=False)
class Walk:
    """The texts of one language, found by going from letter to letter, of groups that the language does not tell apart.

    Attributes:
        language: what describes the texts.
        groups: the groups of letters, the plainest first.
    """

    language: Language
    groups: tuple[tuple[int, ...], ...]

    @cached_property
    def states(self) -> tuple[Language, ...]:
        """What may be left of a text at some place; the language itself comes first."""
        found: dict[Language, None] = {self.language: None}
        waiting = [self.language]
        while waiting:
            state = waiting.pop()
            follows = dict.fromkeys(after(state, group[0]) for group in self.groups)
            waiting.extend(state for state in follows if state not in found)
            found |= follows
        return tuple(found)

    @cached_property
    def steps(self) -> tuple[tuple[int, ...], ...]:
        """The number of the state that follows each state, by group of letters."""
        numbers = {state: number for number, state in enumerate(self.states)}
        return tuple(tuple(numbers[after(state, group[0])] for group in self.groups) for state in self.states)

    @cached_property
    def group_of(self) -> Mapping[int, int]:
        """The place of the group of each letter."""
        return {letter: place for place, group in enumerate(self.groups) for letter in group}

    @cached_property
    def _ends(self) -> list[frozenset[int]]:
        return [frozenset(number for number, state in enumerate(self.states) if holds_empty(state))]

    def ends_after(self, letters: int) -> frozenset[int]:
        """The states from which a text may end after exactly so many letters."""
        while len(self._ends) <= letters:
            last = self._ends[-1]
            self._ends.append(frozenset(at for at, follows in enumerate(self.steps) if not last.isdisjoint(follows)))
        return self._ends[letters]

    def lengths(self, shortest: int, longest: int | None) -> tuple[int, ...]:
        """The lengths in this range of which there is a text; not all of them, if nothing bounds the range."""
        if longest is None:
            first = self.lengths(shortest, shortest + len(self.steps))
            return first and self.lengths(first[0], first[0] + FURTHER_LENGTHS)
        found = self._lengths.get((shortest, longest))
        if found is None:
            found = tuple(length for length in range(shortest, longest + 1) if 0 in self.ends_after(length))
            self._lengths[shortest, longest] = found
        return found

    @cached_property
    def _lengths(self) -> dict[tuple[int, int], tuple[int, ...]]:
        return {}

    @cached_property
    def _characters(self) -> tuple[_Characters, ...]:
        """By group what its letters stand for."""
        return tuple(map(_characters, self.groups))

    def text(self, length: int, picks: Sequence[int]) -> str:
        """A text of one of the lengths; the numbers, over and over again, say which. Zeros give the plainest one."""
        state, letters = 0, ""
        for step in range(length):
            ends, follows = self.ends_after(length - step - 1), self.steps[state]
            open_groups = [place for place, number in enumerate(follows) if number in ends]
            pick, which = divmod(picks[step % len(picks)], len(open_groups))
            state = follows[open_groups[which]]
            letters += self._characters[open_groups[which]].at(pick)
        return letters


@attrs.frozen
class _Characters:
    """The characters that the letters of a group stand for.

    Attributes:
        plain: those of ASCII.
        awkward: awkward ones beyond it.
        ranges: all that are beyond it.
        number: how many these are.
    """

    plain: str
    awkward: str
    ranges: tuple[tuple[int, int], ...]
    number: int

    def at(self, pick: int) -> str:
        """A character: first the plain ones, then awkward ones, then any."""
        if not self.number or pick < len(self.plain):
            return self.plain[pick % len(self.plain)]
        pick -= len(self.plain)
        if pick < len(self.awkward):
            return self.awkward[pick]
        pick %= self.number
        for first, last in self.ranges:
            if pick <= last - first:
                return chr(first + pick)
            pick -= last - first + 1
        raise AssertionError(self)  # the remainder is in one of them


def _characters(group: tuple[int, ...]) -> _Characters:
    awkward, ranges = _beyond(tuple(letter for letter in group if letter not in _ASCII))
    plain = "".join(chr(letter) for letter in group if letter in _ASCII)
    return _Characters(plain, awkward, ranges, sum(last - first + 1 for first, last in ranges))


@lru_cache(maxsize=8)
def _beyond(letters: tuple[int, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The awkward characters beyond ASCII that letters stand for, and the ranges of all of them."""
    unseen = [(max(first, len(_ASCII)), last) for first, last in INVISIBLE_RANGES if last not in _ASCII]
    seen = _between([*unseen, _SURROGATES])
    ranges = [part for letter in letters for part in (unseen if chr(letter) in INVISIBLE else seen)]
    awkward = [one for one in AWKWARD if any(first <= ord(one) <= last for first, last in ranges)]
    return "".join(awkward), tuple(ranges)


def _between(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The code points beyond ASCII that are in none of these ranges."""
    firsts = [len(_ASCII), *(last + 1 for _, last in sorted(ranges))]
    lasts = [*(first - 1 for first, _ in sorted(ranges)), 0x10FFFF]
    return [(first, last) for first, last in zip(firsts, lasts, strict=True) if first <= last]


def _plainness(letter: int) -> tuple[bool, bool, int]:
    """Orders letters: those of words first, in their order of plainness, controls last but what is beyond ASCII."""
    place = _PLAIN.find(chr(letter)) if letter in _ASCII else -1
    beyond = letter not in _ASCII
    return beyond, place < 0, place if place >= 0 else letter if beyond else (letter + 96) % len(_ASCII)


@lru_cache(maxsize=1024)
def walk_of(matched: frozenset[str], unmatched: frozenset[str]) -> Walk:
    """The walk over the texts that all the first patterns describe and none of the others does."""
    return walk_through(
        frozenset({*map(language_of, matched), *(Except(language_of(pattern)) for pattern in unmatched)})
    )


@lru_cache(maxsize=1024)
def walk_through(languages: frozenset[Language]) -> Walk:
    """The walk over the texts that all of these languages have."""
    language = both(*languages)
    told_apart = sorted(letters_of(language), key=sorted)
    groups: dict[tuple[bool, ...], list[int]] = {}
    for letter in sorted(EVERY_LETTER, key=_plainness):
        groups.setdefault(tuple(letter in those for those in told_apart), []).append(letter)
    return Walk(language, tuple(map(tuple, groups.values())))

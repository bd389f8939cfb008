"""The pattern dialect once more, written independently: its texts, its language, and what makes matching slow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from itertools import combinations
from typing import TypeAlias

import attrs
from hypothesis import strategies as st

PROBES = frozenset(map(chr, range(128))) | {"é", "\u2003", "😀"}
SPACE = frozenset(" \t\n\r\f\v")
Follow: TypeAlias = dict[int, list[int]]
Ends: TypeAlias = tuple[list[int], list[int], bool]


@attrs.frozen
class One:
    """One character out of a set, as the pattern writes it."""

    text: str
    characters: frozenset[str]


@attrs.frozen
class Sequence:
    """Parts one after the other."""

    parts: tuple[Pattern, ...]


@attrs.frozen
class Choice:
    """One of several parts."""

    parts: tuple[Pattern, ...]


@attrs.frozen
class Repeat:
    """A part several times over; `most` is None if there is no limit."""

    part: Pattern
    least: int
    most: int | None


Pattern: TypeAlias = One | Sequence | Choice | Repeat


def rendered(pattern: Pattern) -> str:
    """The text of a pattern."""
    match pattern:
        case One(text=text):
            return text
        case Sequence(parts=parts):
            return "".join(map(rendered, parts))
        case Choice(parts=parts):
            return f"(?:{'|'.join(map(rendered, parts))})"
        case Repeat(part, least, most):
            short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((least, most))
            return f"({rendered(part)})" + (short or f"{{{least},{'' if most is None else most}}}")


def ends(pattern: Pattern, text: str, start: int) -> set[int]:
    """Where a match that begins at `start` can end: the definition of the language, by sets, without backtracking."""
    match pattern:
        case One(characters=characters):
            return {start + 1} if start < len(text) and text[start] in characters else set()
        case Sequence(parts=parts):
            reached = {start}
            for part in parts:
                reached = {end for begin in reached for end in ends(part, text, begin)}
            return reached
        case Choice(parts=parts):
            return {end for part in parts for end in ends(part, text, start)}
        case Repeat(part, least, most):
            rounds = most if most is not None else least + len(text) + 1
            reached, accepted = {start}, {start} if least == 0 else set()
            for count in range(1, rounds + 1):
                reached = {end for begin in reached for end in ends(part, text, begin)}
                accepted |= reached if count >= least else set()
            return accepted


def describes(pattern: Pattern, text: str) -> bool:
    """Whether the pattern describes the whole text."""
    return len(text) in ends(pattern, text, 0)


def parsed(text: str) -> Pattern:
    """Reads a pattern of the dialect."""
    pattern, rest = _choice(text)
    assert not rest
    return pattern


def _choice(text: str) -> tuple[Pattern, str]:
    parts, rest = [], "|" + text
    while rest.startswith("|"):
        part, rest = _sequence(rest[1:])
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Choice(tuple(parts))), rest


def _sequence(text: str) -> tuple[Pattern, str]:
    parts: list[Pattern] = []
    while text and text[0] not in "|)":
        part, text = _atom(text)
        part, text = _repeated(part, text)
        parts.append(part)
    return Sequence(tuple(parts)), text


def _atom(text: str) -> tuple[Pattern, str]:
    if text[0] == "[":
        return _class(text)
    if text[0] != "(":
        return One(text[0], frozenset(text[0])), text[1:]
    part, rest = _choice(text.removeprefix("(").removeprefix("?:"))
    return part, rest.removeprefix(")")


def _class(text: str) -> tuple[One, str]:
    negated, place, found = text[1] == "^", 1 + (text[1] == "^"), set[str]()
    first = place
    while text[place] != "]" or place == first:
        if text.startswith("[:space:]", place):
            found, place = found | SPACE, place + len("[:space:]")
        elif text[place + 1] == "-" and text[place + 2] != "]":
            found, place = found | set(map(chr, range(ord(text[place]), ord(text[place + 2]) + 1))), place + 3
        else:
            found, place = found | {text[place]}, place + 1
    return One(text[: place + 1], PROBES - found if negated else frozenset(found)), text[place + 1 :]


def _repeated(part: Pattern, text: str) -> tuple[Pattern, str]:
    bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(text[:1])
    if bounds is not None:
        return Repeat(part, *bounds), text[1:]
    if not text.startswith("{"):
        return part, text
    written, rest = text[1:].split("}", 1)
    least, _, most = written.partition(",")
    greatest = int(most) if most else None
    return Repeat(part, int(least), int(least) if "," not in written else greatest), rest


class TiredError(Exception):
    """An engine has gone back too often."""


class Engine:
    """A plain backtracking engine, which counts how often it looks at a character, or whether it is at the end.

    Args:
        text: what it reads.
        most: after how many steps it gives up.
    """

    def __init__(self, text: str, most: int) -> None:
        self._text = text
        self._most = most
        self._count = 0

    def steps(self, pattern: Pattern) -> int:
        """How many steps it takes until it knows whether the pattern describes the text; one too many if it gave up."""
        with suppress(TiredError):
            for end in self._ends(pattern, 0):
                self._look()
                if end == len(self._text):
                    break
        return self._count

    def _look(self) -> None:
        self._count += 1
        if self._count > self._most:
            raise TiredError

    def _ends(self, pattern: Pattern, start: int) -> Iterator[int]:
        match pattern:
            case One(characters=characters):
                self._look()
                if start < len(self._text) and self._text[start] in characters:
                    yield start + 1
            case Sequence(parts=parts):
                yield from self._in_turn(parts, start)
            case Choice(parts=parts):
                for part in parts:
                    yield from self._ends(part, start)
            case Repeat():
                yield from self._rounds(pattern, start)

    def _in_turn(self, parts: tuple[Pattern, ...], start: int) -> Iterator[int]:
        if not parts:
            yield start
            return
        for end in self._ends(parts[0], start):
            yield from self._in_turn(parts[1:], end)

    def _rounds(self, pattern: Repeat, start: int) -> Iterator[int]:
        """The longest first, as engines do; a round that reads nothing is not repeated."""
        part, least, most = pattern.part, pattern.least, pattern.most
        if most != 0:
            rest = Repeat(part, max(least - 1, 0), None if most is None else most - 1)
            for end in self._ends(part, start):
                if end > start or least > 0:
                    yield from self._rounds(rest, end)
        if least == 0:
            yield start


def needs_a_guess(pattern: Pattern) -> bool:
    """Whether after some character there are two ways to read the next one.

    If there are not, no engine can be slow: at each character there is one way to go on, or none.
    """
    places: list[frozenset[str]] = []
    follow: Follow = {}
    first, _, _ = _places(pattern, places, follow)
    pairs = (pair for options in (first, *follow.values()) for pair in combinations(options, 2))
    return any(places[one] & places[other] for one, other in pairs)


def accepts(pattern: Pattern, text: str) -> bool:
    """Whether the places that `needs_a_guess` looks at lead through the whole text: they have to be the pattern's."""
    places: list[frozenset[str]] = []
    follow: Follow = {}
    first, last, empty = _places(pattern, places, follow)
    options, reached = set(first), set[int]()
    for character in text:
        reached = {place for place in options if character in places[place]}
        options = {place for before in reached for place in follow[before]}
    return not reached.isdisjoint(last) if text else empty


def greatest_length(pattern: Pattern) -> float:
    """How long a text can be that the pattern describes; infinity if there is no limit."""
    match pattern:
        case One():
            return 1
        case Sequence(parts=parts):
            return sum(map(greatest_length, parts))
        case Choice(parts=parts):
            return max(map(greatest_length, parts))
        case Repeat(part, _, most):
            longest, rounds = greatest_length(part), math.inf if most is None else most
            return longest * rounds if longest and rounds else 0


def _places(pattern: Pattern, places: list[frozenset[str]], follow: Follow) -> Ends:
    """The places that can come first and last, and whether nothing at all will do; fills in what can follow what."""
    match pattern:
        case One(characters=characters):
            places.append(characters)
            follow[len(places) - 1] = []
            return [len(places) - 1], [len(places) - 1], False
        case Choice(parts=parts):
            found = [_places(part, places, follow) for part in parts]
            return [p for f in found for p in f[0]], [p for f in found for p in f[1]], any(f[2] for f in found)
        case Sequence(parts=parts):
            return _joined((_places(part, places, follow) for part in parts), follow)
        case Repeat(part, 0, 1):
            first, last, _ = _places(part, places, follow)
            return first, last, True
        case Repeat(part, 0 | 1 as least, None):
            first, last, empty = _places(part, places, follow)
            for place in last:
                follow[place] += first
            return first, last, empty or least == 0
        case Repeat():
            return _places(_written_out(pattern), places, follow)


def _written_out(pattern: Repeat) -> Pattern:
    """The same in `*`, `+` and `?`: x{2,} is xx+, and x{1,3} is x(x(x)?)?, because a round left out is the last."""
    part, least, most = pattern.part, pattern.least, pattern.most
    if most is None:
        return Sequence((*[part] * (least - 1), Repeat(part, 1, None)))
    rest: Pattern = Sequence(())
    for _ in range(most - least):
        rest = Repeat(Sequence((part, rest)), 0, 1)
    return Sequence((*[part] * least, rest))


def _joined(parts: Iterator[Ends], follow: Follow) -> Ends:
    first: list[int] = []
    last: list[int] = []
    empty = True
    for next_first, next_last, next_empty in parts:
        for place in last:
            follow[place] += next_first
        first += next_first if empty else []
        last = next_last + (last if next_empty else [])
        empty = empty and next_empty
    return first, last, empty


def classes() -> st.SearchStrategy[One]:
    """Classes in brackets, with all that may stand in them."""
    parts = st.lists(st.sampled_from(["a-z", "0-9", "A-F", "[:space:]", "b", "7", "@", ".", "*", "$", "("]), max_size=4)
    texts = st.builds(
        "[{}{}{}{}]".format,
        st.sampled_from(["", "^"]),
        st.sampled_from(["", "]", "-"]),
        st.builds(lambda parts: "".join(["x", *parts]), parts),
        st.sampled_from(["", "-", "^"]),
    )
    return texts.map(lambda text: _class(text)[0])


def patterns() -> st.SearchStrategy[Pattern]:
    """Patterns of the dialect."""
    literals = st.sampled_from("ab01 @:,-_\"'#%/=<>~!;&").map(lambda text: One(text, frozenset(text)))

    def larger(parts: st.SearchStrategy[Pattern]) -> st.SearchStrategy[Pattern]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        bounds = st.tuples(st.integers(0, 2), st.none() | st.integers(0, 2))
        return (
            several.map(Sequence)
            | several.map(Choice)
            | st.builds(lambda part, b: Repeat(part, b[0], None if b[1] is None else b[0] + b[1]), parts, bounds)
        )

    return st.recursive(literals | classes(), larger, max_leaves=6)

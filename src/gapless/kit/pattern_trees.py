"""Patterns of the dialect as trees: what they consist of, and how long the texts are that they describe."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TypeAlias

import attrs

from gapless.kit.patterns import BRACKET, to_python

# One stands for all that can be seen beyond ASCII, one for all that can't: the dialect makes no other difference.
PROBES = (*map(chr, range(1, 128)), "\u00e9", "\u200b")
_BRACKET = re.compile(BRACKET)
_TIMES = re.compile(r"\{([0-9]+)(,?)([0-9]*)\}|[*+?]")
_SHORT = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@attrs.frozen
class Letters:
    """One character out of a set; each probe, a code point, stands for the characters that are treated like it."""

    those: frozenset[int]


@attrs.frozen
class Sequence:
    """Several parts, one after another; the empty text if there are no parts."""

    parts: tuple[Tree, ...]


@attrs.frozen
class Choice:
    """One of the parts."""

    parts: tuple[Tree, ...]


@attrs.frozen
class Repeat:
    """A part that is repeated, from so many to so many times; None for no limit."""

    part: Tree
    least: int
    greatest: int | None


Tree: TypeAlias = Letters | Sequence | Choice | Repeat


@lru_cache(maxsize=1024)
def tree_of(pattern: str) -> Tree:
    """The tree of a pattern of the dialect."""
    return _alternatives(pattern, 0)[0]


def pieces(pattern: str) -> tuple[tuple[str, Tree], ...]:
    """The parts of a pattern, one after another, each with its text; none if the pattern is a choice."""
    found: list[tuple[str, Tree]] = []
    at = 0
    while at < len(pattern):
        if pattern[at] == "|":
            return ()
        part, end = _repeated(pattern, at)
        found.append((pattern[at:end], part))
        at = end
    return tuple(found)


def lengths(tree: Tree) -> tuple[int, float]:
    """The shortest and the longest length of the texts that a tree describes; the longest may be infinite."""
    match tree:
        case Letters():
            return 1, 1
        case Sequence(parts):
            each = [lengths(part) for part in parts]
            return sum(least for least, _ in each), sum(greatest for _, greatest in each)
        case Choice(parts):
            each = [lengths(part) for part in parts]
            return min(least for least, _ in each), max(greatest for _, greatest in each)
        case Repeat(part, least, greatest):
            shortest, longest = lengths(part)
            times = math.inf if greatest is None else greatest
            return (
                shortest * least,
                longest * times if longest and times else 0,
            )  # infinity times zero would be no number


def greatest_length(pattern: str) -> float:
    """The greatest length of the texts that a pattern of the dialect describes; maybe infinite."""
    return lengths(tree_of(pattern))[1]


def written_out(tree: Tree) -> int:
    """How many characters a tree has with each repetition written out as often as it may be; without a limit, once."""
    match tree:
        case Letters():
            return 1
        case Sequence(parts) | Choice(parts):
            return sum(map(written_out, parts))
        case Repeat(part, least, greatest):
            return written_out(part) * max(least if greatest is None else greatest, 1)


def _alternatives(pattern: str, at: int) -> tuple[Tree, int]:
    """Reads alternatives up to the end of their group; returns them, and where the group ends."""
    found: list[Tree] = []
    parts: list[Tree] = []
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            found, parts, at = [*found, Sequence(tuple(parts))], [], at + 1
            continue
        part, at = _repeated(pattern, at)
        parts.append(part)
    alternatives = (*found, Sequence(tuple(parts)))
    return (alternatives[0] if len(alternatives) == 1 else Choice(alternatives)), at


def _repeated(pattern: str, at: int) -> tuple[Tree, int]:
    part, at = _single(pattern, at)
    times = _TIMES.match(pattern, at)
    if times is None:
        return part, at
    if times.group() in _SHORT:
        return Repeat(part, *_SHORT[times.group()]), times.end()
    least = int(times[1])
    greatest = (int(times[3]) if times[3] else None) if times[2] else least
    return Repeat(part, least, greatest), times.end()


def _single(pattern: str, at: int) -> tuple[Tree, int]:
    if pattern[at] == "(":
        inner, end = _alternatives(pattern, at + (3 if pattern.startswith("(?:", at) else 1))
        return inner, end + 1
    bracket = _BRACKET.match(pattern, at)
    if bracket is None:
        return Letters(frozenset({ord(pattern[at])})), at + 1
    return Letters(_members(bracket.group())), bracket.end()


@lru_cache(maxsize=1024)
def _members(bracket: str) -> frozenset[int]:
    fits = to_python(bracket).fullmatch
    return frozenset(ord(probe) for probe in PROBES if fits(probe))

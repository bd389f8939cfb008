"""Texts that a pattern of the dialect describes, or nearly does.

A pattern is read into parts here a second time, to draw texts from it. Nobody asks these parts whether a text is
described: that is answered by Python and by PostgreSQL.
"""

from __future__ import annotations

import re
from functools import lru_cache
from random import Random
from typing import TypeAlias

import attrs

from gapless.kit.patterns import to_python
from gapless.testing.parity.characters import ALPHABET

_BRACKET = re.compile(r"\[\^?\]?(?:\[:[a-z]+:\]|[^\]])*\]")
_QUANTIFIER = re.compile(r"[*+?]|\{([0-9]+)(,?)([0-9]*)\}")
_SHORT = {"*": (0, None), "+": (1, None), "?": (0, 1)}
FEW = 3
MANY = 300


@attrs.frozen
class _One:
    """A part that is one of some characters."""

    characters: tuple[str, ...]


@attrs.frozen
class _TextRow:
    """A part that is several parts, one after the other."""

    parts: tuple[_Part, ...]


@attrs.frozen
class _Choice:
    """A part that is one of several parts."""

    parts: tuple[_Part, ...]


@attrs.frozen
class _Repeat:
    """A part that is repeated; `most` is `None` if there is no limit."""

    part: _Part
    least: int
    most: int | None


_Part: TypeAlias = "_One | _TextRow | _Choice | _Repeat"


def described_text(pattern: str, random: Random) -> str:
    """A text that the pattern describes, if its classes hold any of the characters that are drawn.

    Args:
        pattern: a pattern of the dialect.
        random: what draws.
    """
    further = MANY if random.random() < 0.02 else FEW
    return _drawn(_parsed(pattern), random, further)


def _drawn(part: _Part, random: Random, further: int) -> str:
    """A text of this part; a repetition without a limit gets up to `further` rounds more than it needs."""
    match part:
        case _One(characters):
            return random.choice(characters) if characters else ""
        case _TextRow(parts):
            return "".join([_drawn(each, random, further) for each in parts])
        case _Choice(parts):
            return _drawn(random.choice(parts), random, further)
        case _Repeat(repeated, least, most):
            rounds = random.randint(least, least + further if most is None else most)
            return "".join([_drawn(repeated, random, FEW) for _ in range(rounds)])


@lru_cache(maxsize=256)
def _parsed(pattern: str) -> _Part:
    return _choice(pattern)[0]


def _choice(text: str) -> tuple[_Part, str]:
    parts, rest = [], "|" + text
    while rest.startswith("|"):
        part, rest = _row(rest[1:])
        parts.append(part)
    return (parts[0] if len(parts) == 1 else _Choice(tuple(parts))), rest


def _row(text: str) -> tuple[_Part, str]:
    parts: list[_Part] = []
    while text and text[0] not in "|)":
        part, text = _atom(text)
        part, text = _repeated(part, text)
        parts.append(part)
    return _TextRow(tuple(parts)), text


def _atom(text: str) -> tuple[_Part, str]:
    if text[0] == "(":
        part, rest = _choice(text.removeprefix("(").removeprefix("?:"))
        return part, rest.removeprefix(")")
    bracket = _BRACKET.match(text)
    written = bracket.group() if bracket else text[0]
    # Which characters a class holds is asked of the class, so that only its end has to be found here.
    fits = to_python(written).fullmatch
    return _One(tuple(filter(fits, ALPHABET))), text[len(written) :]


def _repeated(part: _Part, text: str) -> tuple[_Part, str]:
    found = _QUANTIFIER.match(text)
    if found is None:
        return part, text
    rest = text[found.end() :]
    if found.group() in _SHORT:
        return _Repeat(part, *_SHORT[found.group()]), rest
    least, comma, most = found.groups()
    greatest = (int(most) if most else None) if comma else int(least)
    return _Repeat(part, int(least), greatest), rest

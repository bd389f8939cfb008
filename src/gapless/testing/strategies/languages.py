"""The texts that patterns of the dialect describe, and those that they do not, as sets that can be joined and measured.

A language is a value; what is left of it after a letter is its derivative (Brzozowski), so that no automaton has to be
built for a complement or an intersection. Letters are code points of ASCII without NUL; what is beyond ASCII counts as
two, one for what can be seen and one for what can't, since the dialect can't tell more apart.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import attrs

from gapless.kit import pattern_trees
from gapless.kit.pattern_trees import PROBES, Tree, tree_of

EVERY_LETTER = frozenset(map(ord, PROBES))


@attrs.frozen
class LanguageLetters:
    """The language of the texts that are one of these letters."""

    those: frozenset[int]


@attrs.frozen
class LanguageSequence:
    """The language of a text of each part, one after the other; without parts it has only the empty text."""

    parts: tuple[Language, ...]


@attrs.frozen
class LanguageChoice:
    """The language of the texts that at least one part describes."""

    parts: frozenset[Language]


@attrs.frozen
class LanguageRepeat:
    """The language of the texts of a part that is repeated, at least and at most so often; `None` is no limit."""

    part: Language
    least: int
    greatest: int | None


@attrs.frozen
class Both:
    """The language of the texts that all parts describe."""

    parts: frozenset[Language]


@attrs.frozen
class Except:
    """The language of the texts that the part does not describe."""

    part: Language


Language: TypeAlias = LanguageLetters | LanguageSequence | LanguageChoice | LanguageRepeat | Both | Except
NOTHING = LanguageLetters(frozenset())
EMPTY = LanguageSequence(())
EVERYTHING = LanguageRepeat(LanguageLetters(EVERY_LETTER), 0, None)


def sequence(*parts: Language) -> Language:
    """Makes a sequence of parts in its normal form, so that equal sequences are equal values."""
    if NOTHING in parts:
        return NOTHING
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, LanguageSequence) else (part,)))
    return flat[0] if len(flat) == 1 else LanguageSequence(flat)


def choice(*parts: Language) -> Language:
    """Makes a choice of parts in its normal form, so that equal choices are equal values."""
    flat = {inner for part in parts for inner in (part.parts if isinstance(part, LanguageChoice) else (part,))} - {
        NOTHING
    }
    return NOTHING if not flat else next(iter(flat)) if len(flat) == 1 else LanguageChoice(frozenset(flat))


def both(*parts: Language) -> Language:
    """Makes the intersection of parts in its normal form, so that equal intersections are equal values."""
    flat = {inner for part in parts for inner in (part.parts if isinstance(part, Both) else (part,))} - {EVERYTHING}
    if NOTHING in flat:
        return NOTHING
    return EVERYTHING if not flat else next(iter(flat)) if len(flat) == 1 else Both(frozenset(flat))


def repeat(part: Language, least: int, greatest: int | None) -> Language:
    """Makes a repetition of a part in its normal form, so that equal repetitions are equal values."""
    if greatest == 0 or part == EMPTY:
        return EMPTY
    return part if (least, greatest) == (1, 1) else LanguageRepeat(part, least, greatest)


@lru_cache(maxsize=65536)
def holds_empty(language: Language) -> bool:
    """Whether a language has the empty text."""
    match language:
        case LanguageLetters():
            return False
        case LanguageSequence(parts):
            return all(map(holds_empty, parts))
        case LanguageChoice(parts):
            return any(map(holds_empty, parts))
        case LanguageRepeat(part, least):
            return least == 0 or holds_empty(part)
        case Both(parts):
            return all(map(holds_empty, parts))
        case Except(part):
            return not holds_empty(part)


@lru_cache(maxsize=65536)
def after(language: Language, letter: int) -> Language:
    """The language of what may follow this letter, which is called its derivative."""
    match language:
        case LanguageLetters(those):
            return EMPTY if letter in those else NOTHING
        case LanguageSequence(parts):
            return _after_sequence(parts, letter)
        case LanguageChoice(parts):
            return choice(*(after(part, letter) for part in parts))
        case LanguageRepeat(part, least, greatest):
            left = repeat(part, max(least - 1, 0), None if greatest is None else greatest - 1)
            return sequence(after(part, letter), left)
        case Both(parts):
            return both(*(after(part, letter) for part in parts))
        case Except(part):
            return Except(after(part, letter))


def _after_sequence(parts: tuple[Language, ...], letter: int) -> Language:
    if not parts:
        return NOTHING
    first, *rest = parts
    follows = sequence(after(first, letter), *rest)
    return choice(follows, after(sequence(*rest), letter)) if holds_empty(first) else follows


@lru_cache(maxsize=1024)
def language_of(pattern: str) -> Language:
    """The texts that a pattern of the dialect describes."""
    return _language(tree_of(pattern))


def _language(tree: Tree) -> Language:
    match tree:
        case pattern_trees.Letters(those):
            return LanguageLetters(those)
        case pattern_trees.Sequence(parts):
            return sequence(*map(_language, parts))
        case pattern_trees.Choice(parts):
            return choice(*map(_language, parts))
        case pattern_trees.Repeat(part, least, greatest):
            return repeat(_language(part), least, greatest)


def letters_of(language: Language) -> frozenset[frozenset[int]]:
    """The sets of letters that a language tells apart."""
    match language:
        case LanguageLetters(those):
            return frozenset({those})
        case LanguageRepeat(part=part) | Except(part):
            return letters_of(part)
        case LanguageSequence(parts) | LanguageChoice(parts) | Both(parts):
            return frozenset(those for part in parts for those in letters_of(part))

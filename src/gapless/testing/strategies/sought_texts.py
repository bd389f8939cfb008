"""What tests ask of one text, as languages: patterns, beginnings, parts, and all of these without regard to case."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_lowercase

from gapless.kit.predicates import Comparison, Constant, Contains, Lower, Matches, Node, OneOf, StartsWith
from gapless.testing.strategies.branches import Test
from gapless.testing.strategies.languages import (
    EVERYTHING,
    Both,
    Except,
    Language,
    LanguageChoice,
    LanguageLetters,
    LanguageRepeat,
    LanguageSequence,
    choice,
    language_of,
    sequence,
)

_CAPITALS = frozenset(map(ord, ascii_lowercase.upper()))
_BY_CAPITAL = {ord(letter.upper()): ord(letter) for letter in ascii_lowercase}
_BEYOND = ord("\u00e9"), ord("\u200b")
"""The letters of languages that stand for all beyond ASCII: what can be seen, and what can't."""
_FILLING = ("", "a", "lorem")


def described(test: Test) -> Language | None:
    """The texts that pass a test; None if it asks something else.

    A language tells no two letters beyond ASCII apart. So it may have more texts than pass, and of a test that must not
    come out fewer: what it gives is tried.
    """
    found = _sought(test.node)
    if found is None:
        return None
    operand, language = found
    whole = folded(language) if isinstance(operand, Lower) else language
    return whole if test.holds is not _is_contrary(test.node) else Except(whole)


def is_described(node: Node) -> bool:
    """Whether a node asks of one text what a language can say."""
    return _sought(node) is not None


def _is_contrary(node: Node) -> bool:
    return isinstance(node, Comparison) and node.operator == "!="


def _sought(node: Node) -> tuple[Node, Language] | None:
    """The operand that is asked, and the language of what it must be."""
    match node:
        case Matches(operand, pattern):
            return operand, language_of(pattern)
        case StartsWith(operand, text):
            return operand, sequence(_letters(text), EVERYTHING)
        case Contains(operand, text):
            return operand, sequence(EVERYTHING, _letters(text), EVERYTHING)
        case Comparison("==" | "!=", Lower() as operand, Constant(str() as text)):
            return operand, _letters(text)
        case OneOf(Lower() as operand, values):
            return operand, choice(*(_letters(str(value)) for value in values))
        case _:
            return None


def _letters(text: str) -> Language:
    return sequence(*(LanguageLetters(frozenset({ord(letter)} if letter.isascii() else _BEYOND)) for letter in text))


def folded(language: Language) -> Language:
    """The texts whose small letters are in a language."""
    match language:
        case LanguageLetters(those):
            capitals = {capital for capital, small in _BY_CAPITAL.items() if small in those}
            return LanguageLetters((those - _CAPITALS) | capitals)
        case LanguageSequence(parts):
            return sequence(*map(folded, parts))
        case LanguageChoice(parts):
            return choice(*map(folded, parts))
        case LanguageRepeat(part, least, greatest):
            return LanguageRepeat(folded(part), least, greatest)
        case Both(parts):
            return Both(frozenset(map(folded, parts)))
        case Except(part):
            return Except(folded(part))


def named_texts(test: Test) -> Iterator[str]:
    """Texts that pass a test for letters beyond ASCII, which no language can tell apart."""
    if not test.holds or _is_contrary(test.node):
        return
    for text in _constants(test.node):
        if text.isascii():
            continue
        match test.node:
            case StartsWith():
                yield from (text + more for more in _FILLING)
            case Contains():
                yield from (before + text + behind for before in _FILLING for behind in _FILLING)
            case _:
                yield from (text, *({text.swapcase()} - {text}))


def _constants(node: Node) -> tuple[str, ...]:
    match node:
        case StartsWith(_, text) | Contains(_, text) | Comparison(_, Lower(), Constant(str() as text)):
            return (text,)
        case OneOf(Lower(), values):
            return tuple(map(str, values))
        case _:
            return ()

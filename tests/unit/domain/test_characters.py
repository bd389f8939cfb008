"""The characters that nobody sees: what is on the list, and that every form of the list says the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gapless.kit import is_blank, is_visible
from gapless.kit.characters import GREATEST_TRIMMED, INVISIBLE, INVISIBLE_RANGES, trimmed
from gapless.kit.patterns import is_ascii, to_python

# Signs of Arabic, Syriac and Kaithi that enclose what follows: they count as format characters, and are seen.
ENCLOSING = set(map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD)))
UNSEEN_NAMES = ("VARIATION SELECTOR", "HANGUL FILLER", "VOWEL INHERENT", "PATTERN BLANK", "NULL NOTEHEAD", "ZERO WIDTH")
EVERY = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]


def test_list_holds_what_unicode_calls_unseen() -> None:
    """Controls, separators and format characters are on the list, and what is called blank, a filler or a selector."""
    unseen = {one for one in EVERY if unicodedata.category(one) in ("Cc", "Cf", "Zs", "Zl", "Zp")}
    named = {one for one in EVERY if any(part in unicodedata.name(one, "") for part in UNSEEN_NAMES)}
    assert (unseen | named) - ENCLOSING - INVISIBLE == set()


def test_list_holds_nothing_that_people_write_with() -> None:
    """No letter, digit, punctuation or symbol is on the list, but for the fillers that only count as one."""
    seen = {one for one in INVISIBLE if unicodedata.category(one)[0] in "LNPS"}
    assert {ord(one) for one in seen} == {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0, 0xFFFC, 0x1D159}


def test_ranges_are_in_order() -> None:
    """The ranges stand in their order, with something between them: no code point is named twice."""
    firsts, lasts = zip(*INVISIBLE_RANGES, strict=True)
    assert all(first <= last for first, last in INVISIBLE_RANGES)
    assert all(last + 1 < first for last, first in zip(lasts, firsts[1:], strict=False))
    assert sum(last - first + 1 for first, last in INVISIBLE_RANGES) == len(INVISIBLE)


def test_class_of_patterns_is_the_list() -> None:
    """The class by that name holds exactly the characters of the list, of all that a text can hold."""
    member = to_python("[[:invisible:]]").fullmatch
    assert {one for one in EVERY if member(one)} == INVISIBLE
    assert not is_ascii("[[:invisible:]]")
    assert not is_ascii("[a[:invisible:]]{3}")


@given(st.text(st.sampled_from([*"a\u00e9 ", *map(chr, sum(INVISIBLE_RANGES, ()))])))
def test_visible_and_blank(text: str) -> None:
    """A text is visible if each of its characters is, and blank if none is."""
    assert is_visible(text) == all(one not in INVISIBLE for one in text)
    assert is_blank(text) == all(one in INVISIBLE for one in text)


@given(st.text(st.sampled_from("a \u200b\u3164\U000e0020\n")))
@example("\u200b" * GREATEST_TRIMMED)
def test_trimming(text: str) -> None:
    """What is trimmed begins and ends with a character that can be seen, and is a part of the text; twice is once."""
    short = trimmed(text)
    assert short in text
    assert trimmed(short) == short
    assert is_blank(text) == (short == "")
    assert not short or not {short[0], short[-1]} & INVISIBLE


@pytest.mark.parametrize("character", [" ", "\U000e0fff"])
def test_very_long_texts_are_left_alone(character: str) -> None:
    """A text that nobody can have typed is not looked at character by character."""
    text = character * (GREATEST_TRIMMED + 1)
    assert trimmed(text) is text

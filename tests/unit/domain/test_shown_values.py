"""How much of a caller's value a message repeats: 80 characters whole, and of more the beginning."""

from __future__ import annotations

from uuid import UUID

import pytest

from gapless.kit.patterns import quoted
from gapless.kit.plain import kind_of, shown

WHOLE, BEGINNING = "a" * 80, "a" * 79 + "…"


@pytest.mark.parametrize("text", [WHOLE, WHOLE[1:], ""])
def test_what_fits_is_shown_as_a_whole(text: str) -> None:
    """A text, or a pattern, of up to 80 characters is all there."""
    assert shown(text) == text
    assert quoted(text) == f"'{text}'"


@pytest.mark.parametrize("text", [WHOLE + "a", WHOLE * 1000])
def test_of_what_is_longer_the_beginning_is_shown(text: str) -> None:
    """Of a longer one 79 characters are there, and a mark that it goes on."""
    assert shown(text) == BEGINNING
    assert quoted(text) == f"'{BEGINNING}'"


def test_what_can_not_be_seen_is_written_out() -> None:
    """A character that can't be seen has an escape, which takes as many characters as are written."""
    assert shown("\u202e" * 13) == "\\u202e" * 13
    assert shown("\u202e" * 14) == ("\\u202e" * 14)[:79] + "…"
    assert shown("a\nb") == "a\\nb"


def test_other_values_are_shown_by_their_kind() -> None:
    """A number is written out as long as it is short, an id always, and of any other object its class is named."""
    assert (shown(7), shown(UUID(int=7)), shown(True)) == ("7", str(UUID(int=7)), "True")
    assert shown(2**160 - 1) == str(2**160 - 1)
    assert shown(2**160) == "an int"
    longest, longer = (type("A" * length, (), {}) for length in (80, 81))
    assert kind_of(longest()) == f"an {'A' * 80}"
    assert kind_of(longer()) == "an object"

"""The characters that nobody can see: a fixed list, whatever the version of Unicode, of Python or of a server.

    is_visible(user.email)         every character can be seen
    negate(is_blank(user.name))    at least one character can be seen

They are controls, white space of every script, format characters, fillers, variation selectors and tags. Letters that
look like other letters (homographs) are not in it: they can be seen, and no list can say which of them are alike.
"""

from __future__ import annotations

# A list of our own, because str.isspace, unicodedata and the classes of PostgreSQL change with their versions
# (decision 0036).
INVISIBLE_RANGES: tuple[tuple[int, int], ...] = (
    (0x0001, 0x0020),  # the controls of ASCII, and the space; NUL is in no text
    (0x007F, 0x00A0),  # DELETE, the controls of Latin-1, and the no-break space
    (0x00AD, 0x00AD),  # the soft hyphen
    (0x034F, 0x034F),  # the combining grapheme joiner
    (0x061C, 0x061C),  # the Arabic letter mark
    (0x115F, 0x1160),  # the Hangul fillers
    (0x1680, 0x1680),  # the Ogham space
    (0x17B4, 0x17B5),  # the inherent vowels of Khmer
    (0x180B, 0x180F),  # the variation selectors of Mongolian, and its vowel separator
    (0x2000, 0x200F),  # spaces of every width, zero-width ones, marks of direction
    (0x2028, 0x202F),  # separators of lines, embeddings and overrides of direction, the narrow no-break space
    (0x205F, 0x206F),  # the mathematical space, the word joiner, invisible operators, isolates of direction
    (0x2800, 0x2800),  # the blank of Braille
    (0x3000, 0x3000),  # the ideographic space
    (0x3164, 0x3164),  # the Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # the byte order mark
    (0xFFA0, 0xFFA0),  # the half-width Hangul filler
    (0xFFF0, 0xFFFC),  # reserved for format characters, interlinear annotations, the place of an object
    (0x13430, 0x1343F),  # the format controls of hieroglyphs
    (0x16FE4, 0x16FE4),  # the filler of Khitan
    (0x1BCA0, 0x1BCA3),  # the format controls of shorthand
    (0x1D159, 0x1D159),  # the empty note head
    (0x1D173, 0x1D17A),  # the format controls of music
    (0xE0000, 0xE0FFF),  # tags, and the other variation selectors
)
"""The first and the last code point of each range, in their order."""
INVISIBLE = frozenset(chr(code) for first, last in INVISIBLE_RANGES for code in range(first, last + 1))

GREATEST_TRIMMED = 4096


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


INVISIBLE_CLASS = "".join(
    _escape(first) if first == last else f"{_escape(first)}-{_escape(last)}" for first, last in INVISIBLE_RANGES
)
"""The list as a class in brackets contains it, in escapes that Python and PostgreSQL read alike."""

VISIBLE_PATTERN = "[^[:invisible:]]*"
BLANK_PATTERN = "[[:invisible:]]*"


def trimmed(text: str) -> str:
    """The text without what can't be seen at its ends, such as the space that comes along with a copied word.

    A text of more than 4096 characters is left as it is: no person has typed it.
    """
    if len(text) > GREATEST_TRIMMED:
        return text
    first, end = 0, len(text)
    while first < end and text[first] in INVISIBLE:
        first += 1
    while end > first and text[end - 1] in INVISIBLE:
        end -= 1
    return text[first:end]

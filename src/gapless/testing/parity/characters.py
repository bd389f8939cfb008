"""The characters on which languages, locales and libraries differ; every text that is drawn has some of them."""

from __future__ import annotations

from random import Random

from gapless.kit.json_object import is_representable_text

ASCII = tuple(map(chr, range(1, 128)))
SPACES = tuple(
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2003\u2007\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""White space of ASCII, of Unicode, and of neither."""
DIGITS = tuple("0\u0660\u06f1\u0967\uff10²¹½Ⅳ①\U0001d7d8\U0001fbf0")
"""Digits of other scripts, and what only some take for a digit."""
CASED = tuple("aAzZ\u212a\u212bſİıßẞﬀǅςΣ\uff21\uff41µ\U00010400\U0001d400а")
"""Letters whose other case is in ASCII, is longer, is missing, or looks like another letter."""
MARKS = tuple("\u0301\u0307\u0338\u064b\u20dd\u200d\u200e\u202e\ufe0f\xad")
"""Marks that combine with the character before, and characters that nobody sees."""
SIGNS = tuple("@.+-_%'\"\\/$^[]{}()|*?\uff20\uff0e\uff0b\u2010\u2212·。")
"""Signs that patterns and SQL give a meaning to, and those that look like them."""
FAR = tuple("\x7f\x80\xff\u0100\u0fff\ud7ff\ue000\ufffd\ufffe\uffff\U00010000\U0001f600\U0010ffff")
"""The ends of what one, two, three and four bytes of UTF-8 hold."""
AWKWARD = (*SPACES, *DIGITS, *CASED, *MARKS, *SIGNS, *FAR)
ALPHABET = tuple(dict.fromkeys((*ASCII, *AWKWARD)))
LINE_ENDS = ("\n", "\r\n", "\r", "\x0b", "\x85", "\u2028")
_SURROGATES = range(0xD800, 0xE000)


def drawn_character(random: Random) -> str:
    """A character: most often an awkward one, sometimes one of ASCII, or any other."""
    kind = random.random()
    if kind < 0.6:
        return random.choice(AWKWARD)
    return random.choice(ASCII) if kind < 0.9 else _anywhere(random)


def _anywhere(random: Random) -> str:
    point = random.randrange(1, 0x110000)
    return "\ufffd" if point in _SURROGATES else chr(point)


def unrepresentable_texts(random: Random) -> tuple[str, ...]:
    """Texts with a character that no column of PostgreSQL keeps, at the ends and somewhere between."""
    texts = []
    for character in ("\0", "\ud800", "\udfff"):
        around = drawn_character(random) * 5
        place = random.randrange(6)
        texts += [character, around + character, around[:place] + character + around[place:]]
    return tuple(text for text in texts if not is_representable_text(text))

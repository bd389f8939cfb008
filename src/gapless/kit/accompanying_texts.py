"""Texts that only come along with a use case: what a client says of itself, its address, a caller's name.

The actor has not chosen them, so they never refuse a use case. They are cleaned, and cut to what a row can keep.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import cast
from uuid import UUID

from gapless.kit.characters import INVISIBLE
from gapless.kit.json_object import is_representable_text
from gapless.kit.plain import is_of, name_of

GREATEST_LENGTH = 500
CUT = "\u2026"
"""The end of a text that was cut: an ellipsis."""
REPLACED = "\ufffd"
"""What replaces a character that a row can't keep, or that nobody can see."""
_GREATEST_BYTES = 4 * (GREATEST_LENGTH + 1)
_WRITTEN_PLAINLY = (bool, int, float, UUID, IPv4Address, IPv6Address)


def accompanying_text(given: object) -> str | None:
    """What is kept of a text from outside; None for None.

    A text of more than 500 characters keeps its first 499 and gets an ellipsis. U+FFFD replaces NUL, lone surrogates,
    controls, and all else that can't be seen but the plain space. Bytes are decoded as UTF-8, and invalid bytes are
    replaced. Of any other object only its type is kept, because nobody knows what its methods do.
    """
    if given is None:
        return None
    text = _plain_text(given)
    cut = text if len(text) <= GREATEST_LENGTH else text[: GREATEST_LENGTH - len(CUT)] + CUT
    return "".join(character if _is_kept(character) else REPLACED for character in cut)


def _plain_text(given: object) -> str:
    """The text of an object, at most one character longer than what is kept, so that a long text costs no more."""
    if is_of(given, str):
        return str.__getitem__(cast(str, given), slice(GREATEST_LENGTH + 1))
    if is_of(given, bytes) or is_of(given, bytearray):
        return bytes(memoryview(cast(bytes, given))[:_GREATEST_BYTES]).decode(errors="replace")
    if type(given) in _WRITTEN_PLAINLY and not (type(given) is int and given.bit_length() > GREATEST_LENGTH):
        return str(given)
    return f"<{name_of(type(given))}>"


def _is_kept(character: str) -> bool:
    return character == " " or (character not in INVISIBLE and is_representable_text(character))

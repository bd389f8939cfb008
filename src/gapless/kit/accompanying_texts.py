"""Texts that only come along with what happens: what a client says of itself, where it is, who is said to call.

Nobody who acts has chosen them, so they are never a reason to refuse. They are cleaned and cut to what a row can keep.
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
"""What stands at the end of a text that was cut: an ellipsis."""
REPLACED = "\ufffd"
"""What stands for a character that a row can't keep, or that nobody would see."""
_GREATEST_BYTES = 4 * (GREATEST_LENGTH + 1)
_WRITTEN_PLAINLY = (bool, int, float, UUID, IPv4Address, IPv6Address)


def accompanying_text(given: object) -> str | None:
    """What is kept of a text from outside; None of None.

    A text of more than 500 characters keeps its first 499 and ends with an ellipsis. NUL, lone surrogates, controls and
    what else can't be seen, but for the plain space, are replaced by U+FFFD. Bytes are read as UTF-8 as far as they are
    it; of any other object that is no text its type is kept, as nobody knows what its own methods do.
    """
    if given is None:
        return None
    text = _plain_text(given)
    cut = text if len(text) <= GREATEST_LENGTH else text[: GREATEST_LENGTH - len(CUT)] + CUT
    return "".join(character if _is_kept(character) else REPLACED for character in cut)


def _plain_text(given: object) -> str:
    """At most one character more than is kept, so that a long text costs no more than a short one."""
    if is_of(given, str):
        return str.__getitem__(cast(str, given), slice(GREATEST_LENGTH + 1))
    if is_of(given, bytes) or is_of(given, bytearray):
        return bytes(memoryview(cast(bytes, given))[:_GREATEST_BYTES]).decode(errors="replace")
    if type(given) in _WRITTEN_PLAINLY and not (type(given) is int and given.bit_length() > GREATEST_LENGTH):
        return str(given)
    return f"<{name_of(type(given))}>"


def _is_kept(character: str) -> bool:
    return character == " " or (character not in INVISIBLE and is_representable_text(character))

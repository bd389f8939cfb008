"""The small values of the voice service: texts that are parsed and normalised at the edge.

The types exist for the type checker alone: at run time an address is a `str`, as PostgreSQL and the driver have them.
The entities that have them declare what makes them valid, by the patterns below.
"""

from __future__ import annotations

from typing import NewType

import attrs

from gapless.kit.characters import VISIBLE_PATTERN, trimmed
from gapless.kit.columns import BigInteger
from gapless.kit.errors import InvalidValue
from gapless.kit.json_object import is_representable_text, unrepresentable
from gapless.kit.patterns import to_python
from gapless.kit.plain import kind_of, plain_text

Slug = NewType("Slug", str)
"""An organization's name in addresses: lower-case words of ASCII letters and digits, joined by hyphens."""
E164 = NewType("E164", str)
"""A telephone number as ITU-T E.164 writes it: a plus sign and at most 15 digits, the first of them not zero."""
EmailAddress = NewType("EmailAddress", str)
"""An address in the form something@domain.tld, its letters A to Z in lower case, each character of it visible."""

Bytes = NewType("Bytes", BigInteger)
"""An amount of storage in bytes."""

SLUG_PATTERN = "[a-z0-9]+(?:-[a-z0-9]+)*"
E164_PATTERN = "[+][1-9][0-9]{1,14}"
# The language of [^\s@]+@[^\s@]+\.[^\s@]+ with ASCII white space, in a form that no input makes slow.
EMAIL_PATTERN = "[^[:space:]@]+@[^[:space:]@][^[:space:]@.]*[.][^[:space:]@]+"
GREATEST_SLUG_LENGTH = 63
GREATEST_EMAIL_LENGTH = 254
GREATEST_E164_LENGTH = 16


@attrs.frozen
class _Form:
    """The form in which a text has to be written, and the message for a text in another form."""

    kind: str
    name: str
    pattern: str
    greatest_length: int
    message: str


_EMAIL = _Form(
    "email_address",
    "address",
    EMAIL_PATTERN,
    GREATEST_EMAIL_LENGTH,
    "An address is written in the form something@domain.tld (ann@example.com).",
)
_SLUG = _Form(
    "slug",
    "slug",
    SLUG_PATTERN,
    GREATEST_SLUG_LENGTH,
    "A slug is made of words of letters a to z and digits, joined by hyphens (acme-2).",
)
_E164 = _Form(
    "e164",
    "telephone number",
    E164_PATTERN,
    GREATEST_E164_LENGTH,
    "A telephone number is written in the form of E.164 (+998901234567); gapless.inputs reads other spellings.",
)

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def normalise_email_address(text: str) -> EmailAddress:
    """Removes invisible characters at both ends and lowers the letters A to Z; the entity checks the rest."""
    return EmailAddress(_lowered(_trimmed(text), GREATEST_EMAIL_LENGTH))


def normalise_slug(text: str) -> Slug:
    """Removes invisible characters at both ends and lowers the letters A to Z; the entity checks the rest."""
    return Slug(_lowered(_trimmed(text), GREATEST_SLUG_LENGTH))


def normalise_e164(text: str) -> E164:
    """Removes invisible characters at both ends; the entity checks the rest."""
    return E164(_trimmed(text))


def normalise_currency(text: str) -> str:
    """Removes invisible characters at both ends; the entity checks the rest."""
    return _trimmed(text)


def parse_email_address(text: str) -> EmailAddress:
    """Reads an email address as a person wrote or pasted it.

    Args:
        text: the address; invisible characters at both ends are removed, and capitals A to Z become lower case.

    Raises:
        InvalidValue: the text is not an address, is longer than 254 characters, or has an invisible character in it.
    """
    address = _matching(_EMAIL, normalise_email_address(text))
    if to_python(VISIBLE_PATTERN).fullmatch(address) is None:
        raise InvalidValue("email_address", "The address has a character that can't be seen: remove it.")
    return EmailAddress(address)


def parse_slug(text: str) -> Slug:
    """Reads a slug as a person wrote it.

    Args:
        text: the slug; invisible characters at both ends are removed, and capitals A to Z become lower case.

    Raises:
        InvalidValue: the text is not a slug, or is longer than 63 characters.
    """
    return Slug(_matching(_SLUG, normalise_slug(text)))


def parse_e164(text: str) -> E164:
    """Reads a telephone number in the form of E.164; `gapless.inputs` reads other spellings.

    Args:
        text: the number; invisible characters at both ends are removed.

    Raises:
        InvalidValue: the text is not a number in that form.
    """
    return E164(_matching(_E164, normalise_e164(text)))


def _trimmed(text: str) -> str:
    """The text without invisible characters at its ends; what is not a text is left for the entity to refuse."""
    found = plain_text(text)
    return text if found is None else trimmed(found)


def _lowered(text: str, greatest_length: int) -> str:
    """The text with A to Z in lower case; what is not a text, or too long, is left for the entity to refuse."""
    found = plain_text(text)
    return text if found is None or len(found) > greatest_length else found.translate(_ASCII_LOWER)


def _matching(form: _Form, text: str) -> str:
    if type(text) is not str:
        raise InvalidValue(form.kind, f"The {form.name} is {kind_of(text)}, not a text.")
    if len(text) > form.greatest_length:
        said = f"The {form.name} has {len(text)} characters, at most {form.greatest_length}. {form.message}"
        raise InvalidValue(form.kind, said)
    if not is_representable_text(text):
        raise InvalidValue(form.kind, f"The {form.name} holds {unrepresentable(text)}.")
    if to_python(form.pattern).fullmatch(text) is None:
        raise InvalidValue(form.kind, form.message)
    return text

"""Reads telephone numbers as people write them. It needs the extra gapless[phone]."""

from __future__ import annotations

import re
import unicodedata

from gapless.domain.errors import InvalidValue
from gapless.domain.plain import plain_text
from gapless.domain.values import E164, parse_e164

try:
    import phonenumbers
except ModuleNotFoundError as error:
    if error.name != "phonenumbers":
        raise
    raise ModuleNotFoundError(
        "gapless.inputs.phone_numbers needs phonenumbers, which an extra brings: pip install 'gapless[phone]'",
        name=error.name,
    ) from error

GREATEST_WRITTEN_LENGTH = 250  # libphonenumber reads no longer text

# Digits of any script, and what people put between them; what else stands in a text is no part of one number.
_WRITTEN = re.compile(r"[( （]*[+＋]?[\d ()（）\[\]［］./．／‐-―−ー－-]*")


def parse_phone_number(text: str, *, region: str | None = None) -> E164:
    """Reads a telephone number that is valid by the numbering plan of its country, in any usual spelling.

    Whether anybody answers there is not asked. Letters ("1-800-FLOWERS", "Tel.") and extensions are refused: E.164 has
    no place for them, and what they mean would be a guess.

    Args:
        text: digits of any script, with a plus sign, white space, brackets, dots, slashes and dashes. Characters that
            can't be seen, as they come along when a number is copied, are passed over.
        region: where a number without a country code is dialled, as the two capital letters of ISO 3166-1 ("UZ").

    Returns:
        The number in the form of E.164, which `check_number_format` accepts.

    Raises:
        InvalidValue: `phone_number` (it is no valid number, or has no country code and no region is given), or `region`
            (it is none that has telephone numbers).
    """
    known = _region(region)
    try:
        number = phonenumbers.parse(_written(text), known)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise _refusal(
                "A telephone number begins with + and a known country code, or its region is given."
            ) from None
        raise _refusal() from None
    if number.extension:
        raise _refusal("A telephone number is kept without an extension.")
    if not phonenumbers.is_valid_number(number):
        raise _refusal()
    return _in_form(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _region(region: str | None) -> str | None:
    given = plain_text(region)
    if region is not None and given not in phonenumbers.SUPPORTED_REGIONS:
        said = "A region is a country with telephone numbers, as two capital letters of ISO 3166-1."
        raise InvalidValue("region", said, fields=("region",))
    return given


def _written(text: str) -> str:
    given = plain_text(text)
    if given is None or len(given) > GREATEST_WRITTEN_LENGTH:
        raise _refusal()
    seen = "".join(character for character in given if unicodedata.category(character) != "Cf")
    spaced = " ".join(seen.split())
    if _WRITTEN.fullmatch(spaced) is None:
        raise _refusal()
    return spaced


def _in_form(number: str) -> E164:
    try:
        return parse_e164(number)
    except InvalidValue:  # some numbering plans go beyond the 15 digits of E.164
        raise _refusal() from None


def _refusal(sentence: str = "That is no valid telephone number.") -> InvalidValue:
    return InvalidValue("phone_number", sentence)

"""Reads telephone numbers as people write them. It needs the extra gapless[phone]."""

from __future__ import annotations

import re

from gapless.domain.values import E164, parse_e164
from gapless.kit.characters import INVISIBLE
from gapless.kit.errors import InvalidValue
from gapless.kit.plain import plain_text

__all__ = ["parse_phone_number"]

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

# Digits of any script, and what people put between them; anything else does not belong to a number.
_WRITTEN = re.compile(r"[( （]*[+＋]?[\d ()（）\[\]［］./．／‐-―−ー－-]*")

_NO_NUMBER = "This is not a telephone number: write it as in +998 90 123 45 67."
_IMPOSSIBLE = {
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "The telephone number has no country code that exists.",
    phonenumbers.ValidationResult.TOO_SHORT: "The telephone number has too few digits for its country.",
    phonenumbers.ValidationResult.TOO_LONG: "The telephone number has too many digits for its country.",
    phonenumbers.ValidationResult.INVALID_LENGTH: "No telephone number of its country has so many digits.",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "The telephone number lacks its area code.",
}


def parse_phone_number(text: str, *, region: str | None = None) -> E164:
    """Reads a telephone number in any usual spelling, if it is possible in its country.

    A number is possible if its country code is assigned, and if it has as many digits as numbers of that country have.
    Whether its range is in use is not checked, because the metadata learn of a new range years after people have its
    numbers; nor is checked whether anybody answers there. Letters ("1-800-FLOWERS", "Tel.") and extensions are refused:
    E.164 has no place for them, and their meaning would be a guess.

    Args:
        text: digits of any script, with a plus sign, white space, brackets, dots, slashes and dashes. Invisible
            characters, which come along when a number is copied, are ignored.
        region: the country in which a number without a country code is dialled, as the two capital letters of ISO
            3166-1 ("UZ"); None if every number has its country code.

    Returns:
        The number in the form of E.164, which `check_number_format` accepts.

    Raises:
        InvalidValue: `phone_number` (the number is not possible, or it has no country code and no region is given), or
            `region` (it is not the code of a country with telephone numbers).
    """
    known = _region(region)
    try:
        number = phonenumbers.parse(_written(text), known)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise _refusal(
                "The telephone number has no known country code: begin it with + and the code, or give its region."
            ) from None
        raise _refusal() from None
    if number.extension:
        raise _refusal("The telephone number has an extension: leave it out.")
    reason = phonenumbers.is_possible_number_with_reason(number)
    # A few numbers are dialled without an area code from everywhere (+1 310 1234); the metadata know them as valid.
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE and not phonenumbers.is_valid_number(number):
        raise _refusal(_IMPOSSIBLE.get(reason, _NO_NUMBER))
    return _in_form(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _region(region: str | None) -> str | None:
    given = plain_text(region)
    if region is not None and given not in phonenumbers.SUPPORTED_REGIONS:
        said = "The region is not a country with telephone numbers: give the two capital letters of ISO 3166-1 (UZ)."
        raise InvalidValue("region", said, fields=("region",))
    return given


def _written(text: str) -> str:
    given = plain_text(text)
    if given is None or len(given) > GREATEST_WRITTEN_LENGTH:
        raise _refusal()
    spaced = " ".join("".join(" " if character in INVISIBLE else character for character in given).split())
    if _WRITTEN.fullmatch(spaced) is None:
        raise _refusal()
    return spaced


def _in_form(number: str) -> E164:
    try:
        return parse_e164(number)
    except InvalidValue:  # some numbering plans go beyond the 15 digits of E.164
        raise _refusal() from None


def _refusal(message: str = _NO_NUMBER) -> InvalidValue:
    return InvalidValue("phone_number", message)

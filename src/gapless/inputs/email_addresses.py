"""Reads email addresses as people write them. It needs the extra gapless[email]."""

from __future__ import annotations

import unicodedata

from gapless.domain.values import GREATEST_EMAIL_LENGTH, EmailAddress, normalise_email_address, parse_email_address
from gapless.kit.characters import trimmed
from gapless.kit.errors import InvalidValue
from gapless.kit.json_object import is_representable_text
from gapless.kit.plain import plain_text

__all__ = ["parse_written_email_address"]

try:
    import email_validator
except ModuleNotFoundError as error:
    if error.name != "email_validator":
        raise
    raise ModuleNotFoundError(
        "gapless.inputs.email_addresses needs email-validator, which an extra brings: pip install 'gapless[email]'",
        name=error.name,
    ) from error

GREATEST_WRITTEN_LENGTH = 4 * GREATEST_EMAIL_LENGTH  # a letter and its accents are up to four characters


def parse_written_email_address(text: str) -> EmailAddress:
    """Reads an email address as a person wrote it, and checks its form; nothing is looked up in the network.

    The result has one spelling: the letters A to Z in lower case, accents in their composed form (NFC), and an
    internationalised domain in its own script, not as xn--. Parts in quotes, names ("Ann <ann@acme.org>") and IP
    addresses are refused, because mail systems disagree about them.

    Args:
        text: the address; white space and other characters around it that can't be seen are removed.

    Returns:
        The address, which `check_email_format`, `check_email_length`, `users_email_lowercase` and `users_email_visible`
        accept.

    Raises:
        InvalidValue: `email_address`: the text is not an address to which mail can be sent.
    """
    try:
        validated = email_validator.validate_email(
            normalise_email_address(_composed(text)),
            allow_smtputf8=True,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            check_deliverability=False,
            # Accepts *.test, which RFC 6761 keeps for tests: nobody can own one, and hosts have their test users there.
            test_environment=True,
        )
    except email_validator.EmailNotValidError:
        raise _refusal() from None  # the cause repeats parts of the text
    return parse_email_address(validated.normalized)


def _composed(text: str) -> str:
    given = plain_text(text)
    if given is None or not is_representable_text(given):
        raise _refusal()
    written = trimmed(given)
    if len(written) > GREATEST_WRITTEN_LENGTH:  # so that no text takes long to refuse
        raise _refusal()
    return unicodedata.normalize("NFC", written)


def _refusal() -> InvalidValue:
    return InvalidValue(
        "email_address", "This is not an email address to which mail can be sent: ann@example.com is one."
    )

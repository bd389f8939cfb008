"""Takes the text of a database URL apart by libpq's grammar; `sources` and `hosts` read what the parts mean.

A URL that can't be read may have a password anywhere, so no message repeats a part of it.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import attrs

from gapless.adapters.schemes import DRIVER, SCHEMES
from gapless.kit.errors import StoreUnavailable
from gapless.kit.plain import plain_text

AMBIGUOUS = (
    "The database URL has an @ where none can be: percent-encode what is special in a user's name, a password or a "
    "database's name (@ is %40, / is %2F, : is %3A, ? is %3F, % is %25)."
)
_ENDPOINT = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[^:]*))?")
_BAD_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


@attrs.frozen(kw_only=True)
class UrlParts:
    """The parts of a URL, decoded.

    Attributes:
        user: the user before the hosts; None if there is none.
        password: the password behind the user; None if there is none.
        endpoints: the hosts before the path, each with its port, both as text; "" for what is left out.
        database: the path; None if there is none.
        parameters: the names and values of the parameters, in their order.
    """

    user: str | None
    password: str | None = attrs.field(repr=False)
    endpoints: tuple[tuple[str, str], ...]
    database: str | None
    parameters: tuple[tuple[str, str], ...] = attrs.field(repr=False)


def taken_apart(url: str) -> UrlParts:
    """Takes a URL apart as libpq does.

    A `+` is a plus, except in the parameters of a URL that names SQLAlchemy's driver: SQLAlchemy writes a space so.

    Raises:
        StoreUnavailable: the text is no URL of PostgreSQL, or breaks the grammar.
    """
    scheme, rest = _scheme(url)
    # An @ ends the credentials only if no / is before it, as libpq reads it; the driver would take the first @ of all,
    # also one in the value of a parameter (decision 0024).
    credentials, at, place = rest.partition("@") if re.match("[^/]*@", rest) else ("", "", rest)
    authority = re.match("[^/?]*", place)
    hosts = authority[0] if authority else ""
    path, _, query = place[len(hosts) :].partition("?")
    if "@" in hosts or "@" in path:
        raise StoreUnavailable(AMBIGUOUS)
    user, _, password = credentials.partition(":")
    return UrlParts(
        user=decoded(user, "The user's name") or None if at else None,
        password=decoded(password, "The password") or None,
        endpoints=tuple(_endpoint(text) for text in hosts.split(",")) if hosts else (),
        database=decoded(path[1:], "The database's name") or None,
        parameters=tuple(_parameters(query, scheme)),
    )


def _scheme(url: str) -> tuple[str, str]:
    """The scheme of a URL, and the text behind it."""
    text = plain_text(url)
    if text is None:
        raise StoreUnavailable("A database URL is a text: of SQLAlchemy's, render_as_string(hide_password=False).")
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in SCHEMES:
        raise StoreUnavailable(f"A database URL begins with one of {', '.join(SCHEMES)}://.")
    if text != text.strip() or any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise StoreUnavailable("The database URL has white space around it, or a line break or another control in it.")
    return scheme, rest


def decoded(text: str, what: str) -> str:
    """Decodes a percent-encoded text.

    Args:
        text: the encoded text.
        what: what it is, as the subject of a sentence.

    Raises:
        StoreUnavailable: the text is not encoded correctly.
    """
    if _BAD_PERCENT.search(text):
        raise StoreUnavailable(f"{what} in the database URL has a % before no two hexadecimal digits: % itself is %25.")
    try:
        found = unquote_to_bytes(text).decode()
    except UnicodeError:
        raise StoreUnavailable(f"{what} in the database URL is not encoded in UTF-8.") from None
    if "\0" in found:
        raise StoreUnavailable(f"{what} in the database URL has a NUL in it, which no text of PostgreSQL can have.")
    return found


def _endpoint(text: str) -> tuple[str, str]:
    found = _ENDPOINT.fullmatch(text)
    if found is None:
        raise StoreUnavailable("A host of the database URL can't be read: an address with colons stands in [brackets].")
    return decoded(found["host"], "A host"), decoded(found["port"] or "", "A port")


def _parameters(query: str, scheme: str) -> list[tuple[str, str]]:
    # The query is separated before it is decoded, so that a value may have & and = in it.
    pairs = [pair.partition("=") for pair in query.split("&")] if query else []
    if any(not name or not equals for name, equals, _ in pairs):
        raise StoreUnavailable("A parameter of the database URL is no name=value: percent-encode what is special.")
    return [
        (
            decoded(name, "The name of a parameter"),
            decoded(value.replace("+", " ") if scheme == DRIVER else value, "The value of a parameter"),
        )
        for name, _, value in pairs
    ]

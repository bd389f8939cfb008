"""The dialect of patterns that Python and PostgreSQL read alike, whatever the locale of the database.

A pattern is made of literal ASCII characters, classes such as `[a-z0-9]` and `[^[:space:]@]`, groups `(...)` and
`(?:...)`, alternatives and greedy quantifiers. It always describes the whole text. Backslashes, anchors, the dot, lazy
quantifiers and characters beyond ASCII are refused: Python and PostgreSQL differ on them, or a setting changes them.
Two classes have names: `[:space:]`, the white space of ASCII, and `[:invisible:]`, the fixed list of `characters`.
"""

from __future__ import annotations

import re

from gapless.kit.characters import INVISIBLE_CLASS
from gapless.kit.errors import DeclarationError
from gapless.kit.plain import MOST_SHOWN, kind_of, plain_text

# What [[:space:]] matches under COLLATE "C": tab to carriage return, and the space.
POSIX_CLASSES = {"[:space:]": " \t\n\r\f\v"}
# PostgreSQL does not know this class; it reads the escapes in its brackets as Python does.
OWN_CLASSES = {"[:invisible:]": INVISIBLE_CLASS}
GREATEST_BOUND = 255  # PostgreSQL's DUPMAX
GREATEST_LENGTH = 5000
GREATEST_NESTING = 50
"""How deep groups may nest; each reader of a pattern goes down into them."""

# A class has printable ASCII only. A literal hyphen is first or last; nothing in it makes Python warn.
_IN_CLASS = r"(?!&&|~~|\|\|)[ -,./-Z^-~]"
BRACKET = rf"\[\^?[\]-]?(?:\[:[a-z]+:\](?!-[^\]])|{_IN_CLASS}-{_IN_CLASS}|{_IN_CLASS})*-?\]"
_QUANTIFIER = r"[*+?]|\{[0-9]+(?:,[0-9]*)?\}"
_TOKEN = re.compile(
    rf"(?P<bracket>{BRACKET})|(?P<open>\((?:\?:)?|\|)|(?P<quantifier>{_QUANTIFIER})|(?P<rest>.)", re.DOTALL
)
_LITERAL = re.compile(r"[A-Za-z0-9 _@:;,/#%&!~'\"<>=)-]")


def checked(pattern: str) -> str:
    """Gives back the pattern if Python and PostgreSQL read it alike.

    Raises:
        DeclarationError: it uses something outside of the dialect, or does not compile.
    """
    given = plain_text(pattern)
    if given is None:
        raise DeclarationError(f"A pattern must be a text, not {kind_of(pattern)}.")
    pattern, previous = given, "open"
    _check_size(pattern)
    for token in _TOKEN.finditer(pattern):
        kind, text = str(token.lastgroup), token.group()
        if kind == "quantifier" and previous in ("quantifier", "open"):
            raise DeclarationError(
                f"Pattern {quoted(pattern)}: there is nothing before {quoted(text)} that it can repeat."
            )
        if not text.isascii() or (kind == "rest" and not _LITERAL.fullmatch(text)):
            raise DeclarationError(
                f"Pattern {quoted(pattern)}: {quoted(text)} is outside of the dialect that all stores read alike."
            )
        _check_inside(pattern, text)
        previous = kind
    to_python(pattern)
    return pattern


def quoted(pattern: str) -> str:
    """The pattern in quotes, for a message; of a long one the beginning."""
    return repr(pattern if len(pattern) <= MOST_SHOWN else f"{pattern[: MOST_SHOWN - 1]}…")


def _check_size(pattern: str) -> None:
    if len(pattern) > GREATEST_LENGTH:
        raise DeclarationError(
            f"A pattern has at most {GREATEST_LENGTH} characters, and this one has {len(pattern)}: make it shorter."
        )
    depth = deepest = 0
    for token in _TOKEN.finditer(pattern):
        depth += token.group().startswith("(") - (token.group() == ")")
        deepest = max(deepest, depth)
    if deepest > GREATEST_NESTING:
        raise DeclarationError(
            f"Pattern {quoted(pattern)}: groups nest at most {GREATEST_NESTING} deep, and here {deepest}: leave out "
            "groups that hold only one part."
        )


def _check_inside(pattern: str, text: str) -> None:
    unknown = sorted(set(re.findall(r"\[:[a-z]+:\]", text)) - {*POSIX_CLASSES, *OWN_CLASSES})
    if unknown:
        raise DeclarationError(f"Pattern {quoted(pattern)}: what the class {unknown[0]} matches depends on the locale.")
    if text in (*POSIX_CLASSES, *OWN_CLASSES):
        raise DeclarationError(f"Pattern {quoted(pattern)}: a class must stand in brackets, as in [{text}].")
    bounds = re.findall("[0-9]+", text) if text.startswith("{") else []
    # The digits are compared as text, because Python refuses to read a whole number of some thousand digits.
    if any(len(bound.lstrip("0")) > 3 or int(bound) > GREATEST_BOUND for bound in bounds):
        raise DeclarationError(f"Pattern {quoted(pattern)}: PostgreSQL repeats at most {GREATEST_BOUND} times.")


def is_ascii(pattern: str) -> bool:
    """Whether every text that a pattern of the dialect describes is ASCII.

    It is, if the pattern has no negated class and no class that has more than ASCII.
    """
    classes = [token.group() for token in _TOKEN.finditer(pattern) if token.lastgroup == "bracket"]
    return not any(text.startswith("[^") or name in text for text in classes for name in OWN_CLASSES)


def to_python(pattern: str) -> re.Pattern[str]:
    """Compiles a pattern of the dialect for `fullmatch`.

    Raises:
        DeclarationError: Python's `re` refuses it.
    """
    source = pattern
    for name, characters in POSIX_CLASSES.items():
        source = source.replace(name, re.escape(characters))
    try:
        return re.compile(_with_own_classes(source))
    except re.error as error:
        raise DeclarationError(f"Pattern {quoted(pattern)} does not compile: {error}.") from error


def to_postgres(pattern: str) -> str:
    """The pattern as the right side of PostgreSQL's `~`, for a text under COLLATE "C"."""
    return f"^(?:{_with_own_classes(pattern)})$"


def _with_own_classes(pattern: str) -> str:
    for name, written in OWN_CLASSES.items():
        pattern = pattern.replace(name, written)
    return pattern

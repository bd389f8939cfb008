"""The pattern dialect of the rules: what Python and PostgreSQL read alike, whatever the database's locale.

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
# What PostgreSQL does not know by name either; it reads escapes in a class as Python does.
OWN_CLASSES = {"[:invisible:]": INVISIBLE_CLASS}
GREATEST_BOUND = 255  # PostgreSQL's DUPMAX
GREATEST_LENGTH = 5000
GREATEST_NESTING = 50
"""How many groups may stand in one another: whoever reads a pattern goes down into each."""

# In a class: printable ASCII; a hyphen that means itself stands first or last; nothing that Python warns of.
_IN_CLASS = r"(?!&&|~~|\|\|)[ -,./-Z^-~]"
BRACKET = rf"\[\^?[\]-]?(?:\[:[a-z]+:\](?!-[^\]])|{_IN_CLASS}-{_IN_CLASS}|{_IN_CLASS})*-?\]"
_QUANTIFIER = r"[*+?]|\{[0-9]+(?:,[0-9]*)?\}"
_TOKEN = re.compile(
    rf"(?P<bracket>{BRACKET})|(?P<open>\((?:\?:)?|\|)|(?P<quantifier>{_QUANTIFIER})|(?P<rest>.)", re.DOTALL
)
_LITERAL = re.compile(r"[A-Za-z0-9 _@:;,/#%&!~'\"<>=)-]")


def checked(pattern: str) -> str:
    """Returns the pattern if both Python and PostgreSQL read it alike.

    Raises:
        DeclarationError: it uses something outside the dialect, or does not compile.
    """
    given = plain_text(pattern)
    if given is None:
        raise DeclarationError(f"A pattern is a text, not {kind_of(pattern)}.")
    pattern, previous = given, "open"
    _check_size(pattern)
    for token in _TOKEN.finditer(pattern):
        kind, text = str(token.lastgroup), token.group()
        if kind == "quantifier" and previous in ("quantifier", "open"):
            raise DeclarationError(f"Pattern {quoted(pattern)}: {quoted(text)} follows nothing that it could repeat.")
        if not text.isascii() or (kind == "rest" and not _LITERAL.fullmatch(text)):
            raise DeclarationError(
                f"Pattern {quoted(pattern)}: {quoted(text)} is outside the dialect that stores read alike."
            )
        _check_inside(pattern, text)
        previous = kind
    to_python(pattern)
    return pattern


def quoted(pattern: str) -> str:
    """A pattern as a message repeats it: in quotes, and the beginning of a long one."""
    return repr(pattern if len(pattern) <= MOST_SHOWN else f"{pattern[: MOST_SHOWN - 1]}…")


def _check_size(pattern: str) -> None:
    if len(pattern) > GREATEST_LENGTH:
        raise DeclarationError(
            f"A pattern has at most {GREATEST_LENGTH} characters, and this one {len(pattern)}: describe less of a text."
        )
    depth = deepest = 0
    for token in _TOKEN.finditer(pattern):
        depth += token.group().startswith("(") - (token.group() == ")")
        deepest = max(deepest, depth)
    if deepest > GREATEST_NESTING:
        raise DeclarationError(
            f"Pattern {quoted(pattern)}: groups stand at most {GREATEST_NESTING} deep in one another, here {deepest}: "
            "leave out those that hold one part alone."
        )


def _check_inside(pattern: str, text: str) -> None:
    unknown = sorted(set(re.findall(r"\[:[a-z]+:\]", text)) - {*POSIX_CLASSES, *OWN_CLASSES})
    if unknown:
        raise DeclarationError(f"Pattern {quoted(pattern)}: the class {unknown[0]} depends on the locale.")
    if text in (*POSIX_CLASSES, *OWN_CLASSES):
        raise DeclarationError(f"Pattern {quoted(pattern)}: a class stands in brackets, as in [{text}].")
    bounds = re.findall("[0-9]+", text) if text.startswith("{") else []
    # Python reads no whole number of some thousand digits.
    if any(len(bound.lstrip("0")) > 3 or int(bound) > GREATEST_BOUND for bound in bounds):
        raise DeclarationError(f"Pattern {quoted(pattern)}: PostgreSQL repeats at most {GREATEST_BOUND} times.")


def is_ascii(pattern: str) -> bool:
    """Whether every text that a pattern of the dialect describes is ASCII.

    It has no class of all but some then, and none of the classes that go beyond.
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
    """The pattern as the right-hand side of PostgreSQL's `~`, for a text under COLLATE "C"."""
    return f"^(?:{_with_own_classes(pattern)})$"


def _with_own_classes(pattern: str) -> str:
    for name, written in OWN_CLASSES.items():
        pattern = pattern.replace(name, written)
    return pattern

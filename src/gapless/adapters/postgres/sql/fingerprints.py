"""Fingerprints: a fingerprint is a short digest of the statement that creates an object, kept in the object's comment.

PostgreSQL shows a definition in a form of its own, which differs between its versions, so the text can't be compared.
The comment goes with the object, also into a dump, and is lost when somebody creates the object anew.
See docs/decisions/0026-what-a-database-lacks.md.
"""

from __future__ import annotations

import hashlib
import re

PREFIX = "gapless:1:"
DIGITS = 16
_FINGERPRINT = re.compile(rf"\b{PREFIX}[0-9a-f]{{{DIGITS}}}\b")
# In this order: a text, a name in quotes, a word, a number, white space, or any other character.
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\W\d]\w*|\d+(?:\.\d+)?|\s+|.""", re.DOTALL)


def tokens_of(statement: str) -> list[str]:
    """The texts, names, words, numbers, spaces and other characters of a statement, which together are all of it."""
    return _TOKEN.findall(statement)


def normalised(statement: str) -> str:
    """The statement without its layout, and with words outside of quotes in small letters: neither means anything."""
    tokens = (token for token in tokens_of(statement) if not token.isspace())
    return " ".join(token if token[0] in "'\"" else token.lower() for token in tokens)


def fingerprint(*statements: str) -> str:
    """The fingerprint of an object that these statements create."""
    text = "\n".join(map(normalised, statements))
    return PREFIX + hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def fingerprint_in(comment: str | None) -> str | None:
    """The fingerprint in a comment, which may have other words around it; None if there is no fingerprint."""
    found = _FINGERPRINT.search(comment or "")
    return None if found is None else found[0]

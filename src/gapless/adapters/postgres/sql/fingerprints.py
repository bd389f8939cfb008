"""Fingerprints: a short digest of the statement that makes an object, kept in the object's comment.

PostgreSQL shows what it was told in a form of its own, which differs between its versions. So what was declared is told
by a comment: it goes with the object, also into a dump, and is lost with it when somebody makes the object anew.
See docs/decisions/0026-what-a-database-lacks.md.
"""

from __future__ import annotations

import hashlib
import re

PREFIX = "gapless:1:"
DIGITS = 16
_FINGERPRINT = re.compile(rf"\b{PREFIX}[0-9a-f]{{{DIGITS}}}\b")
# A text, a name in quotes, a word, a number, space, or one more character.
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\W\d]\w*|\d+(?:\.\d+)?|\s+|.""", re.DOTALL)


def normalised(statement: str) -> str:
    """The statement without what means nothing: its layout, and the case of words that are not in quotes."""
    tokens = (token for token in _TOKEN.findall(statement) if not token.isspace())
    return " ".join(token if token[0] in "'\"" else token.lower() for token in tokens)


def fingerprint(*statements: str) -> str:
    """The fingerprint of what these statements make."""
    text = "\n".join(map(normalised, statements))
    return PREFIX + hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def fingerprint_in(comment: str | None) -> str | None:
    """The fingerprint that a comment holds, perhaps among words of people; None if it holds none."""
    found = _FINGERPRINT.search(comment or "")
    return None if found is None else found[0]

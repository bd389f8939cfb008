"""The names of what is made ahead of the last step of a revision, and waits for its own."""

from __future__ import annotations

import hashlib
import re

INTERIM = "revised_"
"""How such a name begins."""
DIGITS = 16
_NAME = re.compile(f"{INTERIM}[0-9a-f]{{{DIGITS}}}")


def interim_name(kind: str, table: str, name: str) -> str:
    """The name under which something waits for its own, which something else may have as yet."""
    return f"{INTERIM}{hashlib.sha256(repr((kind, table, name)).encode()).hexdigest()[:DIGITS]}"


def is_interim(name: str) -> bool:
    """Whether a name is one of these."""
    return _NAME.fullmatch(name) is not None

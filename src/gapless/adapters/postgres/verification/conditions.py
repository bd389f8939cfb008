"""Compares the declared condition of a trigger, or expression of an index, with the form in which the server shows it.

A fingerprint is not enough, because CREATE OR REPLACE TRIGGER changes the condition and keeps the comment. The server
shows a condition with other parentheses, casts of constants, words for lists and forms of times; all else must be same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from gapless.adapters.postgres.verification.expressions import UnreadableError, expression_of

_WHEN = re.compile(r"\sWHEN \((.*)\) EXECUTE FUNCTION ", re.DOTALL)
_TIME = re.compile(r"'(\d{4}-\d\d-\d\d[ T]\d\d:\d\d[^']*)'")


def condition_in(definition: str) -> str:
    """The condition in the server's definition of a trigger; "" if it has none."""
    found = _WHEN.search(definition)
    return "" if found is None else found[1]


def says_the_same(declared: str, found: str, shown: Mapping[str, str]) -> bool:
    """Whether a condition that the server shows is the declared one.

    Args:
        declared: the declared condition; "" for none.
        found: the condition as the server shows it; "" for none.
        shown: the times of declared conditions, each with the form in which the server shows it in this session.
    """
    if not declared or not found:
        return declared == found
    try:
        # Both are compared as trees. Another tree is another condition, and so is a text that the grammar does not know
        # (decision 0026).
        return expression_of(declared, shown) == expression_of(found, shown)
    except UnreadableError:
        return False


def times_in(condition: str) -> list[str]:
    """The times in a declared condition, each of which the server shows in the zone and form of the session."""
    return [text for text in _TIME.findall(condition) if _is_time(text)]


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False

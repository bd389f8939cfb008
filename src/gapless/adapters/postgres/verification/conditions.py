"""Compares the condition of a trigger as it was declared with the form in which the server shows it.

CREATE OR REPLACE TRIGGER puts another condition behind a comment that stays. What the server makes of a condition
differs in parentheses, in casts of constants, in the words for lists and in the form of times; all else is compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from gapless.adapters.postgres.verification.expressions import UnreadableError, expression_of

_WHEN = re.compile(r"\sWHEN \((.*)\) EXECUTE FUNCTION ", re.DOTALL)
_TIME = re.compile(r"'(\d{4}-\d\d-\d\d[ T]\d\d:\d\d[^']*)'")


def condition_in(definition: str) -> str:
    """The condition in what the server says of a trigger; "" if it has none."""
    found = _WHEN.search(definition)
    return "" if found is None else found[1]


def says_the_same(declared: str, found: str, shown: Mapping[str, str]) -> bool:
    """Whether a condition, as the server shows it, is the one that was declared.

    Args:
        declared: the condition; "" for none.
        found: what the server shows.
        shown: the times of declared conditions, each with the form in which this session's server shows it.
    """
    if not declared or not found:
        return declared == found
    try:
        # Both sides as trees: whatever is not the same tree is another condition, and so is what the grammar does not
        # know (decision 0026).
        return expression_of(declared, shown) == expression_of(found, shown)
    except UnreadableError:
        return False


def times_in(condition: str) -> list[str]:
    """The points in time that a declared condition names. Each server shows one in its own zone and form."""
    return [text for text in _TIME.findall(condition) if _is_time(text)]


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False

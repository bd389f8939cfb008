"""Compares the condition of a trigger as it was declared with the form in which the server shows it.

CREATE OR REPLACE TRIGGER puts another condition behind a comment that stays. What the server makes of a condition
differs in parentheses, casts, and the words for lists; the columns, constants and comparisons stay in their order.
"""

from __future__ import annotations

import re

from gapless.adapters.postgres.verification.differences import one_line

_WHEN = re.compile(r" WHEN \((.*)\) EXECUTE FUNCTION ", re.DOTALL)
_TEXT = r"'(?:[^']|'')*'"
_QUOTES = re.compile(f'({_TEXT})|"')
_WORD = re.compile(
    rf"(?P<text>{_TEXT})|(?P<cast>::[a-z_][a-z0-9_.]*(?: varying| precision| with(?:out)? time zone)?(?:\[\])?)"
    r"|(?P<column>\b(?:new|old)\.\w+)|(?P<number>\b\d+\b)|(?P<word>\b(?:and|or|null|true|false|unknown|is)\b)"
    r"|(?P<operator><=|>=|<(?!>)|(?<!<)>|~)",
    re.IGNORECASE,
)
_TIME = re.compile(r"'\d{2,}[-./]\d\d[-./]\d{2,}[ T].*'")
_QUOTED_NUMBER = re.compile(r"'-?(\d+)'")


def condition_in(definition: str) -> str:
    """The condition in what the server says of a trigger; "" if it has none."""
    found = _WHEN.search(definition)
    return "" if found is None else found[1]


def says_the_same(declared: str, found: str) -> bool:
    """Whether a condition, as the server shows it, is the one that was declared."""
    return _essence(declared) == _essence(found)


def _essence(condition: str) -> list[str]:
    unquoted = _QUOTES.sub(lambda match: match[1] or "", one_line(condition))  # some sessions quote every name
    return [_part(match) for match in _WORD.finditer(unquoted) if not match["cast"]]


def _part(match: re.Match[str]) -> str:
    text = match[0]
    if not match["text"]:
        return text.lower()
    # Each server shows a time in its own zone and form; a negative number stands in quotes.
    number = _QUOTED_NUMBER.fullmatch(text)
    return number[1] if number else "'time'" if _TIME.fullmatch(text) else text.replace("\\\\", "\\")

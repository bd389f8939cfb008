"""The values that both forms of a check are asked about: what is just in, what is just out, and what is awkward."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

Row = tuple[object, ...]
"""A value for each column that a check speaks of, in the order of the columns' names."""

SETTLED = [chr(code) for code in range(1, 128) if code not in range(0x1C, 0x20)]
TAIL = ["\n", "\r", "\r\n", "\t", "\v", "\f", " ", "  "]
DIGITS = "+12025550123"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(microseconds=1)
ELSEWHERE = NOON.astimezone(timezone(timedelta(hours=5)))
RESERVED = (
    "admin api www support billing status help docs blog mail ftp localhost dashboard app auth login signup register"
).split()


def alone(values: Iterable[object]) -> list[Row]:
    """Rows of one column: these values, and null."""
    return [(value,) for value in (*values, None)]


def of_length(least: int, most: int) -> list[Row]:
    """Texts around both bounds, of letters, of characters beyond the first plane, of two that combine, of white space.

    What is counted are code points, however many bytes they take; nothing is trimmed.
    """
    numbers = sorted({0, 1, least - 1, least, most - 1, most, most + 1} - {-1})
    texts = [character * number for number in numbers for character in ("a", "\U0001f600", "\n", " ")]
    combined = ["e\u0301" * (number // 2) for number in (least, most - 1, most, most + 1, most + 2)]
    return alone([*texts, *combined, "a" * most + " ", "a" * most + "\n", "a" * (least - 1) + " "])


def around(text: str, place: int) -> list[str]:
    """The text, with each character whose meaning is settled put before it, into it and behind it."""
    parts = [("", text), (text[:place], text[place:]), (text, "")]
    return [text, *(before + character + after for character in SETTLED for before, after in parts)]


def one_of(*members: str) -> list[Row]:
    """The members of a list, and what is nearly one."""
    nearly = [text for member in members for text in (member.upper(), f" {member}", f"{member} ", f"{member}\n")]
    return alone([*members, *nearly, "", *(member[:-1] for member in members), *(f"{m}-{m}" for m in members)])


def numbers(*bounds: int) -> list[Row]:
    """Whole numbers around these bounds, and the greatest and the least that a column takes."""
    return alone([-(2**31), *(bound + step for bound in bounds for step in (-1, 0, 1)), 2**31 - 1])


SLUGS = alone(
    [*around("ab-c1", 2), "", "-", "a", "1", "--", "a-", "-a", "a--b", "a-b-c", "Ab", "a_b", "a" * 64, "a-\n", "\na"]
)
NEARLY_EMAILS = """
@ . a@b a@b. a@.b a@.b.c a@b..c a@.. a@... a@b@c.d @b.c a@b.c. a@b.c @@.@ a@@b.c .@. .@.. .@... '@".\\
""".split()
NEARLY_NUMBERS = "+ 12025550123 ++12 +012 +10 +19 +90 00441 +1-202".split()
EMAILS = alone(
    [
        *around("ab@c.de", 1),
        *around("ab@c.de", 4),
        *(f"a{space}b@c.de" for space in TAIL),
        *(f"ab@c.de{space}" for space in TAIL),
        *NEARLY_EMAILS,
        # No longer than an address may be: of a longer one our check of the form has nothing to say.
        *["", "a@" + "." * 250 + "@", "a@" + "b" * 250 + ".c"],
    ]
)
PHONES = alone(
    [
        *around(DIGITS, 3),
        *(f"{DIGITS}{space}" for space in TAIL),
        *("+" + "123456789012345678"[:number] for number in range(18)),
        *NEARLY_NUMBERS,
        *["", "+1 202", "+1\n2", "+12\n+13"],
    ]
)
TIMES: list[Row] = [
    (end, start)
    for end in (None, NOON, LATER, ELSEWHERE, NOON - timedelta(days=1), NOON + timedelta(days=400))
    for start in (None, NOON, LATER, ELSEWHERE)
]
SLUG_WORDS = alone(
    [*(word for w in RESERVED for word in (w, w.upper(), f"{w}s", w[1:], f"{w}\n", f"{w} ")), "acme", ""]
)

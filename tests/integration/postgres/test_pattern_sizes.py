"""What a declaration lets through as a pattern PostgreSQL can compile, and what it refuses for its size it may not."""

from __future__ import annotations

import string

import asyncpg
import pytest

from gapless.kit.ambiguity import GREATEST_WRITTEN_OUT, guessing
from gapless.kit.errors import DeclarationError
from gapless.kit.pattern_trees import tree_of, written_out
from gapless.kit.patterns import GREATEST_NESTING, to_postgres, to_python

LETTERS = string.ascii_letters + string.digits
LARGEST = {
    "rounds of optional letters": ("(?:[a-z]{0,98}-){1,101}", "ab-c-"),
    "rounds of what can be seen": ("(?:[^[:invisible:]-]{0,98}-){1,101}", "äb-c-"),
    "many letters": ("".join(f"{letter}{{0,160}}" for letter in LETTERS), "aabbz0"),
    "many letters and rounds": (f"(?:{''.join(f'{letter}?' for letter in LETTERS)}!){{1,158}}", "abz!!"),
    "many rounds": (
        "".join(f"(?:{a}{{0,25}}{b}){{0,12}}" for a, b in zip(LETTERS[::2], LETTERS[1::2], strict=True)),
        "aabcd",
    ),
    "deep": ("(?:a" * GREATEST_NESTING + "[b-z]{1,255}" + ")?" * GREATEST_NESTING, "aa"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", LARGEST)
async def test_what_is_declared_can_be_compiled(connection: asyncpg.Connection, name: str) -> None:
    """Patterns of the greatest size, in shapes that are hard for it, are answered by PostgreSQL as by Python."""
    pattern, text = LARGEST[name]
    assert guessing(pattern)
    assert name == "deep" or written_out(tree_of(pattern)) > GREATEST_WRITTEN_OUT * 9 // 10
    for asked in (text, f"{text}!!?"):
        answer = await connection.fetchval('SELECT $1::text COLLATE "C" ~ $2', asked, to_postgres(pattern))
        assert answer == (to_python(pattern).fullmatch(asked) is not None)


@pytest.mark.asyncio
@pytest.mark.parametrize("pattern", ["(?:[a-z]{200}-){1,255}", "(?:(?:[a-z]{1,63}[.]){1,127}/){1,100}"])
async def test_what_can_not_be_compiled_is_refused(connection: asyncpg.Connection, pattern: str) -> None:
    """There are patterns that Python reads and PostgreSQL does not compile: their declaration is refused."""
    assert to_python(pattern).fullmatch("") is None
    with pytest.raises(asyncpg.InvalidRegularExpressionError, match="too complex"):
        await connection.fetchval('SELECT $1::text COLLATE "C" ~ $2', "a", to_postgres(pattern))
    with pytest.raises(DeclarationError, match="written out"):
        guessing(pattern)

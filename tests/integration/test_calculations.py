"""The domain and PostgreSQL calculate alike, and read texts alike without regard to case; what is planted is found."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import attrs
import pytest
import pytest_asyncio

from gapless.testing.parity import Question, ask_questions, check_parity, questions, runner
from tests.clinics.treatments import TREATMENTS
from tests.integration.databases import connected

pytestmark = [pytest.mark.server, pytest.mark.asyncio]
ASKED = {question.rule.name: question for question in questions(TREATMENTS)}
FAULTS = {
    "a wildcard that is not escaped": (
        "treatments_note_free",
        "lower(note COLLATE \"C\") NOT LIKE '%it''s 100% _free\\\\%'",
    ),
    "an escape that is forgotten": (
        "treatments_note_free",
        "strpos(lower(note COLLATE \"C\"), E'it''s 100% _free\\e') <= 0",
    ),
    "a part for a beginning": ("treatments_code_form", "strpos(lower(code COLLATE \"C\"), 'k_') > 0"),
    "the case of letters": ("treatments_code_form", "starts_with(code, 'k_')"),
    "small letters beyond A to Z": (
        "treatments_code_form",
        "starts_with(translate(lower(code COLLATE \"C\"), U&'\\212A', 'k'), 'k_')",
    ),
    "small letters of one column alone": ("treatments_title_shop", "title = 'kiosk' OR strpos(title, 'os') <= 0"),
    "a float": (
        "treatments_paid_most",
        "CAST(paid AS float8) <= CAST(price AS float8) * CAST(doses AS float8)",
    ),
    "a float of decimals": (
        "treatments_charged_most",
        "CAST(charged AS float8) <= CAST(fee AS float8) * CAST(rate AS float8)",
    ),
    "a product that is rounded": ("treatments_charged_most", "charged <= round(fee * rate, 2)"),
    "a product of 28 digits": (
        "treatments_charged_most",
        "charged <= CASE WHEN abs(fee * rate) < 1e20 THEN fee * rate ELSE round(fee * rate, 0) END",
    ),
    "another scale": ("treatments_fee_doses", "CAST(doses AS BIGINT) * 2 - fee * 100 <= rate"),
    "a product that is cut at eight bytes": (
        "treatments_paid_most",
        "paid <= least(CAST(price AS NUMERIC) * doses, 4611686018427387904)",
    ),
    "a null that is taken for zero": ("treatments_doses_fit", "coalesce(doses, 0)::bigint + coalesce(spare, 0) <= 12"),
    "whole seconds": (
        "treatments_times_apart",
        "EXTRACT(epoch FROM date_trunc('second', ends_at - begins_at)) <= 14400",
    ),
    "rounded seconds": ("treatments_times_apart", "CAST(EXTRACT(epoch FROM ends_at - begins_at) AS BIGINT) <= 14400"),
    "hours of a day alone": ("treatments_times_apart", "EXTRACT(hour FROM ends_at - begins_at) < 4"),
}
"""The rule, and a condition that says something else of some rows."""
SETTINGS = (
    "standard_conforming_strings = off",
    "timezone = 'America/St_Johns'",
    "intervalstyle = 'sql_standard'",
    "extra_float_digits = -15",
)


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the bare driver."""
    async with connected(database_url) as opened:
        yield opened


@pytest.mark.rows("setting", SETTINGS)
async def test_both_calculate_alike(connection: asyncpg.Connection, setting: str) -> None:
    """On values at the marks of sums and of times, and of texts in any case, both answer alike in every session."""
    await connection.execute(f"SET {setting}")
    report = await check_parity(connection, TREATMENTS, examples=6_000, seed=1)
    assert report.disagreements == ()
    assert min(tally.accepted for tally in report.tallies if tally.question.rule.name in ASKED) > 0


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_planted_is_found(
    connection: asyncpg.Connection, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: an escape, a letter, a rounding, a null or a second that one of the two takes for something else."""
    monkeypatch.setattr(runner, "MOST_SHRINKS", 1)
    rule, condition = FAULTS[fault]
    planted: Question = attrs.evolve(ASKED[rule], condition=condition)
    report = await ask_questions(connection, [planted], examples=2_000, seed=1)
    assert {found.rule for found in report.disagreements} == {rule}


async def test_an_overflow_is_found(connection: asyncpg.Connection) -> None:
    """Planted: a sum that the server calculates in the type of its columns does not fit into that."""
    planted = attrs.evolve(ASKED["treatments_doses_fit"], condition="doses + spare <= 12")
    with pytest.raises(asyncpg.NumericValueOutOfRangeError):
        await ask_questions(connection, [planted], examples=2_000, seed=1)

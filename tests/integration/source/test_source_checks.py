r"""Each CHECK of the source and ours of the same name, side by side: they accept and refuse the same values.

In the source's form `\d` and `\s` mean what the locale of the database says. They are compared where their meaning is
settled: on ASCII, without the separators U+001C to U+001F, which only some locales take for white space.
"""

from collections.abc import AsyncIterator
from operator import attrgetter

import asyncpg
import attrs
import pytest
import pytest_asyncio

from tests.conftest import SCHEMA
from tests.integration.source.rows import EMAILS, PHONES, SLUG_WORDS, SLUGS, TIMES, Row, numbers, of_length, one_of
from tests.integration.source.statements import CHECKS, EMAIL_FORMAT

STATEMENTS = CHECKS | {EMAIL_FORMAT.name: EMAIL_FORMAT}
ACCEPTED = "accepted"
THEIRS, OURS = "source", "ours"


@attrs.frozen(kw_only=True)
class Case:
    """A check of the source.

    Attributes:
        name: its name, there and here.
        rows: what both forms are asked about.
        weakened: a part of our form, and what it is replaced by so that it lets too much pass.
    """

    name: str
    rows: list[Row]
    weakened: tuple[str, str]


CASES = [
    pytest.param(
        Case(name="check_email_length", rows=of_length(0, 254), weakened=("254", "255")),
        marks=pytest.mark.gap("GAP-172"),
    ),
    pytest.param(
        Case(name="check_name_length", rows=of_length(2, 100), weakened=(">= 2", ">= 1")),
        marks=pytest.mark.gap("GAP-173"),
    ),
    pytest.param(
        Case(name="check_language", rows=one_of("ru", "uz", "en"), weakened=("'ru'", "'ru', 'RU'")),
        marks=pytest.mark.gap("GAP-174"),
    ),
    pytest.param(
        Case(name="check_email_format", rows=EMAILS, weakened=("[.]", "[.]?")),
        marks=pytest.mark.gap("GAP-175"),
    ),
    pytest.param(
        Case(name="check_org_name_length", rows=of_length(2, 100), weakened=("<= 100", "<= 101")),
        marks=pytest.mark.gap("GAP-176"),
    ),
    pytest.param(
        Case(name="check_slug_format", rows=SLUGS, weakened=("-[a-z0-9]+", "-[a-z0-9]*")),
        marks=pytest.mark.gap("GAP-177"),
    ),
    pytest.param(
        Case(name="check_slug_reserved", rows=SLUG_WORDS, weakened=("'signup'", "'sign-up'")),
        marks=pytest.mark.gap("GAP-178"),
    ),
    pytest.param(
        Case(name="check_billing_email", rows=EMAILS, weakened=("[.]", "[.]?")),
        marks=pytest.mark.gap("GAP-179"),
    ),
    pytest.param(
        Case(name="check_number_format", rows=PHONES, weakened=("[0-9]+", "[0-9]*")),
        marks=pytest.mark.gap("GAP-180"),
    ),
    pytest.param(
        Case(name="check_provider", rows=one_of("vapi", "twilio"), weakened=("'vapi'", "'vapi', ''")),
        marks=pytest.mark.gap("GAP-181"),
    ),
    pytest.param(
        Case(name="check_display_name_length", rows=of_length(0, 50), weakened=("50", "51")),
        marks=pytest.mark.gap("GAP-182"),
    ),
    pytest.param(
        Case(name="check_forwarding_format", rows=PHONES, weakened=("[1-9]", "[0-9]")),
        marks=pytest.mark.gap("GAP-183"),
    ),
    pytest.param(
        Case(name="check_caller_number_format", rows=PHONES, weakened=("<= 16", "<= 17")),
        marks=pytest.mark.gap("GAP-184"),
    ),
    pytest.param(
        Case(name="check_duration_positive", rows=numbers(0), weakened=(">= 0", ">= '-1'::integer")),
        marks=pytest.mark.gap("GAP-185"),
    ),
    pytest.param(
        Case(name="check_ai_confidence_range", rows=numbers(0, 100), weakened=("<= 100", "<= 101")),
        marks=pytest.mark.gap("GAP-186"),
    ),
    pytest.param(
        Case(name="check_call_quality_range", rows=numbers(1, 5), weakened=(">= 1", ">= 0")),
        marks=pytest.mark.gap("GAP-187"),
    ),
    pytest.param(
        Case(name="check_end_after_start", rows=TIMES, weakened=(" > ", " >= ")),
        marks=pytest.mark.gap("GAP-188"),
    ),
    pytest.param(
        Case(name="check_question_length", rows=of_length(10, 500), weakened=(">= 10", ">= 9")),
        marks=pytest.mark.gap("GAP-189"),
    ),
    pytest.param(
        Case(name="check_answer_length", rows=of_length(10, 5000), weakened=("<= 5000", "<= 5001")),
        marks=pytest.mark.gap("GAP-190"),
    ),
    pytest.param(
        Case(name="check_usage_count_positive", rows=numbers(0), weakened=(">= 0", ">= '-1'::integer")),
        marks=pytest.mark.gap("GAP-191"),
    ),
    pytest.param(
        Case(name="check_retry_count_positive", rows=numbers(0), weakened=(">= 0", ">= '-1'::integer")),
        marks=pytest.mark.gap("X-01"),
    ),
    pytest.param(
        Case(name="check_period_end_after_start", rows=TIMES, weakened=(" > ", " >= ")),
        marks=pytest.mark.gap("X-02"),
    ),
]
every_check = pytest.mark.parametrize("case", CASES, ids=attrgetter("name"))


@attrs.frozen(kw_only=True)
class Migrated:
    """A check of ours as the migrated database has it.

    Attributes:
        definition: `CHECK (...)`, as the server writes it.
        columns: the names of its columns, in their order.
        typed: the same with type and collation, as a table declares them.
        plain: the same with the type alone: the source knows no collations.
    """

    definition: str
    columns: list[str]
    typed: str
    plain: str


_MIGRATED = """
SELECT pg_get_constraintdef(k.oid) AS definition, array_agg(a.attname::text ORDER BY a.attname) AS columns,
    string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || quote_ident(o.collname) END), ', ') AS typed,
    string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod)), ', ') AS plain
FROM pg_constraint AS k
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_collation AS o ON o.oid = a.attcollation
WHERE k.conrelid = to_regclass($1) AND k.conname = $2 AND k.contype = 'c' AND k.convalidated
GROUP BY k.oid
"""


async def migrated(connection: asyncpg.Connection, name: str) -> Migrated:
    """Our check of this name, on the table that the source puts it on."""
    found = await connection.fetchrow(_MIGRATED, f"{SCHEMA}.{STATEMENTS[name].table}", name)
    assert found is not None, f"{STATEMENTS[name].table} has no check {name}"
    return Migrated(**dict(found))


async def answer_of(connection: asyncpg.Connection, table: str, columns: list[str], row: Row) -> str:
    """What a table says to a row: that it is accepted, or which constraint of which table refuses it."""
    places = ", ".join(f"${place}" for place, _ in enumerate(row, start=1))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  # names of this file
    try:
        await connection.execute(statement, *row)
    except asyncpg.CheckViolationError as error:
        return f"{error.table_name}.{error.constraint_name}"
    return ACCEPTED


@pytest_asyncio.fixture
async def schemas(scratch: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database with an empty schema for the source's tables, and one for copies of ours."""
    for schema in (THEIRS, OURS):
        await scratch.execute(f"CREATE SCHEMA {schema}")
    yield scratch
    for schema in (THEIRS, OURS):
        await scratch.execute(f"DROP SCHEMA {schema} CASCADE")


async def answers(connection: asyncpg.Connection, case: Case, ours: Migrated) -> list[tuple[str, str]]:
    """What the source's form and ours say to each row, both on a table with nothing but the columns concerned."""
    statement = STATEMENTS[case.name]
    their_table, our_table = f"{THEIRS}.{statement.table}", f"{OURS}.{statement.table}"
    await connection.execute(f"CREATE TABLE {their_table} ({ours.plain}); CREATE TABLE {our_table} ({ours.typed})")
    async with connection.transaction():
        await connection.execute(f"SET LOCAL search_path TO {THEIRS}")
        await connection.execute(statement.text)
    await connection.execute(f"ALTER TABLE {our_table} ADD CONSTRAINT {case.name} {ours.definition}")
    return [
        (
            await answer_of(connection, their_table, ours.columns, row),
            await answer_of(connection, our_table, ours.columns, row),
        )
        for row in case.rows
    ]


def disagreements(rows: list[Row], said: list[tuple[str, str]]) -> list[tuple[Row, str, str]]:
    """The rows to which the two forms say something different, with what each says."""
    return [(row, theirs, ours) for row, (theirs, ours) in zip(rows, said, strict=True) if theirs != ours]


def test_every_check_of_the_source_is_asked_about() -> None:
    """The source has 21 checks; each, and the one that it leaves out, is a case here, marked with its id."""
    marked = {
        case.name: mark.args[0]
        for param in CASES
        for case, mark in zip(param.values, param.marks, strict=True)
        if isinstance(case, Case)
    }
    assert len(CHECKS) == 21
    assert marked.keys() == STATEMENTS.keys()
    assert {name: gap for name, gap in marked.items() if gap.startswith("GAP")} == {
        name: statement.gap for name, statement in STATEMENTS.items() if statement.gap
    }


@pytest.mark.asyncio
@every_check
async def test_both_accept_and_refuse_the_same(schemas: asyncpg.Connection, case: Case) -> None:
    """To each value both forms say the same, under the same name on the same table, and neither says always the same.

    A null passes in both: that a column is never null is a rule of its own.
    """
    said = await answers(schemas, case, await migrated(schemas, case.name))
    assert disagreements(case.rows, said) == []
    assert {theirs for theirs, _ in said} == {ACCEPTED, f"{STATEMENTS[case.name].table}.{case.name}"}


@pytest.mark.asyncio
@every_check
async def test_a_weakened_check_is_noticed(schemas: asyncpg.Connection, case: Case) -> None:
    """A planted fault is found: where our form lets one value more pass, the two disagree, and only so."""
    ours, (part, weaker) = await migrated(schemas, case.name), case.weakened
    assert part in ours.definition
    said = await answers(schemas, case, attrs.evolve(ours, definition=ours.definition.replace(part, weaker)))
    told = disagreements(case.rows, said)
    assert told != []
    assert {answer for _, _, answer in told} == {ACCEPTED}

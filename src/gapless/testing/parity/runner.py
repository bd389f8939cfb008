"""Asks the domain and PostgreSQL about the same rows, and shrinks the rows on which they disagree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, islice, pairwise
from random import Random

import asyncpg

from gapless.kit import Catalogue, DataType
from gapless.kit.columns import ColumnType
from gapless.kit.errors import DatabaseUnsuitable
from gapless.testing.parity.generators import rows_of
from gapless.testing.parity.probes import Probe, ProbeAnswer, asked
from gapless.testing.parity.questions import Question, Row, questions
from gapless.testing.parity.reactions import count_written
from gapless.testing.parity.report import ParityDisagreement, ParityReport, Tally, disagreement_of
from gapless.testing.parity.simpler import simpler_rows
from gapless.testing.parity.written import Written, written_of

LEAST_ROWS = 40
BY_SQL = 4
"""Of so many values of a column one is what plain SQL writes."""
FIRST_BATCH, GREATEST_BATCH = 32, 4000
GREATEST_CHARACTERS = 1_000_000
MOST_SHRINKS = 1000
Advance = Callable[[], None]
Found = tuple[Row, ProbeAnswer]


async def check_parity(
    connection: asyncpg.Connection, catalogue: Catalogue, *, examples: int, seed: int, advance: Advance | None = None
) -> ParityReport:
    """Draws rows for every rule over one row, lets the domain and PostgreSQL check them, and compares the answers.

    Args:
        connection: a connection of asyncpg, outside of any transaction, to a database in UTF8. The database needs no
            tables of gapless, and nothing stays there.
        catalogue: the entities and rules.
        examples: how many rows to draw, shared among the rules; each rule gets at least 40.
        seed: the seed of the rows; the same seed draws the same rows.
        advance: called each time when a rule is done.

    Returns:
        A tally for each rule, and every disagreement, shrunk.

    Raises:
        DatabaseUnsuitable: the database is not encoded in UTF8.
    """
    return await ask_questions(connection, questions(catalogue), examples=examples, seed=seed, advance=advance)


async def ask_questions(
    connection: asyncpg.Connection,
    asking: Sequence[Question],
    *,
    examples: int,
    seed: int,
    advance: Advance | None = None,
) -> ParityReport:
    """Does the same as `check_parity` for given questions, so that tests can ask changed ones and see the fault found.

    Args:
        connection, examples, seed, advance: as for `check_parity`.
        asking: what both sides are asked.

    Raises:
        DatabaseUnsuitable: the database is not encoded in UTF8.
    """
    begin = time.monotonic()
    server = await _described(connection)
    tallies = []
    for question, count in zip(asking, shares(asking, examples), strict=True):
        # Of its own, so that a rule's rows do not change with the rules before it.
        random = Random(f"{seed}:{question.model.table}:{question.rule.name}")
        by_sql = count // BY_SQL if isinstance(question.rule, DataType) else 0
        rows = rows_of(question, count - by_sql, random)
        tallies.append(await _tally(connection, question, rows, written_of(question, by_sql, random)))
        if advance is not None:
            advance()
    return ParityReport(tallies=tuple(tallies), seed=seed, server=server, seconds=time.monotonic() - begin)


async def _described(connection: asyncpg.Connection) -> str:
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnsuitable(f"The database is encoded in {encoding}; gapless needs UTF8.")
    row = "SELECT to_jsonb(d) FROM pg_database d WHERE datname = current_database()"
    locale = await connection.fetchval(
        # The name of the locale has had three columns, by version.
        f"SELECT coalesce(d->>'datlocale', d->>'daticulocale', d->>'datcollate') || ' of ' || "  # noqa: S608  # constant
        f"CASE d->>'datlocprovider' WHEN 'b' THEN 'builtin' WHEN 'i' THEN 'icu' ELSE 'libc' END FROM ({row}) AS _ (d)"
    )
    version = str(await connection.fetchval("SHOW server_version")).partition(" ")[0]
    return f"PostgreSQL {version}, locale {locale}"


def shares(asking: Sequence[Question], examples: int) -> list[int]:
    """How many rows each question gets: 40, and of the rest three to a predicate for one to a column that has many."""
    left = max(examples - LEAST_ROWS * len(asking), 0)
    weights = [*accumulate(map(_weight, asking), initial=0)]
    ends = [left * weight // max(weights[-1], 1) for weight in weights]
    return [LEAST_ROWS + end - begin for begin, end in pairwise(ends)]


def _weight(question: Question) -> int:
    if not isinstance(question.rule, DataType):
        return 3
    return 0 if question.columns[0].type is ColumnType.BOOLEAN else 1


async def _tally(
    connection: asyncpg.Connection, question: Question, rows: Iterable[Row], written: Iterable[Written]
) -> Tally:
    tried = accepted = disagreed = 0
    found: dict[bool, Found] = {}
    async with asked(connection, question) as postgres:
        for batch in batches(rows):
            tried += len(batch)
            for row, answer in zip(batch, await postgres.answers(batch), strict=True):
                accepts = question.accepts(row)
                accepted += accepts
                if accepts != answer.accepts:
                    disagreed += 1
                    found.setdefault(accepts, (row, answer))
        shrunk = [await _shrunk(question, postgres, each) for each in found.values()]
        by_sql = await count_written(postgres, written)
    return Tally(
        question=question,
        tried=tried + by_sql.tried,
        accepted=accepted + by_sql.read,
        disagreed=disagreed + by_sql.disagreed,
        disagreements=(*shrunk, *by_sql.disagreements),
    )


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in lists to be sent at once: small ones first, since what can't be stored stands in front."""
    size, left = FIRST_BATCH, iter(rows)
    while batch := list(_fitting(left, size)):
        yield batch
        size = min(size * 4, GREATEST_BATCH)


def _fitting(rows: Iterator[Row], size: int) -> Iterator[Row]:
    characters = 0
    for row in islice(rows, size):
        yield row
        for value in row:
            characters += len(value) if type(value) is str else 0
        if characters > GREATEST_CHARACTERS:
            return


async def _shrunk(question: Question, postgres: Probe, found: Found) -> ParityDisagreement:
    """The smallest row with the same disagreement that simplifying leads to; each round asks about all ways at once."""
    row, answer = found
    accepts = question.accepts(row)
    for _ in range(MOST_SHRINKS):
        simpler = [other for other in simpler_rows(question.columns, row) if question.accepts(other) == accepts]
        better = await _first_disagreed(postgres, simpler, accepts)
        if better is None:
            break
        row, answer = better
    return disagreement_of(question, row, answer)


async def _first_disagreed(postgres: Probe, rows: Iterable[Row], accepts: bool) -> Found | None:
    for batch in batches(rows):
        for row, answer in zip(batch, await postgres.answers(batch), strict=True):
            if answer.accepts != accepts:
                return row, answer
    return None

"""Values that plain SQL writes: whether the constraints let them in, and what the store reads there then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import cast

import asyncpg
import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.sql.column_types import sql_type
from gapless.adapters.postgres.sql.text import DIALECT, type_name
from gapless.adapters.postgres.statements.statement import selected
from gapless.kit.errors import RowUnreadable
from gapless.testing.parity.probes import POSITION, VALUES, Probe, is_same
from gapless.testing.parity.questions import Question
from gapless.testing.parity.report import ParityDisagreement
from gapless.testing.parity.simpler import without_parts
from gapless.testing.parity.written import UNKNOWN, Written

MOST_AT_ONCE = 500
UNREADABLE = object()
"""What stands for a value of which the store can't make one of the domain's."""


@attrs.frozen(eq=False)
class Reaction:
    """How PostgreSQL and the store's reader react to a value that plain SQL writes.

    Attributes:
        is_let_in: whether the constraints take it; None if it is no value of the type, and there is nothing to read.
        read: what the store reads where it is written with the checks off; UNREADABLE if it can't.
    """

    is_let_in: bool | None
    read: object

    @property
    def is_read(self) -> bool:
        """Whether the store can read the value."""
        return self.read is not UNREADABLE


@attrs.frozen(kw_only=True)
class WrittenTally:
    """The counts of all reactions to the values that plain SQL writes into one column.

    Attributes:
        tried: how many there were.
        read: how many of them the store reads.
        disagreed: of how many something is wrong.
        disagreements: one for each kind of fault, shrunk.
    """

    tried: int
    read: int
    disagreed: int
    disagreements: tuple[ParityDisagreement, ...]


NO_VALUE = Reaction(is_let_in=None, read=UNREADABLE)


def fault_of(question: Question, written: Written, reaction: Reaction) -> str | None:
    """What is wrong with a reaction; None if nothing is.

    What is let in can be read, and what can be read is let in; what the domain has is let in, and comes back.
    """
    (column,) = question.columns
    is_value = written.value is not UNKNOWN and (written.value is not None or column.nullable)
    if reaction.is_let_in is None:
        return None
    if reaction.is_let_in != reaction.is_read:
        return "accepts what the store can't read" if reaction.is_let_in else "refuses what the store reads"
    if is_value and column.represents(written.value) and not reaction.is_let_in:
        return "refuses"
    if is_value and reaction.is_let_in and not is_same(written.value, reaction.read):
        return f"gives back {reaction.read!a}"
    return None


def disagreement_about(question: Question, written: Written, fault: str) -> ParityDisagreement:
    """A disagreement about a value that plain SQL writes, in words."""
    (column,) = question.columns
    has = written.value is not UNKNOWN
    return ParityDisagreement(
        rule=question.rule.name,
        values=((column.name, f"SQL {written.text!a}"),),
        domain="accepts" if has and question.accepts((written.value,)) else "has no such value",
        postgresql=fault,
    )


async def count_written(postgres: Probe, rows: Iterable[Written]) -> WrittenTally:
    """Lets PostgreSQL and the store's reader check what plain SQL writes; the first of each kind of fault is shrunk."""
    left, tried, read, disagreed = iter(rows), 0, 0, 0
    faults: dict[tuple[bool | None, bool], Written] = {}
    while batch := list(islice(left, MOST_AT_ONCE)):
        tried += len(batch)
        for written, reaction in zip(batch, await reactions(postgres, batch), strict=True):
            read += reaction.is_read
            if fault_of(postgres.question, written, reaction) is not None:
                disagreed += 1
                faults.setdefault((reaction.is_let_in, reaction.is_read), written)
    shrunk = [await _shrunk(postgres, kind, written) for kind, written in faults.items()]
    return WrittenTally(tried=tried, read=read, disagreed=disagreed, disagreements=tuple(shrunk))


async def _shrunk(postgres: Probe, kind: tuple[bool | None, bool], written: Written) -> ParityDisagreement:
    """The shortest text with the same fault that leaving parts out leads to; one of a known value stays as it is."""
    is_let_in, is_read = kind
    while is_let_in != is_read and written.text is not None:
        shorter = [Written(text) for text in without_parts(written.text)]
        found = zip(shorter, await reactions(postgres, shorter) if shorter else [], strict=True)
        simpler = next((each for each, reaction in found if (reaction.is_let_in, reaction.is_read) == kind), None)
        if simpler is None:
            break
        written = simpler
    (reaction,) = await reactions(postgres, [written])
    return disagreement_about(postgres.question, written, str(fault_of(postgres.question, written, reaction)))


async def reactions(postgres: Probe, rows: Sequence[Written]) -> list[Reaction]:
    """Finds the reaction to each of these values; at most some thousands are tried at once."""
    try:
        async with postgres.attempt():
            await _fill(postgres, rows)
    except asyncpg.PostgresError:
        if len(rows) == 1:
            return [NO_VALUE]
        half = len(rows) // 2
        return [*await reactions(postgres, rows[:half]), *await reactions(postgres, rows[half:])]
    guard = " AND ".join(postgres.question.guards)
    accepted = [answer.accepts for answer in await postgres.answers_of(guard)] if guard else [True] * len(rows)
    read = await _read(postgres, 1, len(rows))
    return [Reaction(is_let_in=is_let_in, read=value) for is_let_in, value in zip(accepted, read, strict=True)]


async def _fill(postgres: Probe, rows: Sequence[Written]) -> None:
    """Puts the values into the table of values, in place of those before, each by its text."""
    (column,) = postgres.question.columns
    await postgres.connection.execute(f"DELETE FROM {VALUES}")  # noqa: S608  # the names are ours, or of declarations
    await postgres.connection.execute(
        f"INSERT INTO {VALUES} SELECT {POSITION}, written::{type_name(column)} "  # noqa: S608  # as above
        f"FROM unnest($1::text[]) WITH ORDINALITY AS given (written, {POSITION})",
        [row.text for row in rows],
    )


async def _read(postgres: Probe, first: int, last: int) -> list[object]:
    """Reads these rows as the store does; the rows at which the driver fails are found by halving."""
    question = postgres.question
    (column,) = question.columns
    source = sa.Table("source", sa.MetaData(), sa.Column(column.stored, sql_type(column), key=column.name))
    (expression,) = selected(attrs.evolve(question.model, columns=question.columns), source)
    text = str(sa.select(expression).compile(dialect=DIALECT)).replace("FROM source", f"FROM {VALUES} AS source")
    try:
        records = await postgres.connection.fetch(
            f"{text} WHERE {POSITION} BETWEEN $1 AND $2 ORDER BY {POSITION}", first, last
        )
    except OverflowError:
        if first == last:
            return [UNREADABLE]
        middle = (first + last) // 2
        return [*await _read(postgres, first, middle), *await _read(postgres, middle + 1, last)]
    return [_decoded(question, cast("Sequence[object]", record)) for record in records]


def _decoded(question: Question, record: Sequence[object]) -> object:
    try:
        row = question.decode(record)
    except RowUnreadable:
        return UNREADABLE
    value: object = getattr(row, question.columns[0].name)
    return value

"""Asks the enforcers about an attempt: the entity, a store, PostgreSQL itself. Each gives one answer."""

from __future__ import annotations

import enum
from typing import Protocol

import attrs

from gapless.kit import Required
from gapless.kit.errors import DeclarationError, GaplessError, RuleViolated
from gapless.kit.ports import Store
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.fixtures import Fixture
from gapless.testing.refusals import told_by


class Verdict(enum.Enum):
    """What an enforcer said to an attempt."""

    REFUSED = "refused"
    NOT_ASKED = "—"
    ACCEPTED = "ACCEPTED"
    OTHER = "other"


@attrs.frozen
class Answer:
    """A verdict, and in words what was said: the name of another error, if there was one.

    Attributes:
        verdict: REFUSED only if the error is exactly the one that the rule calls for.
        words: for the table: "refused", "—", "ACCEPTED", or the other error's name.
    """

    verdict: Verdict
    words: str

    @property
    def is_right(self) -> bool:
        """Whether the rule was enforced, by an enforcer that can."""
        return self.verdict in (Verdict.REFUSED, Verdict.NOT_ASKED)


REFUSED = Answer(Verdict.REFUSED, Verdict.REFUSED.value)
NOT_ASKED = Answer(Verdict.NOT_ASKED, Verdict.NOT_ASKED.value)
ACCEPTED = Answer(Verdict.ACCEPTED, Verdict.ACCEPTED.value)


class Connection(Protocol):
    """What is used of asyncpg's connection, outside of any transaction."""

    async def execute(self, query: str, *args: object) -> str:
        """Runs a statement."""
        ...


def ask_entity(attempt: Attempt, fixture: Fixture) -> Answer:
    """Asks the constructor, or the declaration."""
    if attempt.entity is None:
        return NOT_ASKED
    try:
        attempt.entity(fixture)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the answer
        return _judged(attempt, error)
    return ACCEPTED


async def ask_store(attempt: Attempt, store: Store, fixture: Fixture) -> Answer:
    """Asks a store through the ports; the fixture is there."""
    if attempt.store is None:
        return NOT_ASKED
    try:
        await attempt.store(store, fixture)
    except Exception as error:  # noqa: BLE001  # as above
        return _judged(attempt, error)
    return ACCEPTED


async def ask_sql(attempt: Attempt, connection: Connection, schema: str, fixture: Fixture) -> Answer:
    """Asks PostgreSQL itself, in a transaction that is committed if nobody refuses; the fixture is there.

    Args:
        attempt: what is tried.
        connection: asyncpg's.
        schema: where the tables are.
        fixture: the root with its rows, as PostgreSQL has them.
    """
    if attempt.sql is None:
        return NOT_ASKED
    await connection.execute("BEGIN")
    try:
        await connection.execute("SELECT set_config('search_path', quote_ident($1::text), true)", schema)
        for statement in attempt.sql(fixture):
            await connection.execute(statement.text, *statement.values)
        await connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001  # as above
        await connection.execute("ROLLBACK")
        return _named(attempt, error)
    return ACCEPTED


def _judged(attempt: Attempt, error: Exception) -> Answer:
    """REFUSED if the error is the expected one in all that every store says."""
    if isinstance(error, RuleViolated):
        if told_by(error) == told_by(attempt.expected):
            return REFUSED
        same = error.rule == attempt.rule.name
        return Answer(Verdict.OTHER, f"{error.rule} (other details)" if same else error.rule)
    if isinstance(error, DeclarationError):  # nobody tries to break the rule, and the sentence says what to write
        return Answer(Verdict.OTHER, str(error))
    return Answer(
        Verdict.OTHER, type(error).__name__ if isinstance(error, GaplessError) else f"{type(error).__name__}!"
    )


def _named(attempt: Attempt, error: Exception) -> Answer:
    """REFUSED if the error names the rule, or for a rule that a column is not null the table and the column."""
    table, name = getattr(error, "table_name", None), getattr(error, "constraint_name", None)
    if isinstance(attempt.rule, Required):
        column = getattr(error, "column_name", None)
        named = (table, column) == (attempt.model.table, attempt.rule.column.name) and name is None
    else:
        named = (table, name) == (attempt.model.table, attempt.rule.name)
    return REFUSED if named else Answer(Verdict.OTHER, f"SQL: {name or type(error).__name__}")

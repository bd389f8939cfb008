"""Makes an attempt on an enforcer (the entity, a store, or PostgreSQL itself), and returns its answer."""

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
    """The result of an attempt on one enforcer."""

    REFUSED = "refused"
    NOT_ASKED = "—"
    ACCEPTED = "ACCEPTED"
    OTHER = "other"


@attrs.frozen
class Answer:
    """The answer of an enforcer to an attempt: a verdict, and the name of another error if there was one.

    Attributes:
        verdict: REFUSED only if the error is exactly the error of the rule.
        words: the answer in a table: "refused", "—", "ACCEPTED", or the name of the other error.
    """

    verdict: Verdict
    words: str

    @property
    def is_right(self) -> bool:
        """Whether the rule was enforced, or the enforcer can't be asked about it."""
        return self.verdict in (Verdict.REFUSED, Verdict.NOT_ASKED)


REFUSED = Answer(Verdict.REFUSED, Verdict.REFUSED.value)
NOT_ASKED = Answer(Verdict.NOT_ASKED, Verdict.NOT_ASKED.value)
ACCEPTED = Answer(Verdict.ACCEPTED, Verdict.ACCEPTED.value)


class Connection(Protocol):
    """The methods of asyncpg's connection that are used here; it has to be outside of any transaction."""

    async def execute(self, query: str, *args: object) -> str:
        """Runs a statement."""
        ...


def ask_entity(attempt: Attempt, fixture: Fixture) -> Answer:
    """Makes an attempt on the entity: on its constructor, or for an invariant on its declaration."""
    if attempt.entity is None:
        return NOT_ASKED
    try:
        attempt.entity(fixture.afresh())
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the answer
        return _answer(attempt, error)
    return ACCEPTED


async def ask_store(attempt: Attempt, store: Store, fixture: Fixture) -> Answer:
    """Makes an attempt on a store through the ports; the store has to have the fixture."""
    if attempt.store is None:
        return NOT_ASKED
    try:
        await attempt.store(store, fixture.afresh())
    except Exception as error:  # noqa: BLE001  # as above
        return _answer(attempt, error)
    return ACCEPTED


async def ask_sql(attempt: Attempt, connection: Connection, schema: str, fixture: Fixture) -> Answer:
    """Makes an attempt on PostgreSQL itself, in a transaction that is committed if nothing refuses it.

    Args:
        attempt: the attempt.
        connection: a connection of asyncpg, outside of any transaction.
        schema: the schema of the tables.
        fixture: the fixture, which PostgreSQL has to have.
    """
    if attempt.sql is None:
        return NOT_ASKED
    await connection.execute("BEGIN")
    try:
        await connection.execute("SELECT set_config('search_path', quote_ident($1::text), true)", schema)
        for statement in attempt.sql(fixture.afresh()):
            await connection.execute(statement.text, *statement.values)
        await connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001  # as above
        await connection.execute("ROLLBACK")
        return _named(attempt, error)
    return ACCEPTED


def _answer(attempt: Attempt, error: Exception) -> Answer:
    """REFUSED if the error is the expected one, in everything that all stores say of it."""
    if isinstance(error, RuleViolated):
        if told_by(error) == told_by(attempt.expected):
            return REFUSED
        same = error.rule == attempt.rule.name
        return Answer(Verdict.OTHER, f"{error.rule} (other details)" if same else error.rule)
    if isinstance(error, DeclarationError):  # there is no attempt at the rule, and the message says what to write
        return Answer(Verdict.OTHER, str(error))
    return Answer(
        Verdict.OTHER, type(error).__name__ if isinstance(error, GaplessError) else f"{type(error).__name__}!"
    )


def _named(attempt: Attempt, error: Exception) -> Answer:
    """REFUSED if the error names the rule, or, for a column that may not be null, its table and column."""
    table, name = getattr(error, "table_name", None), getattr(error, "constraint_name", None)
    if isinstance(attempt.rule, Required):
        column = getattr(error, "column_name", None)
        named = (table, column) == (attempt.model.stored, attempt.rule.column.stored) and name is None
    else:
        named = (table, name) == (attempt.model.stored, attempt.rule.name)
    return REFUSED if named else Answer(Verdict.OTHER, f"SQL: {name or type(error).__name__}")

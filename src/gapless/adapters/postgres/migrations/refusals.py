"""What PostgreSQL refuses of a revision: told with the file, the line and the statement, and not with data of rows.

Of rows that break a rule which the revision brings, the keys are told, so that they are found.

See docs/decisions/0042-revisions-belong-to-a-service.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, ProgrammingError

from gapless.adapters.postgres.errors import is_busy
from gapless.adapters.postgres.migrations.blocking import is_locked, state_of_failure
from gapless.adapters.postgres.migrations.chain import listed
from gapless.adapters.postgres.migrations.frozen_sql import RevisionStatement
from gapless.adapters.postgres.server.driver_errors import driver_error
from gapless.kit.errors import RevisionFailed

OF_OTHERS = ("40001", "53", "58000", "58030", "F0")
"""How the SQLSTATE begins if others changed the rows, or the server is short of something or fails: no other statement
would mend it."""
RAISED = "exec_stmt_raise"
"""The function of PostgreSQL that carries out RAISE, with whatever SQLSTATE its author has chosen."""
DATA = ("22", "54000")
"""How the SQLSTATE begins of messages that hold values, which may be those of a row."""
LOOKED_UP = ("3D000", "3F000", "42601", "42602", "42703", "42704", "42883", "42P01")
"""What is said as well of a row's text that was to be read as a name or a query (regclass, set_config, tsquery)."""
UNANSWERED = (DataError, InterfaceError, ProgrammingError)
ROWS_BREAK_RULES = "RB001"
"""The SQLSTATE by which a revision says that rows break rules which it brings: a class that PostgreSQL has not."""
MOST_REPEATED = 300
"""How many characters of PostgreSQL's message are repeated."""
_QUOTED = re.compile(r'".*"|«.*»|„.*“|“.*”|\'.*\'|0x[0-9a-f].*', re.DOTALL | re.IGNORECASE)
_NAME = re.compile(r'["«„“]\s?([^"»“”]*?)\s?["»“”]')
_NUMBER = re.compile(r"(?<!\S)-?\d\S*")


class ServerMessage(NamedTuple):
    """What the server said, by asyncpg or by the driver of a host's own Alembic."""

    severity: str
    source: str
    message: str
    position: int | None


def is_refused(error: DBAPIError) -> bool:
    """Whether a statement itself is at fault, and not the connection, a lock of others or a shortage of the server.

    The server ends a session with FATAL or PANIC, and goes on with it after an ERROR.
    """
    state = state_of_failure(error)
    if state:
        said = _server_message(error)
        is_others = said.source != RAISED and (is_locked(error) or state.startswith(OF_OTHERS))
        return said.severity == "ERROR" and not is_others
    # The driver did not send it, such as a statement with a parameter.
    driver = driver_error(error)
    is_lost = error.connection_invalidated or isinstance(driver, OSError) or is_busy(driver)
    return isinstance(error, UNANSWERED) and not is_lost


def refused_statement(file: str, statement: RevisionStatement, executed: str, error: DBAPIError) -> RevisionFailed:
    """The error for a statement of a revision, which was executed with the name of the schema in its place."""
    said, state = _server_message(error), state_of_failure(error)
    if state == ROWS_BREAK_RULES:  # the statement was written by gapless, and what it says names all that matters
        return RevisionFailed(file, _visible(said.message), sqlstate=state, line=statement.line)
    # The position counts from one, so that it takes in the first character of what is wrong, which is no line break.
    beyond = 0 if said.position is None else executed.count("\n", 0, said.position)
    return RevisionFailed(
        file,
        _reason(error, said.message, executed),
        sqlstate=state,
        line=statement.line + beyond,
        statement=statement.text,
    )


def refused_at_end(files: Sequence[str], error: DBAPIError) -> RevisionFailed:
    """The error for revisions whose statements were executed, when their record or their deferred checks fail.

    Nobody knows which of several it was: one transaction has checked them all.
    """
    return RevisionFailed(
        listed(files),
        _reason(error, _server_message(error).message, error.statement or ""),
        sqlstate=state_of_failure(error),
    )


def _reason(error: DBAPIError, message: str, executed: str) -> str:
    """PostgreSQL's message in one line, without values that may be those of a row."""
    if state_of_failure(error).startswith((*DATA, *LOOKED_UP)):
        message = _without_values(message, executed)
    visible = _visible(message)
    return visible if len(visible) <= MOST_REPEATED else f"{visible[: MOST_REPEATED - 1]}…"


def _visible(message: str) -> str:
    """The message in one line, in which everything can be seen."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in " ".join(message.split()))


def _without_values(message: str, executed: str) -> str:
    """The message with what it quotes, and its numbers, only as far as they stand in the statement itself."""
    known = executed.lower()
    names = [part for name in _NAME.findall(message.lower()) for part in name.split(".")]
    if not names or not all(part in known for part in names):
        message = _QUOTED.sub(lambda quoted: quoted[0] if quoted[0][1:-1] in executed else '"…"', message)
    return _NUMBER.sub(lambda number: number[0] if number[0] in executed else "…", message)


def _server_message(error: DBAPIError) -> ServerMessage:
    driver = driver_error(error)
    if isinstance(driver, asyncpg.PostgresError):
        facts = driver.as_dict()
        return ServerMessage(
            facts.get("severity_en", ""),
            facts.get("server_source_function", ""),
            facts.get("message", ""),
            _place(facts.get("position")),
        )
    told = getattr(driver, "diag", None)
    return ServerMessage(
        str(getattr(told, "severity_nonlocalized", None) or ""),
        str(getattr(told, "source_function", None) or ""),
        str(getattr(told, "message_primary", None) or driver).partition("\n")[0],
        _place(getattr(told, "statement_position", None)),
    )


def _place(position: object) -> int | None:
    return int(position) if isinstance(position, str | int) and str(position).isdigit() else None

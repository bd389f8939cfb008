"""Alembic's steps for the revisions of a chain, which it carries out and keeps the record of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import cast

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import Script
from alembic.script.revision import RevisionMap
from sqlalchemy.exc import DBAPIError

from gapless.adapters.postgres.migrations.chain import Chain, Revision
from gapless.adapters.postgres.migrations.frozen_sql import COMMENT, SCHEMA, RevisionStatement
from gapless.adapters.postgres.migrations.refusals import is_refused, refused_statement
from gapless.adapters.postgres.migrations.settings import kept_settings, settings_restored
from gapless.adapters.postgres.sql.text import quoted


def steps_of(
    chain: Chain, revisions: Sequence[Revision], carried_out: Callable[[Revision], None]
) -> list[RevisionStep]:
    """The steps that carry out revisions of a chain, in its order.

    Args:
        chain: all revisions.
        revisions: those that are carried out.
        carried_out: is called with a revision when its statements were executed, and its record is not written yet.
    """
    earlier = (None, *(revision.name for revision in chain.revisions))

    def script(revision: Revision, before: str | None) -> Script:
        return _script(revision, before, carried_out)

    scripts = RevisionMap(lambda: list(map(script, chain.revisions, earlier)))
    wanted = {revision.name for revision in revisions}
    path = reversed([script for script in scripts.iterate_revisions("head", "base") if script.revision in wanted])
    return [MigrationStep.upgrade_from_script(scripts, cast(Script, script)) for script in path]


def _script(revision: Revision, earlier: str | None, carried_out: Callable[[Revision], None]) -> Script:
    """Alembic's script of a revision, which it takes from a module."""

    def upgrade(op: Operations) -> None:
        connection = None if op.get_context().as_sql else op.get_bind()
        settings = None if connection is None else kept_settings(connection)
        _execute(op, revision)
        carried_out(revision)
        if connection is not None and settings is not None:
            settings_restored(connection, settings)

    module = ModuleType(revision.name, revision.sentence)
    vars(module).update(down_revision=earlier, upgrade=upgrade)
    return Script(module, revision.name, revision.name)


def _execute(op: Operations, revision: Revision) -> None:
    """Executes statements, on a connection, in offline mode or in a host's own migration.

    Raises:
        RevisionFailed: PostgreSQL refuses one.
        DBAPIError: the connection is lost, or others hold a lock, or the server is short of something.
    """
    schema = quoted(str(op.get_context().version_table_schema))
    if op.get_context().as_sql:
        for text in _written(revision):
            op.execute(_as_text(text.replace(SCHEMA, schema)))
        return
    for statement in revision.statements:
        execute(op.execute, revision, statement, statement.within, schema)


def execute(
    how: Callable[[sa.TextClause], object], revision: Revision, statement: RevisionStatement, text: str, schema: str
) -> None:
    """Executes a statement of a revision.

    Args:
        how: executes a text.
        revision: the revision.
        statement: the statement.
        text: its text, as it is executed.
        schema: the schema, as SQL writes its name.

    Raises:
        RevisionFailed: PostgreSQL refuses it.
        DBAPIError: the connection is lost, or others hold a lock, or the server is short of something.
    """
    # The dialect keeps a statement by its text, and would refuse the same query after a change of its table.
    executed = f"{text.replace(SCHEMA, schema)}\n{COMMENT} {revision.file}, line {statement.line}"
    try:
        how(_as_text(executed))
    except DBAPIError as error:
        if not is_refused(error):
            raise
        # The driver's own error holds the row (DETAIL), which a traceback would show.
        raise refused_statement(revision.file, statement, executed, error) from None


def _as_text(statement: str) -> sa.TextClause:
    return sa.text(statement.replace(":", "\\:"))  # A colon would begin a parameter.


def _written(revision: Revision) -> Iterator[str]:
    """The statements for a script, in which Alembic begins and ends the transaction of the whole."""
    is_open = True
    for number, step in enumerate(revision.steps, start=1):
        if is_open is step[0].is_concurrent:
            yield "COMMIT" if is_open else "BEGIN"
        yield from (statement.text for statement in step)
        is_open = number == len(revision.steps)
        if not is_open and not step[0].is_concurrent:
            yield "COMMIT"

"""Alembic's steps for the revisions of a chain, which it carries out and keeps the record of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import cast

from alembic.operations import Operations
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import Script
from alembic.script.revision import RevisionMap
from sqlalchemy.exc import DBAPIError

from gapless.adapters.postgres.migrations.chain import Chain, Revision
from gapless.adapters.postgres.migrations.frozen_sql import COMMENT, SCHEMA
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
    for number, statement in enumerate(revision.statements, start=1):
        executed = statement.text.replace(SCHEMA, schema)
        if not op.get_context().as_sql:
            # The dialect keeps a statement by its text, and would refuse the same query after a change of its table.
            executed = f"{executed}\n{COMMENT} {revision.file}, statement {number}"
        try:
            op.execute(executed.replace(":", "\\:"))  # A colon would begin a parameter.
        except DBAPIError as error:
            if not is_refused(error):
                raise
            # The driver's own error holds the row (DETAIL), which a traceback would show.
            raise refused_statement(revision.file, statement, executed, error) from None

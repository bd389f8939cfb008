"""Alembic's steps for the revisions of a chain, which it carries out and keeps the record of."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import cast

from alembic.operations import Operations
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import Script
from alembic.script.revision import RevisionMap

from gapless.adapters.postgres.migrations.chain import Chain, Revision
from gapless.adapters.postgres.migrations.frozen_sql import SCHEMA
from gapless.adapters.postgres.sql.text import quoted


def steps_of(chain: Chain, revisions: Sequence[Revision]) -> list[RevisionStep]:
    """The steps that carry out revisions of a chain, in its order."""
    earlier = (None, *(revision.name for revision in chain.revisions))
    scripts = RevisionMap(lambda: list(map(_script, chain.revisions, earlier)))
    wanted = {revision.name for revision in revisions}
    path = reversed([script for script in scripts.iterate_revisions("head", "base") if script.revision in wanted])
    return [MigrationStep.upgrade_from_script(scripts, cast(Script, script)) for script in path]


def _script(revision: Revision, earlier: str | None) -> Script:
    """Alembic's script of a revision, which it takes from a module."""

    def upgrade(op: Operations) -> None:
        _execute(op, revision.statements)

    module = ModuleType(revision.name, revision.sentence)
    vars(module).update(down_revision=earlier, upgrade=upgrade)
    return Script(module, revision.name, revision.name)


def _execute(op: Operations, statements: Sequence[str]) -> None:
    """Executes statements, on a connection, in offline mode or in a host's own migration."""
    schema = quoted(str(op.get_context().version_table_schema))
    for statement in statements:
        # A colon would begin a parameter.
        op.execute(statement.replace(SCHEMA, schema).replace(":", "\\:"))

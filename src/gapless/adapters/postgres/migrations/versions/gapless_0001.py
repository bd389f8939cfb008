"""Organizations, users, the audit trail and the outbox, with their rules.

Revision: gapless_0001
"""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations

from gapless.adapters.postgres.migrations.frozen_sql import execute_file

revision = "gapless_0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Creates everything, as it was when this revision was released."""
    execute_file(op, Path(__file__).with_suffix(".sql"))

"""Defines the function by which plain SQL can lock a root first, as a unit of work does."""

from __future__ import annotations

from gapless.adapters.postgres.sql.objects import Function
from gapless.adapters.postgres.sql.text import qualified, quoted, type_name
from gapless.kit import Model
from gapless.kit.model import Validated
from gapless.kit.object_names import lock_name


def lock_function(schema: str, root: Model[Validated]) -> Function:
    """The function that locks the row of a root until the transaction ends, and returns whether there is such a row.

    It runs with the rights of its caller, so nobody can lock with it what he could not lock without it.

    Args:
        schema: the PostgreSQL schema.
        root: the model of the root.
    """
    name, key = lock_name(root), quoted(root.key_columns[0].stored)
    return Function(
        schema=schema,
        name=name,
        declared_by=root.stored,
        rules=(),
        arguments=type_name(root.key_columns[0]),
        returns="boolean",
        body=f"PERFORM FROM {qualified(schema, root.stored)} WHERE {key} = $1 FOR NO KEY UPDATE;\nRETURN FOUND;",
        definer=False,
    )

"""A query for the rows that break a rule, which gives their keys and nothing else of them."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from gapless.adapters.postgres.sql.text import indented, qualified, quoted
from gapless.kit import Model
from gapless.kit.model import Validated


@attrs.frozen
class ViolationQuery:
    """A query for the rows that break a rule.

    Attributes:
        table: the table of the rows, which for a rule that counts are the parents.
        text: the query; it gives the columns of their keys.
    """

    table: str
    text: str


def select(model: Model[Validated], source: str, conditions: Iterable[str], row: str = "") -> ViolationQuery:
    """The query for those rows of an entity for which conditions are true.

    Args:
        model: the model of the entity.
        source: what stands behind FROM.
        conditions: the conditions.
        row: the name of the row in them; "" if its columns have no name in front.
    """
    prefix = f"{row}." if row else ""
    keys = ", ".join(f"{prefix}{quoted(column.stored)}" for column in model.key_columns)
    where = "\n    AND ".join(conditions)
    return ViolationQuery(model.stored, f"SELECT {keys}\nFROM {source}\nWHERE {where}")  # declared names


def table_of(schema: str, model: Model[Validated], row: str = "") -> str:
    """The table of an entity behind FROM, with a name for its rows."""
    named = f" AS {row}" if row else ""
    return f"{qualified(schema, model.stored)}{named}"


def below(source: str, name: str) -> str:
    """A query in parentheses behind FROM, with a name for its rows."""
    return f"(\n{indented(source)}\n) AS {name}"

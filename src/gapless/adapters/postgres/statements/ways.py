"""The conditions that rows belong to a root through a reference: their way leads to it.

They look for the row to which a row refers, on from there, and for the root in the last one: each by an index that its
declaration asks for. See docs/decisions/0059-belonging-through-a-row.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

import attrs
import sqlalchemy as sa

from gapless.adapters.postgres.statements.statement import Rows, parameter, unnested
from gapless.kit.columns import Column
from gapless.kit.links import Links

ROOT_PARAMETER = "_root"
"""The root, in statements whose other parameters are called as fields: no field has an underscore in front."""
Read: TypeAlias = Callable[[Column], "sa.ColumnElement[object]"]
"""Gives what a statement has for a column of a row."""


@attrs.frozen
class Way:
    """The way of the rows of a table to their root.

    Attributes:
        steps: the tables on it, each under a name of its own, with the links that lead to its row from the row before.
        tenant: the column of the last table that says which root its rows belong to.
    """

    steps: tuple[tuple[sa.FromClause, Links], ...]
    tenant: Column

    @property
    def leading(self) -> tuple[Column, ...]:
        """The columns with which the way begins."""
        return tuple(own for own, _ in self.steps[0][1])

    def leads_to(self, root: str, read: Read) -> sa.ColumnElement[bool]:
        """The condition that the way of a row ends at a root.

        Args:
            root: the parameter with the key of the root.
            read: gives the values of the row's columns.
        """
        conditions = list[sa.ColumnElement[bool]]()
        for table, links in self.steps:
            conditions += (table.c[key.name] == read(own) for own, key in links)
            read = _reader(table)
        conditions.append(read(self.tenant) == parameter(root, self.tenant))
        return sa.exists().select_from(*(table for table, _ in self.steps)).where(*conditions)

    def leads_astray(self, *, packed: bool) -> Rows:
        """The query that counts those of many values of the leading columns whose way ends elsewhere.

        Args:
            packed: whether they are given in the texts of `packing`; otherwise as arrays.
        """
        given = unnested(self.leading, packed=packed, name="leading")
        leads = self.leads_to(ROOT_PARAMETER, _reader(given))
        return cast(Rows, sa.select(sa.func.count()).select_from(given).where(sa.not_(leads)))


def _reader(source: sa.FromClause) -> Read:
    return lambda column: source.c[column.name]

"""What of a revision goes ahead of its last step, and under which names."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from gapless.adapters.postgres.revisions.changes import Changes
from gapless.adapters.postgres.revisions.description import DescribedColumn, DescribedObject, Description
from gapless.adapters.postgres.revisions.fills import Fills
from gapless.adapters.postgres.sql.fingerprints import tokens_of
from gapless.adapters.postgres.sql.text import quoted


@attrs.frozen
class Ahead:
    """What can go ahead of the last step.

    Attributes:
        changes: what the revision changes.
        fills: what it writes into columns.
        after: what there will be.
    """

    changes: Changes
    fills: Fills
    after: Description

    def has(self, found: DescribedObject) -> bool:
        """Whether an object is made ahead: a constraint or an index of a table that has its names and types."""
        if found.kind == "index":
            return self.reaches(found.table)
        if found.kind != "constraint" or found.is_exclusion:
            return False  # there is no way to build an exclusion while others write
        if not self.reaches(found.table) or self._awaits_values(found):
            return False
        return not found.to or self._is_target(found.to)

    def reaches(self, table: str) -> bool:
        """Whether a table can be changed ahead: it is there, and has the names and the types that it will have."""
        changed = self.changes.by_table.get(table)
        is_new = any(new.name == table for new in self.changes.new_tables)
        return not is_new and not (changed and changed.retyped) and not self.changes.renames.touches(table)

    def required(self) -> Iterator[tuple[str, DescribedColumn]]:
        """The columns, each with its table, that must not be null from now on, and into which nothing is written."""
        for changed in self.changes.tables:
            table = changed.table.name
            for was, now in changed.altered if self.reaches(table) else ():
                if was.nullable and not now.nullable and (table, now.name) not in self.fills:
                    yield table, now

    def _awaits_values(self, found: DescribedObject) -> bool:
        """Whether a constraint is about a column into whose rows the last step writes: until then they may break it."""
        places = (place for place, fill in self.fills.items() if not fill.is_constant)
        written = {quoted(column) for table, column in places if table == found.table}
        return not written.isdisjoint(tokens_of(found.definition))

    def _is_target(self, table: str) -> bool:
        """Whether rows can refer to a table ahead: not while an index goes to which a foreign key could cling."""
        lost = (f.table for f in self.changes.dropped if f.is_unique)
        return self.reaches(table) and table not in lost

"""What of a revision goes ahead of its last step, and under which names."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from gapless.adapters.postgres.revisions.changes import Changes
from gapless.adapters.postgres.revisions.description import DescribedColumn, DescribedObject, Description
from gapless.adapters.postgres.revisions.fills import Fill, Fills
from gapless.kit.names import GREATEST_IDENTIFIER

REVISED = "revised_"
"""How the name begins of what waits for its place, which something of the same name has as yet."""


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
        """Whether an object is made ahead: a constraint or an index of a table that has its names and types already."""
        if found.kind == "index":
            return self.reaches(found.table)
        if found.kind != "constraint" or found.definition.startswith("EXCLUDE"):
            return False  # there is no way to build an exclusion while others write
        return self.reaches(found.table) and (not found.to or self._is_target(found.to))

    def reaches(self, table: str) -> bool:
        """Whether a table can be changed ahead: it is there, and has the names and the types that it will have."""
        changed = self.changes.by_table.get(table)
        is_new = any(new.name == table for new in self.changes.new_tables)
        return not is_new and not (changed and changed.retyped) and not self.changes.renames.touches(table)

    def fills_rows(self, table: str, fill: Fill) -> bool:
        """Whether rows get their values ahead: not those that never change, nor where a constant does."""
        triggers = (found for found in self.after.objects if found.kind == "trigger" and found.table == table)
        never_change = any(found.definition.endswith("ALWAYS") for found in triggers)
        return self.reaches(table) and not fill.is_constant and not never_change

    def required(self) -> Iterator[tuple[str, DescribedColumn]]:
        """The columns, each with its table, that were there and must not be null from now on."""
        for changed in self.changes.tables:
            for was, now in changed.altered if self.reaches(changed.table.name) else ():
                if was.nullable and not now.nullable:
                    yield changed.table.name, now

    def name(self, found: DescribedObject) -> str:
        """The name under which an object is made ahead."""
        is_taken = any(other.place == found.place for other in self.changes.dropped)
        return f"{REVISED}{found.name}"[:GREATEST_IDENTIFIER] if is_taken else found.name

    def name_of_required(self, column: DescribedColumn) -> str:
        """The name of the constraint by which it is found out that no row lacks a column."""
        return f"{REVISED}{column.name}"[:GREATEST_IDENTIFIER]

    def _is_target(self, table: str) -> bool:
        """Whether rows can refer to a table ahead: not while an index goes to which a foreign key could cling."""
        lost = (f.table for f in self.changes.dropped if f.kind == "index" and f.definition.startswith("UNIQUE"))
        return self.reaches(table) and table not in lost

"""Errors about a row that is not there, that can't be read, or whose state does not allow what is asked."""

from __future__ import annotations

from gapless.kit.errors.root import Detail, GaplessError
from gapless.kit.plain import shown
from gapless.kit.row_keys import RowKey

MOST_NAMED = 3
"""How many rows a message names; the error itself holds all of them."""


class NotFound(GaplessError):
    """The root has no such row: it is missing, belongs to another, or is deleted and was not asked for."""

    code = "not_found"

    def __init__(self, entity: str, id: object, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"There is no {entity} {shown(id)}.", fields=fields)
        self.entity = entity
        self.id: str = shown(id)

    def details(self) -> dict[str, Detail]:
        """The entity, the id that was looked for, and the parameter that held it."""
        return {"entity": self.entity, "id": self.id, "fields": list(self.fields)}


class RowUnreadable(GaplessError):
    """Rows that were asked for hold values that their columns don't allow, such as an infinite time.

    Somebody wrote them while the checks were off or not there yet, or a newer version of gapless did. Mend them by SQL.
    """

    code = "row_unreadable"

    def __init__(self, entity: str, rows: tuple[RowKey, ...]) -> None:
        named = "; ".join(map(str, rows[:MOST_NAMED]))
        more = f"; and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
        which = f": {named}{more}" if rows else ""
        super().__init__(
            f"A row holds a value that its columns don't allow, so it can't be read as {entity}{which}. "
            "Mend it by SQL; docs/operations.md says how."
        )
        self.entity = entity
        self.rows = rows

    def details(self) -> dict[str, Detail]:
        """The entity, and each row by its table and key."""
        return {"entity": self.entity, "rows": [str(row) for row in self.rows]}


class InvalidState(GaplessError):
    """The row is there, but its state does not allow what is asked."""

    code = "invalid_state"

    def __init__(self, entity: str, id: object, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message, fields=fields)
        self.entity = entity
        self.id: str = shown(id)

    def details(self) -> dict[str, Detail]:
        """The entity and its id, and the parameters for which another value would be allowed."""
        return {"entity": self.entity, "id": self.id, "fields": list(self.fields)}


class RetentionExpired(InvalidState):
    """A deleted row can't be restored any more: its retention is over."""

    code = "retention_expired"

"""Errors about a row that is not there, can't be read, or is in a state to which what is asked does not fit."""

from __future__ import annotations

from gapless.kit.errors.root import Detail, GaplessError
from gapless.kit.plain import shown
from gapless.kit.row_keys import RowKey

MOST_NAMED = 3
"""How many rows a sentence names; the error holds all of them."""


class NotFound(GaplessError):
    """There is no such row for this organization: missing, another's, or deleted and not asked for by name."""

    code = "not_found"

    def __init__(self, entity: str, id: object, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"There is no {entity} {shown(id)}.", fields=fields)
        self.entity, self.id = entity, shown(id)

    def details(self) -> dict[str, Detail]:
        """The entity, the id that was looked for, and the parameter if that was one of several in it."""
        return {"entity": self.entity, "id": self.id, "fields": list(self.fields)}


class RowUnreadable(GaplessError):
    """Rows that were asked for hold what their columns don't let in, such as an infinite time: mend them by SQL.

    They were written with the checks off, or before a check was there; or a newer version wrote them.
    """

    code = "row_unreadable"

    def __init__(self, entity: str, rows: tuple[RowKey, ...]) -> None:
        named = "; ".join(map(str, rows[:MOST_NAMED]))
        more = f"; and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
        which = f": {named}{more}" if rows else ""
        super().__init__(
            f"A row holds what its columns don't let in, so that no {entity} can be made of it{which}. "
            "Mend it by SQL; docs/operations.md says how."
        )
        self.entity, self.rows = entity, rows

    def details(self) -> dict[str, Detail]:
        """The entity, and each of the rows by its table and key."""
        return {"entity": self.entity, "rows": [str(row) for row in self.rows]}


class InvalidState(GaplessError):
    """The row is there, but what is asked does not fit the state that it is in."""

    code = "invalid_state"

    def __init__(self, entity: str, id: object, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message, fields=fields)
        self.entity, self.id = entity, shown(id)

    def details(self) -> dict[str, Detail]:
        """The entity and its id, and the parameters that another value would have been right for."""
        return {"entity": self.entity, "id": self.id, "fields": list(self.fields)}


class RetentionExpired(InvalidState):
    """A deleted row can't be restored any more: its retention is over."""

    code = "retention_expired"

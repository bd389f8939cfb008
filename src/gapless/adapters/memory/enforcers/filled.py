"""What the store fills when a row is added: its number below the organization, and when it came, by its own clock."""

from __future__ import annotations

from gapless.adapters.memory.schema import Table
from gapless.adapters.memory.state import Overlay
from gapless.kit.model import Judged
from gapless.kit.ports import Clock


def filled(overlay: Overlay, table: Table, row: Judged, tenant: object, clock: Clock, *, uncounted: bool) -> Judged:
    """The row with what the store fills, whatever stood there.

    Args:
        overlay: what the unit has written; its counter goes on.
        table: the table that the row is added to.
        row: the row, not judged yet.
        tenant: the organization that it belongs to, as it stands in keys.
        clock: the store's own.
        uncounted: whether the organization, and its counter with it, goes in the same statement.
    """
    number = _next_number(overlay, table, tenant, uncounted) if table.is_numbered else 0
    return table.model.with_filled(row, number, clock.now())


def _next_number(overlay: Overlay, table: Table, tenant: object, uncounted: bool) -> int:
    """One more than the counter; where it has gone, one more than the greatest number that is there."""
    last = _greatest_number(overlay, table, tenant) if uncounted else overlay.last_number(tenant)
    overlay.numbers[tenant] = last + 1
    return last + 1


def _greatest_number(overlay: Overlay, table: Table, tenant: object) -> int:
    numbers = [
        getattr(row, rule.column.name)
        for model, rule in table.schema.catalogue.numbered_for(table.model.entity)
        for row in overlay.view.rows(model.table, tenant)
    ]
    return max(numbers, default=0)

"""Enforces what the store fills when a row is added: its number below the root, and when it came, by its own clock."""

from __future__ import annotations

import attrs

from gapless.adapters.memory.state import Overlay
from gapless.kit import Catalogue, Model, Numbered
from gapless.kit.model import Validated
from gapless.kit.ports import Clock


@attrs.frozen(eq=False)
class FilledEnforcer:
    """What the store fills in the rows of one table.

    Attributes:
        numbered: the rules whose numbers its rows go on from; none if its rows have no number.
    """

    model: Model[Validated]
    numbered: tuple[tuple[Model[Validated], Numbered], ...]

    @classmethod
    def of(cls, catalogue: Catalogue, model: Model[Validated]) -> FilledEnforcer:
        """That of a table."""
        return cls(model, catalogue.numbered_for(model.entity) if model.of_kind(Numbered) else ())


def filled(
    overlay: Overlay, filling: FilledEnforcer, row: Validated, tenant: object, clock: Clock, *, uncounted: bool
) -> Validated:
    """The row with what the store fills, whatever stood there.

    Args:
        overlay: what the unit has written; its counter goes on.
        filling: what is filled in the table that the row is added to.
        row: the row, not validated yet.
        tenant: the organization that it belongs to, as it stands in keys.
        clock: the store's own.
        uncounted: whether the organization, and its counter with it, goes in the same statement.
    """
    number = _next_number(overlay, filling, tenant, uncounted) if filling.numbered else 0
    return filling.model.with_filled(row, number, clock.now())


def _next_number(overlay: Overlay, filling: FilledEnforcer, tenant: object, uncounted: bool) -> int:
    """One more than the counter; where it has gone, one more than the greatest number that is there."""
    # The root's counter goes with it, and the audit records that tell of its removal go on from the numbers that are
    # there (decision 0033).
    last = _greatest_number(overlay, filling, tenant) if uncounted else overlay.last_number(tenant)
    overlay.numbers[tenant] = last + 1
    return last + 1


def _greatest_number(overlay: Overlay, filling: FilledEnforcer, tenant: object) -> int:
    numbers = [
        getattr(row, rule.column.name)
        for model, rule in filling.numbered
        for row in overlay.view.rows(model.table, tenant)
    ]
    return max(numbers, default=0)

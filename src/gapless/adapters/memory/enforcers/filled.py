"""Fills in memory what the store fills when a row is added: its number, and the time by the store's own clock."""

from __future__ import annotations

import attrs

from gapless.adapters.memory.state import Counter, Overlay
from gapless.kit import Catalogue, Model, Numbered
from gapless.kit.model import Validated
from gapless.kit.ports import Clock


@attrs.frozen(eq=False)
class FilledEnforcer:
    """Fills the store's columns in the rows of one table.

    Attributes:
        numbered: the rules that share the numbers of its rows; empty if its rows have no number.
    """

    model: Model[Validated]
    numbered: tuple[tuple[Model[Validated], Numbered], ...]

    @classmethod
    def of(cls, catalogue: Catalogue, model: Model[Validated]) -> FilledEnforcer:
        """Makes the enforcer of a table."""
        return cls(model, catalogue.numbered_for(model.entity) if model.of_kind(Numbered) else ())


def filled(
    overlay: Overlay, filling: FilledEnforcer, row: Validated, counter: Counter, clock: Clock, *, uncounted: bool
) -> Validated:
    """The row with what the store fills in, whatever was there before.

    Args:
        overlay: what the unit has written; its counter goes on.
        filling: the enforcer of the table to which the row is added.
        row: the row, not validated yet.
        counter: the root that it belongs to; its key is None if it belongs to none.
        clock: the store's own clock.
        uncounted: whether the same statement removes the root, and with it the counter.
    """
    is_numbered = filling.numbered and counter[1] is not None
    number = _next_number(overlay, filling, counter, uncounted) if is_numbered else 0
    return filling.model.with_filled(row, number, clock.now())


def _next_number(overlay: Overlay, filling: FilledEnforcer, counter: Counter, uncounted: bool) -> int:
    """The next number by the counter; if the counter has gone, by the greatest number that is there."""
    # The counter goes with the root, and the audit records of its removal follow the numbers that are there
    # (decision 0033).
    last = _greatest_number(overlay, filling, counter[1]) if uncounted else overlay.last_number(counter)
    overlay.numbers[counter] = last + 1
    return last + 1


def _greatest_number(overlay: Overlay, filling: FilledEnforcer, tenant: object) -> int:
    numbers = [
        getattr(row, rule.column.name)
        for model, rule in filling.numbered
        for row in overlay.view.rows(model.table, tenant)
    ]
    return max(numbers, default=0)

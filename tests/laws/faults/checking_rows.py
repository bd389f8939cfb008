"""Faults of the in-memory store: the rules over one row or one statement are checked wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest

from gapless.adapters.memory import rows, statement
from gapless.adapters.memory.state import Overlay
from gapless.adapters.memory.statement import RowChange
from gapless.kit import Unique
from gapless.kit.errors import RuleViolated
from gapless.kit.model import Validated
from tests.laws.faults.planting import Made, in_memory, on_another, without_conditions


def check_skipped_on_update(patch: pytest.MonkeyPatch) -> Made:
    """A row is checked when it is added, and never again."""
    changed = statement._change_row

    def change_row(overlay: Overlay, change: RowChange) -> None:
        with pytest.MonkeyPatch.context() as blind:
            if change.before is not None:
                blind.setitem(change.table.model.__dict__, "validate", lambda _: None)
            changed(overlay, change)

    patch.setattr(statement, "_change_row", change_row)
    return in_memory


def unique_without_its_condition(_: pytest.MonkeyPatch) -> Made:
    """What no two rows that are shown share, no two share at all: those who are deleted keep their address."""
    return on_another(lambda catalogue: without_conditions(catalogue, Unique))


def error_name_wrong(patch: pytest.MonkeyPatch) -> Made:
    """A reference to nothing is refused in the name of the primary key."""
    required = statement._require_parents

    def require(overlay: Overlay, changes: Sequence[RowChange]) -> None:
        try:
            required(overlay, changes)
        except RuleViolated as error:
            table = changes[0].table
            raise table.model.violated(table.primary_key) from error

    patch.setattr(statement, "_require_parents", require)
    return in_memory


def checked_row_by_row(patch: pytest.MonkeyPatch) -> Made:
    """A statement over several rows is carried out as several statements."""

    def execute(overlay: Overlay, changes: Sequence[RowChange]) -> None:
        for change in changes:
            statement.execute(overlay, [change])

    patch.setattr(rows, "execute", execute)
    return in_memory


def references_checked_first(patch: pytest.MonkeyPatch) -> Made:
    """A row is asked what it refers to before it is checked itself."""

    def execute(overlay: Overlay, changes: Sequence[RowChange]) -> None:
        with suppress(AttributeError):  # what is no id, which is refused a moment later
            statement._require_parents(overlay, [change for change in changes if change.table is changes[0].table])
        statement.execute(overlay, changes)

    patch.setattr(rows, "execute", execute)
    return in_memory


def transitions_forgotten(patch: pytest.MonkeyPatch) -> Made:
    """A change is checked by the row after it alone."""
    patch.setattr(statement, "_require_step", lambda *_: None)
    return in_memory


def admission_of_added_rows_only(patch: pytest.MonkeyPatch) -> Made:
    """A row that comes to be in the set of an admission guard is not checked, only one that is added."""
    checked = statement._require_admission

    def added_only(overlay: Overlay, change: RowChange, after: Validated) -> None:
        if change.before is None:
            checked(overlay, change, after)

    patch.setattr(statement, "_require_admission", added_only)
    return in_memory

"""Faults of the in-memory store: the rules over many rows are checked wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from gapless.adapters.memory import commit as committing
from gapless.adapters.memory import rows, statement, transaction
from gapless.adapters.memory.keys import Key
from gapless.adapters.memory.schema import Schema
from gapless.adapters.memory.state import Overlay
from gapless.adapters.memory.statement import RowChange
from gapless.kit import Catalogue
from tests.laws.faults.planting import Made, in_memory, on_another


def deferred_rule_checked_too_early(patch: pytest.MonkeyPatch) -> Made:
    """Rules over many rows are checked by the write that puts them in question."""

    def execute(overlay: Overlay, changes: Sequence[RowChange]) -> None:
        statement.execute(overlay, changes)
        tables = [change.table for change in changes]
        if tables and not tables[0].model.is_root:  # an organization may be created before its owner
            committing._check_invariants(tables[0].schema, overlay)

    patch.setattr(rows, "execute", execute)
    return in_memory


def checked_by_state(patch: pytest.MonkeyPatch) -> Made:
    """Every commit checks every rule over many rows, whether or not a write put it in question."""

    def commit(schema: Schema, overlay: Overlay) -> None:
        homes: dict[Key, None] = {key[:1]: None for rows in overlay.based.values() for key in rows}
        for check in schema.invariant_checks:
            overlay.pending[check.name].update(homes)
        committing.commit(schema, overlay)

    patch.setattr(transaction, "commit", commit)
    return in_memory


def commit_rules_in_another_order(_: pytest.MonkeyPatch) -> Made:
    """Of two rules that a commit breaks, the last is named."""

    def reversed_order(catalogue: Catalogue) -> Catalogue:
        another = Catalogue(catalogue.models)
        schema = another.once(Schema)
        schema.__dict__["invariant_checks"] = tuple(reversed(schema.invariant_checks))
        return another

    return on_another(reversed_order)


def checked_in_the_order_of_rechecks(patch: pytest.MonkeyPatch) -> Made:
    """Of two rules that a commit breaks, the one that was put in question first is named."""
    checked = committing._check_invariants

    def check_in_order(schema: Schema, overlay: Overlay) -> None:
        rechecked = [name for name, parents in overlay.pending.items() if parents]
        checks = sorted(
            (check for check in schema.invariant_checks if check.name in rechecked),
            key=lambda check: rechecked.index(check.name),
        )
        checked(cast(Schema, SimpleNamespace(invariant_checks=checks)), overlay)

    patch.setattr(committing, "_check_invariants", check_in_order)
    return in_memory

"""Faults of the in-memory store: a release does too little, or too much."""

from __future__ import annotations

import attrs
import pytest

from gapless.adapters.memory import statement
from gapless.adapters.memory.enforcers import reference
from gapless.adapters.memory.enforcers.reference import ReferenceEnforcer
from gapless.adapters.memory.state import Overlay
from gapless.adapters.memory.statement import RowChange
from gapless.adapters.writing import reader
from gapless.adapters.writing.repository import StoreRepository
from gapless.kit import Model, OnDelete, Unique
from gapless.kit.model import E, Validated
from gapless.kit.queries import Query, query
from tests.laws.faults.planting import Made, in_memory, without_conditions


def read_all_the_same(patch: pytest.MonkeyPatch) -> Made:
    """Rows that were released are found as all others."""

    def asked(model: Model[E], *given: object, **named: object) -> Query:
        return query(attrs.evolve(model, released=None), *given, **named)  # type: ignore[arg-type]  # handed on

    patch.setattr(reader, "query", asked)
    return in_memory


def written_all_the_same(patch: pytest.MonkeyPatch) -> Made:
    """A row that was released can still be changed."""

    def there(_: StoreRepository[E], __: E, found: E) -> E:
        return found

    patch.setattr(StoreRepository, "_there", there)
    return in_memory


def values_kept(_: pytest.MonkeyPatch) -> Made:
    """What is unique stays taken."""
    return lambda catalogue: in_memory(without_conditions(catalogue, Unique))


def unlinked_at_once(patch: pytest.MonkeyPatch) -> Made:
    """What refers to the row is unlinked in the same statement."""
    released = statement._release

    def release(overlay: Overlay, change: RowChange, before: Validated, after: Validated) -> None:
        released(overlay, change, before, after)
        if change.table.model.is_unreleased(before) and not change.table.model.is_unreleased(after):
            list(statement._actions(overlay, change))

    patch.setattr(statement, "_release", release)
    return in_memory


def linked_all_the_same(patch: pytest.MonkeyPatch) -> Made:
    """Rows may come to refer to a row that was released."""
    patch.setattr(ReferenceEnforcer, "links_to_released", lambda *_: False)
    return in_memory


def links_of_added_rows_alone(patch: pytest.MonkeyPatch) -> Made:
    """Only a row that is added is asked what it refers to."""
    asked = ReferenceEnforcer.links_to_released

    def links(link: ReferenceEnforcer, overlay: Overlay, before: Validated | None, after: Validated) -> bool:
        return before is None and asked(link, overlay, before, after)

    patch.setattr(ReferenceEnforcer, "links_to_released", links)
    return in_memory


def checks_not_asked(patch: pytest.MonkeyPatch) -> Made:
    """Nobody asks whether what refers to the row could be unlinked."""
    patch.setattr(reference, "kept_linked", lambda *_: ())
    return in_memory


def other_references_forgotten(patch: pytest.MonkeyPatch) -> Made:
    """What would cascade stays, and what would restrict does not."""
    released = statement._release

    def release(overlay: Overlay, change: RowChange, before: Validated, after: Validated) -> None:
        with pytest.MonkeyPatch.context() as blind:
            effects = [each for each in change.table.release_effects if each[1].on_delete is OnDelete.SET_NULL]
            blind.setitem(change.table.__dict__, "release_effects", effects)
            released(overlay, change, before, after)

    patch.setattr(statement, "_release", release)
    return in_memory

"""Faults of the in-memory store that the laws about any entity find: whatever entity it is, something goes wrong."""

from __future__ import annotations

from typing import cast

import attrs
import pytest

from gapless.adapters.locks import UnitLock
from gapless.adapters.memory import commit as committing
from gapless.adapters.memory import statement
from gapless.adapters.memory.rows import MemoryRows
from gapless.adapters.memory.state import Overlay
from gapless.adapters.memory.statement import RowChange
from gapless.adapters.writing import requirements
from gapless.adapters.writing.reader import Reader
from gapless.adapters.writing.repository import StoreRepository
from gapless.adapters.writing.side_records import SideRecords
from gapless.adapters.writing.unit import OperationContext
from gapless.kit import Catalogue, Check, Rule, Unique
from gapless.kit.errors import ConcurrencyConflict, NotFound, RuleViolated
from gapless.kit.ids import RowId
from gapless.kit.model import E
from gapless.kit.row_keys import Found
from tests.laws.faults.planting import Made, in_memory, on_another


def seen_before_the_commit(patch: pytest.MonkeyPatch) -> Made:
    """What a unit writes is there for all at once."""
    executed = MemoryRows._execute

    def execute(self: MemoryRows[E], changes: list[RowChange], side: SideRecords) -> None:
        executed(self, changes, side)
        committing._apply(self._database.schema, self._overlay)

    patch.setattr(MemoryRows, "_execute", execute)
    return in_memory


def pages_begin_too_far(patch: pytest.MonkeyPatch) -> Made:
    """A page leaves out its first row."""
    found = Reader.find_readable

    async def find(self: Reader[E], *asked: object, **more: object) -> Found[E]:
        page = cast("Found[E]", await found(self, *asked, **more))  # type: ignore[arg-type]  # as they were given
        return page if more.get("after") is None else attrs.evolve(page, rows=page.rows[1:])

    patch.setattr(Reader, "find_readable", find)
    return in_memory


def ended_units_go_on(patch: pytest.MonkeyPatch) -> Made:
    """A unit that has ended is used as before."""
    patch.setattr(OperationContext, "__enter__", lambda self: self)
    return in_memory


def saved_with_a_version_alone(patch: pytest.MonkeyPatch) -> Made:
    """A row without a version is never in the one that a save needs."""
    saved = StoreRepository._saved

    async def require_version(self: StoreRepository[E], entity: E, side: SideRecords, *, unaudited: bool = False) -> E:
        if not self._model.versioned:
            raise ConcurrencyConflict
        return await saved(self, entity, side, unaudited=unaudited)

    patch.setattr(StoreRepository, "_saved", require_version)
    return in_memory


def removed_rows_stay(patch: pytest.MonkeyPatch) -> Made:
    """A removal says that it is done, and does nothing."""

    async def delete(*_: object) -> bool:
        return True

    patch.setattr(MemoryRows, "delete", delete)
    return in_memory


def roots_not_compared(patch: pytest.MonkeyPatch) -> Made:
    """Nobody asks whose row it is that is written."""
    patch.setattr(requirements, "require_tenant", lambda *_: None)
    return in_memory


def shared_rows_of_nobody_alone(patch: pytest.MonkeyPatch) -> Made:
    """A unit of a root does not get shared rows by their keys."""
    got = Reader.get

    async def get(self: Reader[E], id: RowId, *, include_deleted: bool = False) -> E:
        if self._model.is_shared and self._unit.opening.root_id is not None:
            raise NotFound(self._model.name, id)
        return await got(self, id, include_deleted=include_deleted)

    patch.setattr(Reader, "get", get)
    return in_memory


def keys_taken_twice(patch: pytest.MonkeyPatch) -> Made:
    """A second row of a key takes the place of the first."""
    changed = statement._change_row

    def change_row(overlay: Overlay, change: RowChange) -> None:
        try:
            changed(overlay, change)
        except RuleViolated as error:
            if error.rule != change.table.primary_key.name:
                raise

    patch.setattr(statement, "_change_row", change_row)
    return in_memory


def _without(catalogue: Catalogue, kind: type[Rule]) -> Catalogue:
    """The catalogue without the rules of a kind."""
    models = (
        attrs.evolve(model, rules=tuple(rule for rule in model.rules if not isinstance(rule, kind)))
        for model in catalogue.models
    )
    return Catalogue(tuple(models), users=catalogue.users)


def uniques_forgotten(_: pytest.MonkeyPatch) -> Made:
    """Two rows may have what is there once."""
    return on_another(lambda catalogue: _without(catalogue, Unique))


def checks_forgotten(_: pytest.MonkeyPatch) -> Made:
    """A row may break the rules about itself."""
    return on_another(lambda catalogue: _without(catalogue, Check))


def records_lost(patch: pytest.MonkeyPatch) -> Made:
    """No audit record is kept."""
    executed = MemoryRows._execute

    def execute(self: MemoryRows[E], changes: list[RowChange], side: SideRecords) -> None:
        executed(self, changes, SideRecords((), side.events))

    patch.setattr(MemoryRows, "_execute", execute)
    return in_memory


def nobody_waits(patch: pytest.MonkeyPatch) -> Made:
    """A unit does not take the lock of its root."""

    async def acquire(*_: object) -> None:
        return None

    patch.setattr(UnitLock, "acquire", acquire)
    return in_memory

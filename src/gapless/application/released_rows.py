"""Unlinks what refers to released rows of a root, and then removes these rows, batch by batch.

released ──units of work, each unlinks a batch──> without links ──the last of them──> removed

Each unit of work takes the root's lock for one batch only, so whoever waits for it waits for one batch. What is
left to do stands in the rows alone: any process goes on where another has stopped, and several share the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast
from uuid import UUID

import attrs

from gapless.application.audit_records import Recorder
from gapless.application.bulk_writes import change_where, released_or_not, remove_where, roots, soft_rows
from gapless.application.cleanup_outcomes import (
    CLEANUP,
    Blocked,
    Purged,
    Tell,
    Unfinished,
    Unreadable,
    attempted,
    blocking,
)
from gapless.application.foreign_roots import record_of_rows
from gapless.application.refusals import REFUSED_INSIDE
from gapless.kit import Catalogue, Model, OnDelete, Reference, all_of, one_of
from gapless.kit.assignments import assign
from gapless.kit.audit import AuditRecord
from gapless.kit.columns import Column
from gapless.kit.errors import ConcurrencyConflict, NotFound
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Clock, IdFactory, Store, UnitOfWork
from gapless.kit.root_removal import label_of
from gapless.kit.soft_deletion import SoftDeletableRow

MOST_UNLINKED = 200
"""How many rows one unit of work unlinks at most: a call of the same root waits until it is over."""

Place = tuple[UUID, str]
"""A released row, and the name of a reference to it."""


class _LinksKept(Exception):
    """A rule or a trigger refuses to unlink at least one of these rows.

    Args:
        place: the released row and the reference.
        ids: the ids of the rows, in their order.
        reason: what refuses it.
    """

    def __init__(self, place: Place, ids: Sequence[UUID], reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.ids = ids
        self.reason = reason


@attrs.define(kw_only=True)
class _Progress:
    """How far one run is: what it does not try again.

    Attributes:
        size: how many rows the next unit of work unlinks at most.
        after: behind which row the unlinking goes on, by place.
        kept: how many rows stay linked, by what refuses it.
        held: the released rows that have such links.
    """

    size: int
    after: dict[Place, UUID] = attrs.field(factory=dict)
    kept: dict[str, int] = attrs.field(factory=dict)
    held: set[UUID] = attrs.field(factory=set)


@attrs.frozen(kw_only=True)
class ReleasedRows:
    """Unlinks and removes the released rows of one entity, in one root.

    Args:
        store: the store that keeps the rows.
        clock: tells the time.
        ids: makes ids.
        catalogue: the catalogue of the store; the references in it say what is unlinked.
        root: the model of the root of the rows.
        model: the model of the entity, whose rows can be released.
        root_id: the root of the rows, deleted or not.
        batch: how many rows a unit of work unlinks or removes at most; it is never more than MOST_UNLINKED.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _catalogue: Catalogue
    _root: Model[Validated]
    _model: Model[Validated]
    _root_id: RootId
    _batch: int

    async def remove(self, tell: Tell) -> None:
        """Unlinks and removes what was released. Halving finds a row that a rule keeps linked; the others go.

        Args:
            tell: is called with each outcome.
        """
        greatest = min(self._batch, MOST_UNLINKED)
        progress = _Progress(size=greatest)
        while True:
            try:
                outcome = await attempted(partial(self._step, progress), self._root.name, self._root_id)
            except _LinksKept as refused:
                self._halve(progress, refused)
                continue
            except REFUSED_INSIDE as error:
                reason = blocking(error, self._root_id, self._model.name)
                progress.kept[reason] = progress.kept.get(reason, 0) + 1
                break
            if outcome is None:
                break
            tell(outcome)
            if isinstance(outcome, (Unfinished, Unreadable)):
                break
            progress.size = min(progress.size * 2, greatest)
        if progress.kept:
            label = await self._label()
            for reason, count in progress.kept.items():
                tell(self._blocked(label, reason, count))

    def _halve(self, progress: _Progress, refused: _LinksKept) -> None:
        if len(refused.ids) == 1:
            progress.after[refused.place] = refused.ids[0]
            progress.held.add(refused.place[0])
            progress.kept[refused.reason] = progress.kept.get(refused.reason, 0) + 1
        progress.size = max(len(refused.ids) // 2, 1)

    async def _step(self, progress: _Progress) -> Purged | None:
        """Runs one unit of work; None if there is nothing left to do, or the root is gone.

        Raises:
            _LinksKept: a rule or a trigger refuses it.
            GaplessError: one of REFUSED_INSIDE, if the removal of the released rows is refused.
        """
        try:
            async with self._store.unit(self._root_id, of=self._root.entity) as unit:
                purged = await self._carried_on(unit, progress)
                if purged is not None:
                    await unit.commit()
        except NotFound:
            return None
        return purged

    async def _carried_on(self, unit: UnitOfWork, progress: _Progress) -> Purged | None:
        released = await self._released(unit, progress)
        recorder = Recorder(self._ids, self._clock.now(), CLEANUP)
        left, unlinked = progress.size, dict[str, int]()
        for row in released:
            for model, reference in self._references():
                number = await self._unlink(unit, row.id, model, reference, left, recorder, progress)
                unlinked[model.table] = unlinked.get(model.table, 0) + number
                left -= number
                if not left:
                    return Purged(root_id=self._root_id, root=self._root.name, unlinked=unlinked)
        bare = [row.id for row in released if row.id not in progress.held]
        if not bare and left == progress.size:
            return None
        rows = await self._remove(unit, bare, recorder) if bare else {}
        return Purged(root_id=self._root_id, root=self._root.name, rows=rows, unlinked=unlinked)

    def _references(self) -> list[tuple[Model[Validated], Reference]]:
        found = self._catalogue.references_to[self._model.entity]
        return [(model, rule) for model, rule in found if rule.on_delete is OnDelete.SET_NULL]

    async def _released(self, unit: UnitOfWork, progress: _Progress) -> tuple[SoftDeletableRow, ...]:
        limit = progress.size + len(progress.held)
        return await soft_rows(unit, self._model).find(
            lambda row: is_released(self._model, row), limit=limit, include_deleted=True
        )

    async def _unlink(
        self,
        unit: UnitOfWork,
        released: UUID,
        model: Model[Validated],
        reference: Reference,
        limit: int,
        recorder: Recorder,
        progress: _Progress,
    ) -> int:
        """Sets the next links to a released row to null; returns how many.

        Raises:
            _LinksKept: a rule or a trigger refuses it.
        """
        place = released, reference.name
        after = progress.after.get(place)

        def linked(row: SoftDeletableRow) -> bool:
            links = (cast(UUID, getattr(row, column.name)) == released for column in reference.nulled)
            return all_of(released_or_not(model, row), *links, *([] if after is None else [row.id > after]))

        ids = [row.id for row in await soft_rows(unit, model).find(linked, limit=limit, include_deleted=True)]
        if not ids:
            return 0
        audit = self._audit(model, "unlinked", ids, recorder)
        try:
            number = await change_where(
                unit,
                model,
                lambda row: all_of(linked(row), row.id <= ids[-1]),
                lambda row: tuple(assign(getattr(row, column.name), None) for column in reference.nulled),
                audit,
            )
        except REFUSED_INSIDE as error:
            raise _LinksKept(place, ids, blocking(error, self._root_id, model.name)) from error
        if number != len(ids):
            raise ConcurrencyConflict  # a trigger of the host has silently kept some, which would be found for ever
        return number

    async def _remove(self, unit: UnitOfWork, ids: Sequence[UUID], recorder: Recorder) -> dict[str, int]:
        audit = self._audit(self._model, "purged", ids, recorder)
        number = await remove_where(
            unit, self._model, lambda row: all_of(is_released(self._model, row), one_of(row.id, *ids)), audit
        )
        if number != len(ids):
            raise ConcurrencyConflict  # otherwise the audit record would name rows that stay
        return {self._model.table: number}

    def _audit(self, model: Model[Validated], done: str, ids: Sequence[UUID], recorder: Recorder) -> AuditRecord:
        """The audit record about the root that holds the ids of the rows; it is written if they are audited."""
        action = f"{model.table}.{done}"
        return record_of_rows(self._catalogue, self._root, self._root_id, action, ids, recorder)

    async def _label(self) -> str | None:
        try:
            async with self._store.reading(self._root_id, of=self._root.entity) as reading:
                home = await roots(reading, self._root).get(self._root_id, include_deleted=True)
        except NotFound:
            return None
        return label_of(self._catalogue, cast(Validated, home))

    def _blocked(self, label: str | None, rule: str, count: int) -> Blocked:
        return Blocked(
            root_id=self._root_id,
            root=self._root.name,
            label=label,
            entity=self._model.name,
            rule=rule,
            count=count,
        )


def is_released(model: Model[Validated], row: object) -> bool:
    """The condition that a row was released; it names the field, so that a reading gives the row."""
    return cast(bool, getattr(row, cast(Column, model.released).name))

"""The purge of one deleted root, in units of work of a limited size, each under its lock (INTEGRITY-007).

found expired ──a unit of work──> begun ──units of work──> gone
      │                             │
      └──────── blocked <───────────┘   by a row that keeps it: nothing more is touched, and the next run looks again
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import cast

import attrs

from gapless.application.audit_records import Recorder
from gapless.application.bulk_writes import refers, roots, soft_rows
from gapless.application.cleanup_outcomes import CLEANUP, Blocked, Purged, Tell, attempted, blocking
from gapless.application.expired_rows import removed
from gapless.application.foreign_roots import events_kept, record_kept, referring_from_outside
from gapless.application.purge_records import begin, count_up, note_of, notes_of
from gapless.application.refusals import REFUSED_INSIDE
from gapless.kit import AuditedEntity, Catalogue, Entity, Model, Reference
from gapless.kit.audit import AuditRecord, as_json
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import NotFound
from gapless.kit.ids import RootId
from gapless.kit.json_object import GREATEST_INTEGER, Json, JsonObject
from gapless.kit.model import Validated
from gapless.kit.ports import Clock, IdFactory, Store, UnitOfWork
from gapless.kit.recorded_rows import resource_type
from gapless.kit.root_removal import deleted_softly, keeping, keeps_itself, label_of, purged_before, purged_in_batches
from gapless.kit.soft_deletion import SoftDeletableRoot

# The last unit moves the whole trail to the archive, and nobody waits for the lock of a deleted root.
PURGE_SECONDS = 300.0


@attrs.frozen
class RootPurged:
    """The event that a root was removed for good; a host then removes what it keeps about it elsewhere.

    Attributes:
        entity: what the root is called: "clinic".
        id: the key that it had.
    """

    entity: str
    id: RootId

    @property
    def kind(self) -> str:
        """What happened: "clinic.purged"."""
        return f"{self.entity}.purged"

    def payload(self) -> dict[str, Json]:
        """The root's key: a number as a number, any other as a text."""
        return {f"{self.entity}_id": as_json(self.id)}


@attrs.frozen(kw_only=True)
class RootPurge:
    """Removes one deleted root for good.

    Args:
        store: the store that keeps the rows.
        clock: tells the time.
        ids: makes ids.
        catalogue: the catalogue; the references in it say what keeps a root from being removed.
        root: the root to remove, as it was found.
        cutoff: the root is expired if it was deleted at this time (UTC) or before. If its purge has already
            begun, it is removed in any case.
        batch: how many rows of each entity a unit of work removes at most.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _catalogue: Catalogue
    _root: SoftDeletableRoot
    _cutoff: datetime
    _batch: int

    @property
    def _model(self) -> Model[Validated]:
        """The model of the root."""
        return self._catalogue.model(cast("type[Validated]", type(self._root)))

    @property
    def _commands(self) -> type[ProcessedCommand]:
        """The entity of the notes of its purge."""
        return notes_of(self._catalogue, self._model)

    async def remove(self, tell: Tell) -> None:
        """Removes the root, if it is still to be removed once its lock is held.

        Args:
            tell: is called with each outcome.
        """
        # It runs before the unit does, whose root sees neither rows of other roots nor what refers to them.
        given = self._store, self._catalogue, self._model, self._root.id
        if outside := await referring_from_outside(*given):
            return tell(self._blocked(outside[0].name, outside[1]))
        whole = False
        while True:
            try:
                outcome = await attempted(partial(self._step, whole), self._model.name, self._root.id)
            except REFUSED_INSIDE as error:
                if whole:
                    reason = blocking(error, self._root.id, self._model.name)
                    return tell(self._blocked(reason, None))
                whole = True  # a row that keeps a user may go along with the root
                continue
            if outcome is not None:
                tell(outcome)
            if not isinstance(outcome, Purged) or outcome.is_gone:
                return None

    async def _step(self, whole: bool) -> Purged | Blocked | None:
        """Runs one unit of work; None if there is nothing to remove, or if somebody else has removed it.

        Args:
            whole: whether rows that would keep each other are removed in one statement, together with the root,
                however many there are.

        Raises:
            GaplessError: one of REFUSED_INSIDE, if the catalogue could not foresee it.
        """
        try:
            async with self._store.unit(self._root.id, of=self._model.entity, seconds=PURGE_SECONDS) as unit:
                outcome = await self._carried_on(unit, whole)
                if isinstance(outcome, Purged):
                    await unit.commit()
        except NotFound:
            return None
        return outcome

    async def _carried_on(self, unit: UnitOfWork, whole: bool) -> Purged | Blocked | None:
        root = await roots(unit, self._model).get(self._root.id, include_deleted=True)
        begun = await note_of(unit, root, self._commands)
        if root.deleted_at is None or (begun is None and root.deleted_at > self._cutoff):
            return None
        # It runs before anything is touched: a root that has to stay loses nothing (decision 0017).
        for model, reference in keeping(self._catalogue, self._model):
            is_across = self._catalogue.leads_across(model, reference)
            if not is_across and (number := await _number(unit, model, reference)):
                return self._blocked(reference.name, number)
        recorder = Recorder(self._ids, self._clock.now(), CLEANUP)
        # It is in the unit of the first batch: from then on a restore is refused (decision 0017).
        if begun is None:
            await begin(unit, root, recorder.at, self._commands)
        purged = await self._batch_removed(unit, root, recorder, whole)
        numbers = self._added(purged, begun)
        if purged.is_gone:
            await self._remove(unit, root, recorder, numbers)
        else:
            await count_up(unit, root, numbers, self._commands)
        return purged

    async def _batch_removed(
        self, unit: UnitOfWork, root: SoftDeletableRoot, recorder: Recorder, whole: bool
    ) -> Purged:
        """Removes what has to go before the root; if the batch has room for all of it, the root too."""
        rows: dict[str, int] = {}
        for model in purged_before(self._catalogue, self._model):
            limit = None if whole and keeps_itself(self._catalogue, model) else self._batch
            rows |= await self._next_removed(unit, model, root, recorder, limit)
            if limit is not None and rows.get(model.table) == limit:
                return Purged(root_id=root.id, root=self._model.name, rows=rows)
        going: dict[str, int] = {}
        for model in reversed(deleted_softly(self._catalogue, self._model)):
            if model.table in rows:
                continue  # they have just been removed
            going[model.table] = await soft_rows(unit, model).count(include_deleted=True)
            if going[model.table] > self._batch and not whole:
                rows |= await self._next_removed(unit, model, root, recorder, self._batch)
                return Purged(root_id=root.id, root=self._model.name, rows=rows)
        return Purged(root_id=root.id, root=self._model.name, is_gone=True, rows={**rows, **going})

    async def _next_removed(
        self,
        unit: UnitOfWork,
        model: Model[Validated],
        root: SoftDeletableRoot,
        recorder: Recorder,
        limit: int | None,
    ) -> Mapping[str, int]:
        """Removes the next rows of an entity, deleted or not, at most `limit`; None for all, in one statement."""
        rows = await soft_rows(unit, model).find(limit=limit, include_deleted=True)
        if not rows:
            return {}
        last = rows[-1].id
        return (await removed(unit, self._catalogue, model, lambda row: row.id <= last, root, recorder)).rows

    async def _remove(
        self, unit: UnitOfWork, root: SoftDeletableRoot, recorder: Recorder, numbers: dict[str, Json]
    ) -> None:
        """Removes the root with all its remaining rows; its audit record goes to the archive with the trail."""
        home, given = cast(AuditedEntity, root), (self._catalogue, self._model)
        event = RootPurged(resource_type(type(home)), root.id)
        audit = record_kept(*given, recorder.audit(event.kind, home, None, JsonObject(numbers)))
        if audit is not None and audit.root_id is not None:
            await unit.audit_trail.add(audit)  # before the root goes, and its trail to the archive
        # Only beside a write does a unit keep nobody's events, so they go along with it if there is no record, too.
        events = events_kept(*given, recorder.events(root.id, [event]))
        await unit.of(type(home)).remove(home, cast(AuditRecord, audit), events)

    def _added(self, purged: Purged, begun: ProcessedCommand | None) -> dict[str, Json]:
        """How many rows of each table the purge has removed so far, in all its runs."""
        so_far = {} if begun is None else begun.result.to_dict()
        tables = (model.table for model in purged_in_batches(self._catalogue, self._model))
        return {
            table: min(purged.rows.get(table, 0) + _counted(so_far.get(table)), GREATEST_INTEGER) for table in tables
        }

    def _blocked(self, rule: str, count: int | None) -> Blocked:
        return Blocked(
            root_id=self._root.id,
            root=self._model.name,
            label=label_of(self._catalogue, cast(Validated, self._root)),
            entity=self._model.name,
            rule=rule,
            count=count,
        )


async def _number(unit: UnitOfWork, model: Model[Validated], reference: Reference) -> int:
    """How many rows keep the root by this reference."""
    rows = unit.of(cast("type[Entity]", model.entity))
    return await rows.count(partial(refers, model, reference), include_deleted=True)


def _counted(number: Json) -> int:
    """A number that an earlier run has remembered; 0 if somebody has written something else in its place."""
    return number if type(number) is int and number >= 0 else 0

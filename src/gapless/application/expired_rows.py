"""Removes rows for good that were deleted one by one, in a root that stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeAlias, cast
from uuid import UUID

import attrs

from gapless.application.audit_records import Recorder
from gapless.application.bulk_writes import remove_unaudited, remove_where, roots, soft_rows
from gapless.application.cleanup_outcomes import (
    CLEANUP,
    Blocked,
    Purged,
    Tell,
    Unfinished,
    Unreadable,
    attempted,
    blocking,
    tell_unreadable,
)
from gapless.application.foreign_roots import record_of_rows
from gapless.application.refusals import REFUSED_INSIDE
from gapless.kit import Catalogue, Model, all_of, between, nullable
from gapless.kit.errors import ConcurrencyConflict, NotFound, RowUnreadable
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Clock, IdFactory, Store, UnitOfWork
from gapless.kit.root_removal import label_of
from gapless.kit.soft_deletion import SoftDeletable, SoftDeletableRoot, SoftDeletableRow

_Found: TypeAlias = "tuple[SoftDeletableRoot, tuple[SoftDeletableRow, ...]]"


def is_expired(row: SoftDeletable, cutoff: datetime) -> bool:
    """Whether a row was deleted at this time (UTC) or before; for a symbolic row, that condition."""
    return all_of(row.is_deleted, nullable(row.deleted_at) <= cutoff)


@attrs.frozen(kw_only=True)
class ExpiredRows:
    """Removes the expired rows of one entity in batches; each has its own unit of work and its own audit record.

    Args:
        store: the store that keeps the rows.
        clock: tells the time.
        ids: makes ids.
        catalogue: the catalogue of the store.
        root: the model of the root of the rows.
        model: the model of the entity, whose rows can be soft-deleted.
        root_id: the root of the rows; nothing is removed if it is deleted itself.
        cutoff: rows that were deleted at this time (UTC) or before are expired.
        batch: how many rows a unit of work removes at most.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _catalogue: Catalogue
    _root: Model[Validated]
    _model: Model[Validated]
    _root_id: RootId
    _cutoff: datetime
    _batch: int

    async def remove(self, tell: Tell) -> None:
        """Removes what is expired. Halving finds a row that a rule keeps or that can't be read; the others go.

        Args:
            tell: is called with each outcome.
        """
        after: UUID | None = None
        size = self._batch
        kept: dict[str, list[Blocked]] = {}
        while found := await self._found(after, size, tell):
            root, rows = found
            try:
                outcome = await attempted(partial(self._removed, rows), self._root.name, self._root_id)
            except REFUSED_INSIDE as error:
                if len(rows) == 1:
                    after = rows[0].id
                    reason = blocking(error, self._root_id, self._model.name)
                    kept.setdefault(reason, []).append(self._blocked(root, reason))
                size = max(len(rows) // 2, 1)
                continue
            if outcome is None:
                break
            if isinstance(outcome, Unreadable) and len(rows) > 1:
                size = len(rows) // 2
                continue
            tell(outcome)
            if isinstance(outcome, Unfinished):
                break
            after, size = rows[-1].id, min(size * 2, self._batch)
        for same in kept.values():
            tell(attrs.evolve(same[0], count=len(same)))

    async def _found(self, after: UUID | None, size: int, tell: Tell) -> _Found | None:
        """The root and its next expired rows; None if it has none, or does not stay itself."""
        async with self._store.reading(self._root_id, of=self._root.entity) as reading:
            found = await soft_rows(reading, self._model).find_readable(
                lambda row: all_of(is_expired(row, self._cutoff), *([] if after is None else [row.id > after])),
                limit=size,
                include_deleted=True,
            )
            tell_unreadable(found.left_out, tell)
            if not found.rows:
                return None
            try:
                return await roots(reading, self._root).get(self._root_id), found.rows
            except NotFound:
                return None
            except RowUnreadable as error:
                tell_unreadable(error.rows, tell)
                return None

    async def _removed(self, rows: tuple[SoftDeletableRow, ...]) -> Purged | None:
        """Removes those of these rows that are still expired; None if the root does not stay any more."""
        first, last = rows[0].id, rows[-1].id

        def wanted(row: SoftDeletableRow) -> bool:
            return all_of(is_expired(row, self._cutoff), between(row.id, first, last))

        try:
            async with self._store.unit(self._root_id, of=self._root.entity) as unit:
                root = await roots(unit, self._root).get(self._root_id)
                recorder = Recorder(self._ids, self._clock.now(), CLEANUP)
                purged = await removed(unit, self._catalogue, self._model, wanted, root, recorder)
                await unit.commit()
        except NotFound:
            return None
        return purged

    def _blocked(self, root: SoftDeletableRoot, rule: str) -> Blocked:
        return Blocked(
            root_id=self._root_id,
            root=self._root.name,
            label=label_of(self._catalogue, cast(Validated, root)),
            entity=self._model.name,
            rule=rule,
            count=1,
        )


async def removed(  # which rows, of what, and what tells of it
    unit: UnitOfWork,
    catalogue: Catalogue,
    model: Model[Validated],
    where: Callable[[SoftDeletableRow], bool],
    root: SoftDeletableRoot,
    recorder: Recorder,
) -> Purged:
    """Removes rows for good, deleted or not; if they are audited, one audit record holds their ids.

    Args:
        unit: the unit of work in which they are removed.
        catalogue: the catalogue of the store.
        model: the model of the entity, whose rows can be soft-deleted.
        where: which rows.
        root: the root of the rows, which the audit record is about.
        recorder: makes the audit record.

    Raises:
        RuleViolated: a rule refuses the removal of one of them.
        ConcurrencyConflict: fewer or other rows were removed than had been found, for instance because a trigger of the
            host silently kept some.
    """
    home = catalogue.model(cast("type[Validated]", type(root)))
    root_id = cast(RootId, home.tenant_of(cast(Validated, root)))
    purged = Purged(root_id=root_id, root=home.name)
    if not model.audited:
        return attrs.evolve(purged, rows={model.table: await remove_unaudited(unit, model, where)})
    rows = await soft_rows(unit, model).find(where, include_deleted=True)
    if rows:
        action, ids = f"{model.table}.purged", [row.id for row in rows]
        audit = record_of_rows(catalogue, home, root_id, action, ids, recorder)
        if await remove_where(unit, model, where, audit) != len(rows):
            raise ConcurrencyConflict  # otherwise the audit record would name rows that stay, or that others removed
    return attrs.evolve(purged, rows={model.table: len(rows)})

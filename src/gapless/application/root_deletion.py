"""What is deleted when the root of a catalogue is soft-deleted, and restored with it; the catalogue says which rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from gapless.application.bulk_writes import change_where, releasing, remove_where
from gapless.kit import AuditedEntity, Catalogue, Model, all_of, negate
from gapless.kit.audit import AuditRecord
from gapless.kit.ids import DeletionId
from gapless.kit.model import Validated
from gapless.kit.ports import Reading, UnitOfWork
from gapless.kit.root_removal import deleted_softly, removed_softly
from gapless.kit.soft_deletion import Deletion, deleting, restoring


async def rows_removed_with_root(
    unit: UnitOfWork, catalogue: Catalogue, root: Model[Validated] | None = None
) -> Mapping[str, Sequence[AuditedEntity]]:
    """The audited rows that the deletion of the root removes for good, by table, for its audit record.

    Args:
        unit: the unit of work of the root.
        catalogue: the catalogue, which says what goes.
        root: the model of the root; None for the first one.
    """
    found: dict[str, Sequence[AuditedEntity]] = {}
    for model in removed_softly(catalogue, root):
        if model.audited:
            rows = await cast(Reading, unit).of(model.entity).find(include_deleted=True)
            found[model.table] = cast("Sequence[AuditedEntity]", rows)
    return found


async def delete_with_root(
    unit: UnitOfWork,
    catalogue: Catalogue,
    deletion: Deletion,
    audit: AuditRecord,
    root: Model[Validated] | None = None,
) -> None:
    """Deletes what goes with a root that this unit of work has deleted: parents softly, then the rest for good.

    Rows that can be released are released: what refers to them is left to a cleanup, however much it is.

    Args:
        unit: the unit of work that has deleted the root.
        catalogue: the catalogue, which says what goes.
        deletion: the deletion of the root, with its batch.
        audit: the audit record of the deletion.
        root: the model of the root; None for the first one.

    Raises:
        RuleViolated: a rule refuses the removal of one of the rows.
    """
    for model in deleted_softly(catalogue, root):
        await change_where(unit, model, lambda row: negate(row.is_deleted), lambda row: deleting(row, deletion), audit)
    for model in removed_softly(catalogue, root):
        if model.released is None:
            await remove_where(unit, model, lambda _: True, audit)
        else:
            await change_where(unit, model, lambda _: True, partial(releasing, model), audit)


async def restore_with_root(
    unit: UnitOfWork,
    catalogue: Catalogue,
    batch: DeletionId | None,
    audit: AuditRecord,
    root: Model[Validated] | None = None,
) -> Mapping[str, int]:
    """Restores what was deleted with a root; returns the number of rows by table.

    Args:
        unit: the unit of work that has restored the root.
        catalogue: the catalogue, which says what went with it.
        batch: the batch of the root's deletion; None after a deletion by plain SQL, with which nothing went.
        audit: the audit record of the restoration.
        root: the model of the root; None for the first one.

    Raises:
        RuleViolated: a rule refuses one of the restored rows.
    """
    return {
        model.table: 0
        if batch is None
        else await change_where(
            unit, model, lambda row: all_of(row.is_deleted, row.deletion_id == batch), restoring, audit
        )
        for model in deleted_softly(catalogue, root)
    }

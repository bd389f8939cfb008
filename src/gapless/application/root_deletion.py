"""What is deleted when the root of a catalogue is soft-deleted, and restored with it; the catalogue says which rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeVar, cast

import attrs

from gapless.application.audit_records import Recorder
from gapless.application.bulk_writes import change_where, releasing, remove_where, roots
from gapless.application.foreign_roots import record_beside
from gapless.application.purge_records import notes_of, require_no_purge
from gapless.kit import AuditedEntity, Catalogue, Entity, Model, all_of, negate
from gapless.kit.audit import AuditRecord, changed_fields
from gapless.kit.errors import ConcurrencyConflict, InvalidState, InvalidValue
from gapless.kit.ids import DeletionId
from gapless.kit.json_object import Json, JsonObject
from gapless.kit.model import Validated
from gapless.kit.plain import kind_of
from gapless.kit.ports import Reading, UnitOfWork
from gapless.kit.recorded_rows import resource_type
from gapless.kit.root_removal import deleted_softly, removed_softly
from gapless.kit.soft_deletion import (
    Deletion,
    SoftDeletableRoot,
    deleted,
    deleting,
    is_soft_deletable,
    restored,
    restoring,
)

R = TypeVar("R", bound=SoftDeletableRoot)


async def delete_root(unit: UnitOfWork, catalogue: Catalogue, root: R, recorder: Recorder) -> R:
    """Soft-deletes a root of any catalogue, with all that its declaration says goes with it.

    Args:
        unit: the unit of work of the root.
        catalogue: the catalogue of the store.
        root: the root, as it was read.
        recorder: makes the audit record, which is written if the root is audited, or what goes with it; it keeps the
            values of what is removed for good.

    Returns:
        The root as stored; what it was deleted with has the same `deletion_id`.

    Raises:
        InvalidState: it is deleted already.
        InvalidValue: it is no root that can be soft-deleted.
        RuleViolated: a rule refuses the removal of one of the rows.
        ConcurrencyConflict: somebody has changed it since it was read.
    """
    model = _require_deletable(catalogue, root)
    if root.is_deleted:
        raise InvalidState(model.name, root.id, f"{model.name} {root.id} is deleted already.")
    await _require_as_read(unit, model, root)
    deletion = recorder.deletion()
    after = deleted(root, deletion)
    record = _record(recorder, (root, after), "deleted")
    record = with_images(record, await rows_removed_with_root(unit, catalogue, model))
    stored, audit = await _saved(unit, catalogue, after, record)
    await delete_with_root(unit, catalogue, deletion, audit, model)
    return stored


async def restore_root(
    unit: UnitOfWork, catalogue: Catalogue, root: R, recorder: Recorder
) -> tuple[R, Mapping[str, int]]:
    """Restores a root of any catalogue, with exactly the rows that were soft-deleted with it.

    For how long after its deletion it can be restored, the caller says; a purge that has begun ends it in any case.

    Args:
        unit: the unit of work of the root.
        catalogue: the catalogue of the store.
        root: the root, as it was read with `include_deleted=True`.
        recorder: makes the audit record, which is written if the root is audited.

    Returns:
        The root as stored, and how many rows came back with it, by table.

    Raises:
        InvalidState: it is not deleted, or its purge has begun.
        InvalidValue: it is no root that can be soft-deleted.
        RuleViolated: a rule refuses one of the restored rows.
        ConcurrencyConflict: somebody has changed it since it was read.
    """
    model = _require_deletable(catalogue, root)
    if not root.is_deleted:
        raise InvalidState(model.name, root.id, f"{model.name} {root.id} is not deleted.")
    await _require_as_read(unit, model, root)
    await require_no_purge(unit, root, notes_of(catalogue, model))
    after = restored(root)
    stored, audit = await _saved(unit, catalogue, after, _record(recorder, (root, after), "restored"))
    return stored, await restore_with_root(unit, catalogue, root.deletion_id, audit, model)


def _require_deletable(catalogue: Catalogue, root: object) -> Model[Validated]:
    """The model of a root that can be soft-deleted.

    Raises:
        InvalidValue: what was given is none.
    """
    model = next((each for each in catalogue.roots if type(root) is each.entity), None)
    if model is None or not is_soft_deletable(model):
        names = " or ".join(each.name for each in catalogue.roots if is_soft_deletable(each)) or "none"
        said = f"root is a root of the catalogue that can be soft-deleted, {names}, and not {kind_of(root)}."
        raise InvalidValue("root", said, fields=("root",))
    return model


async def _require_as_read(unit: UnitOfWork, model: Model[Validated], root: SoftDeletableRoot) -> None:
    """Refuses a root without a version whose deletion is another one than when it was read: no version would tell.

    A second deletion would take the place of the first, and what had gone with that would never come back.

    Raises:
        ConcurrencyConflict: it has been deleted or restored since.
        NotFound: it is gone.
    """
    if not model.versioned:
        there = await roots(unit, model).get(root.id, include_deleted=True)
        if (there.is_deleted, there.deletion_id) != (root.is_deleted, root.deletion_id):
            raise ConcurrencyConflict


def _record(recorder: Recorder, change: tuple[R, R], done: str) -> AuditRecord:
    """The audit record of what is done to a root; what belongs to it takes the same record, if it is audited."""
    before, after = (cast(AuditedEntity, row) for row in change)
    return recorder.audit(f"{resource_type(type(after))}.{done}", before, after)


async def _saved(unit: UnitOfWork, catalogue: Catalogue, after: R, record: AuditRecord) -> tuple[R, AuditRecord]:
    """Saves a root with its audit record; returns it as stored, and the record as the trail takes it."""
    model = catalogue.model(cast("type[Validated]", type(after)))
    audit = record_beside(catalogue, model, record)
    if model.audited:
        audited = cast(AuditedEntity, after)
        return cast(R, await unit.of(type(audited)).save(audited, audit)), audit
    plain = unit.of(cast("type[Entity]", model.entity))
    return cast(R, await plain.save(cast(Entity, after))), audit


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


def with_images(audit: AuditRecord, rows: Mapping[str, Sequence[AuditedEntity]]) -> AuditRecord:
    """The audit record of a root's deletion, with the values of the rows that it removes for good, by table.

    If a table has the name of a field of the record, its rows stand there under another name; see `images_in`.

    Args:
        audit: the record.
        rows: the rows, by table.
    """
    if not rows:
        return audit
    own: dict[str, Json] = {} if audit.before is None else audit.before.to_dict()
    images = {_apart(table) if table in own else table: list(map(image_of, found)) for table, found in rows.items()}
    return attrs.evolve(audit, before=JsonObject({**own, **images}))


def images_in(before: Mapping[str, Json], table: str) -> Sequence[Json]:
    """The values of the rows of a table that an audit record of a root's deletion keeps.

    Args:
        before: the fields of the record, as `with_images` has made them.
        table: the table.
    """
    found = before.get(_apart(table), before.get(table))
    return found if isinstance(found, list) else ()


def image_of(row: AuditedEntity) -> Json:
    """The values of a row that is removed for good, as an audit record keeps them."""
    before, _ = changed_fields(row, None)
    return None if before is None else before.to_dict()


def _apart(table: str) -> str:
    """The name of a table's rows in the audit record if the table has the name of one of its fields."""
    return f"{table} (rows)"


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

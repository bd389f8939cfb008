"""What is recorded, told and referred to across roots, while one of them is cleaned up.

The parts of a catalogue belong to its first root. What happens in another one is recorded and told as nobody's where a
part has a place for that, and is neither recorded nor told elsewhere (decision 0057).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar, cast
from uuid import UUID

import attrs

from gapless.application.audit_records import Recorder
from gapless.application.bulk_writes import refers
from gapless.kit import AuditedEntity, Catalogue, Entity, Model, Reference, all_of, any_of, is_null, negate
from gapless.kit.audit import AuditRecord
from gapless.kit.columns import Column
from gapless.kit.ids import RootId
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from gapless.kit.root_removal import keeping

R = TypeVar("R", AuditRecord, OutboxEvent)


def record_kept(catalogue: Catalogue, root: Model[Validated], record: AuditRecord) -> AuditRecord | None:
    """The audit record as the trail of a catalogue takes it of a unit of this root; None if it has no place for it.

    Args:
        catalogue: the catalogue.
        root: the root of the unit.
        record: the record, as one of that root.
    """
    return next(iter(_kept(catalogue, root, AuditRecord, [record])), None)


def record_beside(catalogue: Catalogue, root: Model[Validated], record: AuditRecord) -> AuditRecord:
    """The audit record as a write in a unit of this root takes it, which keeps it if the rows are audited.

    Rows below a root for whose records the trail has no place are not audited, so it does not matter what it is then.

    Args:
        catalogue: the catalogue.
        root: the root of the unit.
        record: the record, as one of that root.
    """
    return record_kept(catalogue, root, record) or record


def record_of_rows(  # of what, what was done to which of them, and what tells of it
    catalogue: Catalogue, root: Model[Validated], root_id: RootId, action: str, ids: Iterable[UUID], recorder: Recorder
) -> AuditRecord:
    """The audit record about a root to whose rows something was done, with their ids; it is kept if they are audited.

    Args:
        catalogue: the catalogue.
        root: the root of the unit, to which the rows belong.
        root_id: its key.
        action: what was done: "devices.purged".
        ids: the ids of the rows.
        recorder: makes the record.
    """
    home, metadata = cast("type[AuditedEntity]", root.entity), JsonObject({"ids": [str(each) for each in ids]})
    return record_beside(catalogue, root, recorder.remark(action, home, (root_id, root_id), metadata))


def events_kept(catalogue: Catalogue, root: Model[Validated], events: Iterable[OutboxEvent]) -> tuple[OutboxEvent, ...]:
    """The events as the outbox of a catalogue takes them of a unit of this root; none if it has no place for them.

    Args:
        catalogue: the catalogue.
        root: the root of the unit.
        events: the events, as some of that root.
    """
    return _kept(catalogue, root, OutboxEvent, events)


def _kept(catalogue: Catalogue, root: Model[Validated], part: type[R], rows: Iterable[R]) -> tuple[R, ...]:
    """The rows of a part as it takes them of a unit of this root; none if it has no place for them."""
    if not catalogue.has_place(part, root):
        return ()
    is_own = catalogue.root_of(catalogue.model(part)) is root
    return tuple(row if is_own else attrs.evolve(row, root_id=None) for row in rows)


async def referring_from_outside(
    store: Store, catalogue: Catalogue, root: Model[Validated], root_id: RootId
) -> tuple[Reference, int] | None:
    """The first reference by which rows that do not belong to a root keep it, and how many; None if none does.

    Args:
        store: the store that keeps the rows.
        catalogue: the catalogue.
        root: the model of the root.
        root_id: its key.
    """
    across = [each for each in keeping(catalogue, root) if catalogue.leads_across(*each)]
    if not across:
        return None
    async with store.system() as unit:
        for model, reference in across:
            rows = unit.of(cast("type[Entity]", model.entity))
            if number := await rows.count(_keeps(catalogue, root, model, reference, root_id), include_deleted=True):
                return reference, number
    return None


def _keeps(
    catalogue: Catalogue, root: Model[Validated], model: Model[Validated], reference: Reference, root_id: RootId
) -> Callable[[Entity], bool]:
    """The condition that a row of another root, or of none, refers by this reference to a root, or to a row of it."""
    tenant = catalogue.parent(reference).tenant
    goal = next(own.name for own, other in catalogue.links(model, reference) if other.name == tenant)
    # Rows without a field for their root count wherever they are: their own root is kept by them too (decision 0059).
    own = model.tenant_column if catalogue.root_of(model) is root else None

    def keeps(row: Entity) -> bool:
        others = () if own is None else (_is_elsewhere(row, own, root_id),)
        return all_of(cast(RootId, getattr(row, goal)) == root_id, refers(model, reference, row), *others)

    return keeps


def _is_elsewhere(row: Entity, own: Column, root_id: RootId) -> bool:
    """The condition that a row belongs to another root, or to nobody if the field for it may be null."""
    home = cast(RootId, getattr(row, own.name))
    is_other = negate(home == root_id)
    return any_of(is_null(home), is_other) if own.nullable else is_other

"""Removes and changes rows of any entity of a catalogue in one statement, with an audit record if it is audited."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, cast
from uuid import UUID

from gapless.kit import AuditedEntity, Entity, Reference, all_of, any_of, is_null, negate
from gapless.kit.assignments import Assignment, assign
from gapless.kit.audit import AuditRecord
from gapless.kit.columns import Column
from gapless.kit.ids import RootId
from gapless.kit.model import Model, Validated
from gapless.kit.ports import AuditedRepository, Reading, ReadRepository, Repository, SystemUnit, UnitOfWork
from gapless.kit.soft_deletion import SoftDeletableRoot, SoftDeletableRow

Opened: TypeAlias = "UnitOfWork | Reading | SystemUnit"


def roots(opened: Opened, root: Model[Validated]) -> ReadRepository[SoftDeletableRoot, RootId]:
    """A repository that reads the rows of a root, as if they could be soft-deleted.

    Args:
        opened: the unit of work or the reading.
        root: the model of the root.
    """
    found = cast(Reading, opened).of(root.entity)
    return cast("ReadRepository[SoftDeletableRoot, RootId]", found)


def soft_rows(opened: Opened, model: Model[Validated]) -> ReadRepository[SoftDeletableRow, UUID]:
    """A repository that reads the rows of an entity that can be soft-deleted.

    Args:
        opened: the unit of work or the reading.
        model: the model of the entity.
    """
    return cast("ReadRepository[SoftDeletableRow, UUID]", cast(Reading, opened).of(model.entity))


async def remove_where(
    unit: UnitOfWork, model: Model[Validated], where: Callable[[SoftDeletableRow], bool], audit: AuditRecord
) -> int:
    """Removes rows for good, soft-deleted or not; returns the number of rows.

    Args:
        unit: the unit of work in which they are removed.
        model: the model of the entity.
        where: which rows; it may use the fields of soft deletion if the entity has them.
        audit: the audit record, which is written if the entity is audited.

    Raises:
        RuleViolated: a rule refuses the removal of one of them.
    """
    if model.audited:
        audited = cast("AuditedRepository[SoftDeletableRow, UUID]", unit.of(cast("type[AuditedEntity]", model.entity)))
        return await audited.delete_where(where, audit, include_deleted=True)
    return await remove_unaudited(unit, model, where)


async def remove_unaudited(unit: UnitOfWork, model: Model[Validated], where: Callable[[SoftDeletableRow], bool]) -> int:
    """As `remove_where`, for an entity that is not audited."""
    plain = cast("Repository[SoftDeletableRow, UUID]", unit.of(cast("type[Entity]", model.entity)))
    return await plain.delete_where(where, include_deleted=True)


def releasing(model: Model[Validated], row: object) -> tuple[Assignment, ...]:
    """In a set-based write, releases every row of an entity whose rows can be released."""
    return (assign(getattr(row, cast(Column, model.released).name), True),)


def released_or_not(model: Model[Validated], row: object) -> bool:
    """A condition that is true of every row, and names the field of released ones if there is one."""
    if model.released is None:
        return all_of()
    released = cast(bool, getattr(row, model.released.name))
    return any_of(released, negate(released))


def refers(model: Model[Validated], reference: Reference, row: object) -> bool:
    """The condition that a row refers to another one by this reference, released or not."""
    there = (negate(is_null(cast(object, getattr(row, column.name)))) for column in reference.nulled)
    return all_of(*there, released_or_not(model, row))


async def change_where(
    unit: UnitOfWork,
    model: Model[Validated],
    where: Callable[[SoftDeletableRow], bool],
    assign: Callable[[SoftDeletableRow], Iterable[Assignment]],
    audit: AuditRecord,
) -> int:
    """Changes rows of an entity that can be soft-deleted, deleted or not; returns the number of rows.

    Args:
        unit: the unit of work in which they are changed.
        model: the model of the entity.
        where: which rows.
        assign: the new values of their fields.
        audit: the audit record, which is written if the entity is audited.

    Raises:
        RuleViolated: one of the rows would break a rule.
    """
    if model.audited:
        audited = cast("AuditedRepository[SoftDeletableRow, UUID]", unit.of(cast("type[AuditedEntity]", model.entity)))
        return await audited.update_where(where, assign, audit, include_deleted=True)
    plain = cast("Repository[SoftDeletableRow, UUID]", unit.of(cast("type[Entity]", model.entity)))
    return await plain.update_where(where, assign, include_deleted=True)

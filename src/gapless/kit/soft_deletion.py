"""Soft deletion, one mechanism for all that have it: a row is marked, reading hides it, a batch comes back whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, TypeVar
from uuid import UUID

import attrs

from gapless.kit.columns import ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import DeletionId, OrganizationId, UserId
from gapless.kit.kinds import Check, Rule
from gapless.kit.language import all_of, any_of, is_null, negate
from gapless.kit.model import Model, Validated
from gapless.kit.queries import Assignment, assign
from gapless.kit.sources import Source


class SoftDeletable(Protocol):
    """The fields that an entity needs to be deleted softly."""

    @property
    def is_deleted(self) -> bool:
        """Whether the row is deleted."""
        ...

    @property
    def deleted_at(self) -> datetime | None:
        """When, in UTC."""
        ...

    @property
    def deleted_by(self) -> UserId | None:
        """Who did it, or None if a job did."""
        ...

    @property
    def deletion_id(self) -> DeletionId | None:
        """The batch that the row was deleted with."""
        ...


class SoftDeletableRoot(SoftDeletable, Protocol):
    """A root of a catalogue that can be deleted softly."""

    @property
    def id(self) -> OrganizationId:
        """Its id, to which all of its rows belong."""
        ...


class SoftDeletableRow(SoftDeletable, Protocol):
    """A row of an organization that can be deleted softly."""

    @property
    def organization_id(self) -> OrganizationId:
        """The organization that it belongs to."""
        ...

    @property
    def id(self) -> UUID:
        """Its id there."""
        ...


S = TypeVar("S", bound=SoftDeletable)
FIELDS: Mapping[str, tuple[ColumnType, bool]] = MappingProxyType(
    {
        "is_deleted": (ColumnType.BOOLEAN, False),
        "deleted_at": (ColumnType.TIME, True),
        "deleted_by": (ColumnType.UUID, True),
        "deletion_id": (ColumnType.UUID, True),
    }
)
"""What a table needs for its rows to be deleted softly: columns of these types, and whether they may be null."""


@attrs.frozen(kw_only=True)
class Deletion:
    """One deletion, of one row or of many: what is deleted together is restored together.

    Attributes:
        id: shared by every row of the batch.
        at: when, in UTC.
        by: the user who did it, or None if a job did.
    """

    id: DeletionId
    at: datetime
    by: UserId | None


def is_soft_deletable(model: Model[Validated]) -> bool:
    """Whether the rows of an entity can be deleted softly: it has all of the fields for that."""
    return set(FIELDS) <= {column.name for column in model.columns}


def require_soft_deletion(model: Model[Validated]) -> None:
    """Refuses an entity whose fields have the names of soft deletion, and are something else.

    Raises:
        DeclarationError: one of them has another type, or may be null where it has to hold something, or the reverse.
    """
    for name, (kind, nullable) in FIELDS.items():
        column = model.column(name)
        if (column.type, column.nullable) != (kind, nullable):
            meant = f"{kind.described} that {'may be' if nullable else 'is never'} null"
            said = f"soft deletion needs {meant} under this name, so declare that, or name the field otherwise"
            raise DeclarationError(f"{model.name}.{name}: {said}.")


def soft_deletion_rules(row: SoftDeletable, table: str, source: Source | None = None) -> Iterator[Rule]:
    """The rules of every table whose rows are deleted softly; `source` is where its soft deletion comes from."""
    yield Check(
        f"{table}_is_deleted_deleted_at_agree",
        "A deleted row says when it was deleted, and no other does.",
        any_of(
            all_of(row.is_deleted, negate(is_null(row.deleted_at))),
            all_of(negate(row.is_deleted), is_null(row.deleted_at)),
        ),
        source=source,
    )


def deleted(row: S, deletion: Deletion) -> S:
    """The row, marked as deleted."""
    return _marked(row, True, deletion.at, deletion.by, deletion.id)


def restored(row: S) -> S:
    """The row, no longer deleted, with no trace of the deletion: the audit trail has it."""
    return _marked(row, False, None, None, None)


def deleting(row: SoftDeletable, deletion: Deletion) -> tuple[Assignment, ...]:
    """In a set-based write: every row is marked as deleted, as `deleted` marks one."""
    return _marking(row, True, deletion.at, deletion.by, deletion.id)


def restoring(row: SoftDeletable) -> tuple[Assignment, ...]:
    """In a set-based write: no row is deleted any longer, as `restored` leaves one."""
    return _marking(row, False, None, None, None)


def _marking(
    row: SoftDeletable, is_deleted: bool, at: datetime | None, by: UserId | None, id: DeletionId | None
) -> tuple[Assignment, ...]:
    return (
        assign(row.is_deleted, is_deleted),
        assign(row.deleted_at, at),
        assign(row.deleted_by, by),
        assign(row.deletion_id, id),
    )


def _marked(row: S, is_deleted: bool, at: datetime | None, by: UserId | None, id: DeletionId | None) -> S:
    return attrs.evolve(  # type: ignore[misc]  # mypy knows the fields of attrs classes, not those of a protocol
        row, is_deleted=is_deleted, deleted_at=at, deleted_by=by, deletion_id=id
    )

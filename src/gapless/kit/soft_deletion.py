"""Soft deletion: a row is marked, reading leaves it out, and a batch of rows is restored as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, TypeVar
from uuid import UUID

import attrs

from gapless.kit.assignments import Assignment, assign
from gapless.kit.columns import KEYS, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import DeletionId, RootId, UserKey
from gapless.kit.kinds import Check, Rule
from gapless.kit.language import all_of, any_of, is_null, negate
from gapless.kit.model import Model, Validated
from gapless.kit.sources import Source


class SoftDeletable(Protocol):
    """The fields that an entity needs so that its rows can be soft-deleted."""

    @property
    def is_deleted(self) -> bool:
        """Whether the row is soft-deleted."""
        ...

    @property
    def deleted_at(self) -> datetime | None:
        """When it was deleted, in UTC; None if it is not deleted."""
        ...

    @property
    def deleted_by(self) -> UserKey | None:
        """Who deleted it; None if a job did, or if it is not deleted."""
        ...

    @property
    def deletion_id(self) -> DeletionId | None:
        """The batch that the row was deleted with."""
        ...


class SoftDeletableRoot(SoftDeletable, Protocol):
    """A root of a catalogue that can be soft-deleted."""

    @property
    def id(self) -> RootId:
        """Its id, which all rows that belong to it hold."""
        ...


class SoftDeletableRow(SoftDeletable, Protocol):
    """A row that belongs to a root and can be soft-deleted."""

    @property
    def id(self) -> UUID:
        """Its id in its root."""
        ...


S = TypeVar("S", bound=SoftDeletable)
FIELDS: Mapping[str, tuple[ColumnType, bool]] = MappingProxyType(
    {
        "is_deleted": (ColumnType.BOOLEAN, False),
        "deleted_at": (ColumnType.TIME, True),
        "deleted_by": (ColumnType.KEY, True),
        "deletion_id": (ColumnType.UUID, True),
    }
)
"""The columns that a table needs for soft deletion: their types, and whether they may be null.

That of the user who deletes is of the type that the ids of users have in the catalogue.
"""


@attrs.frozen(kw_only=True)
class Deletion:
    """One deletion, of one row or of many: rows that were deleted together are restored together.

    Attributes:
        id: the id of the batch, which each of its rows has as its deletion_id.
        at: the time of the deletion, in UTC.
        by: the user who deletes, or None if a job does.
    """

    id: DeletionId
    at: datetime
    by: UserKey | None


def is_soft_deletable(model: Model[Validated]) -> bool:
    """Whether the rows of an entity can be soft-deleted: whether it has all fields for that."""
    return set(FIELDS) <= {column.name for column in model.columns}


def require_soft_deletion(model: Model[Validated], users: ColumnType) -> None:
    """Refuses an entity with fields that have the names of soft deletion, but another meaning.

    Args:
        model: the model of the entity, which has all the fields.
        users: the type of the ids of users in the catalogue.

    Raises:
        DeclarationError: one of the fields has another type, or is nullable and must not be, or the reverse.
    """
    for name, (declared, nullable) in FIELDS.items():
        column, kind = model.column(name), users if declared is ColumnType.KEY else declared
        if (column.type, column.nullable) != (kind, nullable):
            meant = f"{kind.described} that {'may be' if nullable else 'is never'} null"
            said = f"soft deletion needs {meant} with this name: declare it so, or rename the field"
            other = declared is ColumnType.KEY and column.nullable and column.type in KEYS
            hint = ", or say in the catalogue by users= of which type the ids of users are" if other else ""
            raise DeclarationError(f"{model.name}.{name}: {said}{hint}.")


def soft_deletion_rules(row: SoftDeletable, table: str, source: Source | None = None) -> Iterator[Rule]:
    """The rules of a table whose rows can be soft-deleted.

    Args:
        row: the symbolic row.
        table: the name of the table.
        source: where the wish for its soft deletion comes from, if there is a source.
    """
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
    """The row, marked as soft-deleted."""
    return _marked(row, True, deletion.at, deletion.by, deletion.id)


def restored(row: S) -> S:
    """The row, no longer soft-deleted; only the audit trail still knows of the deletion."""
    return _marked(row, False, None, None, None)


def deleting(row: SoftDeletable, deletion: Deletion) -> tuple[Assignment, ...]:
    """In a set-based write, marks every row as soft-deleted, as `deleted` marks one."""
    return _marking(row, True, deletion.at, deletion.by, deletion.id)


def restoring(row: SoftDeletable) -> tuple[Assignment, ...]:
    """In a set-based write, restores every row, as `restored` restores one."""
    return _marking(row, False, None, None, None)


def _marking(
    row: SoftDeletable, is_deleted: bool, at: datetime | None, by: UserKey | None, id: DeletionId | None
) -> tuple[Assignment, ...]:
    return (
        assign(row.is_deleted, is_deleted),
        assign(row.deleted_at, at),
        assign(row.deleted_by, by),
        assign(row.deletion_id, id),
    )


def _marked(row: S, is_deleted: bool, at: datetime | None, by: UserKey | None, id: DeletionId | None) -> S:
    return attrs.evolve(  # type: ignore[misc]  # mypy knows the fields of attrs classes, not those of a protocol
        row, is_deleted=is_deleted, deleted_at=at, deleted_by=by, deletion_id=id
    )

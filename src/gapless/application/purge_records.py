"""Says whether the purge of a root has begun: from then on it can't be restored, and gets no new rows."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from gapless.application.audit_records import resource_type
from gapless.application.processed_commands import find_processed, remember_processed
from gapless.kit import Catalogue, Model
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import InvalidState
from gapless.kit.model import Validated
from gapless.kit.ports import UnitOfWork
from gapless.kit.soft_deletion import SoftDeletable, SoftDeletableRoot


def purge_kind(root: type[Validated]) -> str:
    """How the record of a purge that has begun is called: "clinic.purge"."""
    return f"{resource_type(root)}.purge"


def purge_key(root: SoftDeletable) -> str:
    """Tells the purges of two deletions apart, also if plain SQL has deleted without a batch."""
    return str(root.deletion_id or root.deleted_at)


def notes_of(catalogue: Catalogue, root: Model[Validated]) -> type[ProcessedCommand]:
    """The entity of the processed commands among which the purge of a root is noted: those of that root.

    Args:
        catalogue: the catalogue.
        root: the root.
    """
    commands = catalogue.commands_of(root)
    return ProcessedCommand if commands is None else commands.entity


async def has_begun(unit: UnitOfWork, root: SoftDeletable, commands: type[ProcessedCommand] = ProcessedCommand) -> bool:
    """Whether the purge of this root, as it was deleted last, has begun.

    Args:
        unit: the unit of work of the root.
        root: the root.
        commands: the entity of the commands of that root.
    """
    return await find_processed(unit, purge_kind(_entity(root)), purge_key(root), commands) is not None


async def begin(unit: UnitOfWork, root: SoftDeletableRoot, at: datetime, commands: type[ProcessedCommand]) -> None:
    """Remembers, in this unit of work, that the purge of a deleted root has begun.

    Args:
        unit: the unit of work of the root.
        root: the root.
        at: when it begins, in UTC.
        commands: the entity of the commands of that root.
    """
    await remember_processed(unit, root.id, purge_kind(_entity(root)), purge_key(root), at, {}, commands=commands)


async def require_no_purge(
    unit: UnitOfWork, root: SoftDeletableRoot, commands: type[ProcessedCommand] = ProcessedCommand
) -> None:
    """Refuses what is not possible any more once a purge has begun.

    Args:
        unit: the unit of work of the root.
        root: the root.
        commands: the entity of the commands of that root.

    Raises:
        InvalidState: the purge has begun.
    """
    if await has_begun(unit, root, commands):
        name = _entity(root).__name__
        raise InvalidState(name, root.id, f"{name} {root.id} is being removed for good.")


def _entity(root: SoftDeletable) -> type[Validated]:
    return cast("type[Validated]", type(root))

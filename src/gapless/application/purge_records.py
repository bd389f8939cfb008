"""Says whether the purge of a root has begun: from then on it can't be restored, and gets no new rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from gapless.application.processed_commands import find_processed, remember_processed
from gapless.kit import Catalogue, Model, all_of
from gapless.kit.assignments import assign
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import InvalidState
from gapless.kit.json_object import Json, JsonObject
from gapless.kit.model import Validated
from gapless.kit.ports import UnitOfWork
from gapless.kit.recorded_rows import resource_type
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


async def note_of(
    unit: UnitOfWork, root: SoftDeletable, commands: type[ProcessedCommand] = ProcessedCommand
) -> ProcessedCommand | None:
    """The note that the purge of this root, as it was deleted last, has begun; None if it has not.

    Args:
        unit: the unit of work of the root.
        root: the root.
        commands: the entity of the commands of that root.
    """
    return await find_processed(unit, purge_kind(_entity(root)), purge_key(root), commands)


async def begin(unit: UnitOfWork, root: SoftDeletableRoot, at: datetime, commands: type[ProcessedCommand]) -> None:
    """Notes, in this unit of work, that the purge of a deleted root has begun.

    Args:
        unit: the unit of work of the root.
        root: the root.
        at: when it begins, in UTC.
        commands: the entity of the commands of that root.
    """
    await remember_processed(unit, root.id, purge_kind(_entity(root)), purge_key(root), at, {}, commands=commands)


async def count_up(
    unit: UnitOfWork, root: SoftDeletable, numbers: Mapping[str, Json], commands: type[ProcessedCommand]
) -> None:
    """Writes into the note of a purge how many rows of each table it has removed so far.

    Args:
        unit: the unit of work of the root.
        root: the root.
        numbers: how many rows, by table.
        commands: the entity of the commands of that root.
    """
    kind, key = purge_kind(_entity(root)), purge_key(root)
    await unit.of(commands).update_where(
        lambda command: all_of(command.kind == kind, command.key == key),
        lambda command: (assign(command.result, JsonObject(numbers)),),
    )


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
    if await note_of(unit, root, commands):
        name = _entity(root).__name__
        raise InvalidState(name, root.id, f"{name} {root.id} is being removed for good.")


def _entity(root: SoftDeletable) -> type[Validated]:
    return cast("type[Validated]", type(root))

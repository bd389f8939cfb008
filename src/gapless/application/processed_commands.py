"""Does a thing only once: the unit of work that carries it out remembers it, and it is not done again."""

from __future__ import annotations

from datetime import datetime

from gapless.kit import Catalogue, Model, all_of
from gapless.kit.commands import ProcessedCommand
from gapless.kit.ids import RootId
from gapless.kit.json_object import Json, JsonObject
from gapless.kit.model import Validated
from gapless.kit.ports import UnitOfWork


async def find_processed(
    unit: UnitOfWork, kind: str, key: str, commands: type[ProcessedCommand] = ProcessedCommand
) -> ProcessedCommand | None:
    """The command of this kind and key, if it was carried out; the answer stays true while the lock is held.

    Args:
        unit: a unit of work of the root.
        kind: what the command is.
        key: which one it is.
        commands: the entity of the commands of that root.
    """
    found = await unit.of(commands).find(lambda command: all_of(command.kind == kind, command.key == key))
    return found[0] if found else None


async def remember_processed(  # noqa: PLR0913  # what is remembered has so many parts
    unit: UnitOfWork,
    root_id: RootId,
    kind: str,
    key: str,
    at: datetime,
    result: dict[str, Json],
    *,
    expires_at: datetime | None = None,
    commands: type[ProcessedCommand] = ProcessedCommand,
) -> None:
    """Remembers, in this unit of work, that a command was carried out.

    Args:
        unit: the unit of work that carries the command out.
        root_id: the root in which it is carried out.
        kind: what the command is, such as "payment.failed".
        key: which one it is.
        at: when it is carried out, in UTC.
        result: the answer, for whoever repeats the command.
        expires_at: from when on it may be forgotten, in UTC; None for never.
        commands: the entity of the commands of that root.

    Raises:
        RuleViolated: `kind` or `key` is empty or too long.
    """
    await unit.of(commands).add(
        commands(
            root_id=root_id,
            kind=kind,
            key=key,
            created_at=at,
            result=JsonObject(result),
            expires_at=expires_at,
        )
    )


def commands_by_root(catalogue: Catalogue) -> list[tuple[Model[Validated], Model[ProcessedCommand]]]:
    """The roots with processed commands, in the order of the catalogue, each with the model of its own."""
    found = ((root, catalogue.commands_of(root)) for root in catalogue.roots)
    return [(root, commands) for root, commands in found if commands is not None]

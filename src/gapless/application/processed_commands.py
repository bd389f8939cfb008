"""Doing a thing once: what was carried out is remembered in the same unit of work, and is not done again."""

from __future__ import annotations

from datetime import datetime

from gapless.kit import all_of
from gapless.kit.commands import ProcessedCommand
from gapless.kit.ids import OrganizationId
from gapless.kit.json_object import Json, JsonObject
from gapless.kit.ports import UnitOfWork


async def find_processed(unit: UnitOfWork, kind: str, key: str) -> ProcessedCommand | None:
    """The command of this kind and key, if it was carried out; under the organization's lock the answer stays true."""
    found = await unit.of(ProcessedCommand).find(lambda command: all_of(command.kind == kind, command.key == key))
    return found[0] if found else None


async def remember_processed(  # what is remembered has so many parts
    unit: UnitOfWork,
    organization_id: OrganizationId,
    kind: str,
    key: str,
    at: datetime,
    result: dict[str, Json],
    *,
    expires_at: datetime | None = None,
) -> None:
    """Remembers, in this unit of work, that a command was carried out.

    Args:
        unit: the unit that carries it out.
        organization_id: where.
        kind: what was asked for.
        key: which one it was.
        at: when it was carried out, in UTC.
        result: what came of it.
        expires_at: from when on it may be forgotten (UTC); None for never.

    Raises:
        RuleViolated: the kind or the key is empty or too long.
    """
    await unit.of(ProcessedCommand).add(
        ProcessedCommand(
            organization_id=organization_id,
            kind=kind,
            key=key,
            created_at=at,
            result=JsonObject(result),
            expires_at=expires_at,
        )
    )

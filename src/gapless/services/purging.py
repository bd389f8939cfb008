"""Whether the purge of an organization has begun: from then on it neither comes back nor gets anything new."""

from __future__ import annotations

from datetime import datetime

from gapless.application.handled import find_handled, remember_handled
from gapless.domain.organizations import Organization
from gapless.kit.errors import InvalidState
from gapless.kit.ports import UnitOfWork

PURGE = "organization.purge"


def purge_key(organization: Organization) -> str:
    """What tells the purge of one deletion from that of another; plain SQL may have deleted without a batch."""
    return str(organization.deletion_id or organization.deleted_at)


async def has_begun(unit: UnitOfWork, organization: Organization) -> bool:
    """Whether the purge of this organization, as it was deleted last, has begun."""
    return await find_handled(unit, PURGE, purge_key(organization)) is not None


async def begin(unit: UnitOfWork, organization: Organization, at: datetime) -> None:
    """Remembers, in this unit of work, that the purge of a deleted organization has begun (UTC)."""
    await remember_handled(unit, organization.id, PURGE, purge_key(organization), at, {})


async def require_no_purge(unit: UnitOfWork, organization: Organization) -> None:
    """Refuses what can't be done any more once a purge has begun.

    Raises:
        InvalidState: it has.
    """
    if await has_begun(unit, organization):
        raise InvalidState(
            "Organization", organization.id, f"Organization {organization.id} is being removed for good."
        )

"""Organizations that soon have as much as they may have, so that programs meet their limits."""

from __future__ import annotations

from uuid import UUID

from gapless.domain.organizations import Organization
from gapless.kit.columns import BigInteger
from tests.voice.rows import an_organization


def small_organization(home: UUID) -> Organization:
    """The organization of this id."""
    return an_organization(
        id=home,
        slug=f"program-{home.hex}",
        team_members_quota=2,
        phone_numbers_quota=2,
        call_minutes_quota=3,
        storage_quota=BigInteger(10),
    )

"""The calls that the contenders add: as entities, which are validated, and as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gapless.adapters.system import UuidV7Factory
from gapless.domain.calls import Call, CallId, CallStatus
from gapless.domain.organizations import OrganizationId

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LASTED = 60
IDS = UuidV7Factory()
COLUMNS = (
    *("organization_id", "id", "created_at", "status", "started_at", "ended_at", "duration_seconds", "outcome"),
    *("handled_by", "version"),
)
"""What `values` gives of a call; the rest is null."""


def new_calls(home: OrganizationId, number: int) -> list[Call]:
    """So many calls that are over, each begun a second after the one before."""
    return [
        Call(
            organization_id=home,
            id=CallId(IDS.new()),
            created_at=BEGIN,
            status=CallStatus.COMPLETED,
            started_at=BEGIN + timedelta(seconds=place),
            ended_at=BEGIN + timedelta(seconds=place + LASTED),
            duration_seconds=LASTED,
            outcome=f"call {place}",
        )
        for place in range(number)
    ]


def values(home: OrganizationId, number: int) -> Iterator[tuple[object, ...]]:
    """The same calls as tuples of COLUMNS."""
    for place in range(number):
        started = BEGIN + timedelta(seconds=place)
        ended = started + timedelta(seconds=LASTED)
        yield home, IDS.new(), BEGIN, "COMPLETED", started, ended, LASTED, f"call {place}", "AI", 1

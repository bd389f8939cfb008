"""Calls that several pieces of work need."""

from __future__ import annotations

from datetime import datetime, timedelta

from gapless import CallId, CallStatus
from gapless.adapters.system import UuidV7Factory
from gapless.domain.calls import Call
from gapless.domain.organizations import OrganizationId

SECONDS = 60
IDS = UuidV7Factory()


def new_calls(home: OrganizationId, begin: datetime, number: int) -> list[Call]:
    """So many new calls that are over, each begun a second after the one before."""
    return [
        Call(
            organization_id=home,
            id=CallId(IDS.new()),
            created_at=begin,
            status=CallStatus.COMPLETED,
            started_at=begin + timedelta(seconds=place),
            ended_at=begin + timedelta(seconds=place + SECONDS),
            duration_seconds=SECONDS,
            outcome=f"call {place}",
        )
        for place in range(number)
    ]

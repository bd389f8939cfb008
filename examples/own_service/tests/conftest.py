"""What the fixtures of gapless are told about this service, and what its tests begin with."""

from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

import pytest
import pytest_asyncio
from own_service.appointments import CALENDAR, Appointment, AppointmentId

from gapless import Organization, OrganizationId, Role, User
from gapless.kit import BigInteger, Catalogue, Store
from gapless.testing import Casting, Plain, Team

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALL = {"subject": "Call back", "starts_at": NOON, "ends_at": NOON + timedelta(minutes=15)}


@pytest.fixture(scope="session")
def gapless_catalogue() -> Catalogue:
    """Both stores enforce the rules of this service, and the database has its tables."""
    return CALENDAR


@pytest.fixture(scope="session")
def team() -> Team:
    """Organizations with their users, for the laws of gapless."""
    return Team.of(
        Organization,
        User,
        Role,
        root_values=lambda: {
            "name": "Acme",
            "slug": f"acme-{uuid4().hex}",
            "call_minutes_quota": 100,
            "team_members_quota": 10,
            "phone_numbers_quota": 10,
            "storage_quota": BigInteger(10**6),
        },
        member_values=lambda: {"name": "Ann", "email": f"{uuid4()}@acme.org", "role": Role.OPERATOR},
    )


@pytest.fixture(scope="session")
def casting(team: Team) -> Casting:
    """Who plays the parts that the laws of gapless ask for in the catalogue of this service."""
    return Casting(
        name="the calendar",
        catalogue=CALENDAR,
        team=team,
        plain=Plain.of(Appointment, text="subject", values=lambda: {**CALL, "is_cancelled": True}),
    )


@pytest_asyncio.fixture
async def home(gapless_store: Store, team: Team) -> OrganizationId:
    """An organization with an owner, on the store of the test."""
    return cast(OrganizationId, (await team.created(gapless_store)).id)


@pytest.fixture
def appointment(home: OrganizationId) -> Appointment:
    """A valid appointment that no store has."""
    return Appointment(
        organization_id=home,
        id=AppointmentId(uuid4()),
        created_at=NOON,
        subject="Call back",
        starts_at=NOON,
        ends_at=NOON + timedelta(minutes=15),
    )

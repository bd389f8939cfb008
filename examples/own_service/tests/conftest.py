"""What the fixtures of gapless are told about this service, and what its tests begin with."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from own_service.appointments import CALENDAR, Appointment, AppointmentId

from gapless.kit import Catalogue, OrganizationId, Store
from gapless.testing import founded

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def gapless_catalogue() -> Catalogue:
    """Both stores enforce the rules of this service, and the database has its tables."""
    return CALENDAR


@pytest_asyncio.fixture
async def home(gapless_store: Store) -> OrganizationId:
    """An organization with an owner, on the store of the test."""
    return (await founded(gapless_store)).id


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

"""Who plays the parts of the laws in the voice service's catalogue."""

from __future__ import annotations

from uuid import uuid4

from gapless.domain.calls import Call, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.columns import BigInteger
from gapless.testing.laws.casting import Casting
from gapless.testing.laws.parts import Plain, Team
from gapless.testing.laws.rows import NOW

# Each class has what laws ask of the one in whose place it stands: Casting requires that.
VOICE_SERVICE = Casting(
    name="the voice service",
    catalogue=GAPLESS,
    team=Team.of(
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
    ),
    plain=Plain.of(Call, text="outcome", values=lambda: {"status": CallStatus.MISSED, "started_at": NOW}),
)

"""Who plays the parts of the laws in the voice service's catalogue."""

from __future__ import annotations

from gapless.domain.calls import Call, CallStatus
from gapless.domain.catalogue import GAPLESS
from gapless.testing.laws.casting import Casting
from gapless.testing.laws.parts import Plain
from gapless.testing.laws.rows import NOW
from tests.voice.rows import TEAM

# Each class has what laws ask of the one in whose place it stands: Casting requires that.
VOICE_SERVICE = Casting(
    name="the voice service",
    catalogue=GAPLESS,
    team=TEAM,
    plain=Plain.of(Call, text="outcome", values=lambda: {"status": CallStatus.MISSED, "started_at": NOW}),
)

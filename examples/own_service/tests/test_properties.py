"""Every appointment that the rules allow, and every one that they refuse: drawn from the declaration itself."""

from uuid import uuid4

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_service.appointments import Appointment, AppointmentId, appointment_rules

import gapless
from gapless import OrganizationId
from gapless.kit import Check, Store
from gapless.testing import entities, violating

# All examples of a test share one store: each brings an id of its own.
few = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(drawn=entities(Appointment, host_id=None, is_cancelled=True))
async def test_what_the_rules_allow_is_kept(gapless_store: Store, home: OrganizationId, drawn: Appointment) -> None:
    """Whatever appointment the rules allow is read back as it was written."""
    new = attrs.evolve(drawn, organization_id=home, id=AppointmentId(uuid4()))
    async with gapless_store.unit(home) as unit:
        await unit.of(Appointment).add(new)
        await unit.commit()
    async with gapless_store.reading(home) as reading:
        assert await reading.of(Appointment).get(new.id) == attrs.evolve(new, version=1)


@pytest.mark.parametrize("rule", appointment_rules.of_kind(Check), ids=lambda rule: rule.name)
@few
@given(data=st.data())
def test_what_breaks_a_check_is_refused(rule: Check, data: st.DataObject) -> None:
    """Whatever breaks one of the checks is refused in the name of that check, and of no other rule."""
    row = data.draw(violating(rule))
    assert [found.rule for found in gapless.violations(Appointment, row)] == [rule.name]

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.events import OrganizationDeleted
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.plans import DEFAULT_PLANS, PlanCatalogue, PlanLimits
from gapless.domain.values import Bytes
from gapless.kit import violations
from gapless.kit.errors import InvalidValue, RuleViolated
from gapless.kit.outbox import Event
from tests.unit.domain.samples import ORGANIZATION

ACME = Organization(**ORGANIZATION)
LIMITS = st.builds(
    PlanLimits,
    call_minutes=st.integers(0, 2**31 - 1),
    team_members=st.integers(0, 2**31 - 1),
    phone_numbers=st.integers(0, 2**31 - 1),
    storage=st.integers(0, 2**53 - 1),
)


@given(LIMITS, st.integers(0, 10**6))
def test_limits_become_quotas(limits: PlanLimits, used: int) -> None:
    """A plan sets the quotas and leaves what is used, however much it is."""
    organization = attrs.evolve(ACME, used_minutes=used).with_limits(limits)
    quotas = (organization.call_minutes_quota, organization.team_members_quota, organization.phone_numbers_quota)
    assert quotas == (limits.call_minutes, limits.team_members, limits.phone_numbers)
    assert (organization.storage_quota, organization.used_minutes) == (limits.storage, used)


def test_new_name_keeps_the_slug() -> None:
    """A renamed organization keeps its slug, and the name is checked."""
    assert ACME.renamed("Other") == attrs.evolve(ACME, name="Other")
    with pytest.raises(RuleViolated, match="check_org_name_length"):
        ACME.renamed("x")


@pytest.mark.parametrize("plan", DEFAULT_PLANS.plans)
def test_default_plans_can_be_had(plan: str) -> None:
    """Each default plan fits an organization, and each is larger than the one before it."""
    assert ACME.with_limits(DEFAULT_PLANS.limits(plan)).is_live
    sizes = [attrs.astuple(limits) for limits in DEFAULT_PLANS.plans.values()]
    for small, large in pairwise(sizes):
        assert all(one < other for one, other in zip(small, large, strict=True))


@pytest.mark.parametrize("plan", ["", "gold", None, 1, ["team"], {}])
def test_unknown_plan_is_named(plan: str) -> None:
    """A plan that is not sold is an InvalidValue that names those which are."""
    with pytest.raises(InvalidValue, match="starter, team, business") as caught:
        DEFAULT_PLANS.limits(plan)
    assert caught.value.kind == "plan"


def test_plans_are_the_hosts() -> None:
    """A host brings its own plans."""
    limits = PlanLimits(call_minutes=1, team_members=1, phone_numbers=1, storage=Bytes(ACME.storage_quota))
    assert PlanCatalogue({"solo": limits}).limits("solo") == limits


def test_valid_organization_breaks_no_rule() -> None:
    """The values that the tests begin with break no rule."""
    assert violations(Organization, ORGANIZATION) == ()


def test_event_says_whose_it_is() -> None:
    """The event of a deletion names the organization, as JSON."""
    event: Event = OrganizationDeleted(organization_id=OrganizationId(UUID(int=1)))
    assert (event.kind, event.payload()) == ("organization.deleted", {"organization_id": str(UUID(int=1))})

from __future__ import annotations

from itertools import product
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.organizations import Organization
from gapless.domain.team import Team, violated
from gapless.domain.users import Role, User
from gapless.kit import CountRule, model_of
from gapless.kit.errors import RuleViolated
from tests.unit.domain.samples import NOON, ORGANIZATION, USER

ANN = User(**USER)
DELETED: dict[str, Any] = {"is_deleted": True, "deleted_at": NOON}
STATES = [
    attrs.evolve(ANN, role=role, is_active=active, **(DELETED if deleted else {}))
    for role, active, deleted in product((Role.OWNER, Role.ADMIN), (True, False), (True, False))
]
USERS = st.sampled_from(STATES)


def team_of(organization: Organization, users: list[User]) -> Team:
    """The team of these users, counted."""
    owners = sum(user.is_owner for user in users)
    return Team(organization=organization, owners=owners, members=sum(user.is_member for user in users))


def broken(organization: Organization, before: list[User], after: list[User]) -> set[str]:
    """The rules over a team that a step breaks, from their definitions."""
    old, new = team_of(organization, before), team_of(organization, after)
    found = {"last_owner"} if new.owners == 0 and old.owners > 0 and not organization.is_deleted else set()
    quota = organization.team_members_quota
    return found | ({"team_members_quota"} if new.members > max(quota, old.members) else set())


@given(st.lists(USERS, max_size=4), st.none() | USERS, st.none() | USERS, st.integers(0, 4), st.booleans())
def test_team_judges_as_the_rules_say(
    others: list[User], before: User | None, after: User | None, quota: int, deleted: bool
) -> None:
    """Every step of one user is refused exactly if a rule says so, and counted if not."""
    organization = Organization(**ORGANIZATION | {"team_members_quota": quota} | (DELETED if deleted else {}))
    old, new = others + [before] * (before is not None), others + [after] * (after is not None)
    expected = broken(organization, [u for u in old if u], [u for u in new if u])
    team = team_of(organization, [user for user in old if user])
    if expected:
        with pytest.raises(RuleViolated) as caught:
            team.replacing(before, after)
        assert caught.value.rule in expected
    else:
        assert team.replacing(before, after) == team_of(organization, [user for user in new if user])


def test_team_over_its_quota_can_do_everything_else() -> None:
    """A quota that shrank below the team refuses growth alone."""
    organization = Organization(**ORGANIZATION | {"team_members_quota": 1})
    team = Team(organization=organization, owners=2, members=5)
    assert team.replacing(ANN, ANN.with_role(Role.ADMIN)).owners == 1
    assert team.replacing(ANN, None).members == 4
    with pytest.raises(RuleViolated, match="team_members_quota"):
        team.replacing(None, ANN)


@pytest.mark.parametrize("name", ["last_owner", "team_members_quota"])
def test_error_is_that_of_the_declared_rule(name: str) -> None:
    """The team raises what a store raises: the rule as it is declared with the users."""
    rule = next(rule for rule in model_of(User).of_kind(CountRule) if rule.name == name)
    assert violated(name).to_dict() == model_of(User).violated(rule).to_dict()

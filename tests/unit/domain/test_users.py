from __future__ import annotations

from itertools import product
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.domain.events import RevokeSessions
from gapless.domain.users import Language, Role, User, lost_rights
from gapless.kit.errors import RuleViolated
from tests.unit.domain.samples import NOON, USER

ANN = User(**USER)
DELETED: dict[str, Any] = {"is_deleted": True, "deleted_at": NOON}


def users() -> st.SearchStrategy[User]:
    """One user in every state."""
    states = [
        attrs.evolve(ANN, role=role, is_active=active, **(DELETED if deleted else {}))
        for role, active, deleted in product(Role, (True, False), (True, False))
    ]
    return st.sampled_from(states)


@given(users())
def test_states_of_a_user(user: User) -> None:
    """A member is active and not deleted, an owner a member in that role."""
    assert user.is_live is not user.is_deleted
    assert user.is_member is (user.is_active and not user.is_deleted)
    assert user.is_owner is (user.role is Role.OWNER and user.is_member)


def test_roles_have_an_order() -> None:
    """OWNER stands above ADMIN, that above MANAGER, that above OPERATOR, and none above itself."""
    ranks = [Role.OWNER, Role.ADMIN, Role.MANAGER, Role.OPERATOR]
    for higher, lower in product(enumerate(ranks), repeat=2):
        assert higher[1].is_above(lower[1]) is (higher[0] < lower[0])
    assert list(Role) == ranks
    assert {language.value for language in Language} == {"ru", "uz", "en"}


@given(users())
def test_deactivation_can_be_undone(user: User) -> None:
    """A user who is deactivated has no seat and says since when and why; reactivated nothing of that is left."""
    gone = user.deactivated(NOON, "plan_downgrade")
    assert (gone.is_active, gone.is_member) == (False, False)
    assert (gone.deactivated_at, gone.deactivation_reason) == (NOON, "plan_downgrade")
    assert gone.reactivated() == attrs.evolve(user, is_active=True)


@given(users(), st.sampled_from(list(Role)))
def test_behaviour_returns_a_new_value(user: User, role: Role) -> None:
    """What a user does makes a new user and leaves the old one."""
    before = attrs.evolve(user)
    assert (user.with_role(role).role, user.renamed("Bob").name) == (role, "Bob")
    assert user.with_role(user.role) == user
    assert user == before
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        user.name = "Bob"  # type: ignore[misc]  # the mistake itself


def test_changes_are_validated() -> None:
    """A change that breaks a rule is refused, as a constructor would refuse it."""
    with pytest.raises(RuleViolated, match="check_name_length"):
        ANN.renamed("x")
    with pytest.raises(RuleViolated, match="users_deactivation_reason_length"):
        ANN.deactivated(NOON, "x" * 501)


@given(users(), users())
def test_sessions_end_when_rights_are_lost(before: User, after: User) -> None:
    """Sessions are revoked if the role goes down or a member loses the seat, and not otherwise."""
    reason = "role_lowered" if before.role.is_above(after.role) else "member_left"
    lost = before.role.is_above(after.role) or (before.is_member and not after.is_member)
    expected = (RevokeSessions(user_id=ANN.id, reason=reason),) if lost else ()
    assert lost_rights(before, after) == expected
    for event in expected:
        assert event.payload() == {"user_id": str(ANN.id), "reason": reason}

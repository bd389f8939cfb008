"""What laws of rules over many rows share: a small organization, and a commit that is refused."""

import pytest

from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.parts import Team
from gapless.testing.laws.workspaces import Workspace


async def commit_is_refused(unit: UnitOfWork, rule: str) -> None:
    """That the commit of a unit is refused by this very rule."""
    with pytest.raises(RuleViolated) as caught:
        await unit.commit()
    assert caught.value.rule == rule


async def small_team(store: Store, team: Team, seats: int) -> Workspace:
    """An organization with as many seats, one of them taken by its owner."""
    return await team.created(store, team_members_quota=seats)

"""What laws of invariants share: a root with few seats, and a commit that is refused."""

import pytest

from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.parts import Team
from gapless.testing.laws.workspaces import Workspace


async def commit_is_refused(unit: UnitOfWork, rule: str) -> None:
    """Asserts that exactly this rule refuses the commit of a unit."""
    with pytest.raises(RuleViolated) as caught:
        await unit.commit()
    assert caught.value.rule == rule


async def small_team(store: Store, team: Team, seats: int) -> Workspace:
    """A root with so many seats, one of which its owner takes."""
    return await team.created(store, team_members_quota=seats)

"""What the tests of downgrades do with a subscription."""

from collections.abc import Sequence
from datetime import UTC, datetime

from gapless.domain.subscriptions import Subscription
from gapless.domain.users import User
from tests.use_cases.worlds import World

START = datetime(2026, 3, 1, tzinfo=UTC)


END = datetime(2026, 4, 1, tzinfo=UTC)


async def subscribed(world: World) -> Subscription:
    """Subscribes the organization to the plan with twenty seats."""
    return await world.app.subscriptions.subscribe(world.home, "large", START, END, actor=world.actor)


async def scheduled(world: World, users: Sequence[User], plan: str = "small") -> Subscription:
    """Schedules a downgrade, to the plan with two seats unless another is named."""
    ids = [user.id for user in users]
    return await world.app.subscriptions.schedule_downgrade(world.home, plan, ids, actor=world.actor)


async def executed(world: World) -> Subscription:
    """Executes the downgrade that is scheduled."""
    return await world.app.subscriptions.execute_scheduled_downgrade(world.home, actor=world.actor)


async def seen(world: World, user: User) -> User:
    """A user as it is now."""
    return await world.app.members.get(world.home, user.id)


def revoked(user: User) -> tuple[str, dict[str, object]]:
    """The event that ends the sessions of a member who left."""
    return "sessions.revoke", {"user_id": str(user.id), "reason": "member_left"}

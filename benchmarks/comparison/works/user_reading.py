"""Getting a user by its id."""

from __future__ import annotations

from benchmarks.comparison.works import names
from benchmarks.comparison.works.work import Plain, Work
from gapless import Gapless
from gapless.domain.users import User

NAME = "get a user"
STORE = "postgresql"
STEPS = 100


async def prepared(app: Gapless, slug: str) -> Work:
    """An organization with its owner, who is read again and again."""
    created = await names.created(app, slug)
    home, owner = created.organization.id, created.owner.id
    seen: set[tuple[str, str, str, int]] = set()

    async def step(_: int) -> None:
        async with app.store.reading(home) as reading:
            user = await reading.of(User).get(owner)
        seen.add((user.email, user.name, user.role.value, user.version))

    async def outcome() -> Plain:
        return [list(user) for user in sorted(seen)]

    return Work(step=step, outcome=outcome)

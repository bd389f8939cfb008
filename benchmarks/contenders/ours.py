"""gapless itself, by its own use cases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import attrs

import gapless
from benchmarks.contenders.calls import new_calls
from benchmarks.contenders.contender import Page
from gapless.bootstrap import Gapless
from gapless.domain.calls import Call
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import Role, User
from gapless.kit.audit import Actor
from gapless.kit.ids import UserId

ACTOR = Actor.system("benchmark")


@attrs.frozen
class Ours:
    """gapless.

    Attributes:
        app: the application, opened.
    """

    app: Gapless

    async def get_user(self, home: OrganizationId, user_id: UserId) -> User:
        """Reads by the repository."""
        async with self.app.store.reading(home) as reading:
            return await reading.of(User).get(user_id)

    async def change_role(self, home: OrganizationId, user_id: UserId, role: Role) -> User:
        """The use case."""
        return await self.app.members.change_role(home, user_id, role, actor=ACTOR)

    async def list_calls(self, home: OrganizationId, number: int) -> Sequence[Call]:
        """The use case, with one page."""
        return (await self.app.calls.list_calls(home, limit=number)).items

    async def page(self, home: OrganizationId, size: int, after: object) -> Page:
        """The use case."""
        page = await self.app.calls.list_calls(home, limit=size, after=cast(str | None, after))
        return Page(page.items, page.next)

    async def add_calls(self, home: OrganizationId, number: int) -> Sequence[Call]:
        """The repository's way to add many; each call is validated when it is made."""
        async with self.app.store.unit(home) as unit:
            added = await unit.of(Call).add_all(new_calls(home, number))
            await unit.commit()
        return added

    async def delete(self, home: OrganizationId) -> Organization:
        """The use case."""
        return await self.app.organizations.delete(home, actor=ACTOR)


@asynccontextmanager
async def opened(url: str, pool_size: int) -> AsyncIterator[Ours]:
    """Opens the application as a service does."""
    async with gapless.open(url, pool_size=pool_size) as app:
        yield Ours(app)

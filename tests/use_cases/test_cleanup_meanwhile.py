"""INTEGRITY-007: what a cleanup opens, and what it finds other than it was when it looked."""

from __future__ import annotations

from typing import cast

import attrs
import pytest

from gapless.adapters.system import UuidV7Factory
from gapless.application.cleanup_outcomes import Outcome
from gapless.application.root_purge import RootPurge
from gapless.domain.catalogue import GAPLESS
from gapless.kit.ids import RootId
from gapless.kit.ports import Store, UnitOfWork
from tests.use_cases.deletions import LONG_AGO, RETENTION, deleted_long_ago
from tests.use_cases.worlds import World


class NotedStore:
    """Stands before a store and notes of which roots units were opened."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.opened: list[RootId] = []

    def unit(self, root_id: RootId, *, of: type | None = None, seconds: float | None = None) -> UnitOfWork:
        """As the store that it stands before."""
        self.opened.append(root_id)
        return self._inner.unit(root_id, of=of, seconds=seconds)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


@pytest.mark.asyncio
async def test_what_is_not_expired_is_not_opened(world: World) -> None:
    """A cleanup takes the lock of no organization that it leaves alone, though that was deleted as well."""
    await world.app.organizations.delete(world.home, actor=world.actor)
    noted = NotedStore(world.app.cleanup._store)  # that of the jobs, which another role may open
    await attrs.evolve(world.app.cleanup, store=cast("Store", noted)).purge_expired(RETENTION)
    assert world.home not in noted.opened
    await world.app.organizations.restore(world.home, actor=world.actor)
    await deleted_long_ago(world)
    await attrs.evolve(world.app.cleanup, store=cast("Store", noted)).purge_expired(RETENTION)
    assert world.home in noted.opened


@pytest.mark.asyncio
async def test_a_restore_meanwhile_is_noticed(world: World) -> None:
    """An organization that was restored after a cleanup had found it deleted stays, with all that it has."""
    world.clock.time = LONG_AGO
    await world.app.organizations.delete(world.home, actor=world.actor)
    found = await world.current()
    await world.app.organizations.restore(world.home, actor=world.actor)
    before, told = await world.everything(GAPLESS), list[Outcome]()
    await RootPurge(
        store=world.store,
        clock=world.clock,
        ids=UuidV7Factory(),
        catalogue=GAPLESS,
        root=found,
        cutoff=LONG_AGO + RETENTION,
        batch=10,
    ).remove(told.append)
    assert (told, await world.everything(GAPLESS)) == ([], before)

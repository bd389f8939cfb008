"""A row that a unit refers to, and that a unit over all roots has removed meanwhile: the commit is a conflict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.organizations import OrganizationId
from gapless.kit import Entity, Index, OnDelete, Reference, RootId, Rule, rules_of
from gapless.kit.errors import ConcurrencyConflict
from gapless.testing.laws.casting import OWN_TEAM
from gapless.testing.laws.catalogue import WORKSPACES
from gapless.testing.laws.rows import IDS
from gapless.testing.laws.workspaces import Workspace


@attrs.frozen(kw_only=True, slots=True)
class Shelf(Entity):
    """What others refer to, and can be released."""

    workspace_id: OrganizationId
    id: UUID
    is_released: bool = False
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Parcel(Entity):
    """What may stand on a shelf."""

    workspace_id: OrganizationId
    id: UUID
    shelf_id: UUID | None = None
    version: int = 0


@rules_of(Shelf, "shelves", belongs_to=lambda shelf: shelf.workspace_id, released=lambda shelf: shelf.is_released)
def shelf_rules(shelf: Shelf) -> Iterator[Rule]:
    """A shelf has a home."""
    yield Reference("shelves_workspace_id_fkey", "It has a home.", shelf.workspace_id, Workspace, OnDelete.CASCADE)


@rules_of(Parcel, "parcels", belongs_to=lambda parcel: parcel.workspace_id)
def parcel_rules(parcel: Parcel) -> Iterator[Rule]:
    """A parcel may have a shelf."""
    yield Reference("parcels_workspace_id_fkey", "It has a home.", parcel.workspace_id, Workspace, OnDelete.CASCADE)
    link = (parcel.workspace_id, parcel.shelf_id)
    yield Reference("parcels_shelf_id_fkey", "The shelf is there.", link, Shelf, OnDelete.SET_NULL)
    yield Index("idx_parcels_shelf", "Finds them.", (parcel.workspace_id, parcel.shelf_id, parcel.id))


def parcel(home: RootId, shelf: Shelf) -> Parcel:
    """A parcel on a shelf."""
    return Parcel(workspace_id=cast(OrganizationId, home), id=IDS.new(), shelf_id=shelf.id)


@pytest.mark.asyncio
@pytest.mark.parametrize("is_there", [True, False])
async def test_a_parent_that_vanished_is_a_conflict(*, is_there: bool) -> None:
    """Nothing of the unit is kept if the shelf of its parcel has gone, and all of it if another shelf has."""
    store = MemoryStore(WORKSPACES + shelf_rules + parcel_rules)
    home = (await OWN_TEAM.created(store)).id
    shelves = [Shelf(workspace_id=cast(OrganizationId, home), id=IDS.new()) for _ in range(2)]
    async with store.unit(home) as unit:
        await unit.of(Shelf).add_all(shelves)
        await unit.commit()
    async with store.unit(home) as unit:
        await unit.of(Parcel).add(parcel(home, shelves[0]))
        async with store.system() as system:
            gone = shelves[1] if is_there else shelves[0]
            assert await system.of(Shelf).delete_where(lambda shelf: shelf.id == gone.id) == 1
            await system.commit()
        if is_there:
            await unit.commit()
        else:
            with pytest.raises(ConcurrencyConflict):
                await unit.commit()
    async with store.reading(home) as reading:
        assert await reading.of(Parcel).count() == is_there

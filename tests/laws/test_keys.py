"""Rows that no id alone finds."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import attrs
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import Catalogue, Entity, OnDelete, Reference, Rule, rules_of
from gapless.kit.errors import QueryRefused
from gapless.kit.ports import Store


@attrs.frozen(kw_only=True, slots=True)
class Place(Entity):
    """A seat in a hall: a row that its whole key names."""

    organization_id: OrganizationId
    row_id: UUID
    seat_id: UUID


@rules_of(Place, "places", belongs_to=lambda place: place.organization_id, key=("organization_id", "row_id", "seat_id"))
def place_rules(place: Place) -> Iterator[Rule]:
    """What holds for places."""
    yield Reference(
        "places_organization_id_fkey",
        "A place belongs to an organization that is there.",
        place.organization_id,
        Organization,
        OnDelete.CASCADE,
    )


STORES: dict[str, Callable[[AsyncEngine, Catalogue], Store]] = {
    "memory": lambda _, catalogue: MemoryStore(catalogue),
    "postgres": PostgresStore,
}


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", STORES)
async def test_row_with_a_longer_key_is_not_got_by_an_id(engine: AsyncEngine, kind: str) -> None:
    """A row whose key has two values beside the organization is got by a tuple of them, and get says so."""
    store = STORES[kind](engine, GAPLESS + place_rules)
    async with store.reading(OrganizationId(uuid4())) as reading:
        with pytest.raises(QueryRefused, match=r"Place is found by a tuple of its \(row_id, seat_id\), not by a UUID"):
            await reading.of(Place).get(uuid4())

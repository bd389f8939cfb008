"""A write takes its audit record and its events where the catalogue has a place for them, whatever else it lacks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import cast

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.kit import AUDIT_TRAIL, OUTBOX, AuditedEntity, Catalogue, Entity, OnDelete, Reference, Rule, rules_of
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import DeclarationError, GaplessError, NotFound
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import AuditedRepository, Store
from gapless.testing.laws.rows import an_audit_record, an_event
from tests.stores import STORES, stores_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


@attrs.frozen(kw_only=True, slots=True)
class Ward(Entity):
    """A root that nobody audits."""

    id: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Bed(Entity):
    """A bed of it."""

    ward: int
    id: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Key(AuditedEntity):
    """A key of it, which is audited."""

    ward: int
    id: int
    version: int = 0


@rules_of(Ward, "wards", root=True)
def ward_rules(_: Ward) -> Iterator[Rule]:
    """Nothing but its key."""
    yield from ()


@rules_of(Bed, "beds", belongs_to=lambda bed: bed.ward)
def bed_rules(bed: Bed) -> Iterator[Rule]:
    """A bed is in a ward."""
    yield Reference("beds_ward_fkey", "The ward is there.", bed.ward, Ward, OnDelete.CASCADE)


@rules_of(Key, "keys", belongs_to=lambda key: key.ward)
def key_rules(key: Key) -> Iterator[Rule]:
    """A key is of a ward."""
    yield Reference("keys_ward_fkey", "The ward is there.", key.ward, Ward, OnDelete.CASCADE)


OWN = Catalogue((ward_rules, bed_rules))
CATALOGUES: Mapping[str, tuple[Catalogue, frozenset[type]]] = {
    "no parts": (OWN, frozenset()),
    "a trail": (OWN + key_rules + AUDIT_TRAIL, frozenset({AuditRecord})),
    "an outbox": (OWN + OUTBOX, frozenset({OutboxEvent})),
    "both": (OWN + key_rules + AUDIT_TRAIL + OUTBOX, frozenset({AuditRecord, OutboxEvent})),
}
"""Catalogues, each with the side records for which it has a place."""


@pytest_asyncio.fixture(params=STORES)
async def stores(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[dict[str, Store]]:
    """A store of each catalogue, with a ward."""
    catalogues = {name: catalogue for name, (catalogue, _) in CATALOGUES.items()}
    async with stores_of(request.param, engine, catalogues, "few_parts_") as found:
        for store in found.values():
            async with store.creating(1, of=Ward) as unit:
                await unit.of(Ward).add(Ward(id=1))
                await unit.commit()
        yield found


async def write(store: Store, audit: AuditRecord | None, events: tuple[OutboxEvent, ...]) -> None:
    """Adds, changes and removes a bed with these side records, as a purge removes a root that nobody audits."""
    given = cast(AuditRecord, audit)
    async with store.unit(1, of=Ward) as unit:
        beds = cast("AuditedRepository[Bed, int]", unit.of(Bed))
        bed = await beds.add(Bed(ward=1, id=1), given, events)
        await beds.save(bed, given)
        await beds.delete_where(lambda bed: bed.id == 1, given)
        await beds.add(Bed(ward=1, id=2), given)
        await unit.commit()


async def counted(store: Store, entities: frozenset[type]) -> list[int]:
    """How many beds there are, and how many side records of these entities."""
    async with store.system() as unit:
        return [await unit.of(entity).count() for entity in (Bed, *sorted(entities, key=lambda each: each.__name__))]


@pytest.mark.parametrize("name", CATALOGUES)
async def test_a_write_takes_what_the_catalogue_has_a_place_for(stores: dict[str, Store], name: str) -> None:
    """An audit record and an event are kept beside a write, together and each alone, and refused without a place."""
    store, places = stores[name], CATALOGUES[name][1]
    audit, events = an_audit_record(1), (an_event(1),)
    for entity, given in ((AuditRecord, (audit, ())), (OutboxEvent, (None, events))):
        if entity not in places:
            with pytest.raises(DeclarationError, match=f"{entity.__name__} is not in the catalogue of this store"):
                await write(store, *given)
            assert await counted(store, places) == [0, *(0 for _ in places)]
    await write(store, audit if AuditRecord in places else None, events if OutboxEvent in places else ())
    assert await counted(store, places) == [1, *(1 for _ in places)]


@pytest.mark.parametrize("name", CATALOGUES)
async def test_a_place_is_missed_before_a_row(stores: dict[str, Store], name: str) -> None:
    """That the catalogue has no place for a side record is told first, whether the row is there or not."""
    store, places = stores[name], CATALOGUES[name][1]
    absent = Bed(ward=1, id=3, version=1)
    for entity, audit, events in ((AuditRecord, an_audit_record(1), ()), (OutboxEvent, None, (an_event(1),))):
        refused: type[GaplessError] = NotFound if entity in places else DeclarationError
        for write in ("save", "remove"):
            async with store.unit(1, of=Ward) as unit:
                with pytest.raises(refused):
                    await getattr(unit.of(Bed), write)(absent, audit, events)


async def test_an_audited_row_asks_for_no_outbox(stores: dict[str, Store]) -> None:
    """Rows are audited in a catalogue that has a trail and no outbox."""
    store = stores["a trail"]
    async with store.unit(1, of=Ward) as unit:
        key = await unit.of(Key).add(Key(ward=1, id=1), an_audit_record(1))
        await unit.of(Key).remove(key, an_audit_record(1))
        await unit.commit()
    assert await counted(store, frozenset({AuditRecord, Key})) == [0, 2, 0]

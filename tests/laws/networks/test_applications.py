"""An application of any catalogue: its store, trail, outbox and cleanup, with several roots and with none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID

import attrs
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import gapless
from gapless import Gapless
from gapless.adapters.memory import MemoryStore
from gapless.application.outbox import RelaySettings
from gapless.kit import AUDIT_TRAIL, OUTBOX, PROCESSED_COMMANDS, Catalogue, Entity, Rule, rules_of
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import soft_deletion_rules
from gapless.testing.laws.rows import an_audit_record, an_event
from tests.clinics.networks import NETWORKS, Country, Person, person_rules

pytestmark = pytest.mark.asyncio(loop_scope="session")
PARTS = {"trail": AUDIT_TRAIL, "outbox": OUTBOX, "commands": PROCESSED_COMMANDS}
MONTH = timedelta(days=30)
RELAY = RelaySettings(pause=timedelta(milliseconds=1))


@attrs.frozen(kw_only=True, slots=True)
class Ward(Entity):
    """A root without fields for anything."""

    id: int
    version: int = 0


@rules_of(Ward, "wards", root=True)
def ward_rules(_: Ward) -> Iterator[Rule]:
    """Nothing holds for a ward."""
    yield from ()


@attrs.frozen(kw_only=True, slots=True)
class Hospital(Entity):
    """A root that can be soft-deleted."""

    id: int
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@rules_of(Hospital, "hospitals", root=True, soft_deleted=lambda hospital: hospital.is_deleted)
def hospital_rules(hospital: Hospital) -> Iterator[Rule]:
    """What holds for what can be deleted."""
    yield from soft_deletion_rules(hospital, "hospitals")


def opened(
    stores: dict[str, Store], name: str, engine: AsyncEngine, heard: asyncio.Queue[object]
) -> AbstractAsyncContextManager[Gapless]:
    """The application of a catalogue on the store of these, which hears the roots of its events."""

    async def hear(event: OutboxEvent) -> None:
        heard.put_nowait(event.root_id)

    there = not isinstance(stores[name], MemoryStore)
    return gapless.open(
        None if there else "memory:",
        engine=engine if there else None,
        catalogue=NETWORKS[name],
        schema=name,
        event_handler=hear,
        relay=RELAY,
    )


@pytest.mark.parametrize("name", NETWORKS)
async def test_an_application_needs_no_root(stores: dict[str, Store], engine: AsyncEngine, name: str) -> None:
    """Records and events of nobody are listed and delivered, and a cleanup finds nothing to do."""
    heard: asyncio.Queue[object] = asyncio.Queue()
    async with opened(stores, name, engine, heard) as app:
        before = len((await app.audit_trail.of_root(None)).items)
        async with app.store.unit() as unit:
            record = an_audit_record(None, resource_type="country", resource_id="ZZ")
            await unit.of(Country).add(Country(code="ZZ", name="z"), record, [an_event(None)])
            await unit.commit()
        assert app.outbox is not None
        app.outbox.wake()
        async with asyncio.timeout(30):
            assert await heard.get() is None
        assert len((await app.audit_trail.of_root(None)).items) == before + 1
        assert [found.id for found in (await app.audit_trail.of_resource(None, "country", "ZZ")).items] == [record.id]
        assert (await app.cleanup.purge_expired(MONTH)).roots == ()
        with pytest.raises(InvalidValue, match="root_id"):
            await app.audit_trail.of_root("nobody")


@pytest.mark.parametrize("parts", [parts for number in range(4) for parts in combinations(PARTS, number)], ids="-".join)
async def test_an_application_takes_the_parts_that_it_likes(parts: tuple[str, ...]) -> None:
    """With any parts or with none, with a root or without one, rows are kept and a cleanup runs to its end."""
    for first in (ward_rules, person_rules):
        catalogue = sum((PARTS[part] for part in parts), Catalogue((first,)))
        async with gapless.open("memory:", catalogue=catalogue) as app:
            report = await app.cleanup.purge_expired(MONTH)
            assert report.roots == ()
            assert set(report.rows) == ({"handled_commands"} if ProcessedCommand in catalogue.by_entity else set())
            async with app.store.creating(1) if catalogue.roots else app.store.unit() as unit:
                row = Ward(id=1) if catalogue.roots else Person(id=UUID(int=1), name="Ann")
                await unit.of(type(row)).add(row)
                await unit.commit()


async def test_what_a_cleanup_needs_is_asked_for() -> None:
    """A root that can be purged needs the processed commands, where the purge notes how far it has come."""
    with pytest.raises(DeclarationError, match=r"Hospital can be soft-deleted, .* as in .* PROCESSED_COMMANDS"):
        MemoryStore(Catalogue((hospital_rules,)))
    MemoryStore(Catalogue((hospital_rules,)) + PROCESSED_COMMANDS)

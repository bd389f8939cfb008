"""Units in memory over an entity that is not audited: the OutboxEvent, with checks and a reference."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from benchmarks.memory_scene import ACTOR, PlainRows, Scene, Values
from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.bootstrap import Parts, assembled
from gapless.domain.catalogue import GAPLESS
from gapless.kit.audit import AuditRecord
from gapless.kit.ids import EventId, OrganizationId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent
from gapless.kit.ports import UnitOfWork


@attrs.frozen(kw_only=True)
class Events(Scene[OutboxEvent]):
    """Events in a store and in a dict."""

    async def step_ours(self, place: int) -> None:
        """One unit of work."""
        values = self.values[place]
        async with self.store.unit(self.home) as unit:
            await unit.outbox.add(values.added)
            await unit.outbox.get(values.added.id)
            await unit.outbox.save(values.saved)
            await unit.commit()

    async def step_plain(self, place: int) -> None:
        """The same with the dict."""
        values, plain = self.values[place], self.plain
        await plain.add(values.stored)
        await plain.get(values.stored.id)
        await plain.save(values.kept)
        await plain.commit()

    async def taken_out(
        self, unit: UnitOfWork, values: Sequence[Values[OutboxEvent]]
    ) -> tuple[int, list[OutboxEvent], list[AuditRecord]]:
        """See Scene."""
        number = await unit.outbox.count()
        found = [await unit.outbox.get(each.kept.id) for each in values]
        for event in found:
            await unit.outbox.remove(event)
        return number, found, []


async def events_scene(size: int, steps: int, rounds: int) -> Events:
    """A store and a dict that hold this many events, and the values for so many rounds of steps."""
    store = MemoryStore(GAPLESS)
    app = assembled(store, Parts())
    created = await app.organizations.create("Acme", "acme", "ann@acme.org", "Ann", actor=ACTOR)
    home = created.organization.id
    async with store.unit(home) as unit:
        stored = await unit.outbox.add_all(_events(home, size))
        await unit.commit()
    values = [_values(event) for event in _events(home, steps * rounds)]
    return Events(store=store, plain=PlainRows(stored), home=home, size=size, steps=steps, values=values)


def _events(home: OrganizationId, number: int) -> list[OutboxEvent]:
    now, ids = SystemClock().now(), UuidV7Factory()
    return [
        OutboxEvent(
            organization_id=home,
            id=EventId(ids.new()),
            created_at=now,
            kind="benchmark",
            payload=JsonObject({"place": place}),
            due_at=now,
        )
        for place in range(number)
    ]


def _values(event: OutboxEvent) -> Values[OutboxEvent]:
    return Values(
        added=event,
        stored=attrs.evolve(event, version=1),
        saved=attrs.evolve(event, version=1, attempts=1),
        kept=attrs.evolve(event, version=2, attempts=1),
    )

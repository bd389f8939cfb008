"""A unit in memory of an entity that is not audited: an event of the outbox is made, added, got and saved."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from benchmarks.comparison.works import names
from benchmarks.comparison.works.work import Plain, Work
from gapless import Gapless
from gapless.adapters.system import UuidV7Factory
from gapless.kit.ids import EventId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent

NAME = "a unit in memory, an unaudited event"
STORE = "memory"
STEPS = 400
IDS = UuidV7Factory()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def prepared(app: Gapless, slug: str) -> Work:
    """An organization without events."""
    created = await names.created(app, slug)
    home = created.organization.id

    async def step(place: int) -> None:
        event = OutboxEvent(
            root_id=home,
            id=EventId(IDS.new()),
            created_at=NOW,
            kind="benchmark",
            payload=JsonObject({"place": place}),
            due_at=NOW,
        )
        async with app.store.unit(home) as unit:
            await unit.outbox.add(event)
            stored = await unit.outbox.get(event.id)
            await unit.outbox.save(attrs.evolve(stored, attempts=1))
            await unit.commit()

    async def outcome() -> Plain:
        async with app.store.reading(home) as reading:
            events = await reading.outbox.find()
        return [[event.kind, str(event.payload["place"]), event.attempts, event.version] for event in events]

    return Work(step=step, outcome=outcome)

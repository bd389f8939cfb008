"""A unit of work in memory: add, get, save and commit, with few and with many rows stored, beside a plain dict.

The entity is the OutboxEvent: not audited, with checks over the row and a reference to its organization. Both sides are
handed the same values, made before; the dict gets them with the versions that the store gives. It judges nothing,
locks nothing and can't roll back: it is what a test writes that has no store in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from benchmarks.figures import Figure, ground
from benchmarks.measuring import Effort, Side, SidesDiffer, round_medians
from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.bootstrap import Parts, assembled
from gapless.domain.audit import Actor
from gapless.domain.events import OutboxEvent
from gapless.domain.json_object import JsonObject
from gapless.domain.values import EventId, OrganizationId

SIZES = (100, 100_000)
GREATEST_RATIO = 40.0
GREATEST_GROWTH = 1.1
ACTOR = Actor.system("benchmark")


@attrs.frozen(kw_only=True)
class Values:
    """What one step works with.

    Attributes:
        added: the row as it is handed to the store.
        stored: the row as the store keeps it then.
        saved: the row as it is handed over to be saved.
        kept: the row as the store keeps it in the end.
    """

    added: OutboxEvent
    stored: OutboxEvent
    saved: OutboxEvent
    kept: OutboxEvent


class PlainEvents:
    """Events in a dict, behind plain async functions."""

    def __init__(self, events: Sequence[OutboxEvent]) -> None:
        self.rows = {event.id: event for event in events}

    async def add(self, event: OutboxEvent) -> OutboxEvent:
        """Keeps a new event."""
        self.rows[event.id] = event
        return event

    async def get(self, id: EventId) -> OutboxEvent:
        """The event with this id."""
        return self.rows[id]

    async def save(self, event: OutboxEvent) -> OutboxEvent:
        """Keeps a changed event."""
        self.rows[event.id] = event
        return event

    async def commit(self) -> None:
        """Has nothing to do: everything is kept already."""


@attrs.frozen(kw_only=True)
class Scene:
    """A store and a dict with the same rows, and the values for the steps of a round.

    Attributes:
        store: the store in memory.
        plain: the dict.
        home: the organization whose rows they are.
        size: how many rows are stored between the rounds.
        values: one for each step.
    """

    store: MemoryStore
    plain: PlainEvents
    home: OrganizationId
    size: int
    values: Sequence[Values]

    async def step_ours(self, place: int) -> None:
        """One unit of work."""
        values = self.values[place % len(self.values)]
        async with self.store.unit(self.home) as unit:
            await unit.outbox.add(values.added)
            await unit.outbox.get(values.added.id)
            await unit.outbox.save(values.saved)
            await unit.commit()

    async def step_plain(self, place: int) -> None:
        """The same with the dict."""
        values, plain = self.values[place % len(self.values)], self.plain
        await plain.add(values.stored)
        await plain.get(values.stored.id)
        await plain.save(values.kept)
        await plain.commit()

    async def clear_ours(self) -> None:
        """Sees to it that the store holds what it should, and takes the round's rows out again.

        Raises:
            SidesDiffer: it holds something else.
        """
        async with self.store.unit(self.home) as unit:
            number = await unit.outbox.count()
            found = [await unit.outbox.get(values.kept.id) for values in self.values]
            self._require(number, found)
            for event in found:
                await unit.outbox.remove(event)
            await unit.commit()

    async def clear_plain(self) -> None:
        """The same with the dict.

        Raises:
            SidesDiffer: it holds something else.
        """
        number = len(self.plain.rows)
        found = [self.plain.rows.pop(values.kept.id) for values in self.values]
        self._require(number, found)

    def _require(self, number: int, found: list[OutboxEvent]) -> None:
        if number != self.size + len(self.values) or found != [values.kept for values in self.values]:
            raise SidesDiffer("a unit in memory: the two sides have left different data.")


async def scene(size: int, steps: int) -> Scene:
    """A store and a dict that hold this many rows."""
    store = MemoryStore()
    app = assembled(store, Parts())
    founded = await app.organizations.found("Acme", "acme", "ann@acme.org", "Ann", actor=ACTOR)
    home = founded.organization.id
    events = _events(home, size)
    async with store.unit(home) as unit:
        await unit.outbox.add_all(events)
        await unit.commit()
    async with store.reading(home) as reading:
        plain = PlainEvents(await reading.outbox.find())
    return Scene(store=store, plain=plain, home=home, size=size, values=[_values(e) for e in _events(home, steps)])


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


def _values(event: OutboxEvent) -> Values:
    return Values(
        added=event,
        stored=attrs.evolve(event, version=1),
        saved=attrs.evolve(event, version=1, attempts=1),
        kept=attrs.evolve(event, version=2, attempts=1),
    )


async def benchmark(effort: Effort, sizes: tuple[int, int] = SIZES) -> list[Figure]:
    """Measures a unit of work and the dict, with few and with many rows."""
    few, many = await scene(sizes[0], effort.steps), await scene(sizes[1], effort.steps)
    sides: dict[str, Side] = {}
    for name, each in {"few": few, "many": many}.items():
        sides[f"ours {name}"] = Side(step=each.step_ours, after=each.clear_ours)
        sides[f"dict {name}"] = Side(step=each.step_plain, after=each.clear_plain)
    medians = await round_medians(sides, effort)
    compared = (
        (f"a unit in memory, {few.size:,} rows", "unit", "dict", "ours few", "dict few", GREATEST_RATIO),
        (f"a unit in memory, {many.size:,} rows", "unit", "dict", "ours many", "dict many", GREATEST_RATIO),
        ("a unit in memory, many rows and few", "many", "few", "ours many", "ours few", GREATEST_GROWTH),
    )
    return [
        Figure(name=name, ours=ours, other=other, ours_us=medians[a], other_us=medians[b], goal=goal, ground=ground())
        for name, ours, other, a, b, goal in compared
    ]

"""Random units of work over clinics, laboratories and what they share, one after the other or step by step in turns.

Each unit is a list of writes of single rows. Whatever overlaps, the units that were kept must be a serial order of
themselves: run one after the other on a store of their own they leave the same rows. Who was refused by a rule must be
refused by it, with its fields, at some place of such an order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import permutations
from random import Random
from typing import cast

import attrs

from gapless.adapters.memory import MemoryStore
from gapless.kit import AuditedEntity, Catalogue, Entity, model_of
from gapless.kit.errors import GaplessError, NotFound, RuleViolated
from gapless.kit.ids import RowId
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.rows import an_audit_record, an_event
from tests.clinics.scripts import Script, Step, prepared

KEPT = ("kept",)
Outcome = tuple[object, ...]
"""What became of a unit: `KEPT`, or the kind of the error with its rule and its fields."""
Rows = dict[str, list[tuple[object, ...]]]
First = Callable[[Catalogue], Iterable[Script]]
"""Gives the units that make the first rows."""


async def take(unit: UnitOfWork, script: Script, step: Step) -> bool:
    """Carries out one step in a unit, and says whether it has; an audited entity gets a record and an event."""
    rows = unit.of(cast("type[Entity]", step.entity))
    audited = issubclass(step.entity, AuditedEntity)
    side = (an_audit_record(script.records), [an_event(script.records)]) if audited else ()
    if step.verb == "add":
        await rows.add(cast(Entity, step.row), *side)
        return True
    try:
        found = await rows.get(cast(RowId, step.row))
    except NotFound:
        if step.may_miss:
            return False
        raise
    if step.verb == "save":
        await rows.save(model_of(type(found)).evolved(found, dict(step.values)), *side)
    else:
        await rows.remove(found, *side)
    return True


def told(error: GaplessError) -> Outcome:
    """What an error says, alike in both stores."""
    named = (error.rule, error.fields) if isinstance(error, RuleViolated) else ()
    return (type(error).__name__, *named)


async def run(store: Store, script: Script) -> list[Outcome]:
    """Runs a unit by itself: what became of each step, and at the end of its commit."""
    outcomes: list[Outcome] = []
    try:
        async with script.unit(store) as unit:
            for step in script.steps:
                await take(unit, script, step)
                outcomes.append(KEPT)
            await unit.commit()
            outcomes.append(KEPT)
    except GaplessError as error:
        outcomes.append(told(error))
    return outcomes


async def prepare(store: Store, catalogue: Catalogue, first: First = prepared) -> None:
    """Makes the first rows."""
    for script in first(catalogue):
        unit = store.unit() if script.home is None else store.creating(script.home[1], of=script.home[0])
        async with unit:
            for step in script.steps:
                await take(unit, script, step)
            await unit.commit()


async def rows_of(store: Store, catalogue: Catalogue) -> Rows:
    """All rows, without the ids and times of records and events, in an order of their own."""
    found: Rows = {}
    async with store.system() as unit:
        for model in catalogue.models:
            kept = [column for column in model.columns if column.name not in _LEFT.get(model.table, ())]
            rows = await unit.of(model.entity).find()
            found[model.table] = sorted((tuple(getattr(row, c.name) for c in kept) for row in rows), key=repr)
    return found


_LEFT = {
    **dict.fromkeys(("audit_logs", "audit_archive", "outbox"), ("id", "created_at", "recorded_at", "due_at")),
    "marks": ("came_at",),
}


class Turns:
    """Units that take their steps in turns, each in a task of its own, so that one may wait for another.

    Attributes:
        scripts: the units; at the end without the steps that found nothing.
        outcomes: what became of each.

    Args:
        store: where they run.
        scripts: the units, no two of one root.
        is_blocked: whether the unit that is given waits for another one, as the server says.
    """

    def __init__(
        self, store: Store, scripts: Sequence[Script], is_blocked: Callable[[UnitOfWork], Awaitable[bool]]
    ) -> None:
        self.scripts = [*scripts]
        self._units = [script.unit(store) for script in scripts]
        self._is_blocked = is_blocked
        self._waiting: list[asyncio.Task[None] | None] = [None] * len(scripts)
        self._next = [0] * len(scripts)
        self.outcomes: list[Outcome | None] = [None] * len(scripts)

    async def run(self, random: Random) -> list[Outcome]:
        """Runs all units to their ends, and says what became of each."""
        async with asyncio.timeout(60):
            for unit in self._units:
                await unit.__aenter__()
            try:
                while open_ones := [place for place, found in enumerate(self.outcomes) if found is None]:
                    await self._turn(random.choice(open_ones))
            finally:
                for unit in self._units:
                    await unit.__aexit__(None, None, None)
        return [outcome for outcome in self.outcomes if outcome is not None]

    async def _turn(self, place: int) -> None:
        """Lets a unit take its next step, or go on with the one in which it waits, until it ends or is blocked."""
        task = self._waiting[place]
        if task is None:
            task = self._waiting[place] = asyncio.ensure_future(self._step(place))
        while not task.done():
            await asyncio.wait({task}, timeout=0.002)
            if not task.done() and await self._is_blocked(self._units[place]):
                return
        self._waiting[place] = None
        try:
            await task
        except GaplessError as error:
            self.outcomes[place] = told(error)
            await self._units[place].__aexit__(None, None, None)  # whoever waits for it goes on

    async def _step(self, place: int) -> None:
        script, unit, number = self.scripts[place], self._units[place], self._next[place]
        self._next[place] += 1
        if number < len(script.steps):
            if not await take(unit, script, script.steps[number]):
                self.scripts[place] = attrs.evolve(script, steps=script.steps[:number])
        else:
            await unit.commit()
            self.outcomes[place] = KEPT


async def explained(
    catalogue: Catalogue,
    scripts: Sequence[Script],
    outcomes: Sequence[Outcome],
    rows: Rows,
    first: First = prepared,
) -> bool:
    """Whether a serial order of the kept units leaves these rows, and refuses the others as they were refused."""
    kept = [script for script, outcome in zip(scripts, outcomes, strict=True) if outcome == KEPT]
    refused = [
        (script, outcome)
        for script, outcome in zip(scripts, outcomes, strict=True)
        if outcome[0] == RuleViolated.__name__
    ]
    for order in permutations(kept):
        if await _ends(catalogue, order, first) != ([KEPT] * len(order), rows):
            continue
        if all([await _is_refused(catalogue, order, script, outcome, first) for script, outcome in refused]):
            return True
    return False


async def _is_refused(
    catalogue: Catalogue, order: Sequence[Script], script: Script, outcome: Outcome, first: First
) -> bool:
    for place in range(len(order) + 1):
        ends, _ = await _ends(catalogue, (*order[:place], script), first)
        if ends[-1] == outcome:
            return True
    return False


async def _ends(catalogue: Catalogue, order: Sequence[Script], first: First) -> tuple[list[Outcome], Rows]:
    """How units end that run one after the other on a store of their own, and the rows that they leave."""
    store = MemoryStore(catalogue)
    await prepare(store, catalogue, first)
    return [(await run(store, script))[-1] for script in order], await rows_of(store, catalogue)

"""Making, validating and adding a thousand calls in one statement."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.comparison.works import names
from benchmarks.comparison.works.calls import new_calls
from benchmarks.comparison.works.work import Plain, Work
from gapless import Gapless
from gapless.domain.calls import Call

NAME = "add 1,000 calls"
STORE = "postgresql"
STEPS = 2
CALLS = 1000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


async def prepared(app: Gapless, slug: str) -> Work:
    """An organization without calls."""
    created = await names.created(app, slug)
    home = created.organization.id

    async def step(_: int) -> None:
        async with app.store.unit(home) as unit:
            await unit.of(Call).add_all(new_calls(home, BEGIN, CALLS))
            await unit.commit()

    async def outcome() -> Plain:
        async with app.store.reading(home) as reading:
            number = await reading.of(Call).count()
            earliest = await reading.of(Call).find(order=lambda call: call.started_at, limit=CALLS)
        return [number, [[call.outcome, call.status.value, call.started_at.isoformat()] for call in earliest]]

    return Work(step=step, outcome=outcome)

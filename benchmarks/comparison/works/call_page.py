"""Listing calls, newest first: the first page and the one behind it, in turn."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.comparison.works import names
from benchmarks.comparison.works.calls import new_calls
from benchmarks.comparison.works.work import Plain, Work
from gapless import Gapless
from gapless.domain.calls import Call

NAME = "list two pages of 100 calls, in turn"
STORE = "postgresql"
STEPS = 20
CALLS = 300
PAGE = 100


async def prepared(app: Gapless, slug: str) -> Work:
    """An organization with some calls."""
    created = await names.created(app, slug)
    home = created.organization.id
    async with app.store.unit(home) as unit:
        await unit.of(Call).add_all(new_calls(home, datetime(2026, 1, 1, tzinfo=UTC), CALLS))
        await unit.commit()
    second = (await app.calls.list_calls(home, limit=PAGE)).next
    seen: set[tuple[str | None, ...]] = set()

    async def step(place: int) -> None:
        page = await app.calls.list_calls(home, after=second if place % 2 else None, limit=PAGE)
        seen.add(tuple(call.outcome for call in page.items))

    async def outcome() -> Plain:
        return [list(page) for page in sorted(seen, key=repr)]

    return Work(step=step, outcome=outcome)

"""What the release of a number and the deletion of its organization cost on PostgreSQL, while its calls grow.

Each is one unit of work. A cleanup then unlinks the calls, while calls to another number of the organization start and
end, one after the other. The cleanup is stopped after some units, because each costs the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from time import perf_counter

import attrs

from benchmarks.context import Context
from benchmarks.growing import sizes_of
from benchmarks.growths import Growth
from benchmarks.measurement import SidesDiffer
from benchmarks.scenes.companies import RoomyCompany, company_of, number_of
from benchmarks.scenes.loading import CALLS, load, values_of_calls
from benchmarks.scenes.served import Served, served
from benchmarks.scenes.units import ACTOR
from benchmarks.scenes.use_cases import RETENTION
from gapless.application.cleanup_outcomes import Purged
from gapless.bootstrap import Gapless
from gapless.domain.calls import CallStatus
from gapless.domain.phone_numbers import PhoneNumber, Provider

NAME = "growth_releases"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
UNITS = 50
"""After how many units of work the cleanup is stopped."""
RELEASE, DELETE = "release the number", "delete the organization"
UNLINK, LONGEST = "unlink a thousand calls", "start a call meanwhile, the longest"
MS = 1000


async def measured(context: Context) -> list[Growth]:
    """Measures organizations with more and more calls to one number."""
    sizes, lines = sizes_of(context, SIZES), dict[str, list[float]]()
    async with served(context) as service:
        await _with(service, sizes[0], "warm")
        for place, size in enumerate(sizes):
            for name, value in (await _with(service, size, f"{place}")).items():
                lines.setdefault(name, []).append(value)
    return [
        Growth(
            section=NAME,
            name="calls to a number on PostgreSQL that is released",
            unit="ms",
            sizes=sizes,
            lines=lines,
            ground=context.ground(with_server=True),
        )
    ]


class Stopped(Exception):
    """The cleanup has done enough."""


@attrs.define
class Watch:
    """Counts what a cleanup unlinks, and stops it after some units of work.

    Attributes:
        units: how many it has seen.
        unlinked: how many calls they have unlinked.
    """

    units: int = 0
    unlinked: int = 0

    def __call__(self, purged: Purged) -> None:
        """Counts one unit of work.

        Raises:
            Stopped: it was the last one.
        """
        self.units += 1
        self.unlinked += purged.unlinked.get("calls", 0)
        if self.units >= UNITS:
            raise Stopped


async def _with(service: Served, size: int, name: str) -> dict[str, float]:
    app, connection = service.app, service.connection
    home, doomed = await company_of(app, f"home-{name}"), await company_of(app, f"doomed-{name}")
    other = await app.phone_numbers.add(home.id, number_of(f"other-{name}"), Provider.VAPI, actor=ACTOR)
    for company in (home, doomed):
        await load(connection, CALLS, 0, size, *values_of_calls(company))
    costs = {
        RELEASE: await _once(app.phone_numbers.release(home.id, home.number.id, actor=ACTOR)),
        DELETE: await _once(app.organizations.delete(doomed.id, actor=ACTOR)),
    }
    await connection.execute("DELETE FROM gapless.calls WHERE organization_id = $1", doomed.id)
    costs |= await _cleaned_up(app, home, other)
    await connection.execute("TRUNCATE gapless.calls CASCADE")
    await app.cleanup.purge_expired(RETENTION)  # so that the next size finds no number that waits
    return costs


async def _cleaned_up(app: Gapless, home: RoomyCompany, other: PhoneNumber) -> dict[str, float]:
    """Unlinks the calls of the released number, while calls are made to another one."""
    watch, waits, is_over = Watch(), list[float](), asyncio.Event()

    async def call() -> None:
        while not waits or not is_over.is_set():
            begun = perf_counter()
            started = await app.calls.start(home.id, other.id)
            waits.append((perf_counter() - begun) * MS)
            await app.calls.finish(home.id, started.id, CallStatus.MISSED)

    async def unlink() -> None:
        with suppress(Stopped):
            await app.cleanup.purge_expired(RETENTION, progress=watch)
        is_over.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(call())
        taken = await _once(unlink())
    if not watch.unlinked:
        raise SidesDiffer("release a number: the cleanup has unlinked no call.")
    return {UNLINK: taken * 1000 / watch.unlinked, LONGEST: max(waits)}


async def _once(work: Awaitable[object]) -> float:
    begun = perf_counter()
    await work
    return (perf_counter() - begun) * MS

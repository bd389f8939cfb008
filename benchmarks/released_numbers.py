"""What a release of a number, and the deletion of its organization, cost: `python -m benchmarks.released_numbers`.

The decision is one unit of work. A cleanup then unlinks the calls, while calls to another number of the organization
start and end, one after the other. The number of calls is given by --calls.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import uuid4

import asyncpg
import attrs
from sqlalchemy.ext.asyncio import create_async_engine

import gapless
from benchmarks.arguments import number_of_rounds
from benchmarks.tables import rows_as_text
from gapless.application.cleanup_outcomes import Purged
from gapless.bootstrap import Gapless
from gapless.domain.calls import CallStatus
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.embedded import EmbeddedServer
from gapless.kit.audit import Actor
from gapless.kit.ids import OrganizationId
from gapless.postgres import migrate
from tests.integration.databases import connected

ACTOR = Actor.system("benchmark")
RETENTION = timedelta(days=30)
CALLS = """
INSERT INTO gapless.calls (organization_id, id, created_at, phone_number_id, status, started_at, ended_at,
    duration_seconds, outcome, handled_by, version)
SELECT $1, gen_random_uuid(), now(), $2, 'COMPLETED', now() - interval '1 minute', now(), 60, 'booked', 'AI', 1
FROM generate_series(1, $3)
"""
HEADINGS = ("calls", "released", "deleted", "unlinked in", "units", "longest call meanwhile")


@attrs.frozen(kw_only=True)
class Growth:
    """What it costs with so many calls.

    Attributes:
        calls: how many calls the number has.
        released: how many seconds its release takes.
        deleted: how many seconds the deletion of an organization takes whose number has as many calls.
        unlinked: how many seconds the cleanup of the released number takes.
        units: in how many units of work.
        waits: for each call to another number that was made meanwhile, how many seconds it took.
    """

    calls: int
    released: float
    deleted: float
    unlinked: float
    units: int
    waits: Sequence[float]

    def as_row(self) -> tuple[str, ...]:
        """The costs for people; see HEADINGS."""
        longest = max(self.waits, default=0.0)
        seconds = (f"{each * 1000:.1f} ms" for each in (self.released, self.deleted, self.unlinked))
        return (f"{self.calls:,}", *seconds, f"{self.units:,}", f"{longest * 1000:.1f} ms of {len(self.waits)}")


async def growth(sizes: Sequence[int]) -> list[Growth]:
    """Measures each number of calls, on a server of its own."""
    with EmbeddedServer.start() as server:
        engine = create_async_engine(server.url())
        await migrate(engine)
        await engine.dispose()
        async with gapless.open(server.url()) as app, connected(server.url()) as connection:
            return [await _measured(app, connection, size) for size in sizes]


async def _measured(app: Gapless, connection: asyncpg.Connection, calls: int) -> Growth:
    home, number, other = await _called(app, connection, calls)
    doomed, _, _ = await _called(app, connection, calls)
    released = await _seconds(lambda: app.phone_numbers.release(home, number.id, actor=ACTOR))
    deleted = await _seconds(lambda: app.organizations.delete(doomed, actor=ACTOR))
    told: list[Purged] = []
    waits: list[float] = []
    calling = asyncio.create_task(_calling(app, home, other, waits))
    unlinked = await _seconds(lambda: app.cleanup.purge_expired(RETENTION, progress=told.append))
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)
    return Growth(
        calls=calls, released=released, deleted=deleted, unlinked=unlinked, units=len(told), waits=tuple(waits)
    )


async def _called(
    app: Gapless, connection: asyncpg.Connection, calls: int
) -> tuple[OrganizationId, PhoneNumber, PhoneNumber]:
    """An organization with two numbers, of which the first one has so many calls."""
    name = f"acme-{uuid4().hex}"
    created = await app.organizations.create("Acme", name, "ann@acme.org", "Ann", plan="business", actor=ACTOR)
    home = created.organization.id
    number, other = [
        await app.phone_numbers.add(home, f"+9{uuid4().int % 10**13:013}", Provider.VAPI, actor=ACTOR) for _ in range(2)
    ]
    await connection.execute(CALLS, home, number.id, calls)
    await connection.execute("VACUUM ANALYZE gapless.calls")
    return home, number, other


async def _calling(app: Gapless, home: OrganizationId, number: PhoneNumber, waits: list[float]) -> None:
    """Makes calls to a number, one after the other, until it is cancelled."""
    while True:
        began = time.perf_counter()
        call = await app.calls.start(home, number.id)
        waits.append(time.perf_counter() - began)
        await app.calls.finish(home, call.id, CallStatus.MISSED)


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def main() -> int:
    """Prints what it costs with each number of calls."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.released_numbers", description=__doc__)
    parser.add_argument("--calls", type=number_of_rounds, nargs="+", default=[1000, 10_000, 100_000])
    found = asyncio.run(growth(parser.parse_args().calls))
    print(rows_as_text([HEADINGS, *(each.as_row() for each in found)]))
    print(f"The load of the machine, in processes over the last minute, is {os.getloadavg()[0]:.2f}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

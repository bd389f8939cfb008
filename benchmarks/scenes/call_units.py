"""Units over a row that is not audited: a call, with checks, a reference to a number, and a quota of minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import attrs

from benchmarks.contenders.dicts import DictRows, Row
from benchmarks.measurement import Step
from benchmarks.scenes.companies import add_calls, company_in_memory
from benchmarks.scenes.units import Taken, UnitScene, prepared_ids
from gapless.adapters.system import SystemClock
from gapless.domain.calls import Call, CallId, CallStatus
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.kit.ports import Store, UnitOfWork

SECONDS = 60
Times = tuple[datetime, datetime]
"""When a call began, and when it ended."""


async def calls_scene(size: int, steps: int) -> UnitScene:
    """A store that holds this many calls, and the units of so many steps, of all rounds together.

    The dicts begin empty, because a dict is as fast with many rows.
    """
    company = await company_in_memory()
    await add_calls(company, size)
    ids, now, dicts = prepared_ids(steps), SystemClock().now(), DictRows()
    times = now, now + timedelta(seconds=SECONDS)
    number = company.number.id
    return UnitScene(
        entity=Call,
        store=company.app.store,
        dicts=dicts,
        home=company.id,
        ids=ids,
        ours=_ours(company.app.store, company.id, number, ids, times),
        plain=_plain(dicts, company.id, number, ids, times),
        taken_out=_taken_out,
    )


def _ours(store: Store, home: OrganizationId, number: PhoneNumberId, ids: Sequence[UUID], times: Times) -> Step:
    now, end = times

    async def step(place: int) -> None:
        async with store.unit(home) as unit:
            call = Call(
                organization_id=home,
                id=CallId(ids[place]),
                created_at=now,
                phone_number_id=number,
                status=CallStatus.ACTIVE,
                started_at=now,
            )
            await unit.of(Call).add(call)
            found = await unit.of(Call).get(call.id)
            ended = attrs.evolve(found, status=CallStatus.COMPLETED, ended_at=end, duration_seconds=SECONDS)
            await unit.of(Call).save(ended)
            await unit.commit()

    return step


def _plain(rows: DictRows, home: OrganizationId, number: PhoneNumberId, ids: Sequence[UUID], times: Times) -> Step:
    now, end = times

    async def step(place: int) -> None:
        call_id = ids[place]
        call: Row = {
            "organization_id": home,
            "id": call_id,
            "created_at": now,
            "phone_number_id": number,
            "status": CallStatus.ACTIVE,
            "started_at": now,
            "version": 1,
        }
        await rows.add(call_id, call)
        found = await rows.get(call_id)
        ended = {"status": CallStatus.COMPLETED, "ended_at": end, "duration_seconds": SECONDS, "version": 2}
        await rows.save(call_id, {**found, **ended})
        await rows.commit()

    return step


async def _taken_out(unit: UnitOfWork, ids: Sequence[UUID]) -> Taken:
    found = [await unit.of(Call).get(call_id) for call_id in ids]
    for call in found:
        await unit.of(Call).remove(call)
    return found, ()

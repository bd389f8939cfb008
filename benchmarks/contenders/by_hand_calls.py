"""Calls by hand: listed, read page by page, and added in bulk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import attrs

from benchmarks.contenders.by_hand_connections import SECONDS, Connection, Pool, in_unit
from benchmarks.contenders.by_hand_rows import CallRow, call_of
from benchmarks.contenders.calls import new_calls
from benchmarks.contenders.contender import Page
from gapless.domain.calls import Call
from gapless.domain.organizations import OrganizationId

# ruff: noqa: S608  # the columns are those of our own classes
FIELDS = tuple(field.name for field in attrs.fields(CallRow))
COLUMNS = ", ".join(FIELDS)
ORDER = "ORDER BY started_at DESC, id DESC LIMIT $2"
FIRST = f"SELECT {COLUMNS} FROM gapless.calls WHERE organization_id = $1 {ORDER}"
NEXT = f"SELECT {COLUMNS} FROM gapless.calls WHERE organization_id = $1 AND (started_at, id) < ($3, $4) {ORDER}"


async def newest(pool: Pool, home: OrganizationId, number: int) -> list[CallRow]:
    """Reads the newest calls."""
    async with asyncio.timeout(SECONDS), pool.acquire() as connection:
        return [call_of(record) for record in await connection.fetch(FIRST, home, number)]


async def page(pool: Pool, home: OrganizationId, size: int, after: object) -> Page:
    """Reads a page in one request, with one row more to know whether it is the last."""
    async with asyncio.timeout(SECONDS), pool.acquire() as connection:
        if after is None:
            records = await connection.fetch(FIRST, home, size + 1)
        else:
            records = await connection.fetch(NEXT, home, size + 1, *cast(tuple[datetime, UUID], after))
    last = records[size - 1] if len(records) > size else None
    calls = [call_of(record) for record in records[:size]]
    return Page(calls, None if last is None else (last["started_at"], last["id"]))


async def add_calls(pool: Pool, home: OrganizationId, number: int) -> Sequence[Call]:
    """Makes and adds calls by COPY, under the organization's lock; each is validated when it is made."""
    calls = new_calls(home, number)
    records = [values_of(call) for call in calls]

    async def added(connection: Connection) -> None:
        await connection.copy_records_to_table("calls", schema_name="gapless", columns=FIELDS, records=records)

    await in_unit(pool, home, added)
    return calls


def values_of(call: Call) -> tuple[object, ...]:
    """The values of a new call in the order of FIELDS."""
    return (
        call.organization_id,
        call.id,
        call.created_at,
        call.phone_number_id,
        call.caller_number,
        call.caller_text,
        call.status.value,
        call.started_at,
        call.ended_at,
        call.duration_seconds,
        call.outcome,
        call.sentiment,
        call.handled_by.value,
        call.handled_by_user_id,
        call.ai_confidence,
        call.call_quality,
        1,
    )

"""Rows of the kit's own entities, and assertions about tasks that wait: the same for every catalogue."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from gapless.adapters.system import UuidV7Factory
from gapless.kit.audit import ActorKind, AuditRecord, Erasure
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import DeadlineExceeded
from gapless.kit.ids import DeletionId, RootId
from gapless.kit.json_object import JsonObject
from gapless.kit.outbox import OutboxEvent
from gapless.kit.soft_deletion import Deletion

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
IDS = UuidV7Factory()
SECONDS_TO_COME_FAR = 0.1
"""How many seconds a task that has to wait is watched; a slow store breaks no law by that."""
LITTLE_TIMES = (0.2, 1.0, 4.0)
"""The seconds of something whose time is to be over soon: more where less was not enough to begin it."""
A_MOMENT = 0.05
"""How many seconds after its time something is surely over."""
T = TypeVar("T")


def fresh_id() -> UUID:
    """An id that nobody has used."""
    return IDS.new()


def common_values(organization_id: RootId) -> dict[str, object]:
    """The values that nearly every row has: its root, an id of its own, and `created_at`."""
    return {"organization_id": organization_id, "id": IDS.new(), "created_at": NOW}


def _of_part(root_id: RootId | None) -> dict[str, object]:
    """The values that a row of a part of the kit has as nearly every row does."""
    return {"root_id": root_id, "id": IDS.new(), "created_at": NOW}


def an_audit_record(root_id: RootId | None, **values: object) -> AuditRecord:
    """An audit record of a job."""
    actor = {"actor_kind": ActorKind.SYSTEM, "job": "laws", "action": "test"}
    about = {"resource_type": "user", "resource_id": "1"}
    return _made(AuditRecord, {**_of_part(root_id), **actor, **about}, values)


def an_event(root_id: RootId | None, **values: object) -> OutboxEvent:
    """An event that is due at once."""
    given = {"kind": "law.tested", "payload": JsonObject({"a": 1}), "due_at": NOW}
    return _made(OutboxEvent, {**_of_part(root_id), **given}, values)


def a_deletion() -> Deletion:
    """The values of a deletion by a job."""
    return Deletion(id=DeletionId(IDS.new()), at=NOW, by=None)


def a_command(root_id: RootId, **values: object) -> ProcessedCommand:
    """A command that was carried out."""
    given = {"root_id": root_id, "kind": "test", "key": str(IDS.new()), "created_at": NOW}
    return _made(ProcessedCommand, {**given, "result": JsonObject({})}, values)


def an_erasure(root_id: RootId, **values: object) -> Erasure:
    """The mark that nothing of a root's trail is kept."""
    return _made(Erasure, {**_of_part(root_id), "reason": "asked for"}, values)


def _made(entity: Callable[..., T], given: Mapping[str, object], values: Mapping[str, object]) -> T:
    return entity(**{**given, **values})


async def in_another_task(work: Coroutine[object, object, T]) -> T:
    """Runs work in a task of its own, because a second unit of a root in the same task is refused at once."""
    return await asyncio.create_task(work)


def started(law: AsyncExitStack, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
    """Starts work in a task of its own, which is over when the law is, even if the law is broken before.

    Otherwise it would go on with the store of the next law, and what it raises would be told nobody knows where.

    Args:
        law: what the law leaves behind itself; it surrounds the units for which the task waits.
        work: the work.
    """
    task = asyncio.create_task(work)
    law.push_async_callback(_over, task)
    return task


async def at_once(*works: Coroutine[object, object, T]) -> list[T]:
    """What works give that run at the same time; if one fails, the others end before its error is told."""
    async with AsyncExitStack() as law:
        return await asyncio.gather(*[started(law, work) for work in works])


async def _over(task: asyncio.Task[object]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()


async def with_little_time(attempt: Callable[[float], Awaitable[None]]) -> None:
    """Makes an attempt that has little time, and makes it anew with more if that was over too early.

    So a slow machine decides nothing: the last time is long enough for a few statements anywhere.

    Args:
        attempt: takes its seconds; where they are too few for what it does before they are over, DeadlineExceeded.
    """
    *first, last = LITTLE_TIMES
    for seconds in first:
        try:
            return await attempt(seconds)
        except DeadlineExceeded:
            continue
    return await attempt(last)


async def assert_waits(*tasks: asyncio.Task[object]) -> None:
    """Asserts that tasks go on as far as they can, and then wait."""
    await asyncio.wait(tasks, timeout=SECONDS_TO_COME_FAR)
    assert not any(task.done() for task in tasks)

"""The delivery of events from the outbox: at least once, also after a crash, by as many relays as there are processes.

due ──claim──> claimed until the lease ends ──handler returns──> gone
 ^                       │        │
 │<──────── crash ───────┘        └──handler raises──> due again later, the longer the more often it failed
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import attrs

from gapless.domain.errors import GaplessError, InvalidValue
from gapless.domain.events import OutboxEvent
from gapless.domain.plain import kind_of, plain_duration, settle
from gapless.domain.ports import Clock, EventHandler, IdFactory, Store
from gapless.domain.rules import all_of, one_of
from gapless.domain.rules.queries import assign
from gapless.services.retrying import retrying

logger = logging.getLogger("gapless.outbox")

GREATEST_DOUBLINGS = 32


def _time(_: object, attribute: "attrs.Attribute[timedelta]", value: object) -> None:
    least = timedelta(0) if attribute.name == "pause" else timedelta(milliseconds=1)
    given = plain_duration(value)
    if given is None or given < least:
        said = f"The {attribute.name} of a relay is a timedelta of at least {least}, not {kind_of(value)}."
        raise InvalidValue("relay", said, fields=(attribute.name,))


@attrs.frozen(kw_only=True)
class RelaySettings:
    """How a relay goes about the delivery of events.

    Attributes:
        lease: how long a claim holds. Nobody else delivers a claimed event before that, and no handler runs longer.
        first_delay: after how long an event comes again whose delivery has failed; twice that after the next failure.
        greatest_delay: what the delay grows to at most.
        pause: how long the relay waits when nothing was due, unless it is woken.

    Raises:
        InvalidValue: one of these is no time, or none at all.
    """

    lease: timedelta = attrs.field(default=timedelta(seconds=60), validator=_time)
    first_delay: timedelta = attrs.field(default=timedelta(seconds=1), validator=_time)
    greatest_delay: timedelta = attrs.field(default=timedelta(hours=1), validator=_time)
    pause: timedelta = attrs.field(default=timedelta(seconds=1), validator=_time)

    def __attrs_post_init__(self) -> None:
        settle(self)
        if self.first_delay > self.greatest_delay:
            raise InvalidValue("relay", "The first_delay of a relay is not longer than its greatest_delay.")


DEFAULT_RELAY = RelaySettings()


@attrs.frozen(kw_only=True)
class OutboxRelay:
    """Hands the events of all organizations to the handler, one after the other, the longest due first.

    Args:
        store: where the outbox is kept.
        clock: tells the time; the clocks of several relays agree to a small part of the lease.
        ids: makes the tokens of claims.
        handler: delivers an event. The same event may come twice: after a crash, or when its lease had ended.
        lease, first_delay, greatest_delay, pause: as in RelaySettings.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _handler: EventHandler
    _lease: timedelta = DEFAULT_RELAY.lease
    _first_delay: timedelta = DEFAULT_RELAY.first_delay
    _greatest_delay: timedelta = DEFAULT_RELAY.greatest_delay
    _pause: timedelta = DEFAULT_RELAY.pause
    _wakeup: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    async def deliver_due(self, limit: int = 100) -> int:
        """Claims events that are due and delivers them; one that fails comes again later, and the others go on.

        Args:
            limit: how many events are claimed at most.

        Returns:
            How many were delivered. Events that the lease has no time left for come again.

        Raises:
            QueryRefused: the limit is no whole number from 1 on.
            ConcurrencyConflict: others were at the same events; nothing is lost.
            StoreUnavailable: the store can't be reached; what was claimed comes again when the lease ends.
        """
        # By the loop's clock, and read before the lease is written: our time is over before another relay's begins.
        end = asyncio.get_running_loop().time() + self._lease.total_seconds()
        token = self._ids.new()
        delivered = 0
        for event in await self._claim(token, limit):
            if asyncio.get_running_loop().time() >= end:
                break
            failure = await self._deliver(event, end)
            if failure is None:
                await retrying(partial(self._forget, event, token))
                delivered += 1
            else:
                await retrying(partial(self._postpone, event, token, failure))
        return delivered

    async def run(self) -> None:
        """Delivers for as long as the task lives: end it by cancelling it.

        An error of the store is logged, and the loop goes on. A delivery that is cancelled comes again when its lease
        ends.
        """
        while not _cancelled():  # a handler may have swallowed the cancellation
            self._wakeup.clear()
            try:
                delivered = await self.deliver_due()
            except GaplessError as error:
                delivered = 0
                logger.warning("events are delivered later: %s", error)
            except Exception:  # a background task that ends in silence would be worse
                delivered = 0
                logger.exception("events are delivered later")
            if not delivered:
                await self._wait()

    def wake(self) -> None:
        """Lets `run` look at once, for instance after a commit, instead of at the end of its pause."""
        self._wakeup.set()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pause.total_seconds()):
                await self._wakeup.wait()

    async def _claim(self, token: UUID, limit: int) -> Sequence[OutboxEvent]:
        now = self._clock.now()
        async with self._store.across() as unit:
            outbox = unit.of(OutboxEvent)
            due = await outbox.find(lambda event: event.due_at <= now, order=lambda event: event.due_at, limit=limit)
            if not due:
                return ()
            ids, last = [event.id for event in due], due[-1].due_at
            # Asked again whether it is due: a relay that was faster has moved that ahead. By the last of them, so that
            # an index finds these few also where many more are due.
            await outbox.update_where(
                lambda event: all_of(one_of(event.id, *ids), event.due_at <= last),
                lambda event: (assign(event.claim, token), assign(event.due_at, now + self._lease)),
            )
            claimed = {event.id for event in await outbox.find(lambda event: event.claim == token)}
            await unit.commit()
        return [event for event in due if event.id in claimed]

    async def _deliver(self, event: OutboxEvent, end: float) -> BaseException | None:
        """Calls the handler; returns what it raised, if anything."""
        try:
            async with asyncio.timeout_at(end):
                await self._handler(event)
        except asyncio.CancelledError as error:
            if _cancelled():
                raise
            return error  # something inside the handler was cancelled, not we
        except Exception as error:  # noqa: BLE001  # whatever a handler raises, the event comes again
            return error
        return None

    async def _forget(self, event: OutboxEvent, token: UUID) -> None:
        async with self._store.across() as unit:
            await unit.of(OutboxEvent).delete_where(lambda row: _still_claimed(row, event, token))
            await unit.commit()

    async def _postpone(self, event: OutboxEvent, token: UUID, failure: BaseException) -> None:
        attempts = event.attempts + 1
        delay = min(self._first_delay * 2 ** min(event.attempts, GREATEST_DOUBLINGS), self._greatest_delay)
        due_at = self._clock.now() + delay
        logger.warning("event %s (%s) was not delivered, attempt %d", event.id, event.kind, attempts, exc_info=failure)
        async with self._store.across() as unit:
            await unit.of(OutboxEvent).update_where(
                lambda row: _still_claimed(row, event, token),
                lambda row: (assign(row.attempts, attempts), assign(row.due_at, due_at), assign(row.claim, None)),
            )
            await unit.commit()


def _still_claimed(row: OutboxEvent, event: OutboxEvent, token: UUID) -> bool:
    """That the row is this event, and nobody has claimed it since."""
    return all_of(row.organization_id == event.organization_id, row.id == event.id, row.claim == token)


def _cancelled() -> bool:
    """Whether somebody asked the running task to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

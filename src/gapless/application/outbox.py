"""The delivery of events from the outbox: at least once, also after a crash, by any number of relays.

due ──claim──> claimed until the lease ends ──handler returns──> gone
 ^                       │        │
 │<──────── crash ───────┘        └──handler raises──> due again later, the longer the more often it failed

A relay sets aside an event that can't be read or claimed, and delivers the others; the event stays until somebody mends
it. If the database refuses to note a delivery, that event comes again when its lease ends, and the others go on.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import cast
from uuid import UUID

import attrs

from gapless.application.arguments import duration
from gapless.application.refusals import REFUSED
from gapless.application.retries import retrying
from gapless.kit import Check, all_of, is_null, model_of, one_of
from gapless.kit.assignments import assign
from gapless.kit.columns import INTEGER_RANGES, ColumnType
from gapless.kit.errors import GaplessError, InvalidValue
from gapless.kit.outbox import OutboxEvent
from gapless.kit.plain import settle
from gapless.kit.ports import Clock, EventHandler, IdFactory, Store, SystemUnit
from gapless.kit.rights import Uses
from gapless.kit.row_keys import RowKey

logger = logging.getLogger("gapless.outbox")

GREATEST_DOUBLINGS = 32
GREATEST_NUMBER = INTEGER_RANGES[ColumnType.INTEGER][1]
MOST_AT_ONCE = 1000
"""Among how many due events a relay looks for those that can't be claimed."""
GREATEST_TIME = timedelta(days=366)
"""The greatest lease, delay or pause: a time that follows from it can still be stored."""
MOST_TOLD = 10_000
"""How many events that were set aside a relay remembers, so that it tells of each only once."""


def _time(_: object, attribute: "attrs.Attribute[timedelta]", value: object) -> None:
    least = timedelta(0) if attribute.name == "pause" else timedelta(milliseconds=1)
    if duration(attribute.name, value, least) > GREATEST_TIME:
        said = f"{attribute.name} of a relay is at most {GREATEST_TIME.days} days."
        raise InvalidValue(attribute.name, said, fields=(attribute.name,))


@attrs.frozen(kw_only=True)
class RelaySettings:
    """How a relay delivers events, in lengths of time.

    Attributes:
        lease: how long a claim holds. During it nobody else delivers the event, and no handler runs longer.
        first_delay: how long an event waits after its first failed delivery; the delay doubles with each failure.
        greatest_delay: the greatest delay.
        pause: how long the relay waits when nothing was due, unless `wake` is called.

    Raises:
        InvalidValue: one of them is not a timedelta, or not one that is allowed.
    """

    lease: timedelta = attrs.field(default=timedelta(seconds=60), validator=_time)
    first_delay: timedelta = attrs.field(default=timedelta(seconds=1), validator=_time)
    greatest_delay: timedelta = attrs.field(default=timedelta(hours=1), validator=_time)
    pause: timedelta = attrs.field(default=timedelta(seconds=1), validator=_time)

    def __attrs_post_init__(self) -> None:
        settle(self)
        if self.first_delay > self.greatest_delay:
            message = "The first_delay of a relay must not be longer than its greatest_delay."
            raise InvalidValue("relay", message, fields=("first_delay", "greatest_delay"))


DEFAULT_RELAY = RelaySettings()
DELIVERY = Uses(OutboxEvent, changes=("due_at", "attempts", "claim"), removes=True)
"""The rows that a relay reads and writes: it claims events, postpones them, and removes delivered ones."""


@attrs.frozen(kw_only=True)
class OutboxRelay:
    """Passes the events of all roots to the handler, one after another; what is due longest comes first.

    Args:
        store: the store that keeps the outbox.
        clock: tells the time; the clocks of several relays must agree to a small part of the lease.
        ids: makes the tokens of claims.
        handler: delivers an event. The same event may come twice: after a crash, or when its lease has ended.
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
    _told: set[RowKey] = attrs.field(factory=set, init=False)

    async def deliver_due(self, limit: int = 100) -> int:
        """Claims events that are due, and delivers them. An event that fails comes again later; the others go on.

        An event that can't be read, because somebody wrote it with the checks off, stays where it is; the log names it
        once.

        Args:
            limit: the greatest number of events to claim; 1 or more.

        Returns:
            The number of delivered events. An event for which the lease leaves no time comes again.

        Raises:
            QueryRefused: `limit` is not a whole number of 1 or more.
            ConcurrencyConflict: another relay was at the same events; nothing is lost.
            StoreUnavailable: the store can't be reached; claimed events come again when their lease ends.
        """
        # The loop's clock is read before the lease is written: our time ends before another relay's begins.
        end = asyncio.get_running_loop().time() + self._lease.total_seconds()
        token = self._ids.new()
        delivered = 0
        for event in await self._claim(token, limit):
            if asyncio.get_running_loop().time() >= end:
                break
            failure = await self._deliver(event, end)
            await self._note(event, token, failure)
            delivered += failure is None
        return delivered

    async def run(self) -> None:
        """Delivers events until its task is cancelled.

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
            except Exception:  # a background task must not end silently
                delivered = 0
                logger.exception("events are delivered later")
            if not delivered:
                await self._wait()

    def wake(self) -> None:
        """Makes `run` look for events at once instead of at the end of its pause, for instance after a commit."""
        self._wakeup.set()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pause.total_seconds()):
                await self._wakeup.wait()

    async def _claim(self, token: UUID, limit: int) -> Sequence[OutboxEvent]:
        async with self._store.system() as unit:
            due = await self._due(unit, self._clock.now(), limit)
            with contextlib.suppress(*REFUSED):
                return await self._claimed(unit, due, token)
        return await self._claimed_by_halves(due, token)

    async def _due(self, unit: SystemUnit, now: datetime, limit: int) -> Sequence[OutboxEvent]:
        """The events that are due and can be claimed; the log names those that can't be."""

        def is_due(event: OutboxEvent) -> bool:
            return event.due_at <= now

        def ready(event: OutboxEvent) -> bool:
            return all_of(is_due(event), *_claimable(event))

        find = partial(unit.of(OutboxEvent).find_readable, order=lambda event: event.due_at)
        found = await find(is_due, limit=limit)
        if not all(map(_can_be_claimed, found.rows)):
            found = await find(is_due, limit=MOST_AT_ONCE)
            self._tell(_key_of(event) for event in found.rows if not _can_be_claimed(event))
            self._tell(found.left_out)
            # The query is repeated without them, so that they are not in the way, however many there are.
            found = await find(ready, limit=limit)
        self._tell(found.left_out)
        return found.rows

    async def _claimed(self, unit: SystemUnit, due: Sequence[OutboxEvent], token: UUID) -> Sequence[OutboxEvent]:
        """Claims these events for the time of a lease; returns those that were still free.

        Raises:
            GaplessError: one of REFUSED, if the database refuses to change one of them.
        """
        if not due:
            return ()
        ids, last, end = [event.id for event in due], due[-1].due_at, self._clock.now() + self._lease
        outbox = unit.of(OutboxEvent)
        # It asks again whether they are due, because a faster relay has postponed that time; and only up to the last of
        # them, so that an index finds these few even if many more are due.
        await outbox.update_where(
            lambda event: all_of(one_of(event.id, *ids), event.due_at <= last),
            lambda event: (assign(event.claim, token), assign(event.due_at, end)),
        )
        # A token of our own in the row, and no lock that is held while handlers run, works on every store
        # (decision 0007).
        claimed = {event.id for event in await outbox.find(lambda event: event.claim == token)}
        await unit.commit()
        return [event for event in due if event.id in claimed]

    async def _claimed_by_halves(self, due: Sequence[OutboxEvent], token: UUID) -> Sequence[OutboxEvent]:
        """As `_claimed`, if one of the events is refused: sets it aside, and claims the others."""
        if len(due) == 1:
            self._tell(map(_key_of, due))
            return ()
        # The database may refuse for any reason: only a try shows which event it is (decision 0029).
        half = len(due) // 2
        claimed: list[OutboxEvent] = []
        for part in (due[:half], due[half:]):
            async with self._store.system() as unit:
                with contextlib.suppress(*REFUSED):
                    claimed += await self._claimed(unit, part, token)
                    continue
            claimed += await self._claimed_by_halves(part, token)
        return claimed

    def _tell(self, keys: Iterable[RowKey]) -> None:
        """Tells of events that are set aside, once of each."""
        if len(self._told) > MOST_TOLD:
            self._told.clear()
        for key in keys:
            if key not in self._told:
                self._told.add(key)
                logger.error("event set aside, not delivered until somebody mends it (docs/operations.md): %s", key)

    async def _deliver(self, event: OutboxEvent, end: float) -> BaseException | None:
        """Calls the handler; returns what it has raised, or None."""
        try:
            async with asyncio.timeout_at(end):
                await self._handler(event)
        except asyncio.CancelledError as error:
            if _cancelled():
                raise
            return error  # a task inside of the handler was cancelled, not this one
        except Exception as error:  # noqa: BLE001  # whatever a handler raises, the event comes again
            return error
        return None

    async def _note(self, event: OutboxEvent, token: UUID, failure: BaseException | None) -> None:
        """Notes the result of a delivery; if the database refuses that, the other events go on."""
        noting = self._forget if failure is None else partial(self._postpone, failure=failure)
        try:
            await retrying(partial(noting, event, token))
        except REFUSED as error:
            said = "an event comes again when its lease ends, for its delivery cannot be noted: %s: %s"
            logger.warning(said, _key_of(event), error)

    async def _forget(self, event: OutboxEvent, token: UUID) -> None:
        async with self._store.system() as unit:
            await unit.of(OutboxEvent).delete_where(lambda row: _still_claimed(row, event, token))
            await unit.commit()

    async def _postpone(self, event: OutboxEvent, token: UUID, failure: BaseException) -> None:
        attempts = min(event.attempts + 1, GREATEST_NUMBER)
        delay = min(self._first_delay * 2 ** min(event.attempts, GREATEST_DOUBLINGS), self._greatest_delay)
        due_at = self._clock.now() + delay
        logger.warning("event %s (%s) was not delivered, attempt %d", event.id, event.kind, attempts, exc_info=failure)
        async with self._store.system() as unit:
            await unit.of(OutboxEvent).update_where(
                lambda row: _still_claimed(row, event, token),
                lambda row: (assign(row.attempts, attempts), assign(row.due_at, due_at), assign(row.claim, None)),
            )
            await unit.commit()


def _claimable(event: OutboxEvent) -> Iterable[bool]:
    """The conditions under which a claim can change an event: it satisfies the checks, and its version can grow."""
    yield event.version < GREATEST_NUMBER
    for rule in model_of(OutboxEvent).of_kind(Check):
        for column in rule.columns:
            getattr(event, column.name)  # a condition must name the fields of the row that it is given
        yield cast(bool, rule.holds)


def _can_be_claimed(event: OutboxEvent) -> bool:
    model = model_of(OutboxEvent)
    return event.version < GREATEST_NUMBER and not model.find_violations(model.values_by_column(event))


def _key_of(event: OutboxEvent) -> RowKey:
    # By what it is found in any catalogue; what its key is depends on the catalogue (decision 0057).
    model = model_of(OutboxEvent)
    values = (None if value is None else str(value) for value in model.lookup_of(event))
    return RowKey(model.table, model.lookup, tuple(values))


def _still_claimed(row: OutboxEvent, event: OutboxEvent, token: UUID) -> bool:
    """Whether the row is this event, and nobody has claimed it since."""
    is_of_root = is_null(row.root_id) if event.root_id is None else row.root_id == event.root_id
    return all_of(is_of_root, row.id == event.id, row.claim == token)


def _cancelled() -> bool:
    """Whether somebody has cancelled the running task."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

"""The use cases around what an organization uses of its quotas."""

from collections.abc import Callable
from datetime import datetime

import attrs

from gapless.application.arguments import near, require_ids, whole_number
from gapless.application.audit_records import Recorder
from gapless.application.processed_commands import find_processed, remember_processed
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.usage import Storage, warned, with_quotas_reset, with_storage_freed
from gapless.kit import all_of
from gapless.kit.audit import Actor
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import InvalidState
from gapless.kit.json_object import GREATEST_INTEGER, Json, JsonObject
from gapless.kit.ports import Clock, IdFactory, Store, UnitOfWork

RESET = "quota.reset"
COUNTING = Actor.system("usage")
"""The actor that counts usage; the audit trail does not mention it."""


@attrs.frozen(kw_only=True)
class Usage:
    """Counts what an organization uses of its quotas, and begins again with each billing period.

    The minutes of a call are counted when it is finished, by `Calls`. Every use case may also raise InvalidValue (what
    is given is not an id, or not an actor), ConcurrencyConflict, DeadlineExceeded, CommitUnknown and StoreUnavailable;
    see `gapless.retrying`. NotFound is raised if the organization is not there, or is deleted.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        storage: what counts as storage: `Storage.PER_PERIOD` or `Storage.STORED`.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _storage: Storage = Storage.PER_PERIOD

    async def add_storage(self, organization_id: OrganizationId, size: int) -> Organization:
        """Adds bytes to the used storage (INTEGRITY-009); for each warning level that is reached, QuotaWarning is sent.

        Args:
            organization_id: who stores them.
            size: how many bytes are added; 0 changes nothing.

        Returns:
            The organization, as stored.

        Raises:
            InvalidValue: the size is not a whole number from 0 to 2^53 - 1.
            RuleViolated: `storage_quota`, if the plan does not allow so much storage.
        """
        added = whole_number("size", size, 0, GREATEST_INTEGER, of="bytes")
        return await self._count(organization_id, lambda before: before.with_usage(storage=added))

    async def free_storage(self, organization_id: OrganizationId, size: int) -> Organization:
        """Takes bytes off the used storage (INTEGRITY-009); the same level is not warned of again in this period.

        With `Storage.PER_PERIOD` the bytes that are freed may have been stored in an earlier period: the used storage
        then becomes 0, never negative.

        Returns:
            The organization, as stored.

        Raises:
            InvalidValue: the size is not a whole number from 0 to 2^53 - 1.
            RuleViolated: `organizations_used_storage_range`, if more is freed than is stored (`Storage.STORED`).
        """
        freed = whole_number("size", size, 0, GREATEST_INTEGER, of="bytes")
        return await self._count(organization_id, lambda before: with_storage_freed(before, freed, self._storage))

    async def reset_for_period(
        self, organization_id: OrganizationId, period_start: datetime, *, actor: Actor
    ) -> Organization:
        """Begins a billing period: nothing is used yet, and no warning was sent (INTEGRITY-004).

        With `Storage.STORED` the used storage stays counted, and a level that was warned of and is still reached is not
        warned of again.

        A reset happens once for each organization and period: a second call for the same period changes nothing,
        whatever was used since. If nothing had been used, the period is remembered too, but no audit record is added.

        Args:
            organization_id: whose usage it is.
            period_start: when the period begins; the same instant in any zone means the same period.
            actor: who acts; usually the job that bills.

        Returns:
            The organization, as it is now.

        Raises:
            InvalidValue: the start is not a datetime, has no time zone, or is more than 92 days ahead of the clock.
            InvalidState: a later period has begun already; a reset would forget its usage.
        """
        require_ids(organization_id=organization_id)
        key = near("period_start", period_start, self._clock.now()).isoformat()
        async with self._store.unit(organization_id) as unit:
            recorder = Recorder(self._ids, self._clock.now(), actor)
            before = await unit.of(Organization).get(organization_id)
            if await find_processed(unit, RESET, key) is not None:
                return before
            await _require_latest(unit, organization_id, key)
            reset = await _reset(unit, before, self._storage, recorder)
            used: dict[str, Json] = {"used_minutes": before.used_minutes, "used_storage": before.used_storage}
            await remember_processed(unit, organization_id, RESET, key, recorder.at, used)
            await unit.commit()
        return reset

    async def _count(
        self, organization_id: OrganizationId, change: Callable[[Organization], Organization]
    ) -> Organization:
        require_ids(organization_id=organization_id)
        async with self._store.unit(organization_id) as unit:
            recorder = Recorder(self._ids, self._clock.now(), COUNTING)
            counted = await _counted(unit, await unit.of(Organization).get(organization_id), change, recorder)
            await unit.commit()
        return counted


async def add_minutes(
    unit: UnitOfWork, organization_id: OrganizationId, minutes: int, recorder: Recorder
) -> Organization:
    """Counts the minutes of a call in this unit of work, and adds the events of the warnings (INTEGRITY-009).

    Args:
        unit: the unit of the organization; while it holds the lock, no other unit counts.
        organization_id: that organization.
        minutes: how many more.
        recorder: makes the events.

    Returns:
        The organization, as stored.

    Raises:
        NotFound: there is no such organization, or it is deleted.
        RuleViolated: the sum is beyond the range of the column.
    """
    before = await unit.of(Organization).get(organization_id)
    return await _counted(unit, before, lambda one: one.with_usage(minutes=minutes), recorder)


async def _counted(
    unit: UnitOfWork, before: Organization, change: Callable[[Organization], Organization], recorder: Recorder
) -> Organization:
    after, warnings = warned(before, change(before))
    if after == before:
        return before
    return await unit.of(Organization).save_unaudited(after, recorder.events(before.id, warnings))


async def _reset(unit: UnitOfWork, before: Organization, storage: Storage, recorder: Recorder) -> Organization:
    after = with_quotas_reset(before, storage)
    if after == before:
        return before
    audit = recorder.audit(RESET, before, after, JsonObject({"reason": "billing_period_start"}))
    return await unit.of(Organization).save(after, audit)


async def _require_latest(unit: UnitOfWork, organization_id: OrganizationId, key: str) -> None:
    """Refuses a period that is not the latest; keys are in UTC and ISO 8601, so that texts sort as the times do."""
    later = await unit.of(ProcessedCommand).count(lambda command: all_of(command.kind == RESET, command.key > key))
    if later:
        message = "A later billing period has begun already: the usage of an earlier one is not reset."
        raise InvalidState("Organization", organization_id, message, fields=("period_start",))

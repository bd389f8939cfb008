"""The use cases around what an organization uses of its quotas."""

from datetime import UTC, datetime

import attrs

from gapless.domain.audit import Actor
from gapless.domain.commands import HandledCommand
from gapless.domain.errors import InvalidState, InvalidValue
from gapless.domain.json_object import Json, JsonObject
from gapless.domain.organizations import Organization
from gapless.domain.ports import Clock, IdFactory, Store, UnitOfWork
from gapless.domain.rules import all_of
from gapless.domain.rules.columns import in_utc
from gapless.domain.usage import warned
from gapless.domain.values import OrganizationId
from gapless.services.arguments import require_ids, require_near
from gapless.services.handled import find_handled, remember_handled
from gapless.services.recording import Recording

RESET = "quota.reset"
COUNTING = Actor.system("usage")
"""Who counts usage: no person does, and the trail does not tell it."""


@attrs.frozen(kw_only=True)
class Usage:
    """Counts what an organization uses, and begins anew with each billing period.

    The minutes of a call are counted when it is finished, by `Calls`. Every use case may also raise InvalidValue (an id
    or the actor is none), ConcurrencyConflict, DeadlineExceeded, CommitUnknown and StoreUnavailable; see
    `gapless.retrying`. NotFound is raised if the organization is not there, or is deleted.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory

    async def add_storage(self, organization_id: OrganizationId, size: int) -> Organization:
        """Counts so many more bytes (INTEGRITY-009); QuotaWarning goes to the outbox for each level that they reach.

        Args:
            organization_id: who stores them.
            size: how many bytes; none change nothing.

        Returns:
            The organization, as stored.

        Raises:
            InvalidValue: the size is no whole number from 0 on.
            RuleViolated: `storage_quota`, if they don't fit into what the plan allows.
        """
        return await self._count(organization_id, _size(size))

    async def free_storage(self, organization_id: OrganizationId, size: int) -> Organization:
        """Counts so many bytes less (INTEGRITY-009); who was warned in this period is not warned again.

        Returns:
            The organization, as stored.

        Raises:
            InvalidValue: the size is no whole number from 0 on.
            RuleViolated: `organizations_used_storage_range`, if more is freed than was used.
        """
        return await self._count(organization_id, -_size(size))

    async def reset_for_period(
        self, organization_id: OrganizationId, period_start: datetime, *, actor: Actor
    ) -> Organization:
        """Begins a billing period: nothing is used, and nobody has been warned (INTEGRITY-004).

        This happens once for each organization and period; asked again, it changes nothing, whatever was used since. A
        period in which nothing had been used is remembered as well, and leaves no entry in the trail.

        Args:
            organization_id: whose usage it is.
            period_start: when the period begins; the same instant in any zone means the same period.
            actor: who acts; usually the job that bills.

        Returns:
            The organization, as it is now.

        Raises:
            InvalidValue: the start is no time, one without a zone, or more than 92 days ahead of the clock.
            InvalidState: a later period has begun already, whose usage would be forgotten.
        """
        require_ids(organization_id)
        key = _period(period_start)
        require_near(self._clock.now(), period_start=period_start)
        async with self._store.unit(organization_id) as unit:
            record = Recording(self._ids, self._clock.now(), actor)
            before = await unit.organizations.get(organization_id)
            if await find_handled(unit, RESET, key) is not None:
                return before
            await _require_latest(unit, organization_id, key)
            reset = await _reset(unit, before, record)
            used: dict[str, Json] = {"used_minutes": before.used_minutes, "used_storage": before.used_storage}
            await remember_handled(unit, organization_id, RESET, key, record.at, used)
            await unit.commit()
        return reset

    async def _count(self, organization_id: OrganizationId, storage: int) -> Organization:
        require_ids(organization_id)
        async with self._store.unit(organization_id) as unit:
            counted = await add_usage(
                unit, organization_id, Recording(self._ids, self._clock.now(), COUNTING), storage=storage
            )
            await unit.commit()
        return counted


async def add_usage(
    unit: UnitOfWork, organization_id: OrganizationId, record: Recording, *, minutes: int = 0, storage: int = 0
) -> Organization:
    """Counts, in this unit of work, what was used, with the warnings that it leads to (INTEGRITY-009).

    Args:
        unit: the unit whose organization uses it; under its lock nobody else counts.
        organization_id: that organization.
        record: makes the events.
        minutes: how many minutes more.
        storage: how many bytes more; less if it is negative.

    Returns:
        The organization, as stored.

    Raises:
        NotFound: there is no such organization, or it is deleted.
        RuleViolated: `storage_quota`, or a rule over the range of an amount.
    """
    before = await unit.organizations.get(organization_id)
    after, warnings = warned(before, before.with_usage(minutes=minutes, storage=storage))
    if after == before:
        return before
    return await unit.organizations.save_unaudited(after, record.events(organization_id, warnings))


async def _reset(unit: UnitOfWork, before: Organization, record: Recording) -> Organization:
    after = before.with_quotas_reset()
    if after == before:
        return before
    entry = record.entry(RESET, before, after, JsonObject({"reason": "billing_period_start"}))
    return await unit.organizations.save(after, entry)


async def _require_latest(unit: UnitOfWork, organization_id: OrganizationId, key: str) -> None:
    """Refuses a period that comes late; in UTC and ISO 8601 the texts are in the order of the times."""
    later = await unit.of(HandledCommand).count(lambda command: all_of(command.kind == RESET, command.key > key))
    if later:
        raise InvalidState("Organization", organization_id, "A later billing period has begun already.")


def _size(given: int) -> int:
    if type(given) is not int or given < 0:
        raise InvalidValue("size", "A size is a whole number of bytes, from 0 on.")
    return given


def _period(start: datetime) -> str:
    """The start of a period as it is remembered, in UTC."""
    moment = in_utc(start) if type(start) is datetime else None
    if moment is None or moment.tzinfo is not UTC:
        raise InvalidValue("time", "The start of a period is a datetime with a time zone.")
    return moment.isoformat()

"""The soft deletion of an organization and its restore: what is deleted with it, what comes back, and what does not.

soft-deleted, and restored together   the organization, and every row that can be soft-deleted: users, knowledge items
removed for good                      what its references say: the subscription, and phone numbers, which are released;
                                      a cleanup then takes the links to them from the calls

All this is read from the catalogue, also for the entities of a host; see `gapless.kit.root_removal`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import cast

import attrs

from gapless.application.audit_records import Recorder, resource_id
from gapless.application.purge_records import require_no_purge
from gapless.application.retention import require_restorable, retention_days
from gapless.application.root_deletion import (
    delete_with_root,
    image_of,
    images_in,
    restore_with_root,
    rows_removed_with_root,
    with_images,
)
from gapless.application.supplements import supplement_in
from gapless.domain.calls import Call
from gapless.domain.errors import CallsInProgress
from gapless.domain.events import OrganizationDeleted
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, PhoneNumberReleased, phone_number_rules
from gapless.domain.subscriptions import subscription_rules
from gapless.kit import AuditedEntity, Catalogue, all_of, descending, one_of
from gapless.kit.audit import AuditRecord, Erasure
from gapless.kit.errors import AccessDenied, InvalidState
from gapless.kit.ids import ErasureId
from gapless.kit.json_object import Json, JsonObject
from gapless.kit.outbox import Event
from gapless.kit.ports import UnitOfWork
from gapless.kit.recorded_rows import resource_type
from gapless.kit.root_removal import removed_softly
from gapless.kit.soft_deletion import deleted, restored

DELETED = "organization.deleted"
MOST_NUMBERS = 1000
"""For how many numbers their calls are counted by one query, because a condition has at most so many constants."""


@attrs.frozen(kw_only=True)
class RestoredOrganization:
    """What `Organizations.restore` returns: what came back, and what did not.

    Attributes:
        organization: the organization, as stored.
        rows: how many rows came back with it, by table: `users`, `knowledge_items`, and the tables of the host.
        rows_not_restored: how many rows its deletion removed for good, by table, also of the tables of the host.
        numbers_not_restored: the phone numbers that it had when it was deleted, in the order of their ids.
        plan_not_restored: the plan that it had subscribed to; None if it had no subscription.
        calls_unlinked: how many calls no longer say which of those numbers was called.
    """

    organization: Organization
    rows: Mapping[str, int]
    rows_not_restored: Mapping[str, int]
    numbers_not_restored: tuple[str, ...]
    plan_not_restored: str | None
    calls_unlinked: int


@attrs.frozen(kw_only=True)
class _Losses:
    """What a deletion takes for good: the number of rows by table, the values of some of them, and links of calls."""

    rows: Mapping[str, int]
    numbers: tuple[str, ...] = ()
    plan: str | None = None
    links: int = 0


async def delete_organization(
    unit: UnitOfWork, organization_id: OrganizationId, catalogue: Catalogue, recorder: Recorder, retention: timedelta
) -> Organization:
    """Soft-deletes an organization in this unit of work, with all that is deleted with it (INTEGRITY-001).

    Args:
        unit: the unit that holds the organization's lock.
        organization_id: the organization.
        catalogue: the catalogue of the store; it says what is deleted along with it, and how many calls may be going
            on.
        recorder: makes the audit record and the events.
        retention: how long after its deletion it can be restored.

    Returns:
        The organization, as stored.

    Raises:
        NotFound: it is not there, or it is deleted already.
        CallsInProgress: calls are going on.
    """
    before = await unit.of(Organization).get(organization_id)
    deletion = recorder.deletion()
    after = deleted(before, deletion)
    await _require_no_call(unit, catalogue, before, after)
    removed = await rows_removed_with_root(unit, catalogue)
    numbers = cast("Sequence[PhoneNumber]", removed[phone_number_rules.table])
    audit = recorder.audit(DELETED, before, after, await _metadata(unit, numbers, retention))
    audit = _with_images(audit, removed)
    events = recorder.events(before.id, _events(before.id, numbers))
    stored = await unit.of(Organization).save(after, audit, events)
    await delete_with_root(unit, catalogue, deletion, audit)
    return stored


async def restore_organization(
    unit: UnitOfWork, organization_id: OrganizationId, catalogue: Catalogue, recorder: Recorder, retention: timedelta
) -> RestoredOrganization:
    """Restores an organization in this unit of work, with the rows of its deletion (INTEGRITY-006).

    Args:
        unit: the unit that holds the organization's lock.
        organization_id: the organization.
        catalogue: the catalogue of the store; it says what was deleted along with it.
        recorder: makes the audit records.
        retention: how long after its deletion it can be restored.

    Raises:
        NotFound: it is not there.
        InvalidState: it is not deleted, its purge has begun, or it is marked for erasure.
        RetentionExpired: it was deleted too long ago.
    """
    before = await unit.of(Organization).get(organization_id, include_deleted=True)
    require_restorable(before, retention, recorder.at)
    await require_no_purge(unit, before)
    await _require_no_erasure(unit, before)
    losses = await _losses(unit, catalogue, before)
    after = restored(before)
    audit = recorder.audit("organization.restored", before, after)
    stored = await unit.of(Organization).save(after, audit)  # first: nothing enters a deleted one
    return RestoredOrganization(
        organization=stored,
        rows=await restore_with_root(unit, catalogue, before.deletion_id, audit),
        rows_not_restored=losses.rows,
        numbers_not_restored=losses.numbers,
        plan_not_restored=losses.plan,
        calls_unlinked=losses.links,
    )


async def request_erasure(
    unit: UnitOfWork, organization_id: OrganizationId, reason: str, recorder: Recorder
) -> Erasure:
    """Marks an organization, deleted or not, so that its purge leaves no trail (X-10).

    Raises:
        NotFound: it is not there.
        RuleViolated: `erasures_root_id_unique`, if it is marked already; `erasures_reason_length`.
        AccessDenied: the role of the store has only the rights of requests.
    """
    await unit.of(Organization).get(organization_id, include_deleted=True)
    mark = Erasure(root_id=organization_id, id=ErasureId(recorder.ids.new()), created_at=recorder.at, reason=reason)
    with _role_of_jobs("Only a role with the rights of jobs may mark an organization for erasure"):
        return await unit.of(Erasure).add(mark, recorder.audit("organization.erasure.requested", None, mark))


async def lift_erasure(unit: UnitOfWork, organization_id: OrganizationId, recorder: Recorder) -> None:
    """Lifts the mark of an organization, deleted or not, so that its purge keeps the trail.

    Raises:
        NotFound: the organization is not there.
    """
    await unit.of(Organization).get(organization_id, include_deleted=True)
    for mark in await unit.of(Erasure).find():
        with _role_of_jobs("Only a role with the rights of jobs may lift a mark for erasure"):
            await unit.of(Erasure).remove(mark, recorder.audit("organization.erasure.lifted", mark, None))


@contextmanager
def _role_of_jobs(reason: str) -> Iterator[None]:
    """Turns a refusal of the database into one that says which rights the use case needs.

    Raises:
        AccessDenied: the database refused the role; the message says what to do.
    """
    try:
        yield
    except AccessDenied as error:
        raise AccessDenied(f"{reason}: see gapless.postgres.Profile, and jobs_engine= of gapless.open.") from error


async def _require_no_erasure(unit: UnitOfWork, organization: Organization) -> None:
    """Refuses to restore an organization that is marked for erasure.

    Only a job may lift the mark: whoever may set and lift it could remove a trail and leave no mark.
    """
    if await unit.of(Erasure).count():
        raise InvalidState(
            "Organization",
            organization.id,
            f"Organization {organization.id} is marked for erasure: it can be restored when a job has lifted the mark "
            "(organizations.lift_erasure).",
        )


async def _require_no_call(unit: UnitOfWork, catalogue: Catalogue, before: Organization, after: Organization) -> None:
    """Refuses, and says how many calls are going on; the store checks the same rules again at commit."""
    for invariant in catalogue.invariants_of(Call, below=Organization):
        if not invariant.is_pending((before, after)):
            continue
        active_calls = await unit.of(Call).count(invariant.counted, include_deleted=True)
        limit = await supplement_in(unit, invariant, after)
        if invariant.is_violated((before, after), number=active_calls, supplement=limit):
            broken = invariant.error
            raise CallsInProgress(
                rule=broken.rule,
                entity=broken.entity,
                fields=broken.fields,
                active_calls=active_calls,
                source=broken.source,
            )


def _events(organization_id: OrganizationId, numbers: Sequence[PhoneNumber]) -> list[Event]:
    released = [PhoneNumberReleased(number=number.number, provider=number.provider) for number in numbers]
    return [OrganizationDeleted(organization_id=organization_id), *released]


async def _metadata(unit: UnitOfWork, numbers: Sequence[PhoneNumber], retention: timedelta) -> JsonObject:
    """How long a restore is possible, and how many calls lose the link to one of these numbers."""
    links = 0
    for first in range(0, len(numbers), MOST_NUMBERS):
        links += await _linked(unit, [number.id for number in numbers[first : first + MOST_NUMBERS]])
    return JsonObject({"retentionDays": retention_days(retention), "unlinkedCalls": links})


async def _linked(unit: UnitOfWork, ids: Sequence[PhoneNumberId]) -> int:
    return await unit.of(Call).count(lambda call: one_of(call.phone_number_id, *ids))


def _with_images(audit: AuditRecord, rows: Mapping[str, Sequence[AuditedEntity]]) -> AuditRecord:
    """The record of the deletion, with the values of what is removed for good; there is one subscription at most."""
    changed: dict[str, Json] = {} if audit.before is None else audit.before.to_dict()
    others = dict(rows)
    (subscription,) = [image_of(row) for row in others.pop(subscription_rules.table, ())] or [None]
    own = attrs.evolve(audit, before=JsonObject({**changed, "subscription": subscription}))
    return with_images(own, others)


async def _losses(unit: UnitOfWork, catalogue: Catalogue, organization: Organization) -> _Losses:
    """What the deletion of this organization removed, as its audit record says; nothing if plain SQL deleted it."""
    tables = [model.table for model in removed_softly(catalogue) if model.audited]
    nothing = _Losses(rows=dict.fromkeys(tables, 0))
    found = await unit.audit_trail.find(
        lambda audit: all_of(
            audit.resource_type == resource_type(Organization),
            audit.resource_id == resource_id(organization.id),
            audit.action == DELETED,
        ),
        order=lambda audit: (descending(audit.created_at), descending(audit.id)),
        limit=1,
    )
    if not found or found[0].before is None or found[0].after is None:
        return nothing
    # The newest audit record may be of an earlier deletion, if plain SQL has deleted the organization since.
    if found[0].after.get("deletion_id") != str(organization.deletion_id):
        return nothing
    return _told(found[0].before.to_dict(), found[0].metadata, tables)


def _told(before: dict[str, Json], metadata: JsonObject, tables: Iterable[str]) -> _Losses:
    """Reads what `delete_organization` wrote; a part that the record lacks means that nothing was removed."""
    numbers = cast("list[dict[str, str]]", before.get("phone_numbers", []))
    subscription = cast("dict[str, str] | None", before.get("subscription"))
    rows = {table: len(images_in(before, table)) for table in tables}
    return _Losses(
        rows={**rows, subscription_rules.table: int(subscription is not None)},
        numbers=tuple(image["number"] for image in numbers),
        plan=None if subscription is None else subscription["plan"],
        links=cast("int", metadata.get("unlinkedCalls", 0)),
    )

"""The soft deletion of an organization by hand: what has to be known in one request, what is written in another.

As gapless does it today: users and knowledge items are soft-deleted, the subscription is removed, and numbers are
released, which are rows that stay. The record has the images of what is removed and counts the links, and each number
is told to the outside.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import attrs

from benchmarks.contenders.by_hand_connections import Connection, Pool, in_unit
from gapless.domain.errors import CallsInProgress
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit.errors import ConcurrencyConflict, NotFound
from gapless.kit.ports import Clock, IdFactory

# ruff: noqa: S608  # the columns are those of our own class
COLUMNS = ", ".join(field.name for field in attrs.fields(Organization))
KNOWN = """
    SELECT o.version,
        (SELECT count(*) FROM gapless.calls WHERE organization_id = $1 AND status = 'ACTIVE') AS active_calls,
        (SELECT coalesce(jsonb_agg(to_jsonb(n) - $2::text[] ORDER BY n.id), '[]')::text FROM gapless.phone_numbers AS n
            WHERE n.organization_id = $1 AND NOT n.is_released) AS numbers,
        (SELECT (to_jsonb(s) - $2::text[])::text FROM gapless.subscriptions AS s
            WHERE s.organization_id = $1) AS subscription,
        (SELECT count(*) FROM gapless.calls AS c WHERE c.organization_id = $1 AND c.phone_number_id IN (
            SELECT n.id FROM gapless.phone_numbers AS n WHERE n.organization_id = $1 AND NOT n.is_released)) AS links
    FROM gapless.organizations AS o WHERE o.id = $1 AND NOT o.is_deleted"""
SOFTLY = "SET is_deleted = true, deleted_at = $3, deletion_id = $4, version = version + 1"
WRITTEN = f"""
    WITH written AS (
        UPDATE gapless.organizations {SOFTLY} WHERE id = $1 AND version = $2 RETURNING {COLUMNS}),
    users AS (UPDATE gapless.users {SOFTLY} WHERE organization_id = $1 AND NOT is_deleted),
    items AS (UPDATE gapless.knowledge_items {SOFTLY} WHERE organization_id = $1 AND NOT is_deleted),
    ended AS (DELETE FROM gapless.subscriptions WHERE organization_id = $1),
    released AS (
        UPDATE gapless.phone_numbers SET is_released = true, version = version + 1
        WHERE organization_id = $1 AND NOT is_released),
    audit AS (
        INSERT INTO gapless.audit_logs (root_id, id, created_at, actor_kind, job, action, resource_type,
            resource_id, before, after, metadata)
        SELECT id, $5, $3, 'system', 'benchmark', 'organization.deleted', 'organization', id::text, $6::text::jsonb,
            $7::text::jsonb, $8::text::jsonb FROM written),
    events AS (
        INSERT INTO gapless.outbox (root_id, id, created_at, kind, payload, attempts, due_at, version)
        SELECT $1, event.id, $3, event.kind, event.payload::jsonb, 0, $3, 1
        FROM written, unnest($9::uuid[], $10::text[], $11::text[]) AS event (id, kind, payload))
    SELECT {COLUMNS} FROM written"""
RETENTION_DAYS = 30
UNTOLD = ["version", "forwarding_number"]
"""What the images of removed rows leave out: what is the store's own, and what is personal."""


class Facts(NamedTuple):
    """What a deletion has to know of an organization."""

    version: int
    active_calls: int
    numbers: str
    subscription: str | None
    links: int


@attrs.frozen(kw_only=True)
class Deletion:
    """The use case of deleting an organization.

    Attributes:
        pool: the connections.
        clock: tells the time.
        ids: makes ids.
    """

    pool: Pool
    clock: Clock
    ids: IdFactory

    async def __call__(self, home: OrganizationId) -> Organization:
        """Deletes an organization.

        Raises:
            NotFound: there is none, or it is deleted.
            CallsInProgress: calls are going on.
            ConcurrencyConflict: it was changed past the lock.
        """
        return await in_unit(self.pool, home, lambda connection: self._delete(connection, home))

    async def _delete(self, connection: Connection, home: OrganizationId) -> Organization:
        record = await connection.fetchrow(KNOWN, home, UNTOLD)
        if record is None:
            raise NotFound("Organization", home)
        known = Facts(*record.values())
        if known.active_calls:
            raise CallsInProgress(
                rule="no_active_calls",
                entity="Organization",
                fields=("is_deleted",),
                active_calls=known.active_calls,
            )
        now, deletion = self.clock.now(), self.ids.new()
        audit, events = self._audit_record(known, now, deletion), self._events(known, home)
        written = await connection.fetchrow(WRITTEN, home, known.version, now, deletion, *audit, *events)
        if written is None:
            raise ConcurrencyConflict
        return organization_of(written)

    def _audit_record(self, known: Facts, now: datetime, deletion: UUID) -> tuple[object, ...]:
        removed = f'"phone_numbers": {known.numbers}, "subscription": {known.subscription or "null"}'
        before = f'{{"deleted_at": null, "deletion_id": null, "is_deleted": false, {removed}}}'
        after = json.dumps({"deleted_at": now.isoformat(), "deletion_id": str(deletion), "is_deleted": True})
        metadata = json.dumps({"retentionDays": RETENTION_DAYS, "unlinkedCalls": known.links})
        return self.ids.new(), before, after, metadata

    def _events(self, known: Facts, home: OrganizationId) -> tuple[list[UUID], list[str], list[str]]:
        payloads = [{"organization_id": str(home)}]
        payloads += [{"number": each["number"], "provider": each["provider"]} for each in json.loads(known.numbers)]
        kinds = ["organization.deleted"] + ["phone_number.released"] * (len(payloads) - 1)
        return [self.ids.new() for _ in payloads], kinds, [json.dumps(payload) for payload in payloads]


def organization_of(record: asyncpg.Record) -> Organization:
    """The organization of a record: the same value that gapless builds. Its fields are named as its columns are."""
    return Organization(**dict(record.items()))

"""Loads many rows into gapless's tables by SQL, past the triggers, as a restored dump does; then ANALYZE.

Ids rise with the rows, as those do that gapless makes.
"""

from __future__ import annotations

import asyncpg
import attrs

from benchmarks.scenes.companies import RoomyCompany


@attrs.frozen(kw_only=True)
class Load:
    """Rows of one table, or of two that belong together.

    Attributes:
        tables: what is analyzed afterwards.
        statements: each gets the numbers of the first and the last row, counted from 0 and 1, and the values.
    """

    tables: tuple[str, ...]
    statements: tuple[str, ...]


CALLS = Load(
    tables=("calls",),
    statements=(
        """
        INSERT INTO gapless.calls (organization_id, id, created_at, phone_number_id, status, started_at, ended_at,
            duration_seconds, caller_number, outcome, handled_by, handled_by_user_id, version)
        SELECT $3, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(),
            $4, 'COMPLETED', now() - make_interval(secs => n + 60),
            now() - make_interval(secs => n), 60, '+99890' || lpad((n % 1000)::text, 7, '0'), 'outcome ' || n % 100,
            CASE n % 10 WHEN 0 THEN 'HUMAN' ELSE 'AI' END, CASE n % 10 WHEN 0 THEN $5::uuid END, 1
        FROM generate_series($1::bigint, $2::bigint - 1) AS n
        """,
    ),
)
"""Values: the organization, its number, and the user who handles each tenth call."""
MEMBERS = Load(
    tables=("users",),
    statements=(
        """
        INSERT INTO gapless.users (organization_id, id, created_at, email, name, role, language, is_active, is_deleted,
            version)
        SELECT $3, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(),
            'member' || n || '@acme.org', 'Bob', 'MANAGER', 'en', true, false, 1
        FROM generate_series($1::bigint, $2::bigint - 1) AS n
        """,
    ),
)
"""Values: the organization."""
ORGANIZATIONS = Load(
    tables=("organizations", "users"),
    statements=(
        """
        INSERT INTO gapless.organizations (id, created_at, name, slug, call_minutes_quota, team_members_quota,
            phone_numbers_quota, storage_quota, used_minutes, used_storage, quota_warning_80_sent,
            quota_warning_90_sent, quota_warning_100_sent, storage_warning_80_sent, storage_warning_90_sent,
            storage_warning_100_sent, is_deleted, version)
        SELECT md5('organization ' || n)::uuid, now(), 'Acme', 'loaded-' || n, 500, 10, 2, 0, 0, 0, false, false,
            false, false, false, false, false, 1
        FROM generate_series($1::bigint, $2::bigint - 1) AS n
        """,
        """
        INSERT INTO gapless.users (organization_id, id, created_at, email, name, role, language, is_active, is_deleted,
            version)
        SELECT md5('organization ' || n)::uuid, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(),
            'ann@acme.org', 'Ann', 'OWNER', 'en', true, false, 1
        FROM generate_series($1::bigint, $2::bigint - 1) AS n
        """,
    ),
)
"""Organizations with an owner each."""
RECORDS = Load(
    tables=("audit_logs", "organizations"),
    statements=(
        """
        INSERT INTO gapless.audit_logs (root_id, id, created_at, actor_kind, user_id, action, resource_type,
            resource_id, before, after, metadata, number, recorded_at)
        SELECT $3, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(),
            'user', $4, 'user.renamed', 'user', md5('user ' || n % 1000)::uuid::text,
            '{"name": "Bob"}', '{"name": "Bill"}', '{}', numbered.last_number + n - $1 + 1, now()
        FROM generate_series($1::bigint, $2::bigint - 1) AS n,
            (SELECT last_number FROM gapless.organizations WHERE id = $3) AS numbered
        """,
        """
        UPDATE gapless.organizations SET last_number = last_number + $2::bigint - $1::bigint WHERE id = $3
        """,
    ),
)
"""Audit records of a thousand users; values: the organization, and the user who acts."""
EVENTS = Load(
    tables=("outbox",),
    statements=(
        """
        INSERT INTO gapless.outbox (root_id, id, created_at, kind, payload, attempts, due_at, version)
        SELECT $3, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(),
            'sessions.revoke', '{"reason": "role_lowered"}', 0,
            now() - make_interval(secs => n), 1
        FROM generate_series($1::bigint, $2::bigint - 1) AS n
        """,
    ),
)
"""Events that are due; values: the organization."""


async def load(connection: asyncpg.Connection, rows: Load, first: int, last: int, *values: object) -> None:
    """Adds the rows from the first to the last, which is not among them."""
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for statement in rows.statements:
            used = [value for place, value in enumerate(values, 3) if f"${place}" in statement]
            await connection.execute(statement, first, last, *used)
    for table in rows.tables:
        await connection.execute(f"VACUUM ANALYZE gapless.{table}")


def values_of_calls(company: RoomyCompany) -> tuple[object, ...]:
    """The values of CALLS for an organization."""
    return company.id, company.number.id, company.owner.id

"""The rows that code by hand makes of what it reads: frozen classes of its own, with the same values and no rules.

That is the least that immutable values cost in Python: attrs, slots, and arguments by their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import asyncpg
import attrs

from gapless.domain.calls import CallStatus, Handler
from gapless.domain.users import Language, Role

ROLES: Mapping[str, Role] = {member.value: member for member in Role}
LANGUAGES: Mapping[str, Language] = {member.value: member for member in Language}
STATUSES: Mapping[str, CallStatus] = {member.value: member for member in CallStatus}
HANDLERS: Mapping[str, Handler] = {member.value: member for member in Handler}
"""Members by value: looking one up is cheaper than calling the class."""


@attrs.frozen
class UserRow:
    """A user, with the columns of the table in their order."""

    organization_id: UUID
    id: UUID
    created_at: datetime
    email: str
    name: str
    role: Role
    language: Language
    is_active: bool
    last_seen_at: datetime | None
    deactivated_at: datetime | None
    deactivation_reason: str | None
    is_deleted: bool
    deleted_at: datetime | None
    deleted_by: UUID | None
    deletion_id: UUID | None
    version: int


@attrs.frozen
class CallRow:
    """A call, with the columns of the table in their order."""

    organization_id: UUID
    id: UUID
    created_at: datetime
    phone_number_id: UUID | None
    caller_number: str | None
    caller_text: str | None
    status: CallStatus
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: int | None
    outcome: str | None
    sentiment: str | None
    handled_by: Handler
    handled_by_user_id: UUID | None
    ai_confidence: int | None
    call_quality: int | None
    version: int


def user_of(record: asyncpg.Record) -> UserRow:
    """The user of a record."""
    home, user_id, created_at, email, name, role, language, *rest = record
    return UserRow(home, user_id, created_at, email, name, ROLES[role], LANGUAGES[language], *rest)


def call_of(record: asyncpg.Record) -> CallRow:
    """The call of a record."""
    (home, call, at, number, caller, text, status, begun, ended, lasted, came, mood, who, user, sure, rated, v) = record
    status, who = STATUSES[status], HANDLERS[who]
    return CallRow(
        *(home, call, at, number, caller, text, status, begun, ended, lasted, came, mood, who, user, sure, rated, v)
    )

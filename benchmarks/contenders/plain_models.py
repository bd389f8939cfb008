"""The plain tables as models of SQLAlchemy's ORM, as a service declares them; Core uses their tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = Mapped[UUID]


class Model(DeclarativeBase):
    """What the models have in common: the schema, and the types of their columns."""

    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        str: Text(),
        bool: Boolean(),
        dict[str, Any]: JSONB(none_as_null=True),
    }
    __table_args__: Any = {"schema": "plain"}  # noqa: RUF012  # as above


class SoftDeleted:
    """Columns of what is soft-deleted."""

    is_deleted: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[UUID | None]
    deletion_id: Mapped[UUID | None]


class Organization(SoftDeleted, Model):
    """A tenant."""

    __tablename__ = "organizations"

    id: Id = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    name: Mapped[str]
    slug: Mapped[str]
    billing_email: Mapped[str | None]
    call_minutes_quota: Mapped[int]
    team_members_quota: Mapped[int]
    phone_numbers_quota: Mapped[int]
    storage_quota: Mapped[int] = mapped_column(BigInteger)
    used_minutes: Mapped[int]
    used_storage: Mapped[int] = mapped_column(BigInteger)
    quota_warning_80_sent: Mapped[bool]
    quota_warning_90_sent: Mapped[bool]
    quota_warning_100_sent: Mapped[bool]
    storage_warning_80_sent: Mapped[bool]
    storage_warning_90_sent: Mapped[bool]
    storage_warning_100_sent: Mapped[bool]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class


class User(SoftDeleted, Model):
    """A user of an organization."""

    __tablename__ = "users"

    organization_id: Id = mapped_column(primary_key=True)
    id: Id = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    language: Mapped[str]
    is_active: Mapped[bool]
    last_seen_at: Mapped[datetime | None]
    deactivated_at: Mapped[datetime | None]
    deactivation_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class


class KnowledgeItem(SoftDeleted, Model):
    """A question and its answer; only what a deletion needs of it."""

    __tablename__ = "knowledge_items"

    organization_id: Id = mapped_column(primary_key=True)
    id: Id = mapped_column(primary_key=True)
    version: Mapped[int]


class Subscription(Model):
    """What an organization pays for; only what a deletion needs of it."""

    __tablename__ = "subscriptions"

    organization_id: Id = mapped_column(primary_key=True)
    id: Id = mapped_column(primary_key=True)
    plan: Mapped[str]
    status: Mapped[str]


class PhoneNumber(Model):
    """A number at which an organization is called."""

    __tablename__ = "phone_numbers"

    organization_id: Id = mapped_column(primary_key=True)
    id: Id = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    number: Mapped[str]
    provider: Mapped[str]
    display_name: Mapped[str | None]
    forwarding_number: Mapped[str | None]
    is_released: Mapped[bool]
    version: Mapped[int]


class Call(Model):
    """A call to an organization."""

    __tablename__ = "calls"

    organization_id: Id = mapped_column(primary_key=True)
    id: Id = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    phone_number_id: Mapped[UUID | None]
    caller_number: Mapped[str | None]
    caller_text: Mapped[str | None]
    status: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    duration_seconds: Mapped[int | None]
    outcome: Mapped[str | None]
    sentiment: Mapped[str | None]
    handled_by: Mapped[str]
    handled_by_user_id: Mapped[UUID | None]
    ai_confidence: Mapped[int | None]
    call_quality: Mapped[int | None]
    version: Mapped[int]


class AuditLog(Model):
    """A record of who did what; the database numbers them and tells when each was written."""

    __tablename__ = "audit_logs"

    organization_id: Id = mapped_column(primary_key=True)
    id: Id = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    actor_kind: Mapped[str]
    job: Mapped[str | None]
    action: Mapped[str]
    resource_type: Mapped[str]
    resource_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata")

"""The audit records of those who write to the plain tables by SQLAlchemy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from benchmarks.contenders.plain_models import PhoneNumber, Subscription
from gapless.domain.organizations import OrganizationId
from gapless.kit.ids import UserId

Values = dict[str, object]
UNTOLD = ("version", "forwarding_number")
NOT_DELETED: Values = {"deleted_at": None, "deletion_id": None, "is_deleted": False}


def role_changed(home: OrganizationId, user_id: UserId, now: datetime, before: str, after: str) -> Values:
    """The columns of the record of a change of a role."""
    return _record(home, now, "user.role.changed", ("user", user_id), ({"role": before}, {"role": after}), {})


def deleted(  # what the record tells
    home: OrganizationId,
    now: datetime,
    deletion: UUID,
    numbers: Sequence[Mapping[str, object]],
    subscription: Mapping[str, object] | None,
    links: int,
) -> Values:
    """The columns of the record of a deletion."""
    images = (
        {**NOT_DELETED, "phone_numbers": [_plain(each) for each in numbers], "subscription": subscription},
        {"deleted_at": now.isoformat(), "deletion_id": str(deletion), "is_deleted": True},
    )
    metadata: Values = {"retentionDays": 30, "unlinkedCalls": links}
    return _record(home, now, "organization.deleted", ("organization", home), images, metadata)


def of_number(number: PhoneNumber) -> Values:
    """The columns of a number, as the record tells them."""
    return told({column.key: getattr(number, column.key) for column in PhoneNumber.__table__.columns})


def told(values: Mapping[str, object]) -> Values:
    """The columns of a number without what is personal or the store's own."""
    return {name: value for name, value in values.items() if name not in UNTOLD}


def of_subscription(subscription: Subscription | None) -> Values | None:
    """The columns of a subscription, as the record tells them."""
    return None if subscription is None else {"plan": subscription.plan, "status": subscription.status}


def _plain(values: Mapping[str, object]) -> Values:
    return {name: _text(value) for name, value in values.items()}


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value


def _record(  # what a record has
    home: OrganizationId,
    now: datetime,
    action: str,
    resource: tuple[str, UUID],
    images: tuple[Values, Values],
    metadata: Values,
) -> Values:
    return {
        "organization_id": home,
        "id": uuid4(),
        "created_at": now,
        "actor_kind": "system",
        "job": "benchmark",
        "action": action,
        "resource_type": resource[0],
        "resource_id": str(resource[1]),
        "before": images[0],
        "after": images[1],
        "metadata_": metadata,
    }

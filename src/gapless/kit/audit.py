"""The audit trail: who did what to which row, kept for good. Each write of an audited entity takes an audit record."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import attrs

from gapless.kit.accompanying_texts import GREATEST_LENGTH, accompanying_text
from gapless.kit.columns import UNNUMBERED, UNRECORDED, BigInteger, RecordedTime, subject
from gapless.kit.declaration import rules_of
from gapless.kit.ids import AuditRecordId, ErasureId, RootId, UserKey
from gapless.kit.json_object import GREATEST_INTEGER, Json, JsonObject
from gapless.kit.kinds import (
    AppendOnly,
    Check,
    Index,
    Numbered,
    OnDelete,
    Reference,
    Root,
    Rule,
    Stamped,
    Unique,
    descending,
)
from gapless.kit.language import all_of, any_of, between, is_null, length, negate, nullable
from gapless.kit.model import VERSION, AuditedEntity, Entity, model_of
from gapless.kit.personal_fields import impersonal, personal
from gapless.kit.plain import settle
from gapless.kit.sources import seed

NO_METADATA = JsonObject({})


class ActorKind(enum.Enum):
    """Who acts: a person, or a job."""

    USER = "user"
    SYSTEM = "system"


@attrs.frozen
class Actor:
    """Who acts, and from where; a host makes one for each request or job.

    What an actor says beside the user's id never refuses a write: the trail keeps as much of it as it can. A text is
    cut to 500 characters, and characters that can't be seen are replaced; see `accompanying_text`.

    Attributes:
        user_id: the person, or None if a job acts; of which type it is, the catalogue says by `users=`.
        job: the name of the job, or None if a person acts.
        ip_address, user_agent: where the request came from, if known; several addresses of one header are one text.
    """

    user_id: UserKey | None
    job: str | None = attrs.field(converter=accompanying_text)
    ip_address: str | None = attrs.field(default=None, converter=accompanying_text, repr=False)
    user_agent: str | None = attrs.field(default=None, converter=accompanying_text, repr=False)

    def __attrs_post_init__(self) -> None:
        settle(self)

    @staticmethod
    def user(user_id: UserKey, *, ip_address: str | None = None, user_agent: str | None = None) -> Actor:
        """The actor for a person."""
        return Actor(user_id, None, ip_address, user_agent)

    @staticmethod
    def system(job: str) -> Actor:
        """The actor for the job with this name."""
        return Actor(None, job)


@attrs.frozen(kw_only=True, slots=True)
class AuditRecord(Entity):
    """One line of the audit trail. `before` and `after` hold the changed fields by column name.

    Attributes:
        created_at: when the write happened, as the application says.
        number: the place in the root's trail: 1, 2, 3 in the order in which records were added; the store sets
            it, and it is 0 before.
        recorded_at: when the store took the record, by the store's own clock. If `created_at` is far from it, the
            record was backdated.
    """

    root_id: RootId | None
    id: AuditRecordId
    created_at: datetime
    actor_kind: ActorKind
    user_id: UserKey | None = None
    job: str | None = impersonal(default=None)
    action: str = impersonal()
    resource_type: str = impersonal()
    resource_id: str = impersonal()
    before: JsonObject | None = personal(default=None)
    after: JsonObject | None = personal(default=None)
    metadata: JsonObject = personal(default=NO_METADATA)
    ip_address: str | None = personal(default=None)
    user_agent: str | None = personal(default=None)
    number: BigInteger = attrs.field(default=UNNUMBERED, eq=False)
    recorded_at: RecordedTime = attrs.field(default=UNRECORDED, eq=False)


@attrs.frozen(kw_only=True, slots=True)
class ArchivedAuditRecord(AuditRecord):
    """An audit record of a root that was removed for good. It stays as it was, and nothing removes it."""


@attrs.frozen(kw_only=True, slots=True)
class Erasure(AuditedEntity):
    """Says that the audit trail of a root is not archived when it is purged, because somebody asked for that.

    It stays after the root has gone, and records why there is no trail.
    """

    root_id: RootId
    id: ErasureId
    created_at: datetime
    reason: str = personal()


GREATEST_RESOURCE_TYPE, GREATEST_RESOURCE_ID = 50, 200
"""How many characters the name of an entity and the id of a row have in the audit trail at most."""


def _form_rules(record: AuditRecord, table: str) -> Iterator[Rule]:
    """The rules that hold in every table that keeps audit records."""
    named = {"action": (record.action, 100), "resource_type": (record.resource_type, GREATEST_RESOURCE_TYPE)}
    named |= {"resource_id": (record.resource_id, GREATEST_RESOURCE_ID)}
    for name, (text, greatest) in named.items():
        yield Check(
            f"{table}_{name}_length",
            f"{subject(name)} has 1 to {greatest} characters.",
            between(length(text), 1, greatest),
        )
    for name, free in {"job": record.job, "ip_address": record.ip_address, "user_agent": record.user_agent}.items():
        yield Check(
            f"{table}_{name}_length",
            f"{subject(name)} has at most {GREATEST_LENGTH} characters.",
            length(nullable(free)) <= GREATEST_LENGTH,
        )
    yield Check(
        f"{table}_actor_named",
        "An audit record names the user who acted or the job that did, as the kind of actor says.",
        any_of(
            all_of(record.actor_kind == ActorKind.USER, negate(is_null(record.user_id)), is_null(record.job)),
            all_of(record.actor_kind == ActorKind.SYSTEM, is_null(record.user_id), negate(is_null(record.job))),
        ),
    )


def _indexes(record: AuditRecord) -> Iterator[Rule]:
    yield Index(
        "idx_audit_org_date",
        "Reads the trail of a root, newest first.",
        (record.root_id, descending(record.created_at)),
        source=seed("X-07"),
    )
    yield Index(
        "idx_audit_resource",
        "Reads the trail of a resource.",
        (record.resource_type, record.resource_id),
        source=seed("X-08"),
    )
    newest = descending(record.number), descending(record.id)
    yield Index("idx_audit_number", "Reads the trail in its order.", (record.root_id, *newest))
    yield Index(
        "idx_audit_resource_number",
        "Reads the trail of a resource in its order.",
        (record.root_id, record.resource_type, record.resource_id, *newest),
    )
    yield Index(
        "idx_audit_user_number",
        "Reads the trail of a user in its order.",
        (record.root_id, record.user_id, *newest),
    )


def as_json(value: object) -> Json:
    """A column's value as an audit record holds it: ids, decimals and enumerations as text, times in ISO 8601."""
    if value is None or type(value) is str or type(value) is bool:
        return value  # as most values are
    match value:
        case enum.Enum():
            return str(value.value)
        case datetime():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case tuple():
            return [as_json(part) for part in value]
        case JsonObject():
            return value.to_dict()
        case int():
            return value if abs(value) <= GREATEST_INTEGER else str(value)
        case _:
            raise TypeError(f"an audit record can't hold a {type(value).__name__}")


def changed_fields(
    before: AuditedEntity | None, after: AuditedEntity | None
) -> tuple[JsonObject | None, JsonObject | None]:
    """The `before` and `after` of an audit record.

    For a change they hold the fields that differ; for a row that is added or removed, all fields.

    Args:
        before: the row before the write; None if it is added.
        after: the row after the write; None if it is removed.

    What belongs to the store, such as the version, is left out. For a row that is removed, what is personal is left out
    as well, so that a value which is to be erased does not enter the trail.
    """
    row = after if after is not None else before
    if row is None:
        return None, None
    model = model_of(type(row))
    names: Iterable[str] = model.own
    if before is not None and after is not None:
        names = [name for name in model.difference(before, after) if name != VERSION]
    elif after is None:
        names = [name for name in names if not model.column(name).personal]
    return _image(before, names), _image(after, names)


def _image(row: AuditedEntity | None, names: Iterable[str]) -> JsonObject | None:
    """The given fields of a row."""
    if row is None:
        return None
    return JsonObject({name: as_json(getattr(row, name)) for name in names})


@rules_of(ArchivedAuditRecord, "audit_archive", belongs_to=lambda record: record.root_id, origin="gapless")
def archive_rules(record: ArchivedAuditRecord) -> Iterator[Rule]:
    """The rules of archived audit records."""
    yield from _form_rules(record, "audit_archive")
    yield AppendOnly(
        "audit_archive_append_only",
        "The archive of the audit trail is never cleared, and never changed but by taking out values of persons.",
        erasable=(record.before, record.after, record.ip_address, record.user_agent),
    )
    yield Index(
        "idx_audit_archive_number",
        "Reads what is archived of a root in its order.",
        (record.root_id, descending(record.number), descending(record.id)),
    )


@rules_of(Erasure, "erasures", belongs_to=lambda erasure: erasure.root_id, origin="gapless")
def erasure_rules(erasure: Erasure) -> Iterator[Rule]:
    """The rules of erasures."""
    yield Check("erasures_reason_length", "A reason has 1 to 500 characters.", between(length(erasure.reason), 1, 500))
    yield Unique("erasures_root_id_unique", "The root is marked for erasure already.", erasure.root_id)


@rules_of(AuditRecord, "audit_logs", belongs_to=lambda record: record.root_id, origin="gapless")
def audit_rules(record: AuditRecord) -> Iterator[Rule]:
    """The rules of audit records."""
    yield from _form_rules(record, "audit_logs")
    home = Reference(
        "audit_logs_root_id_fkey",
        "An audit record belongs to a root that is there.",
        record.root_id,
        Root,
        OnDelete.CASCADE,
        source=seed("X-10"),
    )
    yield home
    yield AppendOnly(
        "audit_logs_append_only",
        "The audit trail is never changed but by taking out values of persons, and removed only with its root.",
        home,
        archive=ArchivedAuditRecord,
        erased_by=Erasure,
        erasable=(record.before, record.after, record.ip_address, record.user_agent),
        source=seed("GAP-213"),
    )
    yield Numbered(
        "audit_logs_number",
        "The audit records of a root are numbered in the order in which they came.",
        through=home,
        column=record.number,
    )
    yield Stamped(
        "audit_logs_recorded_at",
        "An audit record says when it came, by the store's own clock.",
        column=record.recorded_at,
    )
    yield from _indexes(record)

"""Violations of the rules over one row that do not follow from an annotation: values, by the name of the rule."""

from __future__ import annotations

from uuid import UUID

from gapless.domain.json_object import GREATEST_INTEGER
from gapless.domain.organizations import RESERVED_SLUGS
from gapless.testing.attempts import RowViolation
from gapless.testing.scenes import MOMENT

_SOMEBODY = UUID("018dc0de-0000-7000-8000-000000000001")


def _address(length: int) -> str:
    """A well-formed address of so many characters."""
    return "a@acme.example".rjust(length, "a")


def _each(rule: str, column: str, *tried: tuple[str, object]) -> tuple[RowViolation, ...]:
    return tuple(RowViolation(rule, words, {column: value}) for words, value in tried)


def _length(rule: str, column: str, least: int, greatest: int) -> tuple[RowViolation, ...]:
    lengths = (least - 1, greatest + 1) if least else (greatest + 1,)
    return _each(rule, column, *((_characters(length), "a" * length) for length in lengths))


def _characters(length: int) -> str:
    return "1 character" if length == 1 else f"{length} characters"


def _address_form(rule: str, column: str) -> tuple[RowViolation, ...]:
    return _each(
        rule,
        column,
        ("no @", "acme.example"),
        ("two @", "a@b@acme.example"),
        ("no dot", "a@acme"),
        ("white space", "a b@acme.example"),
        ("a line break at the end", "a@acme.example\n"),
        ("nothing", ""),
    )


def _deletion(table: str) -> tuple[RowViolation, ...]:
    rule = f"{table}_is_deleted_deleted_at_agree"
    return (
        RowViolation(rule, "deleted at no time", {"is_deleted": True}),
        RowViolation(rule, "a time without deletion", {"deleted_at": MOMENT}),
    )


_ORGANIZATIONS = (
    *_length("check_org_name_length", "name", 2, 100),
    *_each(
        "check_slug_format",
        "slug",
        ("capitals", "Acme"),
        ("two hyphens", "ac--me"),
        ("a line break at the end", "acme\n"),
        ("a digit that is not ASCII", "acme-١"),
        ("nothing", ""),
    ),
    *_each("check_slug_reserved", "slug", ("the first and the last reserved", RESERVED_SLUGS[0])),
    *_each("check_slug_reserved", "slug", ("the first and the last reserved", RESERVED_SLUGS[-1])),
    *_length("organizations_slug_length", "slug", 0, 63),
    *_address_form("check_billing_email", "billing_email"),
    *_each("organizations_billing_email_length", "billing_email", ("255 characters", _address(255))),
    *_each("organizations_call_minutes_quota_not_negative", "call_minutes_quota", ("-1", -1)),
    *_each("organizations_team_members_quota_not_negative", "team_members_quota", ("-1", -1)),
    *_each("organizations_phone_numbers_quota_not_negative", "phone_numbers_quota", ("-1", -1)),
    *_each("organizations_used_minutes_not_negative", "used_minutes", ("-1", -1)),
    *_each("organizations_storage_quota_range", "storage_quota", ("-1", -1), ("2^53", GREATEST_INTEGER + 1)),
    *_each("organizations_used_storage_range", "used_storage", ("-1", -1), ("2^53", GREATEST_INTEGER + 1)),
    *_deletion("organizations"),
)

_USERS = (
    *_each("check_email_length", "email", ("255 characters", _address(255))),
    *_length("check_name_length", "name", 2, 100),
    *_address_form("check_email_format", "email"),
    *_each("users_email_lowercase", "email", ("a capital", "Ann@acme.example")),
    *_length("users_deactivation_reason_length", "deactivation_reason", 0, 500),
    *_deletion("users"),
)

_AUDIT_LOGS = (
    *_length("audit_logs_action_length", "action", 1, 100),
    *_length("audit_logs_resource_type_length", "resource_type", 1, 50),
    *_length("audit_logs_resource_id_length", "resource_id", 1, 200),
    *_length("audit_logs_job_length", "job", 0, 500),
    *_length("audit_logs_ip_address_length", "ip_address", 0, 500),
    *_length("audit_logs_user_agent_length", "user_agent", 0, 500),
    RowViolation("audit_logs_actor_named", "a job without its name", {"job": None}),
    RowViolation("audit_logs_actor_named", "a job and a user", {"user_id": _SOMEBODY}),
    RowViolation("audit_logs_actor_named", "nobody", {"actor_kind": "user", "job": None}),
)

_OUTBOX = (
    *_length("outbox_kind_length", "kind", 1, 100),
    *_each("outbox_attempts_not_negative", "attempts", ("-1", -1)),
)

ROW_VIOLATIONS = (*_ORGANIZATIONS, *_USERS, *_AUDIT_LOGS, *_OUTBOX)

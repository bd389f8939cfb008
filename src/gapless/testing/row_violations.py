"""Violations of the rules over one row that do not follow from an annotation: values, by the name of the rule."""

from __future__ import annotations

from uuid import UUID

from gapless.domain.calls import CallStatus, Handler
from gapless.domain.invoices import InvoiceStatus
from gapless.domain.organizations import RESERVED_SLUGS
from gapless.kit.accompanying_texts import GREATEST_LENGTH
from gapless.kit.json_object import GREATEST_INTEGER
from gapless.testing.attempts import RowViolation
from gapless.testing.rows import LATER, MOMENT

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


def _number_form(rule: str, column: str) -> tuple[RowViolation, ...]:
    return _each(
        rule,
        column,
        ("no plus sign", "998901234567"),
        ("zero first", "+098901234567"),
        ("one digit", "+9"),
        ("16 digits", "+" + "9" * 16),
        ("a space", "+998 901234567"),
        ("a line break at the end", "+998901234567\n"),
        ("a digit that is not ASCII", "+99890123456٧"),
        ("nothing", ""),
    )


def _unseen(rule: str, column: str) -> tuple[RowViolation, ...]:
    """An address with a character that nobody sees, once of each kind."""
    return _each(
        rule,
        column,
        ("a zero-width space at the end", "a@acme.example\u200b"),
        ("a no-break space in front", "\u00a0a@acme.example"),
        ("a word joiner in it", "a\u2060b@acme.example"),
        ("a mark of direction in it", "a@acme\u200f.example"),
        ("a filler that counts as a letter", "a@acme.example\u3164"),
        ("a tag", "a@acme.example\U000e0020"),
        ("a control", "a\x01@acme.example"),
    )


def _blank(rule: str, column: str) -> tuple[RowViolation, ...]:
    return _each(
        rule,
        column,
        ("spaces alone", "   "),
        ("a no-break and a zero-width space", "\u00a0\u200b"),
        ("fillers alone", "\u3164\u2800"),
    )


def _order(rule: str, start: str, end: str) -> tuple[RowViolation, ...]:
    return (
        RowViolation(rule, "no time between", {start: MOMENT, end: MOMENT}),
        RowViolation(rule, "backwards", {start: LATER, end: MOMENT}),
    )


def _deletion(table: str) -> tuple[RowViolation, ...]:
    rule = f"{table}_is_deleted_deleted_at_agree"
    return (
        RowViolation(rule, "deleted at no time", {"is_deleted": True}),
        RowViolation(rule, "a time without deletion", {"deleted_at": MOMENT}),
    )


_ORGANIZATIONS = (
    *_length("check_org_name_length", "name", 2, 100),
    *_blank("organizations_name_not_blank", "name"),
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
    *_unseen("organizations_billing_email_visible", "billing_email"),
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
    *_unseen("users_email_visible", "email"),
    *_blank("users_name_not_blank", "name"),
    *_each("users_email_lowercase", "email", ("a capital", "Ann@acme.example")),
    *_length("users_deactivation_reason_length", "deactivation_reason", 0, 500),
    *_deletion("users"),
)

_PHONE_NUMBERS = (
    *_number_form("check_number_format", "number"),
    *_length("check_display_name_length", "display_name", 0, 50),
    *_blank("phone_numbers_display_name_not_blank", "display_name"),
    *_number_form("check_forwarding_format", "forwarding_number"),
)

_CALLS = (
    *_number_form("check_caller_number_format", "caller_number"),
    RowViolation(
        "calls_caller_text_length",
        "501 characters",
        {"caller_number": None, "caller_text": "a" * (GREATEST_LENGTH + 1)},
    ),
    *_each("calls_caller_number_caller_text_agree", "caller_text", ("a text beside the number", "anonymous")),
    *_each("check_duration_positive", "duration_seconds", ("-1", -1)),
    *_each("check_ai_confidence_range", "ai_confidence", ("-1", -1), ("101", 101)),
    *_each("check_call_quality_range", "call_quality", ("0", 0), ("6", 6)),
    *_length("calls_outcome_length", "outcome", 0, 50),
    *_length("calls_sentiment_length", "sentiment", 0, 50),
    *_order("check_end_after_start", "started_at", "ended_at"),
    RowViolation("calls_status_ended_at_agree", "an end while it is going on", {"status": CallStatus.ACTIVE}),
    RowViolation("calls_status_ended_at_agree", "completed without an end", {"ended_at": None}),
    RowViolation(
        "calls_active_needs_number",
        "going on without a number",
        {"status": CallStatus.ACTIVE, "ended_at": None, "phone_number_id": None},
    ),
    RowViolation("calls_handled_by_user_id_human", "a user, though the AI took it", {"handled_by": Handler.AI}),
    *_length("call_notes_body_length", "body", 1, 5000),
)

_KNOWLEDGE_ITEMS = (
    *_length("check_question_length", "question", 10, 500),
    *_length("check_answer_length", "answer", 10, 5000),
    *_length("knowledge_items_category_length", "category", 1, 50),
    *_each("check_usage_count_positive", "usage_count", ("-1", -1)),
    *_deletion("knowledge_items"),
)

_BILLING = (
    *_order("check_period_end_after_start", "current_period_start", "current_period_end"),
    *_each("check_retry_count_positive", "retry_count", ("-1", -1)),
    *_length("subscriptions_plan_length", "plan", 1, 500),
    *_length("subscriptions_scheduled_plan_length", "scheduled_plan", 1, 500),
    *_each(
        "subscriptions_schedule_agree",
        "scheduled_users_to_deactivate",
        ("a user without a plan", (_SOMEBODY,)),
        ("nobody without a plan", ()),
    ),
    *_length("invoices_number_length", "number", 1, 500),
    *_blank("invoices_number_not_blank", "number"),
    *_each("invoices_amount_minor_range", "amount_minor", ("-1", -1), ("2^53", GREATEST_INTEGER + 1)),
    *_each(
        "invoices_currency_format",
        "currency",
        ("small letters", "usd"),
        ("two letters", "US"),
        ("four letters", "USDT"),
        ("a line break at the end", "USD\n"),
        ("nothing", ""),
    ),
    *_order("invoices_period_end_after_start", "period_start", "period_end"),
    RowViolation("invoices_status_paid_at_agree", "paid at no time", {"status": InvoiceStatus.PAID}),
    RowViolation("invoices_status_paid_at_agree", "a time without payment", {"paid_at": MOMENT}),
)


def _entries(table: str) -> tuple[RowViolation, ...]:
    named = f"{table}_actor_named"
    return (
        *_length(f"{table}_action_length", "action", 1, 100),
        *_length(f"{table}_resource_type_length", "resource_type", 1, 50),
        *_length(f"{table}_resource_id_length", "resource_id", 1, 200),
        *_length(f"{table}_job_length", "job", 0, 500),
        *_length(f"{table}_ip_address_length", "ip_address", 0, 500),
        *_length(f"{table}_user_agent_length", "user_agent", 0, 500),
        RowViolation(named, "a job without its name", {"job": None}),
        RowViolation(named, "a job and a user", {"user_id": _SOMEBODY}),
        RowViolation(named, "nobody", {"actor_kind": "user", "job": None}),
    )


_RECORDS = (
    *_length("erasures_reason_length", "reason", 1, 500),
    *_entries("audit_archive"),
    *_entries("audit_logs"),
    *_length("outbox_kind_length", "kind", 1, 100),
    *_each("outbox_attempts_not_negative", "attempts", ("-1", -1)),
    *_length("handled_commands_kind_length", "kind", 1, 100),
    *_length("handled_commands_key_length", "key", 1, 200),
)

ROW_VIOLATIONS = (*_ORGANIZATIONS, *_USERS, *_PHONE_NUMBERS, *_CALLS, *_KNOWLEDGE_ITEMS, *_BILLING, *_RECORDS)

"""Each rule over one row stands exactly at its boundary: the last value that it keeps, the first that it refuses."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from hypothesis import Phase, find, settings

from gapless.domain.calls import Call, CallNote, CallStatus, Handler
from gapless.domain.catalogue import GAPLESS
from gapless.domain.invoices import Invoice, InvoiceStatus
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import RESERVED_SLUGS, Organization
from gapless.domain.phone_numbers import PhoneNumber, Provider
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import Language, Role, User
from gapless.kit import Check, EnumMember, violations
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord, Erasure
from gapless.kit.characters import INVISIBLE_RANGES
from gapless.kit.commands import ProcessedCommand
from gapless.kit.model import Model, Validated
from gapless.kit.outbox import OutboxEvent
from gapless.testing.strategies import boundary, rows
from tests.drawn_values import SETTINGS
from tests.unit.domain.samples import (
    AUDIT_RECORD,
    CALL,
    COMMAND,
    ERASURE,
    EVENT,
    INVOICE,
    KNOWLEDGE_ITEM,
    LATER,
    NOON,
    NOTE,
    ORGANIZATION,
    PHONE_NUMBER,
    SUBSCRIPTION,
    USER,
)

Boundary: TypeAlias = tuple[type[Validated], dict[str, Any], str, list[object], list[object], str]
"""An entity, a valid row of it, a field, values that a rule keeps in it, values that it refuses, and the rule."""

TICK = timedelta(microseconds=1)
GOING_ON = CALL | {"status": CallStatus.ACTIVE, "ended_at": None}
BY_AI = CALL | {"handled_by": Handler.AI, "handled_by_user_id": None}
PAID = INVOICE | {"status": InvoiceStatus.PAID, "paid_at": LATER}
SCHEDULED = SUBSCRIPTION | {"scheduled_plan": "starter"}


def texts(
    entity: type[Validated], valid: dict[str, Any], field: str, least: int, greatest: int, rule: str
) -> list[Boundary]:
    """A text of so many characters, however many bytes they have."""
    short = ["x" * (least - 1)] if least else []
    kept: list[object] = ["x" * least, "x" * greatest, "😀" * greatest]
    return [(entity, valid, field, kept, [*short, "x" * (greatest + 1)], rule)]


def numbers(entity: type[Validated], valid: dict[str, Any], field: str, rule: str) -> list[Boundary]:
    """A telephone number in the form of E.164."""
    kept: list[object] = ["+12", "+" + "9" * 15]
    refused: list[object] = ["", "+", "+1", "+" + "9" * 16, "12", "+02", "+1a", "+12\n", " +12", "+1\u0662"]
    return [(entity, valid, field, kept, refused, rule)]


def order(entity: type[Validated], valid: dict[str, Any], end: str, rule: str) -> list[Boundary]:
    """A time after noon, when it begins."""
    return [(entity, valid, end, [NOON + TICK, LATER], [NOON, NOON - TICK], rule)]


def deletion(entity: type[Validated], valid: dict[str, Any], table: str) -> list[Boundary]:
    """A row is deleted and says when, or is not and does not."""
    rule, gone = f"{table}_is_deleted_deleted_at_agree", {"is_deleted": True, "deleted_at": NOON}
    return [
        (entity, valid, "is_deleted", [False], [True], rule),
        (entity, valid, "deleted_at", [None], [NOON], rule),
        (entity, valid | gone, "is_deleted", [True], [False], rule),
        (entity, valid | gone, "deleted_at", [NOON], [None], rule),
    ]


ENDS = [chr(code) for bounds in INVISIBLE_RANGES for code in bounds]
SEEN: list[object] = ["ab", " a", "\u200bé", "x" * 101]
BLANK: list[object] = ["", "  ", *(one * 2 for one in ENDS)]
LONG = "a@" + "b" * 250 + ".c"
USERS: list[Boundary] = [
    (User, USER, "email", [LONG, "a@b.c"], ["b" + LONG], "check_email_length"),
    (
        User,
        USER,
        "email",
        ["a@b.c", "é@b.c", "a+b@[1].c"],
        ["a@b", "a b@c.d", "@b.c", "a@b.c\n", ""],
        "check_email_format",
    ),
    (User, USER, "email", ["é@b.c", "À@b.c"], ["A@b.c", "a@B.c", "a@b.Z"], "users_email_lowercase"),
    (User, USER, "email", ["a@b.c", "é@b.c"], [f"a@b.c{one}" for one in ENDS], "users_email_visible"),
    *texts(User, USER, "name", 2, 100, "check_name_length"),
    (User, USER, "name", SEEN, BLANK, "users_name_not_blank"),
    (User, USER, "language", ["ru", "uz", "en", Language.RUSSIAN], ["de", "EN", ""], "check_language"),
    (User, USER, "role", ["OWNER", "OPERATOR", Role.ADMIN], ["owner", "x"], "users_role_known"),
    *texts(User, USER, "deactivation_reason", 0, 500, "users_deactivation_reason_length"),
    *deletion(User, USER, "users"),
]

SLUGS: list[object] = ["a", "a-b", "0", "x" * 63]
NO_SLUGS: list[object] = ["", "A", "-a", "a-", "a--b", "a_b", "a\n", "é"]


def amounts(greatest: int, refused: list[object], rule: str, *fields: str) -> list[Boundary]:
    """Amounts of an organization, from nothing on."""
    return [(Organization, ORGANIZATION, field, [0, greatest], refused, rule.format(field)) for field in fields]


ORGANIZATIONS: list[Boundary] = [
    *texts(Organization, ORGANIZATION, "name", 2, 100, "check_org_name_length"),
    (Organization, ORGANIZATION, "name", SEEN, BLANK, "organizations_name_not_blank"),
    (Organization, ORGANIZATION, "slug", SLUGS, NO_SLUGS, "check_slug_format"),
    (Organization, ORGANIZATION, "slug", ["admins"], list(RESERVED_SLUGS), "check_slug_reserved"),
    *texts(Organization, ORGANIZATION, "slug", 0, 63, "organizations_slug_length"),
    (Organization, ORGANIZATION, "billing_email", [None, "A@b.c"], ["", "a@b", "a\t@b.c"], "check_billing_email"),
    (Organization, ORGANIZATION, "billing_email", [None, LONG], ["b" + LONG], "organizations_billing_email_length"),
    (
        Organization,
        ORGANIZATION,
        "billing_email",
        [None, "é@b.c"],
        [f"a@b.c{one}" for one in ENDS],
        "organizations_billing_email_visible",
    ),
    *amounts(2**31 - 1, [-1], "organizations_{}_not_negative", "call_minutes_quota", "team_members_quota"),
    *amounts(2**31 - 1, [-1], "organizations_{}_not_negative", "phone_numbers_quota", "used_minutes"),
    *amounts(2**53 - 1, [-1, 2**53], "organizations_{}_range", "storage_quota", "used_storage"),
    *deletion(Organization, ORGANIZATION, "organizations"),
]

PHONE_NUMBERS: list[Boundary] = [
    *numbers(PhoneNumber, PHONE_NUMBER, "number", "check_number_format"),
    (PhoneNumber, PHONE_NUMBER, "provider", ["vapi", Provider.TWILIO], ["Vapi", ""], "check_provider"),
    (PhoneNumber, PHONE_NUMBER, "display_name", [None], ["x" * 51], "check_display_name_length"),
    *texts(PhoneNumber, PHONE_NUMBER, "display_name", 0, 50, "check_display_name_length"),
    (PhoneNumber, PHONE_NUMBER, "display_name", [None, *SEEN], BLANK, "phone_numbers_display_name_not_blank"),
    (PhoneNumber, PHONE_NUMBER, "forwarding_number", [None], ["1"], "check_forwarding_format"),
    *numbers(PhoneNumber, PHONE_NUMBER, "forwarding_number", "check_forwarding_format"),
]

OVER: list[object] = ["COMPLETED", "MISSED", "FAILED"]
SOMEBODY = UUID(int=2)
FROM_A_NUMBER = CALL | {"caller_number": "+12"}
CALLS: list[Boundary] = [
    (Call, CALL, "caller_number", [None], ["1"], "check_caller_number_format"),
    *numbers(Call, CALL, "caller_number", "check_caller_number_format"),
    *texts(Call, CALL, "caller_text", 0, 500, "calls_caller_text_length"),
    (Call, FROM_A_NUMBER, "caller_text", [None], ["anonymous"], "calls_caller_number_caller_text_agree"),
    (Call, CALL, "duration_seconds", [None, 0, 2**31 - 1], [-1], "check_duration_positive"),
    (Call, CALL, "ai_confidence", [None, 0, 100], [-1, 101], "check_ai_confidence_range"),
    (Call, CALL, "call_quality", [None, 1, 5], [0, 6], "check_call_quality_range"),
    *texts(Call, CALL, "outcome", 0, 50, "calls_outcome_length"),
    *texts(Call, CALL, "sentiment", 0, 50, "calls_sentiment_length"),
    *order(Call, CALL, "ended_at", "check_end_after_start"),
    (Call, CALL, "ended_at", [None], [NOON], "check_end_after_start"),
    (Call, CALL, "status", OVER, ["ACTIVE"], "calls_status_ended_at_agree"),
    (Call, GOING_ON, "status", ["ACTIVE", "MISSED", "FAILED"], ["COMPLETED"], "calls_status_ended_at_agree"),
    (Call, GOING_ON, "ended_at", [None], [LATER], "calls_status_ended_at_agree"),
    (Call, GOING_ON, "phone_number_id", [UUID(int=5)], [None], "calls_active_needs_number"),
    (Call, CALL | {"phone_number_id": None}, "status", OVER, ["ACTIVE"], "calls_active_needs_number"),
    (Call, CALL, "handled_by", ["HUMAN"], ["AI"], "calls_handled_by_user_id_human"),
    (Call, BY_AI, "handled_by_user_id", [None], [SOMEBODY], "calls_handled_by_user_id_human"),
    (Call, CALL, "status", OVER, ["completed", ""], "calls_status_known"),
    (Call, BY_AI, "handled_by", ["AI", Handler.HUMAN], ["ai", ""], "calls_handled_by_known"),
    *texts(CallNote, NOTE, "body", 1, 5000, "call_notes_body_length"),
]

KNOWLEDGE_ITEMS: list[Boundary] = [
    *texts(KnowledgeItem, KNOWLEDGE_ITEM, "question", 10, 500, "check_question_length"),
    *texts(KnowledgeItem, KNOWLEDGE_ITEM, "answer", 10, 5000, "check_answer_length"),
    *texts(KnowledgeItem, KNOWLEDGE_ITEM, "category", 1, 50, "knowledge_items_category_length"),
    (KnowledgeItem, KNOWLEDGE_ITEM, "usage_count", [0, 2**31 - 1], [-1], "check_usage_count_positive"),
    *deletion(KnowledgeItem, KNOWLEDGE_ITEM, "knowledge_items"),
]

USERS_TO_GO = "scheduled_users_to_deactivate"
STATUSES: list[object] = ["TRIALING", "ACTIVE", "PAST_DUE", "CANCELED"]
CURRENCIES: list[object] = ["US", "USDT", "usd", "USD\n", " USD", "ÜSD", ""]
BILLING: list[Boundary] = [
    (Subscription, SUBSCRIPTION, "retry_count", [0, 2**31 - 1], [-1], "check_retry_count_positive"),
    *order(Subscription, SUBSCRIPTION, "current_period_end", "check_period_end_after_start"),
    *texts(Subscription, SUBSCRIPTION, "plan", 1, 500, "subscriptions_plan_length"),
    *texts(Subscription, SUBSCRIPTION, "scheduled_plan", 1, 500, "subscriptions_scheduled_plan_length"),
    (Subscription, SUBSCRIPTION, USERS_TO_GO, [None], [(), (SOMEBODY,)], "subscriptions_schedule_agree"),
    (Subscription, SCHEDULED | {USERS_TO_GO: ()}, "scheduled_plan", ["team"], [None], "subscriptions_schedule_agree"),
    (Subscription, SUBSCRIPTION, "status", STATUSES, ["active", ""], "subscriptions_status_known"),
    *texts(Invoice, INVOICE, "number", 1, 500, "invoices_number_length"),
    (Invoice, INVOICE, "number", SEEN, BLANK, "invoices_number_not_blank"),
    (Invoice, INVOICE, "amount_minor", [0, 2**53 - 1], [-1, 2**53], "invoices_amount_minor_range"),
    (Invoice, INVOICE, "currency", ["USD", "UZS"], CURRENCIES, "invoices_currency_format"),
    *order(Invoice, INVOICE, "period_end", "invoices_period_end_after_start"),
    (Invoice, INVOICE, "status", ["DRAFT", "OPEN", "VOID"], ["PAID"], "invoices_status_paid_at_agree"),
    (Invoice, INVOICE, "paid_at", [None], [LATER], "invoices_status_paid_at_agree"),
    (Invoice, PAID, "status", ["PAID"], ["DRAFT", "OPEN", "VOID"], "invoices_status_paid_at_agree"),
    (Invoice, PAID, "paid_at", [LATER], [None], "invoices_status_paid_at_agree"),
    (Invoice, INVOICE, "status", ["DRAFT", "PAID"], ["paid", ""], "invoices_status_known"),
]


def audits(entity: type[Validated], table: str) -> list[Boundary]:
    """An audit record, of the trail or of its archive."""
    named = f"{table}_actor_named"
    return [
        *texts(entity, AUDIT_RECORD, "action", 1, 100, f"{table}_action_length"),
        *texts(entity, AUDIT_RECORD, "resource_type", 1, 50, f"{table}_resource_type_length"),
        *texts(entity, AUDIT_RECORD, "resource_id", 1, 200, f"{table}_resource_id_length"),
        *(
            boundary
            for field in ("job", "ip_address", "user_agent")
            for boundary in texts(entity, AUDIT_RECORD, field, 0, 500, f"{table}_{field}_length")
        ),
        (entity, AUDIT_RECORD, "actor_kind", ["system"], ["user"], named),
        (entity, AUDIT_RECORD, "user_id", [None], [SOMEBODY], named),
        (entity, AUDIT_RECORD, "job", ["purge"], [None], named),
        (entity, AUDIT_RECORD, "actor_kind", ["system", "user"], ["System", ""], f"{table}_actor_kind_known"),
    ]


RECORDS: list[Boundary] = [
    *texts(Erasure, ERASURE, "reason", 1, 500, "erasures_reason_length"),
    *audits(ArchivedAuditRecord, "audit_archive"),
    *audits(AuditRecord, "audit_logs"),
    *texts(OutboxEvent, EVENT, "kind", 1, 100, "outbox_kind_length"),
    (OutboxEvent, EVENT, "attempts", [0, 2**31 - 1], [-1], "outbox_attempts_not_negative"),
    *texts(ProcessedCommand, COMMAND, "kind", 1, 100, "handled_commands_kind_length"),
    *texts(ProcessedCommand, COMMAND, "key", 1, 200, "handled_commands_key_length"),
]


@cache
def a_row_of(model: Model[Validated]) -> dict[str, object]:
    """A valid row by the declaration alone."""
    return find(rows(model), lambda _: True, settings=settings(SETTINGS, phases=[Phase.generate]))


OVER_ONE_ROW = [(model, rule) for model, rule in GAPLESS if isinstance(rule, (Check, EnumMember))]
BOUNDARIES = [*USERS, *ORGANIZATIONS, *PHONE_NUMBERS, *CALLS, *KNOWLEDGE_ITEMS, *BILLING, *RECORDS]
LISTED = {rule for *_, rule in BOUNDARIES}
ASKED = [(model, rule) for model, rule in OVER_ONE_ROW if rule.name not in LISTED] + OVER_ONE_ROW[::20]


@pytest.mark.parametrize(("entity", "valid", "field", "kept", "refused", "rule"), BOUNDARIES)
def test_rules_stand_exactly_at_their_boundary(  # a row of the table above
    entity: type[Validated], valid: dict[str, Any], field: str, kept: list[object], refused: list[object], rule: str
) -> None:
    """Each rule keeps the last value that it should keep and refuses the first that it should refuse."""
    for value in kept:
        assert rule not in [error.rule for error in violations(entity, valid | {field: value})]
    for value in refused:
        assert rule in [error.rule for error in violations(entity, valid | {field: value})]


def test_the_table_is_of_rules_with_both_sides() -> None:
    """Each line of the table is about a check or an enumeration that there is, and has values on both of its sides."""
    assert {rule.name for _, rule in OVER_ONE_ROW} >= LISTED
    assert all(kept and refused for *_, kept, refused, _ in BOUNDARIES)


@pytest.mark.parametrize(("model", "rule"), ASKED, ids=[f"{model.table}.{rule.name}" for model, rule in ASKED])
def test_every_rule_over_one_row_keeps_and_refuses(model: Model[Validated], rule: Check | EnumMember) -> None:
    """Each check and enumeration that the table leaves out has values on both sides, and so have some that it holds."""
    edges = {edge.holds: edge.values for edge in boundary(rule)}
    assert edges.keys() == {True, False}
    broken = {
        holds: rule.name in [error.rule for error in violations(model.entity, {**a_row_of(model), **values})]
        for holds, values in edges.items()
    }
    assert broken == {True: False, False: True}


@pytest.mark.parametrize(("entity", "valid"), [row[:2] for row in BOUNDARIES])
def test_rows_that_are_tried_are_valid(entity: type[Validated], valid: dict[str, Any]) -> None:
    """The rows that the boundaries are tried on break no rule by themselves."""
    assert violations(entity, valid) == ()


def test_reserved_slugs_are_those_of_the_source() -> None:
    """The source reserves eighteen words."""
    first = "admin,api,www,support,billing,status,help,docs,blog"
    others = "mail,ftp,localhost,dashboard,app,auth,login,signup,register"
    assert list(RESERVED_SLUGS) == [*first.split(","), *others.split(",")]

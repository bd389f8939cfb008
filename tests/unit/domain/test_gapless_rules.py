"""What the catalogue of gapless declares: the rules that were asked for, under their names, with what they do."""

from __future__ import annotations

import inspect

import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    DataType,
    EnumMember,
    Index,
    OnDelete,
    Reference,
    Required,
    Transition,
    Unique,
    model_of,
)
from gapless.kit.columns import Column, ColumnType
from gapless.kit.outbox import OutboxEvent
from gapless.kit.root_removal import deleted_softly, removed_softly

SEED = {
    "GAP-172": ("users", "check_email_length"),
    "GAP-173": ("users", "check_name_length"),
    "GAP-174": ("users", "check_language"),
    "GAP-176": ("organizations", "check_org_name_length"),
    "GAP-177": ("organizations", "check_slug_format"),
    "GAP-178": ("organizations", "check_slug_reserved"),
    "GAP-179": ("organizations", "check_billing_email"),
    "GAP-180": ("phone_numbers", "check_number_format"),
    "GAP-181": ("phone_numbers", "check_provider"),
    "GAP-182": ("phone_numbers", "check_display_name_length"),
    "GAP-183": ("phone_numbers", "check_forwarding_format"),
    "GAP-184": ("calls", "check_caller_number_format"),
    "GAP-185": ("calls", "check_duration_positive"),
    "GAP-186": ("calls", "check_ai_confidence_range"),
    "GAP-187": ("calls", "check_call_quality_range"),
    "GAP-188": ("calls", "check_end_after_start"),
    "GAP-189": ("knowledge_items", "check_question_length"),
    "GAP-190": ("knowledge_items", "check_answer_length"),
    "GAP-191": ("knowledge_items", "check_usage_count_positive"),
    "GAP-192": ("users", "idx_users_organization_role"),
    "GAP-193": ("users", "idx_users_last_seen"),
    "GAP-194": ("calls", "idx_calls_org_date"),
    "GAP-195": ("calls", "idx_calls_caller_date"),
    "GAP-196": ("calls", "idx_calls_outcome_date"),
    "GAP-197": ("calls", "idx_calls_handled_by"),
    "GAP-198": ("calls", "idx_calls_sentiment"),
    "GAP-199": ("knowledge_items", "idx_knowledge_category"),
    "GAP-200": ("subscriptions", "idx_subscriptions_status"),
    "GAP-201": ("invoices", "idx_invoices_org_date"),
    "GAP-202": ("users", "users_organization_id_fkey"),
    "GAP-203": ("calls", "calls_organization_id_fkey"),
    "GAP-204": ("phone_numbers", "phone_numbers_organization_id_fkey"),
    "GAP-205": ("subscriptions", "subscriptions_organization_id_fkey"),
    "GAP-206": ("knowledge_items", "knowledge_items_organization_id_fkey"),
    "GAP-207": ("calls", "calls_handled_by_user_id_fkey"),
    "GAP-208": ("call_notes", "call_notes_user_id_fkey"),
    "GAP-209": ("calls", "calls_phone_number_id_fkey"),
    "GAP-210": ("users", "users_is_deleted_deleted_at_agree"),
    "GAP-211": ("organizations", "organizations_is_deleted_deleted_at_agree"),
    "GAP-212": ("knowledge_items", "knowledge_items_is_deleted_deleted_at_agree"),
    "GAP-213": ("audit_logs", "audit_logs_append_only"),
    "X-01": ("subscriptions", "check_retry_count_positive"),
    "X-02": ("subscriptions", "check_period_end_after_start"),
    "X-03": ("knowledge_items", "idx_knowledge_usage"),
    "X-04": ("users", "idx_users_deleted"),
    "X-05": ("organizations", "idx_organizations_deleted"),
    "X-06": ("knowledge_items", "idx_knowledge_deleted"),
    "X-07": ("audit_logs", "idx_audit_org_date"),
    "X-08": ("audit_logs", "idx_audit_resource"),
    "X-09": ("call_notes", "call_notes_call_id_fkey"),
    "X-10": ("audit_logs", "audit_logs_root_id_fkey"),
}
NAMED = {
    ("users", "users_email_lowercase"): Check,
    ("users", "users_email_unique"): Unique,
    ("organizations", "organizations_slug_unique"): Unique,
    ("phone_numbers", "phone_numbers_number_unique"): Unique,
    ("subscriptions", "subscriptions_organization_id_unique"): Unique,
    ("invoices", "invoices_number_unique"): Unique,
    ("users", "last_owner"): AtLeastOne,
    ("users", "team_members_quota"): AtMost,
    ("phone_numbers", "phone_numbers_quota"): AtMost,
    ("calls", "no_active_calls"): AtMost,
    ("calls", "call_minutes_quota"): AdmissionGuard,
    ("organizations", "storage_quota"): Transition,
    ("calls", "calls_active_needs_number"): Check,
    ("calls", "calls_handled_by_user_id_human"): Check,
    ("audit_archive", "audit_archive_append_only"): AppendOnly,
    ("audit_logs", "audit_logs_append_only"): AppendOnly,
}
# Records of the kit's, and what an organization still has to pay: all of it comes after a deletion, too.
ALWAYS = {"organizations", "invoices", "erasures", "audit_archive", "audit_logs", "outbox", "handled_commands"}
# The history of an organization, which is there as long as it is.
STAYING = {"calls", "call_notes"}
FREE = {"organizations", "audit_archive", "erasures", "outbox"}
DELETIONS = {
    ("organizations", "users"): OnDelete.CASCADE,
    ("organizations", "calls"): OnDelete.RESTRICT,
    ("organizations", "phone_numbers"): OnDelete.CASCADE,
    ("organizations", "subscriptions"): OnDelete.CASCADE,
    ("organizations", "knowledge_items"): OnDelete.CASCADE,
    ("users", "calls"): OnDelete.SET_NULL,
    ("users", "call_notes"): OnDelete.CASCADE,
    ("phone_numbers", "calls"): OnDelete.SET_NULL,
    ("calls", "call_notes"): OnDelete.CASCADE,
    ("organizations", "audit_logs"): OnDelete.CASCADE,
    ("organizations", "invoices"): OnDelete.RESTRICT,
    ("organizations", "call_notes"): OnDelete.CASCADE,
    ("organizations", "handled_commands"): OnDelete.CASCADE,
}


def test_every_gap_has_its_rule() -> None:
    """The rules that close a gap of the source bear its id and the name that it has there."""
    found = {rule.source.id: (model.table, rule.name) for model, rule in GAPLESS if rule.source is not None}
    assert found == SEED | {"GAP-175": ("users", "check_email_format")}


def test_what_the_source_did_not_ask_for_is_marked() -> None:
    """GAP-175 has no text in the source: its rule is our own proposal and says so."""
    origins = {rule.source.id: rule.source.origin for _, rule in GAPLESS if rule.source is not None}
    assert {gap: origins[gap] for gap in SEED} == dict.fromkeys(SEED, "seed")
    assert origins["GAP-175"] == "gapless"
    assert {model.origin for model in GAPLESS.models} == {"gapless"}


@pytest.mark.parametrize(("place", "kind"), NAMED.items())
def test_rules_with_a_name_of_their_own(place: tuple[str, str], kind: type) -> None:
    """The rules that callers look for stand in the catalogue under their names."""
    assert type(GAPLESS.by_name[place][1]) is kind


def test_derived_rules_are_named_by_table_and_column() -> None:
    """What follows from an annotation is called after the table, the column and what it demands."""
    suffixes = {DataType: "storable", Required: "required", EnumMember: "known"}
    for model, rule in GAPLESS:
        if isinstance(rule, (DataType, Required, EnumMember)) and rule.source is None:
            assert rule.name == f"{model.table}_{rule.column.name}_{suffixes[type(rule)]}"


def test_every_rule_has_a_sentence() -> None:
    """Every rule says in one sentence what holds."""
    wanting = [rule.name for _, rule in GAPLESS if not (rule.message[:1].isupper() and rule.message.endswith("."))]
    assert wanting == []


def columns(rule: Index | Unique) -> list[tuple[str, bool]]:
    """The columns of an index, each with whether it descends."""
    named = [(field, False) if isinstance(field, Column) else (field.column, True) for field in rule.fields]
    return [(column.name, descends) for column, descends in named]


@pytest.mark.parametrize(
    ("table", "name", "expected"),
    [
        ("users", "idx_users_organization_role", [("organization_id", False), ("role", False)]),
        ("users", "idx_users_last_seen", [("last_seen_at", False)]),
        ("users", "idx_users_deleted", [("is_deleted", False), ("organization_id", False)]),
        ("organizations", "idx_organizations_deleted", [("is_deleted", False)]),
        ("audit_logs", "idx_audit_org_date", [("root_id", False), ("created_at", True)]),
        ("audit_logs", "idx_audit_resource", [("resource_type", False), ("resource_id", False)]),
        ("calls", "idx_calls_org_date", [("organization_id", False), ("started_at", True)]),
        ("calls", "idx_calls_caller_date", [("caller_number", False), ("started_at", True)]),
        ("calls", "idx_calls_outcome_date", [("outcome", False), ("started_at", True)]),
        ("calls", "idx_calls_handled_by", [("handled_by", False), ("handled_by_user_id", False)]),
        ("calls", "idx_calls_sentiment", [("sentiment", False)]),
        ("knowledge_items", "idx_knowledge_category", [("category", False), ("is_active", False)]),
        ("knowledge_items", "idx_knowledge_usage", [("usage_count", True), ("last_used_at", True)]),
        ("knowledge_items", "idx_knowledge_deleted", [("is_deleted", False), ("organization_id", False)]),
        ("subscriptions", "idx_subscriptions_status", [("status", False), ("current_period_end", False)]),
        ("invoices", "idx_invoices_org_date", [("organization_id", False), ("created_at", True)]),
        ("phone_numbers", "phone_numbers_number_unique", [("number", False)]),
        ("subscriptions", "subscriptions_organization_id_unique", [("organization_id", False)]),
        ("invoices", "invoices_number_unique", [("organization_id", False), ("number", False)]),
        ("users", "users_email_unique", [("organization_id", False), ("email", False)]),
        ("organizations", "organizations_slug_unique", [("slug", False)]),
    ],
)
def test_indexes_have_the_columns_that_were_asked_for(table: str, name: str, expected: list[tuple[str, bool]]) -> None:
    """Each index and unique rule has its columns in their order."""
    rule = GAPLESS.by_name[table, name][1]
    assert isinstance(rule, (Index, Unique))
    assert columns(rule) == expected


def test_partial_rules_hold_where_they_should() -> None:
    """An address is free once its user is deleted, a number once it is released; all else once its row is gone."""
    unique = {name: GAPLESS.by_name[table, name][1] for (table, name), kind in NAMED.items() if kind is Unique}
    partial = {name for name, rule in unique.items() if isinstance(rule, Unique) and rule.where is not None}
    assert partial == {"users_email_unique", "phone_numbers_number_unique"}
    found = {rule.name for _, rule in GAPLESS if isinstance(rule, Index) and rule.where is not None}
    assert found >= {"idx_users_last_seen", "idx_calls_sentiment"}


def test_nothing_enters_a_deleted_organization_but_records() -> None:
    """What people make of an organization enters only while it is live; records, events and invoices always do."""
    entered = {model.table for model, rule in GAPLESS if rule.name == "live_organization"}
    others = {model.table for model in GAPLESS.models} - entered
    assert others - ALWAYS == set(), (
        "Yield live_organization(home) among the rules of these tables, or write them into ALWAYS of this test."
    )
    assert entered & ALWAYS == set()


def test_what_people_make_goes_with_the_organization() -> None:
    """What enters only a live organization goes when it is deleted, softly or for good, but for calls and notes."""
    entered = {model.table for model, rule in GAPLESS if rule.name == "live_organization"}
    staying = entered - {model.table for model in (*deleted_softly(GAPLESS), *removed_softly(GAPLESS))}
    assert staying - STAYING == set(), (
        "Say on_soft_delete= where these tables refer to the organization, or write them into STAYING of this test."
    )
    assert STAYING - staying == set()


def test_deletion_of_a_row_does_to_others_what_was_asked_for() -> None:
    """Every reference that the source asked for cascades, restricts or clears as the deletion table says."""
    found = {
        (GAPLESS.model(parent).table, model.table): reference.on_delete
        for parent, references in GAPLESS.references_to.items()
        for model, reference in references
    }
    assert {place: found[place] for place in DELETIONS} == DELETIONS


def test_what_has_to_outlive_an_organization_does_not_refer_to_it() -> None:
    """The archive, the erasures and the outbox have no reference: the removal of an organization spares them."""
    without = {model.table for model in GAPLESS.models if not model.of_kind(Reference)}
    assert without - FREE == set(), (
        "Declare a Reference to the organization that these tables belong to, or write them into FREE of this test."
    )
    assert FREE - without == set()


def test_only_the_column_beside_the_organization_is_cleared() -> None:
    """A row whose parent is removed keeps its organization, as a call does that loses its number or its handler."""
    cleared = {
        rule.name: [column.name for column in rule.nulled]
        for _, rule in GAPLESS
        if isinstance(rule, Reference) and rule.on_delete is OnDelete.SET_NULL
    }
    assert cleared["calls_phone_number_id_fkey"] == ["phone_number_id"]
    assert cleared["calls_handled_by_user_id_fkey"] == ["handled_by_user_id"]
    assert all(columns and "organization_id" not in columns for columns in cleared.values())


def test_outbox_is_neither_audited_nor_hidden() -> None:
    """Events are the store's own business: nobody audits them, and reading hides none."""
    model = model_of(OutboxEvent)
    assert (model.audited, model.soft_deleted, model.versioned) == (False, None, True)


def test_what_was_last_never_goes_back() -> None:
    """Every time that says when something was last, by name or by how it is set, has a rule that it moves forward."""
    last = {
        (model.table, column.name)
        for model in GAPLESS.models
        for column in model.columns
        if column.type is ColumnType.TIME
        if column.name.startswith("last_") or f"later(self.{column.name}, " in inspect.getsource(model.entity)
    }
    kept = {
        (model.table, rule.columns[0].name)
        for model, rule in GAPLESS
        if isinstance(rule, Transition) and rule.columns[0].type is ColumnType.TIME
    }
    assert last == kept, "Declare a Transition by which these times move forward alone."
    assert kept >= {
        ("users", "last_seen_at"),
        ("knowledge_items", "last_used_at"),
        ("subscriptions", "payment_failed_at"),
    }

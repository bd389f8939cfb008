from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import attrs
import pytest

from gapless.domain.audit import AuditEntry
from gapless.domain.catalogue import GAPLESS
from gapless.domain.errors import RuleViolated
from gapless.domain.events import OutboxEvent
from gapless.domain.organizations import RESERVED_SLUGS, Organization
from gapless.domain.rules import (
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    Entity,
    EntryRequires,
    Index,
    Known,
    Model,
    OnDelete,
    PrimaryKey,
    Reference,
    Required,
    Rule,
    Storable,
    Unique,
    length,
    model_of,
    rules_of,
    violations,
)
from gapless.domain.rules.columns import Column, ColumnType
from gapless.domain.rules.model import E, Judged
from gapless.domain.rules.predicates import Acknowledged, Comparison, Constant, Field, Length, walk
from gapless.domain.users import Language, Role, User
from tests.unit.domain.samples import ENTRY, ORGANIZATION, USER

GREATEST_INDEX_ROW = 2704  # bytes; PostgreSQL refuses a longer one with an error that names no rule
SEED = {
    "GAP-172": ("users", "check_email_length"),
    "GAP-173": ("users", "check_name_length"),
    "GAP-174": ("users", "check_language"),
    "GAP-176": ("organizations", "check_org_name_length"),
    "GAP-177": ("organizations", "check_slug_format"),
    "GAP-178": ("organizations", "check_slug_reserved"),
    "GAP-179": ("organizations", "check_billing_email"),
    "GAP-192": ("users", "idx_users_organization_role"),
    "GAP-193": ("users", "idx_users_last_seen"),
    "GAP-202": ("users", "users_organization_id_fkey"),
    "GAP-210": ("users", "users_is_deleted_deleted_at_agree"),
    "GAP-211": ("organizations", "organizations_is_deleted_deleted_at_agree"),
    "GAP-213": ("audit_logs", "audit_logs_append_only"),
    "X-04": ("users", "idx_users_deleted"),
    "X-05": ("organizations", "idx_organizations_deleted"),
    "X-07": ("audit_logs", "idx_audit_org_date"),
    "X-08": ("audit_logs", "idx_audit_resource"),
    "X-10": ("audit_logs", "audit_logs_organization_id_fkey"),
}
NAMED = {
    ("users", "users_email_lowercase"): Check,
    ("users", "users_email_unique"): Unique,
    ("organizations", "organizations_slug_unique"): Unique,
    ("users", "last_owner"): AtLeastOne,
    ("users", "team_members_quota"): AtMost,
    ("users", "live_organization"): EntryRequires,
    ("audit_logs", "audit_logs_append_only"): AppendOnly,
}


def test_every_gap_has_its_rule() -> None:
    """The rules that close a gap of the source bear its id and the name that it has there."""
    found = {rule.source.id: (model.table, rule.name) for model, rule in GAPLESS if rule.source is not None}
    assert found.items() >= SEED.items()
    assert found["GAP-175"] == ("users", "check_email_format")


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
    suffixes = {Storable: "storable", Required: "required", Known: "known"}
    for model, rule in GAPLESS:
        if isinstance(rule, (Storable, Required, Known)) and rule.source is None:
            assert rule.name == f"{model.table}_{rule.column.name}_{suffixes[type(rule)]}"


def test_every_rule_has_a_sentence() -> None:
    """Every rule says in one sentence what holds."""
    wanting = [rule.name for _, rule in GAPLESS if not (rule.sentence[:1].isupper() and rule.sentence.endswith("."))]
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
        ("audit_logs", "idx_audit_org_date", [("organization_id", False), ("created_at", True)]),
        ("audit_logs", "idx_audit_resource", [("resource_type", False), ("resource_id", False)]),
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
    """Addresses of deleted users are free again, a deleted organization keeps its slug, only active users are seen."""
    where = {name: GAPLESS.by_name[table, name][1] for table, name in NAMED if table != "audit_logs"}
    email, slug = where["users_email_unique"], where["organizations_slug_unique"]
    seen = GAPLESS.by_name["users", "idx_users_last_seen"][1]
    assert isinstance(email, Unique)
    assert isinstance(slug, Unique)
    assert isinstance(seen, Index)
    assert (email.where is None, slug.where is None, seen.where is None) == (False, True, False)


def test_deletion_of_an_organization_takes_its_rows_along() -> None:
    """Users, the trail and the outbox go with their organization."""
    tables = {(model.table, reference.on_delete) for model, reference in GAPLESS.references_to[Organization]}
    assert tables >= {(table, OnDelete.CASCADE) for table in ("users", "audit_logs", "outbox")}


def greatest_lengths(model: Model[E]) -> dict[str, int]:
    """The greatest length of each text column for which a check demands one."""
    found: dict[str, int] = {}
    for check in model.of_kind(Check):
        for node in walk(check.holds):
            match node:
                case Comparison("<=", Length(Field(column) | Acknowledged(Field(column))), Constant(int() as greatest)):
                    found[column.name] = greatest
                case _:
                    pass
    return found


def indexed(model: Model[E]) -> list[tuple[Column, ...]]:
    """The columns of every index that PostgreSQL will keep for the table."""
    keys = [rule.columns for kind in (PrimaryKey, Unique, Index) for rule in model.of_kind(kind)]
    return [*keys, *(reference.columns for reference in model.of_kind(Reference))]


def too_long_for_an_index(model: Model[E]) -> list[str]:
    """The columns of indexes whose texts could be too long together."""
    greatest = greatest_lengths(model)
    wanting: list[str] = []
    for key in indexed(model):
        texts = [column.name for column in key if column.type is ColumnType.TEXT]
        bytes_of_utf8 = 4 * sum(greatest.get(name, GREATEST_INDEX_ROW) for name in texts)
        wanting += texts if bytes_of_utf8 > GREATEST_INDEX_ROW else []
    return wanting


@pytest.mark.parametrize("model", GAPLESS.models, ids=lambda model: str(model.table))
def test_indexed_texts_have_a_greatest_length(model: Model[Judged]) -> None:
    """A text in an index, a unique rule or a key has a check of its length, so that no row is too long for it."""
    assert too_long_for_an_index(model) == []


def test_indexed_text_without_a_length_is_caught() -> None:
    """Planted: an index over a text that may be as long as it likes is found."""

    @attrs.frozen(kw_only=True, slots=True)
    class Page(Entity):
        organization_id: UUID
        id: UUID
        title: str
        text: str

    @rules_of(Page, "pages")
    def rules(page: Page) -> Iterator[Rule]:
        yield Check("pages_title_length", "A title is short.", length(page.title) <= 100)
        yield Index("idx_pages", "Finds pages.", (page.title, page.text))

    assert too_long_for_an_index(rules) == ["title", "text"]


def test_every_text_has_a_greatest_length() -> None:
    """No text column is unbounded."""
    for model in GAPLESS.models:
        texts = {column.name for column in model.columns if column.type is ColumnType.TEXT}
        assert texts - greatest_lengths(model).keys() == set()


BOUNDARIES: list[tuple[type[Judged], dict[str, Any], str, list[object], list[object], str]] = [
    (User, USER, "email", ["a@" + "b" * 250 + ".c", "a@b.c"], ["a@" + "b" * 251 + ".c"], "check_email_length"),
    (
        User,
        USER,
        "email",
        ["a@b.c", "é@b.c", "a+b@[1].c"],
        ["a@b", "a b@c.d", "@b.c", "a@b.c\n", ""],
        "check_email_format",
    ),
    (User, USER, "email", ["é@b.c", "À@b.c"], ["A@b.c", "a@B.c", "a@b.Z"], "users_email_lowercase"),
    (User, USER, "name", ["Jo", "x" * 100, "😀😀"], ["J", "", "x" * 101], "check_name_length"),
    (User, USER, "language", ["ru", "uz", "en", Language.RUSSIAN], ["de", "EN", ""], "check_language"),
    (User, USER, "role", ["OWNER", "OPERATOR", Role.ADMIN], ["owner", "x"], "users_role_known"),
    (User, USER, "deactivation_reason", [None, "x" * 500], ["x" * 501], "users_deactivation_reason_length"),
    (Organization, ORGANIZATION, "name", ["Jo", "x" * 100], ["J", "x" * 101], "check_org_name_length"),
    (
        Organization,
        ORGANIZATION,
        "slug",
        ["a", "a-b", "0", "x" * 63],
        ["", "A", "-a", "a-", "a--b", "a_b", "a\n", "é"],
        "check_slug_format",
    ),
    (Organization, ORGANIZATION, "slug", ["admins"], list(RESERVED_SLUGS), "check_slug_reserved"),
    (Organization, ORGANIZATION, "slug", ["x" * 63], ["x" * 64], "organizations_slug_length"),
    (Organization, ORGANIZATION, "billing_email", [None, "A@b.c"], ["", "a@b", "a\t@b.c"], "check_billing_email"),
    (
        Organization,
        ORGANIZATION,
        "billing_email",
        [None, "a@" + "b" * 250 + ".c"],
        ["a@" + "b" * 251 + ".c"],
        "organizations_billing_email_length",
    ),
    (
        Organization,
        ORGANIZATION,
        "call_minutes_quota",
        [0, 2**31 - 1],
        [-1],
        "organizations_call_minutes_quota_not_negative",
    ),
    (Organization, ORGANIZATION, "used_minutes", [0], [-1], "organizations_used_minutes_not_negative"),
    (Organization, ORGANIZATION, "storage_quota", [0, 2**53 - 1], [-1, 2**53], "organizations_storage_quota_range"),
    (Organization, ORGANIZATION, "used_storage", [0, 2**53 - 1], [-1, 2**53], "organizations_used_storage_range"),
    (AuditEntry, ENTRY, "action", ["a", "x" * 100], ["", "x" * 101], "audit_logs_action_length"),
    (AuditEntry, ENTRY, "resource_type", ["a", "x" * 50], ["", "x" * 51], "audit_logs_resource_type_length"),
    (AuditEntry, ENTRY, "resource_id", ["a", "x" * 200], ["", "x" * 201], "audit_logs_resource_id_length"),
    (AuditEntry, ENTRY, "user_agent", [None, "", "x" * 500], ["x" * 501], "audit_logs_user_agent_length"),
    (AuditEntry, ENTRY, "actor_kind", ["system"], ["user"], "audit_logs_actor_named"),
    (AuditEntry, ENTRY, "user_id", [None], [UUID(int=1)], "audit_logs_actor_named"),
    (AuditEntry, ENTRY, "job", ["purge"], [None], "audit_logs_actor_named"),
]


@pytest.mark.parametrize(("entity", "flawless", "field", "kept", "refused", "rule"), BOUNDARIES)
def test_rules_stand_exactly_at_their_boundary(  # a row of the table above
    entity: type[Judged], flawless: dict[str, Any], field: str, kept: list[object], refused: list[object], rule: str
) -> None:
    """Each rule keeps the last value that it should keep and refuses the first that it should refuse."""
    for value in kept:
        assert rule not in [error.rule for error in violations(entity, flawless | {field: value})]
    for value in refused:
        assert rule in [error.rule for error in violations(entity, flawless | {field: value})]


def test_reserved_slugs_are_those_of_the_source() -> None:
    """The source reserves eighteen words."""
    first = "admin,api,www,support,billing,status,help,docs,blog"
    others = "mail,ftp,localhost,dashboard,app,auth,login,signup,register"
    assert list(RESERVED_SLUGS) == [*first.split(","), *others.split(",")]


@pytest.mark.parametrize(("entity", "flawless"), [(User, USER), (Organization, ORGANIZATION)])
def test_deletion_and_its_time_agree(entity: type[Judged], flawless: dict[str, Any]) -> None:
    """A row is deleted and says when, or is not and does not."""
    at = flawless["created_at"]
    for change in ({"is_deleted": True}, {"deleted_at": at}):
        with pytest.raises(RuleViolated, match="is_deleted_deleted_at_agree"):
            entity(**flawless | change)
    entity(**flawless | {"is_deleted": True, "deleted_at": at})


def test_outbox_is_neither_audited_nor_hidden() -> None:
    """Events are the store's own business: nobody audits them, and reading hides none."""
    model = model_of(OutboxEvent)
    assert (model.audited, model.hidden, model.versioned) == (False, None, True)

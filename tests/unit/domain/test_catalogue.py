from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from uuid import UUID

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId, live_organization, organization_rules
from gapless.domain.users import User
from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    Model,
    OnDelete,
    Reference,
    Root,
    Rule,
    between,
    impersonal,
    is_null,
    length,
    negate,
    row,
    rules_of,
)
from gapless.kit.audit import archive_rules, erasure_rules
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import UserId
from tests.unit.domain.samples import Sample, sample_rules

Declare = Callable[["Note"], Iterator[Rule]]


@attrs.frozen(kw_only=True, slots=True)
class Note(Entity):
    """What a host may declare beside the users."""

    organization_id: OrganizationId
    id: UUID
    user_id: UserId | None
    other_id: UUID | None
    text: str


def notes(declare: Declare, table: str = "notes") -> Model[Note]:
    """The model of a fresh copy of the entity."""

    @attrs.frozen(kw_only=True, slots=True)
    class Copy(Note):
        pass

    entity: type[Note] = Copy
    return rules_of(entity, table, belongs_to=lambda row: row.organization_id)(declare)


def home(note: Note, to: type = Organization) -> Reference:
    """The reference to the tenant."""
    return Reference("notes_home", "A note belongs to an organization.", note.organization_id, to, OnDelete.CASCADE)


def author(note: Note) -> Reference:
    """A reference to a row of the same tenant."""
    fields = (note.organization_id, note.user_id)
    return Reference("notes_author", "A note has an author.", fields, User, OnDelete.SET_NULL)


def well_formed(note: Note) -> Iterator[Rule]:
    """Rules of every kind that fit."""
    tenant = home(note)
    yield tenant
    yield author(note)
    yield live_organization(tenant)
    yield AtMost("notes_quota", "Three notes.", tenant, of=length(note.text) > 0, limit=3)
    yield AtLeastOne("notes_one", "One note.", tenant, of=length(note.text) > 0, while_parent=row(Organization).is_live)
    yield AppendOnly("notes_append_only", "Notes stay.", tenant)


def test_host_adds_what_is_its_own() -> None:
    """`GAPLESS + mine` holds both, and neither operand has changed."""
    before, mine = GAPLESS.models, notes(well_formed)
    catalogue = GAPLESS + mine
    assert catalogue.models == (*before, mine)
    assert GAPLESS.models == before
    assert catalogue.model(mine.entity) is mine
    assert (GAPLESS + (Catalogue(()) + sample_rules)).models == (*before, sample_rules)
    assert [reference.name for model, reference in catalogue.references_to[User] if model is mine] == ["notes_author"]
    assert catalogue.by_name["notes", "notes_one"] == (mine, catalogue.invariants[-1][1])


@pytest.mark.parametrize(
    ("declare", "reason"),
    [
        (lambda n: [Check("last_owner", "A rule of another table.", length(n.text) > 1)], "the name last_owner"),
        (lambda n: [home(n, Note)], "points at Note, which is not in the catalogue"),
        (lambda n: [home(n, User)], "does not fit the key"),
        (lambda n: [Reference("x", "s", n.other_id, Organization, OnDelete.CASCADE)], "of another root: say"),
        (lambda n: [Reference("x", "s", (n.user_id, n.other_id), User, OnDelete.CASCADE)], "of another root: say"),
        (lambda n: [Reference("x", "s", (n.organization_id, n.text), User, OnDelete.CASCADE)], "does not fit the key"),
        (lambda n: [author(n), AppendOnly("x", "s", author(n))], "must yield that reference"),
        (
            lambda n: [home(n), AdmissionGuard("live_organization", "Another sentence.", home(n), row(User).is_live)],
            "must yield that reference",
        ),
    ],
)
def test_what_does_not_fit_is_refused(declare: Declare, reason: str) -> None:
    """A name that is taken, a reference to nowhere or to another root, a key that does not fit: all refused."""
    with pytest.raises(DeclarationError, match=reason):
        GAPLESS + notes(declare)


def through_author(kind: Callable[[Reference, Note], Rule]) -> Declare:
    """A rule over many rows that goes through a reference to a user."""

    def declare(note: Note) -> Iterator[Rule]:
        reference = author(note)
        yield reference
        yield kind(reference, note)

    return declare


@pytest.mark.parametrize(
    "named",
    [
        lambda n: n.user_id,
        lambda n: (n.organization_id, n.user_id),
        lambda n: (n.user_id, n.organization_id),
    ],
)
def test_a_reference_names_the_id_with_its_root_or_without_it(named: Callable[[Note], object]) -> None:
    """Whatever it names, the row is found by the root and the id, in this order."""
    catalogue = GAPLESS + notes(lambda n: iter([Reference("x", "s", named(n), User, OnDelete.CASCADE)]))
    model, reference = catalogue.references_to[User][-1]
    links = [(own.name, column.name) for own, column in catalogue.links(model, reference)]
    assert links == [("organization_id", "organization_id"), ("user_id", "id")]


@pytest.mark.parametrize(
    "kind",
    [
        lambda reference, _: AdmissionGuard("x", "s", reference, row(User).is_live),
        lambda reference, note: AtMost("x", "s", reference, of=negate(is_null(note.user_id)), limit=1),
        lambda reference, note: AtLeastOne("x", "s", reference, of=negate(is_null(note.user_id))),
    ],
)
def test_rules_that_count_go_through_any_parent(kind: Callable[[Reference, Note], Rule]) -> None:
    """The store touches the row of the parent, so two that concern it meet there; a system unit may not write it."""
    catalogue = GAPLESS + notes(through_author(kind))
    assert User in catalogue.ruling
    (rule,) = (rule for _, rule in catalogue if rule.name == "x")
    assert isinstance(rule, AdmissionGuard | AtMost | AtLeastOne)
    assert catalogue.parent(rule.through).entity is User


def test_what_follows_the_trail_goes_through_the_root() -> None:
    """Rows that are archived or numbered go with the root, so a rule about them through another parent is refused."""
    with pytest.raises(DeclarationError, match="must go through a reference to Organization"):
        GAPLESS + notes(through_author(lambda reference, _: AppendOnly("x", "s", reference)))


def test_nothing_is_counted_below_what_never_changes() -> None:
    """The store has to touch the row that a rule goes through, so it can't be an append-only one."""
    entries = notes(lambda n: iter((home(n), AppendOnly("entries_append_only", "Entries stay."))), "entries")

    def marks(note: Note) -> Iterator[Rule]:
        entry = Reference("marks_entry", "A mark has an entry.", note.other_id, entries.entity, OnDelete.SET_NULL)
        yield entry
        yield AtMost("marks_most", "One mark.", entry, of=length(note.text) > 0, limit=1)

    with pytest.raises(DeclarationError, match="marks_most counts rows below a Copy, whose rows never change"):
        GAPLESS + entries + notes(marks, "marks")


def asking(kind: Callable[[Reference, Note], Rule]) -> Declare:
    """A rule over many rows that asks its parent for something."""

    def declare(note: Note) -> Iterator[Rule]:
        reference = home(note)
        yield reference
        yield kind(reference, note)

    return declare


@pytest.mark.parametrize(
    "kind",
    [
        lambda reference, _: AdmissionGuard("x", "s", reference, row(User).is_active),
        lambda reference, n: AtMost("x", "s", reference, of=length(n.text) > 0, limit=row(Sample).o),
        lambda reference, n: AtLeastOne("x", "s", reference, of=length(n.text) > 0, while_parent=row(User).is_active),
    ],
)
def test_parent_is_asked_for_its_own_fields(kind: Callable[[Reference, Note], Rule]) -> None:
    """What a rule asks of the parent is a field of the parent."""
    with pytest.raises(DeclarationError, match="not a field of Organization"):
        GAPLESS + notes(asking(kind))


def test_order_of_tables_is_checked() -> None:
    """A referenced table is created before the one that refers to it."""
    organizations, users, *_ = GAPLESS.models
    with pytest.raises(DeclarationError, match="put Organization before User"):
        Catalogue((users, organizations))
    for model in GAPLESS.models:
        for reference in model.of_kind(Reference):
            assert GAPLESS.models.index(GAPLESS.parent(reference)) <= GAPLESS.models.index(model)


def test_nothing_stands_twice() -> None:
    """An entity and a table stand once in a catalogue."""
    with pytest.raises(DeclarationError, match="each table in once"):
        GAPLESS + GAPLESS
    with pytest.raises(DeclarationError, match="each table in once"):
        GAPLESS + notes(lambda _: iter(()), table="users")


def test_shared_admission_guard_has_one_sentence() -> None:
    """One admission guard stands at several tables under its name; another sentence would be another rule."""

    def declare(note: Note) -> Iterator[Rule]:
        tenant = home(note)
        yield tenant
        yield attrs.evolve(live_organization(tenant), message="Something else.")

    with pytest.raises(DeclarationError, match="the name live_organization"):
        GAPLESS + notes(declare)


def test_root_is_the_tenant() -> None:
    """There is one entity that belongs to no organization because it is one."""
    assert GAPLESS.root.entity is Organization
    with pytest.raises(DeclarationError, match="has no root: declare an entity with root=True"):
        _ = Catalogue(()).root


@attrs.frozen(kw_only=True, slots=True)
class Clinic(AuditedEntity):
    """A root of another service."""

    id: OrganizationId
    name: str = impersonal()
    version: int = 0


@rules_of(Clinic, "clinics", root=True)
def clinic_rules(clinic: Clinic) -> Iterator[Rule]:
    """What holds for a clinic."""
    yield Check("clinics_name_length", "A name has 1 to 50 characters.", between(length(clinic.name), 1, 50))


def test_parts_of_the_kit_have_any_root() -> None:
    """What any catalogue may take refers to the root of the one that it is in; without a root it is a part."""
    parts = [model for model in GAPLESS.models if any(rule.to is Root for rule in model.of_kind(Reference))]
    assert parts
    rest = Catalogue(()) + archive_rules + erasure_rules
    for model in parts:
        (home,) = model.of_kind(Reference)
        for catalogue in (rest + clinic_rules + model, rest + organization_rules + model):
            assert catalogue.parent(home) is catalogue.root
            assert catalogue.references_to[catalogue.root.entity] == ((model, home),)
        with pytest.raises(DeclarationError, match="has no root: declare an entity with root=True"):
            _ = (rest + model).root


def test_count_rules_come_in_the_order_of_the_catalogue() -> None:
    """What is checked at commit is checked model by model, in the order of declaration."""
    catalogue = GAPLESS + notes(well_formed)
    names = [rule.name for _, rule in catalogue.invariants]
    assert names[:4] == ["last_owner", "team_members_quota", "phone_numbers_quota", "no_active_calls"]
    assert names[-2:] == ["notes_quota", "notes_one"]
    assert names[:-2] == [rule.name for _, rule in GAPLESS.invariants]
    places = [catalogue.models.index(model) for model, _ in catalogue.invariants]
    assert all(one <= other for one, other in pairwise(places))

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, cast
from uuid import UUID

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId, organization_rules
from gapless.domain.users import User
from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtMost,
    Catalogue,
    Check,
    Entity,
    EnumMember,
    Index,
    Model,
    OnDelete,
    Reference,
    Rule,
    Unique,
    all_of,
    any_of,
    descending,
    length,
    matches,
    model_of,
    predicate,
    row,
    rules_of,
)
from gapless.kit.errors import DeclarationError, RuleViolated, UnknownField
from gapless.kit.lengths import matched
from gapless.testing.fuzzing.hostile_classes import LyingText, Pretender
from tests.unit.domain.samples import ROW, Colour, Sample

Rules = Callable[["Task"], Iterator[Rule]]


class Level(enum.Enum):
    """Members that are no texts."""

    LOW = 1


def none(_: object) -> Iterator[Rule]:
    """No rule beyond those that follow from the annotations."""
    return iter(())


def task() -> type[Task]:
    """A fresh copy of a small entity, whose rules are not declared yet."""

    @attrs.frozen(kw_only=True, slots=True)
    class Copy(Task):
        pass

    return Copy


@attrs.frozen(kw_only=True, slots=True)
class Task(Entity):
    """What a host may declare."""

    organization_id: OrganizationId
    id: UUID
    title: str
    note: str | None = None
    colour: Colour = Colour.RED
    version: int = 0

    @predicate
    def is_red(self) -> bool:
        """Whether the colour is red."""
        return self.colour == Colour.RED


def home(task: Task, to: type = Organization) -> Reference:
    """A reference to the organization."""
    return Reference("copies_home", "A task belongs to an organization.", task.organization_id, to, OnDelete.CASCADE)


def test_one_more_rule_is_one_more_line() -> None:
    """A check that is declared once more refuses in the constructor, in `violations`, and stands in the catalogue."""
    lenient, strict = task(), task()
    rules_of(lenient, "copies", belongs_to=lambda row: row.organization_id)(none)

    @rules_of(strict, "copies", belongs_to=lambda task: task.organization_id)
    def rules(task: Task) -> Iterator[Rule]:
        yield Check("copies_title_length", "A title has at most 5 characters.", length(task.title) <= 5)

    values: dict[str, Any] = {"organization_id": OrganizationId(UUID(int=1)), "id": UUID(int=2), "title": "too long"}
    assert lenient(**values).title == "too long"
    with pytest.raises(RuleViolated) as caught:
        strict(**values)
    assert caught.value.rule == "copies_title_length"
    catalogue = GAPLESS + rules
    assert catalogue.by_name["copies", "copies_title_length"][1].message == str(caught.value.message)


def test_rules_follow_from_the_annotations() -> None:
    """DataType, required, known, the primary key and that it is constant are rules without being written."""
    rules = {
        rule.name: type(rule).__name__
        for rule in rules_of(task(), "copies", belongs_to=lambda row: row.organization_id)(none).rules
    }
    assert rules == {
        "copies_organization_id_storable": "DataType",
        "copies_id_storable": "DataType",
        "copies_title_storable": "DataType",
        "copies_note_storable": "DataType",
        "copies_colour_storable": "DataType",
        "copies_version_storable": "DataType",
        "copies_organization_id_required": "Required",
        "copies_id_required": "Required",
        "copies_title_required": "Required",
        "copies_colour_required": "Required",
        "copies_version_required": "Required",
        "copies_colour_known": "EnumMember",
        "copies_organization_id_id_unique": "PrimaryKey",
        "copies_key_constant": "Immutable",
        "copies_version_step": "VersionStep",
    }


def test_enumeration_can_be_named() -> None:
    """An EnumMember that is declared takes the place of the one that follows from the annotation."""
    model = rules_of(task(), "copies", belongs_to=lambda row: row.organization_id)(
        lambda task: iter([EnumMember("check_colour", "A colour.", task.colour)])
    )
    assert [rule.name for rule in model.of_kind(EnumMember)] == ["check_colour"]


@pytest.mark.parametrize("name", ["", "Upper", "1st", "with space", "x" * 51, "shard_2", "hyphen-ated", "ü"])
def test_bad_names_are_refused(name: str) -> None:
    """A rule's name is a lower-case identifier of at most 50 characters without a trailing number."""
    with pytest.raises(DeclarationError, match="rule name"):
        Check(name, "A sentence.", row(Sample).o > 0)


def test_rule_without_a_sentence_is_refused() -> None:
    """Whoever is refused is told why in a sentence."""
    with pytest.raises(DeclarationError, match="no message"):
        Check("x", " ", row(Sample).o > 0)


def within(task: Any, depth: int, times: int) -> bool:  # noqa: ANN401  # a row of a class that each test makes
    """A condition in itself, so deep, and so many times at each depth."""
    condition = length(task.title) > 1
    for place in range(depth):
        condition = (any_of if place % 2 else all_of)(*(condition,) * times, task.title != str(place))
    return condition


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (lambda t: [Check("x", "s", length(t.title) > 1), Check("x", "s", length(t.title) > 2)], "declares x twice"),
        (lambda t: [Check(name, "s", length(t.title) > 1) for name in "thequickbrown" * 2], "declares b twice"),
        (lambda t: [Check("x", "s", length(t.nothing) > 1)], "no field or predicate 'nothing'"),
        (lambda _: [Check("x", "s", length(row(User).name) > 1)], "uses name"),
        (lambda t: [Unique("x", "s", t.title, where=row(User).is_active)], "uses is_active"),
        (lambda _: [Index("x", "s", row(User).last_seen_at)], "uses last_seen_at"),
        (lambda t: [Index("x", "s", t.title, where=row(User).is_live)], "uses is_deleted"),
        (
            lambda t: [home(t), AdmissionGuard("x", "s", home(t), row(Organization).is_live)],
            "must yield that reference",
        ),
        (lambda t: [AppendOnly("x", "s", home(t))], "must yield that reference"),
        (lambda t: [AppendOnly("x", "s", erasable=t.title)], "nothing can be erased from .*title"),
        (lambda t: [AppendOnly("x", "s", erasable=(t.note, t.colour))], "nothing can be erased from .*colour"),
        (lambda t: [AppendOnly("x", "s", erasable=t.note)], "leave out its field version"),
        (lambda _: [AppendOnly("x", "s", erasable=row(User).deactivation_reason)], "uses deactivation_reason"),
        (lambda t: [Reference("x", "s", t.id, Organization, OnDelete.SET_NULL)], "needs a field that may be null"),
        (lambda t: [Unique("x", "s", t.title == "a")], "Name the fields"),
        (lambda _: [Unique("x", "s", ())], "Name the fields"),
        (lambda _: [Unique("x", "s", "title")], "Name the fields"),
        (lambda t: [Index("x", "s", descending("title"))] if t else [], "no truth value"),
        (lambda t: [Check("x", "s", all_of(t.note is None, length(t.title) > 1))], "note is read"),
        (lambda t: [Check("x", "s", t.title in {"a", "b"})], "mentions no field"),
        (
            lambda t: [home(t), AtMost("x", "s", home(t), of=t.is_red, limit=cast(int, "3"))],
            "a whole number, or a field",
        ),
        (lambda t: [home(t), AtMost("x", "s", home(t), of=t.is_red, limit=True)], "a whole number, or a field"),
        (lambda _: [5], "must yield rules only, not an int"),
        (lambda t: [home(t), None], "must yield rules only, not None"),
        (lambda _: None, "must yield them; it returned None"),
        (
            lambda t: [Reference("x", "s", t.id, cast(type, None), OnDelete.CASCADE)],
            "the class of an entity, or Root, not None",
        ),
        (lambda t: [Reference("x", "s", t.id, Organization, cast(OnDelete, "CASCADE"))], "OnDelete, not a text"),
        (lambda t: [Check("x", "s", within(t, 5000, 1))], "at most 50 deep"),
        (lambda t: [Check("x", "s", within(t, 40, 2))], "at most 100000 parts at one depth: split it"),
        (lambda t: [Unique("x", "s", t.title, where=within(t, 40, 2))], "at most 100000 parts"),
    ],
)
def test_what_can_not_be_enforced_is_refused(rules: Rules, reason: str) -> None:
    """A rule that no store could check is an error when it is declared."""
    with pytest.raises(DeclarationError, match=reason):
        rules_of(task(), "copies", belongs_to=lambda row: row.organization_id)(rules)


@pytest.mark.parametrize("table", [None, 5, ("copies",), Pretender(str)], ids=lambda given: type(given).__name__)
def test_what_names_no_table_is_refused(table: str) -> None:
    """A table is name of a table is a text, also of a subclass, of which the plain text is kept."""
    with pytest.raises(DeclarationError, match="name of a table is a text"):
        rules_of(task(), table, belongs_to=lambda row: row.organization_id)
    model = rules_of(task(), LyingText("copies"), belongs_to=lambda row: row.organization_id)(
        lambda t: [Check("x", "s", matches(t.title, LyingText("[a-z]+")))]
    )
    assert type(model.table) is str
    assert [type(part.pattern) for check in model.of_kind(Check) for part in matched(check.holds)] == [str]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (("organization_id", "nothing"), "names nothing, which is not a field"),
        (("organization_id", "note"), "must be fields that are never null"),
        ((), "must be fields that are never null"),
    ],
)
def test_bad_keys_are_refused(key: tuple[str, ...], reason: str) -> None:
    """A key is made of fields that are never null."""
    with pytest.raises(DeclarationError, match=reason):
        rules_of(task(), "copies", belongs_to=lambda row: row.organization_id, key=key)(none)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "say what its rows belong to, as in belongs_to=lambda row: row.clinic_id, or root=True"),
        ({"belongs_to": lambda row: row.id, "root": True}, "one of the four"),
        ({"root": "yes"}, "`root` is True or False, not a text"),
        (
            {"belongs_to": lambda row: (row.organization_id, row.id)},
            "Copy: `belongs_to` names one field of Copy itself",
        ),
        ({"belongs_to": lambda _: row(User).organization_id}, "Copy: `belongs_to` names one field of Copy itself"),
        ({"belongs_to": lambda row: row.is_red}, "Copy: `belongs_to` names one field of Copy itself"),
        (
            {"belongs_to": "organization_id"},
            "`belongs_to` is a function of a row, such as lambda row: row.id, not a",
        ),
        ({"belongs_to": lambda: None}, "Copy: `belongs_to` can't be asked of a row: <lambda>() takes 0 positional"),
        ({"belongs_to": lambda row: row["id"]}, "Copy: `belongs_to` can't be asked of a row: 'SymbolicRow' object is"),
        ({"belongs_to": lambda row: row.id, "shared": True}, "one of the four"),
        ({"root": True, "shared": True}, "one of the four"),
        ({"shared": 1}, "`shared` is True or False, not an int"),
        ({"belongs_to": lambda _: "organization_id"}, "Copy: `belongs_to` names one field of Copy itself"),
        ({"root": True, "key": 5}, "Copy: `key` is a tuple of the names of its fields, not 5"),
        ({"root": True, "key": ("id", 5)}, "Copy: `key` is a tuple of the names of its fields"),
        ({"root": True, "key": {"id"}}, "Copy: `key` is a tuple of the names of its fields"),
        ({"root": True, "soft_deleted": True}, "Copy: `soft_deleted` is a function of a row"),
        ({"root": True, "released": "title"}, "Copy: `released` is a function of a row"),
        ({"root": True, "unaudited": lambda row: 1 / 0}, "Copy: `unaudited` can't be asked of a row: division by zero"),  # noqa: ARG005  # it asks nothing
    ],
)
def test_every_entity_says_what_it_belongs_to(said: Mapping[str, Any], reason: str) -> None:
    """An entity is a root, or has one field that holds the key of its root; what makes no sense is told by its name."""
    with pytest.raises(DeclarationError, match=re.escape(reason)):
        rules_of(task(), "copies", **said)(none)


def test_the_field_of_the_root_has_any_name() -> None:
    """What a row belongs to is what its declaration says, and the key follows from that."""
    entity = attrs.make_class(
        "Doctor",
        {name: attrs.field(type=UUID) for name in ("id", "organization_id", "clinic")},
        bases=(Entity,),
        frozen=True,
        kw_only=True,
        slots=True,
    )
    model: Model[Entity] = rules_of(entity, "doctors", belongs_to=lambda doctor: doctor.clinic)(none)
    assert (model.tenant, model.key, model.is_root, model.has_own_id) == ("clinic", ("clinic", "id"), False, True)


def test_entity_is_declared_once() -> None:
    """A second declaration is refused: it would change what the first store enforces."""
    entity = task()
    rules_of(entity, "copies", belongs_to=lambda row: row.organization_id)(none)
    with pytest.raises(DeclarationError, match="already has its rules"):
        rules_of(entity, "copies", belongs_to=lambda row: row.organization_id)(none)


def test_predicates_are_read_with_the_rules() -> None:
    """A predicate that leaves a field out is refused when the rules are declared, not when it is asked first."""

    @attrs.frozen(kw_only=True, slots=True)
    class Careless(Task):
        @predicate
        def is_noted(self) -> bool:
            return self.note is not None

    with pytest.raises(DeclarationError, match="note is read"):
        rules_of(Careless, "copies", belongs_to=lambda row: row.organization_id)(none)


def test_hidden_rows_are_told_by_a_condition() -> None:
    """What reading hides is a condition over the row, and nothing else."""
    with pytest.raises(DeclarationError, match="note is read"):
        rules_of(
            task(),
            "copies",
            belongs_to=lambda row: row.organization_id,
            soft_deleted=lambda task: task.note is not None,
        )(none)
    assert (
        rules_of(task(), "copies", belongs_to=lambda row: row.organization_id, soft_deleted=lambda task: task.is_red)(
            none
        ).soft_deleted
        is not None
    )


def malformed() -> dict[str, type]:
    """Classes that are no entities, by what is wrong with them."""
    found = (*made_wrongly(), *with_a_wrong_field(), *with_a_wrong_type())
    return {kind.__name__: kind for kind in found}


def made_wrongly() -> tuple[type, ...]:
    """Classes that are made in another way than entities are."""

    @attrs.frozen(kw_only=True, slots=False)
    class WithoutSlots(Entity):
        organization_id: UUID
        id: UUID

    @attrs.define(kw_only=True, slots=True)
    class Mutable(Entity):
        organization_id: UUID
        id: UUID

    @attrs.frozen(kw_only=True, slots=True, eq=False)
    class ComparedByIdentity(Entity):
        organization_id: UUID
        id: UUID

    @attrs.frozen(slots=True)
    class Positional(Entity):
        organization_id: UUID
        id: UUID

    class Plain(Entity):
        pass

    return WithoutSlots, Mutable, ComparedByIdentity, Positional, Plain


def with_a_wrong_field() -> tuple[type, ...]:
    """Classes with a field whose name or default no store can keep, or whose meaning needs another type."""

    @attrs.frozen(kw_only=True, slots=True)
    class Underscored(Entity):
        organization_id: UUID
        id: UUID
        _secret: int

    @attrs.frozen(kw_only=True, slots=True)
    class Drawn(Entity):
        organization_id: UUID
        id: UUID = attrs.field(factory=lambda: UUID(int=1))

    @attrs.frozen(kw_only=True, slots=True)
    class Versioned(Entity):
        organization_id: UUID
        id: UUID
        version: str

    return Underscored, Drawn, Versioned


def with_a_wrong_type() -> tuple[type, ...]:
    """Classes with a field of a type that is no column's."""

    @attrs.frozen(kw_only=True, slots=True)
    class Floating(Entity):
        organization_id: UUID
        id: UUID
        share: float

    @attrs.frozen(kw_only=True, slots=True)
    class Undecided(Entity):
        organization_id: UUID
        id: UUID
        either: int | str

    @attrs.frozen(kw_only=True, slots=True)
    class Numbered(Entity):
        organization_id: UUID
        id: UUID
        level: Level

    @attrs.frozen(kw_only=True, slots=True)
    class Dated(Entity):
        organization_id: UUID
        id: UUID
        day: date

    return Floating, Undecided, Numbered, Dated


@pytest.mark.parametrize("name", sorted(malformed()))
def test_what_is_no_entity_is_refused(name: str) -> None:
    """An entity is a frozen value with slots and columns that every store keeps exactly."""
    with pytest.raises(DeclarationError, match=name):
        rules_of(malformed()[name], "copies", belongs_to=lambda row: row.organization_id)(none)


def test_model_answers_for_its_columns() -> None:
    """A column is found by its name, and a wrong name is named."""
    model = model_of(Sample)
    assert model.column("text").name == "text"
    with pytest.raises(UnknownField):
        model.column("nothing")
    assert (model.tenant, model.versioned, model.audited) == ("organization_id", True, False)
    assert (organization_rules.tenant, organization_rules.audited) == ("id", True)
    assert model.key_of(Sample(**ROW)) == (ROW["organization_id"], ROW["id"])
    assert model.tenant_of(Sample(**ROW)) == ROW["organization_id"]


def test_entity_outside_the_catalogue_is_refused() -> None:
    """A store does not keep what its catalogue does not hold."""
    with pytest.raises(DeclarationError, match="Sample is not in the catalogue"):
        GAPLESS.model(Sample)
    assert isinstance(GAPLESS, Catalogue)


def test_rules_are_equal_to_themselves_alone() -> None:
    """Of whatever kind a rule is, it is looked up as the one that was declared, and equals no other with its parts."""

    def kinds(kind: type[Rule]) -> set[type[Rule]]:
        return {kind, *(below for each in kind.__subclasses__() for below in kinds(each))}

    found = kinds(Rule)
    assert len(found) > 15
    assert {
        kind.__name__ for kind in found if (kind.__eq__, kind.__hash__) != (object.__eq__, object.__hash__)
    } == set()

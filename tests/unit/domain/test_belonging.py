"""What rows belong to: one of several roots, none, or nothing; what can't be kept is refused where it is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    PROCESSED_COMMANDS,
    UNNUMBERED,
    Catalogue,
    Check,
    Entity,
    Index,
    Model,
    Numbered,
    OnDelete,
    Reference,
    Rule,
    between,
    length,
    rules_of,
)
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord, Erasure
from gapless.kit.columns import BigInteger, Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.outbox import OutboxEvent
from tests.clinics.networks import (
    NETWORK,
    City,
    Clinic,
    Country,
    Device,
    Form,
    Job,
    Lab,
    Person,
    Probe,
    clinic_rules,
    country_rules,
    device_rules,
    lab_rules,
    person_rules,
)

Yields = Callable[[Validated], Iterator[Rule]]
ROOTS = Catalogue((country_rules, clinic_rules, lab_rules))
OF_CLINIC = {"clinic": int}


def none(_: Validated) -> Iterator[Rule]:
    """No rule."""
    yield from ()


def declared(
    fields: Mapping[str, object], rules: Yields = none, *, of: str | None = "clinic", key: tuple[str, ...] | None = None
) -> Model[Validated]:
    """The model of an entity with these fields besides an id, which belongs to a root by one of them, or is shared."""
    given = {name: attrs.field(type=kind) for name, kind in {"id": int, **fields}.items()}  # type: ignore[call-overload]  # any annotation
    entity = attrs.make_class("Thing", given, bases=(Entity,), frozen=True, kw_only=True, slots=True)
    belongs_to = None if of is None else (lambda row: getattr(row, of))
    model: Model[Validated] = rules_of(entity, "things", belongs_to=belongs_to, shared=of is None, key=key)(rules)
    return model


def refers(name: str, to: type, on_delete: OnDelete = OnDelete.RESTRICT, *others: str) -> Yields:
    """A reference by these fields."""

    def rules(row: Validated) -> Iterator[Rule]:
        fields = tuple(getattr(row, each) for each in (name, *others))
        yield Reference(f"things_{name}_fkey", "It is there.", fields, to, on_delete)

    return rules


def of_clinic(*more: Yields) -> Yields:
    """A reference to the clinic, and other rules."""

    def rules(row: Validated) -> Iterator[Rule]:
        for each in (refers("clinic", Clinic, OnDelete.CASCADE), *more):
            yield from each(row)

    return rules


@attrs.frozen(kw_only=True, slots=True)
class Seat(Entity):
    """Something with a number below a country."""

    id: int
    clinic: int
    country: str
    place: BigInteger = attrs.field(default=UNNUMBERED, eq=False)


@rules_of(Seat, "seats", belongs_to=lambda seat: seat.clinic)
def seat_rules(seat: Seat) -> Iterator[Rule]:
    """Rows that are numbered below a row that is not their root."""
    yield from of_clinic()(seat)
    yield Check("seats_country_length", "A code has two characters.", between(length(seat.country), 2, 2))
    country = Reference("seats_country_fkey", "It is there.", seat.country, Country, OnDelete.RESTRICT)
    yield country
    yield Index("idx_seats_place", "Reads them in their order.", (seat.country, seat.place))
    yield Numbered("seats_place", "Seats are numbered.", through=country, column=seat.place)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "one of two roots": (
        lambda: ROOTS + declared(OF_CLINIC),
        "Thing belongs to a root by clinic, and Clinic and Lab are roots: yield a Reference by clinic to the one",
    ),
    "a key of another type": (
        lambda: Catalogue((country_rules, clinic_rules)) + declared({"clinic": str}),
        "Thing.clinic is a text, and Clinic.number is an integer: give both the same type",
    ),
    "a shared row that goes with its referrer's parent": (
        lambda: (
            ROOTS + declared({**OF_CLINIC, "country": str}, of_clinic(refers("country", Country, OnDelete.CASCADE)))
        ),
        "things_country_fkey leads to a shared row: say OnDelete.RESTRICT",
    ),
    "a link to another root that is cut": (
        lambda: ROOTS + declared({**OF_CLINIC, "lab": int | None}, of_clinic(refers("lab", Lab, OnDelete.SET_NULL))),
        "things_lab_fkey leads to a Lab, which belongs to another root: say OnDelete.RESTRICT",
    ),
    "a part of the key of another root's row": (
        lambda: ROOTS + device_rules + declared({**OF_CLINIC, "device": str}, of_clinic(refers("device", Device))),
        r"things_device_fkey \(device: a text\) does not fit the key of Device \(name: a text, lab: an integer",
    ),
    "a row of another root by its id alone": (
        lambda: NETWORK + declared({"lab": int, "form": int}, lab_form(), of="lab"),
        r"Form belongs to another root, and its key \(id\) leaves that out: put clinic into it",
    ),
    "a row of nobody that refers to one of a root": (
        lambda: NETWORK + declared({"clinic": int | None, "person": UUID}, of_clinic(refers("person", Job))),
        "Thing.clinic may be null, and a row of no root refers to none of a root",
    ),
    "numbers below a row that is no root": (lambda: ROOTS + seat_rules, "must go through a reference to Clinic"),
    "a key that may be null": (
        lambda: declared({"clinic": int | None}, key=("clinic", "id")),
        "The key of Thing must be fields that are never null",
    ),
}


def lab_form() -> Yields:
    """A row of a laboratory that refers to a form of a clinic."""

    def rules(row: Validated) -> Iterator[Rule]:
        yield from refers("lab", Lab, OnDelete.CASCADE)(row)
        yield from refers("form", Form)(row)

    return rules


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_root_could_keep_is_refused(name: str) -> None:
    """A declaration whose rows no unit could guard is refused by the rule, the fields and what to do."""
    make, message = REFUSED[name]
    with pytest.raises(DeclarationError, match=message):
        make()


def test_each_row_has_its_root() -> None:
    """Rows belong to the root that their reference names; shared ones to none, and records to the first root."""
    homes = {Clinic: Clinic, Lab: Lab, Device: Lab, Job: Clinic, Probe: Clinic, Form: Clinic, AuditRecord: Clinic}
    for model in NETWORK.models:
        root = NETWORK.root_of(model)
        assert (None if root is None else root.entity) is homes.get(
            model.entity, None if model.is_shared else Clinic
        ), model.name
    assert [model.entity for model in NETWORK.models if model.is_shared] == [Country, City, Person]


def test_records_may_belong_to_nobody_where_units_have_no_root() -> None:
    """Parts take their form from the catalogue that they come to: the root is in the key, or beside it."""

    def record(catalogue: Catalogue) -> tuple[Column | None, tuple[str, ...]]:
        model = catalogue.model(AuditRecord)
        return model.tenant_column, model.key

    never, maybe = Column("root_id", ColumnType.UUID, nullable=False), Column("root_id", ColumnType.UUID, nullable=True)
    number = Column("root_id", ColumnType.INTEGER, nullable=False)
    assert record(GAPLESS) == (never, ("root_id", "id"))
    assert record(Catalogue((country_rules, clinic_rules)) + AUDIT_TRAIL) == (
        attrs.evolve(number, nullable=True),
        ("id",),
    )
    assert record(Catalogue((country_rules,)) + AUDIT_TRAIL) == (maybe, ("id",))


def test_what_is_added_later_changes_no_table_that_is_there() -> None:
    """A host that adds shared rows, or a root of his own, to a service finds its tables as they were."""
    later = GAPLESS + person_rules + lab_rules + device_rules
    assert [later.model(model.entity) for model in GAPLESS.models] == [*GAPLESS.models]
    assert later.root is GAPLESS.root
    assert later.root_of(later.model(Device)) is later.model(Lab)


def test_without_a_root_parts_keep_what_needs_none() -> None:
    """No archive, no marks and no commands are there without a root, and no number and no reference of a record."""
    catalogue = Catalogue((country_rules,)) + AUDIT_TRAIL + OUTBOX + PROCESSED_COMMANDS
    assert [model.entity for model in catalogue.models] == [Country, AuditRecord, OutboxEvent]
    model = catalogue.model(AuditRecord)
    assert not model.of_kind(Reference)
    assert not model.of_kind(Numbered)
    assert model.append_only is not None
    assert (model.append_only.through, model.append_only.archive) == (None, None)
    assert {ArchivedAuditRecord, Erasure}.isdisjoint(model.entity for model in catalogue.models)

"""What rows belong to: one of several roots, none, or nothing; what can't be kept is refused where it is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    PROCESSED_COMMANDS,
    UNNUMBERED,
    AtLeastOne,
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
    Notice,
    Person,
    Probe,
    Room,
    clinic_rules,
    country_rules,
    device_rules,
    lab_rules,
    person_rules,
)
from tests.unit.domain.things import OF_CLINIC, ROOTS, Yields, declared, none, of_clinic, refers


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


@attrs.frozen(kw_only=True, slots=True)
class Depot(Entity):
    """A root that nobody audits."""

    code: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Pallet(Entity):
    """Something in a depot."""

    depot: int
    id: int
    version: int = 0


@rules_of(Depot, "depots", root=True, key=("code",))
def depot_rules(depot: Depot) -> Iterator[Rule]:
    """A code is positive."""
    yield Check("depots_code_positive", "A code is positive.", depot.code >= 1)


@rules_of(Pallet, "pallets", belongs_to=lambda pallet: pallet.depot)
def pallet_rules(pallet: Pallet) -> Iterator[Rule]:
    """It is in a depot that is there."""
    yield Reference("pallets_depot_fkey", "The depot is there.", pallet.depot, Depot, OnDelete.CASCADE)


@attrs.frozen(kw_only=True, slots=True)
class Counter(Entity):
    """A shared row without a version, which can change."""

    id: int
    value: int


@rules_of(Counter, "counters", shared=True)
def counter_rules(counter: Counter) -> Iterator[Rule]:
    """A value is positive."""
    yield Check("counters_value_positive", "A value is positive.", counter.value >= 1)


def has_a_thing(thing: Validated) -> Iterator[Rule]:
    """A laboratory that must have a thing of some clinic."""
    yield from of_clinic()(thing)
    lab = Reference("things_lab_fkey", "It is there.", thing.lab, Lab, OnDelete.RESTRICT)  # type: ignore[attr-defined]  # of any thing
    yield lab
    yield AtLeastOne("things_of_lab", "A laboratory has a thing.", lab, of=True)


def labs_named_alike() -> Catalogue:
    """Two roots whose classes have one name."""
    entity = attrs.make_class(
        "Lab", {"code": attrs.field(type=int)}, bases=(Entity,), frozen=True, kw_only=True, slots=True
    )
    alike: Model[Validated] = rules_of(entity, "others", root=True, key=("code",))(none)
    return Catalogue((lab_rules, alike))


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
        "things_lab_fkey leads to Lab, to a row of another root: say OnDelete.RESTRICT",
    ),
    "a part of the key of another root's row": (
        lambda: ROOTS + device_rules + declared({**OF_CLINIC, "device": str}, of_clinic(refers("device", Device))),
        r"things_device_fkey \(device: a text\) does not fit the key of Device \(name: a text, lab: an integer",
    ),
    "a row of another root by its id alone": (
        lambda: NETWORK + declared({"lab": int, "form": int}, lab_form(), of="lab"),
        r"things_form_fkey: the key \(id\) of Form does not say to which root a row belongs",
    ),
    "a row of nobody that refers to one of a root": (
        lambda: NETWORK + declared({"clinic": int | None, "person": UUID}, of_clinic(refers("person", Job))),
        "Thing.clinic may be null, and a row of no root refers to none of a root",
    ),
    "numbers below a row that is no root": (lambda: ROOTS + seat_rules, "must go through a reference to Clinic"),
    "a removal that makes rows nobody's": (
        lambda: ROOTS + declared({"clinic": int | None}, refers("clinic", Clinic, OnDelete.SET_NULL)),
        "things_clinic_fkey: to which root a row belongs never changes: say OnDelete.CASCADE or OnDelete.RESTRICT",
    ),
    "a row of another clinic that is cut": (
        lambda: (
            ROOTS + declared({**OF_CLINIC, "other": int | None}, of_clinic(refers("other", Clinic, OnDelete.SET_NULL)))
        ),
        "things_other_fkey leads to Clinic, to a row of another root: say OnDelete.RESTRICT",
    ),
    "a row that must be there before it can be": (
        lambda: ROOTS + declared({**OF_CLINIC, "lab": int}, has_a_thing),
        "things_of_lab: rows of Lab are added in units of another root than those of Thing",
    ),
    "a shared row that changes without a version": (
        lambda: ROOTS + counter_rules,
        "Counter: rows that are shared are guarded by their version alone: give it the field version: int = 0",
    ),
    "a root's rows without a root": (
        lambda: MemoryStore(Catalogue((country_rules,)) + declared({"depot": int}, of="depot")),
        "Thing belongs to a root by depot, and the catalogue has none: declare the entity of that root",
    ),
    "one function for two locks": (labs_named_alike, "would both have the function lock_lab"),
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
    homes = {
        Clinic: Clinic,
        Room: Clinic,
        Lab: Lab,
        Device: Lab,
        Job: Clinic,
        Probe: Clinic,
        Form: Clinic,
        AuditRecord: Clinic,
    }
    for model in NETWORK.models:
        root = NETWORK.root_of(model)
        assert (None if root is None else root.entity) is homes.get(
            model.entity, None if model.is_shared else Clinic
        ), model.name
    assert [model.entity for model in NETWORK.models if model.is_shared] == [Country, City, Person, Notice]


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
    later = GAPLESS + person_rules + depot_rules + pallet_rules
    assert [later.model(model.entity) for model in GAPLESS.models] == [*GAPLESS.models]
    assert later.root is GAPLESS.root
    assert later.root_of(later.model(Pallet)) is later.model(Depot)
    first = Catalogue((country_rules,)) + AUDIT_TRAIL
    assert [(first + depot_rules).model(model.entity) for model in first.models] == [*first.models]
    with pytest.raises(DeclarationError, match="Lab is audited, and the audit trail takes records of Organization"):
        GAPLESS + lab_rules


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

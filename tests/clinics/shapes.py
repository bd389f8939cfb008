"""A small service with another root than gapless' own: clinics, doctors and visits, with keys of every shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import attrs

from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    PROCESSED_COMMANDS,
    AdmissionGuard,
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    Index,
    Model,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    between,
    length,
    nullable,
    previous,
    row,
    rules_of,
)
from gapless.kit.columns import BigInteger
from gapless.kit.ids import RootId
from gapless.kit.model import Validated

CODE = 12
"""How many characters the code of a doctor has at most."""
Made = Callable[..., Validated]
Yields = Callable[[SimpleNamespace], Iterator[Rule]]


@attrs.frozen
class Shape:
    """How the tables of such a service are keyed.

    Attributes:
        name: for the reader.
        kind: the type of a clinic's key.
        home: gives the key of one more clinic for each number.
        doctor: the key of doctors.
        is_indexed: whether a unique index has clinic and code, beside the key of doctors.
    """

    name: str
    kind: type
    home: Callable[[int], RootId]
    doctor: tuple[str, ...]
    is_indexed: bool = False


@attrs.frozen
class Clinics:
    """The catalogue of a shape, and its entities."""

    catalogue: Catalogue
    clinic: type[AuditedEntity]
    doctor: type[Entity]
    visit: type[Entity]


_KINDS: Mapping[str, tuple[type, Callable[[int], RootId]]] = {
    "uuid": (UUID, lambda number: UUID(int=number << 100)),
    "number": (int, lambda number: 7 - number),
    "big number": (BigInteger, lambda number: number - 2**63),
    "text": (str, lambda number: f"o'neill\\n 😀 {number}"),
}
_DOCTORS = {"clinic first": ("clinic", "code"), "clinic last": ("code", "clinic"), "code alone": ("code",)}
SHAPES = {
    f"{root}, {key}{', indexed' if is_indexed else ''}": Shape(root, kind, home, _DOCTORS[key], is_indexed)
    for root, (kind, home) in _KINDS.items()
    for key in _DOCTORS
    for is_indexed in ((False, True) if key == "code alone" else (False,))
}
"""Every type of a root's key, beside every place that it can have in the key of another table."""


def _entity(name: str, base: type[Validated], fields: Mapping[str, object]) -> type[Validated]:
    given = {field: attrs.field(type=cast(type, annotation)) for field, annotation in fields.items()}
    return attrs.make_class(name, given, bases=(base,), frozen=True, kw_only=True, slots=True)


@cache
def clinics(shape: Shape) -> Clinics:
    """The service of a shape."""
    kind = shape.kind
    clinic = _entity("Clinic", AuditedEntity, {"number": kind, "beds": int, "version": int})
    boss = {"boss": str | None, "version": int}
    doctor = _entity("Doctor", Entity, {"code": str, "clinic": kind, "most": int, "is_open": bool, **boss})
    visit = _entity(
        "Visit", Entity, {"id": BigInteger, "doctor": str, "clinic": kind, "is_first": bool, "version": int}
    )
    models = (
        _declared(clinic, "clinics", _of_clinics(shape), ("number",), root=True),
        _declared(doctor, "doctors", _of_doctors(clinic, doctor, shape), shape.doctor),
        _declared(visit, "visits", _of_visits(clinic, doctor), ("id",)),
    )
    parts = AUDIT_TRAIL + OUTBOX + PROCESSED_COMMANDS
    return Clinics(
        Catalogue(models) + parts,
        cast("type[AuditedEntity]", clinic),
        cast("type[Entity]", doctor),
        cast("type[Entity]", visit),
    )


def _declared(
    entity: type[Validated], table: str, rules: Yields, key: tuple[str, ...], *, root: bool = False
) -> Model[Validated]:
    def yielded(made: Validated) -> Iterator[Rule]:
        return rules(cast(SimpleNamespace, made))

    def home(made: Validated) -> object:
        return cast(SimpleNamespace, made).clinic

    return rules_of(entity, table, belongs_to=None if root else home, root=root, key=key)(yielded)


def _of_clinics(shape: Shape) -> Yields:
    def rules(clinic: SimpleNamespace) -> Iterator[Rule]:
        yield Check("clinics_beds_range", "A clinic has beds, or none.", clinic.beds >= 0)
        if shape.kind is str:
            yield Check("clinics_number_length", "A key is short.", between(length(clinic.number), 1, 20))

    return rules


def _of_doctors(clinic: type[Validated], doctor: type[Validated], shape: Shape) -> Yields:
    def rules(made: SimpleNamespace) -> Iterator[Rule]:
        yield Check("doctors_code_length", "A code is short.", between(length(made.code), 1, CODE))
        yield Check("doctors_boss_length", "A code is short.", length(nullable(made.boss)) <= CODE)
        yield Reference("doctors_clinic_fkey", "A doctor has a clinic.", made.clinic, clinic, OnDelete.CASCADE)
        yield Reference("doctors_boss_fkey", "A boss is a doctor.", made.boss, doctor, OnDelete.SET_NULL)
        # The foreign keys of some shapes need it; one of some rows serves none.
        where = None if shape.is_indexed else made.is_open
        yield Unique("doctors_clinic_with_code_unique", "A code is there once.", (made.clinic, made.code), where=where)

    return rules


def _of_visits(clinic: type[Validated], doctor: type[Validated]) -> Yields:
    asked = cast(SimpleNamespace, row(doctor))

    def rules(visit: SimpleNamespace) -> Iterator[Rule]:
        yield Check("visits_doctor_length", "A code is short.", between(length(visit.doctor), 1, CODE))
        home = Reference("visits_clinic_fkey", "A visit is in a clinic.", visit.clinic, clinic, OnDelete.CASCADE)
        to = Reference("visits_doctor_fkey", "A visit is to a doctor.", visit.doctor, doctor, OnDelete.CASCADE)
        yield from (home, to)
        yield AdmissionGuard("visits_open", "The doctor is there.", to, asked.is_open, of=visit.is_first, added=True)
        yield AtMost("visits_of_clinic", "No more.", home, of=True, limit=cast(SimpleNamespace, row(clinic)).beds)
        yield AtMost("visits_of_doctor", "No more visits to the doctor.", to, of=True, limit=asked.most)
        yield AtLeastOne("visits_first", "A first visit.", to, of=visit.is_first, while_parent=asked.is_open)
        kept = visit.version >= previous(visit).version
        yield Transition("visits_counted", "A visit has a number.", kept, added=visit.id > 0)
        yield Index("idx_visits_doctor", "Finds the visits to a doctor.", (visit.clinic, visit.doctor))

    return rules

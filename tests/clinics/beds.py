"""Clinics whose beds and doctors are counted: a key of one text, of one number, and of two fields."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from gapless.kit import (
    AdmissionGuard,
    AtMost,
    BigInteger,
    Catalogue,
    Check,
    Entity,
    OnDelete,
    Reference,
    Rule,
    between,
    is_blank,
    length,
    negate,
    row,
    rules_of,
)


@attrs.frozen(kw_only=True, slots=True)
class Clinic(Entity):
    """The root, whose key is a text."""

    code: str
    beds: int
    version: int = 0


@rules_of(Clinic, "clinics", root=True, key=("code",))
def clinic_rules(clinic: Clinic) -> Iterator[Rule]:
    """What holds for every clinic."""
    yield Check("clinics_code_length", "A code has 2 to 20 characters.", between(length(clinic.code), 2, 20))
    yield Check("clinics_beds_range", "A clinic has no beds or some.", clinic.beds >= 0)


@attrs.frozen(kw_only=True, slots=True)
class Doctor(Entity):
    """A doctor, whom her number names, wherever she works."""

    number: BigInteger
    clinic: str
    name: str
    most: int
    is_at_work: bool = True
    version: int = 0


@rules_of(Doctor, "doctors", belongs_to=lambda doctor: doctor.clinic, key=("number",))
def doctor_rules(doctor: Doctor) -> Iterator[Rule]:
    """What holds for every doctor."""
    yield Check("doctors_name_shown", "A doctor has a name.", negate(is_blank(doctor.name)))
    yield Reference("doctors_clinic_fkey", "A doctor works in a clinic.", doctor.clinic, Clinic, OnDelete.CASCADE)


@attrs.frozen(kw_only=True, slots=True)
class Patient(Entity):
    """A patient in a bed."""

    clinic: str
    bed: int
    doctor: BigInteger
    version: int = 0


@rules_of(Patient, "patients", belongs_to=lambda patient: patient.clinic, key=("clinic", "bed"))
def patient_rules(patient: Patient) -> Iterator[Rule]:
    """What holds for every patient."""
    home = Reference("patients_clinic_fkey", "A patient is in a clinic.", patient.clinic, Clinic, OnDelete.CASCADE)
    doctor = Reference("patients_doctor_fkey", "Her doctor works there.", patient.doctor, Doctor, OnDelete.RESTRICT)
    yield from (home, doctor)
    yield AtMost("patients_beds", "All beds are taken.", home, of=True, limit=row(Clinic).beds)
    yield AtMost("patients_of_doctor", "The doctor has no time.", doctor, of=True, limit=row(Doctor).most)
    yield AdmissionGuard(
        "patients_at_work", "The doctor is not at work.", doctor, row(Doctor).is_at_work, of=True, added=True
    )


BEDS = Catalogue((clinic_rules, doctor_rules, patient_rules))

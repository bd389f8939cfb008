"""Clinics, which are the root, with their rooms and the doctors who work there."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from clinic.people import REGISTER, Person
from gapless.kit import (
    AtMost,
    Check,
    Entity,
    OnDelete,
    Reference,
    Rule,
    Unique,
    between,
    length,
    matches,
    row,
    rules_of,
)


@attrs.frozen(kw_only=True, slots=True)
class Clinic(Entity):
    """The root: a unit of work locks one of them.

    Attributes:
        id: its number.
        rooms_quota: how many rooms it may have.
        doctors_quota: how many doctors may be at work in it.
    """

    id: int
    name: str
    rooms_quota: int
    doctors_quota: int
    version: int = 0


@rules_of(Clinic, "clinics", root=True)
def clinic_rules(clinic: Clinic) -> Iterator[Rule]:
    """What holds for every clinic."""
    yield Check("clinics_name_length", "A name has 2 to 80 characters.", between(length(clinic.name), 2, 80))
    yield Check("clinics_rooms_quota_range", "A clinic has up to 500 rooms.", between(clinic.rooms_quota, 0, 500))
    yield Check("clinics_doctors_quota_range", "Up to 900 doctors work there.", between(clinic.doctors_quota, 0, 900))


DOOR = "[A-Z][0-9]{1,3}"
"""What the door of a room says."""


@attrs.frozen(kw_only=True, slots=True)
class Room(Entity):
    """A room, by what its door says."""

    clinic: int
    code: str
    version: int = 0


@rules_of(Room, "rooms", belongs_to=lambda room: room.clinic, key=("clinic", "code"))
def room_rules(room: Room) -> Iterator[Rule]:
    """What holds for every room."""
    home = Reference("rooms_clinic_fkey", "A room is in a clinic.", room.clinic, Clinic, OnDelete.CASCADE)
    yield home
    yield Check("rooms_code_form", "A door says a letter and a number.", matches(room.code, DOOR))
    yield AtMost("rooms_quota", "The clinic has as many rooms as it may.", home, of=True, limit=row(Clinic).rooms_quota)


SHORT_NAME = "[a-z]{2,8}"
"""How the short name of a doctor is written."""


@attrs.frozen(kw_only=True, slots=True)
class Doctor(Entity):
    """A person who works in a clinic, by the short name that she has there."""

    clinic: int
    code: str
    person: str
    is_at_work: bool = True
    version: int = 0


@rules_of(Doctor, "doctors", belongs_to=lambda doctor: doctor.clinic, key=("clinic", "code"))
def doctor_rules(doctor: Doctor) -> Iterator[Rule]:
    """What holds for every doctor."""
    home = Reference("doctors_clinic_fkey", "A doctor works in a clinic.", doctor.clinic, Clinic, OnDelete.CASCADE)
    yield home
    yield Check("doctors_code_form", "A short name is 2 to 8 small letters.", matches(doctor.code, SHORT_NAME))
    yield Check("doctors_person_form", "A number is P and six digits.", matches(doctor.person, REGISTER))
    yield Reference("doctors_person_fkey", "A doctor is somebody.", doctor.person, Person, OnDelete.RESTRICT)
    yield Unique("doctors_person_unique", "She works there already.", (doctor.clinic, doctor.person))
    yield AtMost(
        "doctors_quota",
        "As many doctors are at work as may be.",
        home,
        of=doctor.is_at_work,
        limit=row(Clinic).doctors_quota,
    )

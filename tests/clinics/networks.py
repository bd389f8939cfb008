"""Clinics and laboratories, two kinds of roots, beside rows that belong to none: countries, cities, people, forms."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import attrs

from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    UNNUMBERED,
    AdmissionGuard,
    AtMost,
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    Exclusion,
    Index,
    Names,
    Numbered,
    OnDelete,
    Reference,
    Rule,
    Unique,
    between,
    camel_case,
    length,
    matches,
    nullable,
    row,
    rules_of,
)
from gapless.kit.columns import BigInteger

DEVICES = Names(None, {"place": "Place.No"})
FORMS = Names("Form.of", {"id": "name", "title": "id", "clinic": "clinicId"})
JOBS = Names("order", {"clinic": "person", "person": "clinic", "place": "at", "version": "Version"})
"""The columns of the one field have the name of the other."""
MOST_JOBS = 2
"""For how many clinics one person works at most."""


@attrs.frozen(kw_only=True, slots=True)
class Country(AuditedEntity):
    """A country; each is there once, for everybody."""

    code: str
    name: str
    is_open: bool = True
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class City(Entity):
    """A city, which goes with its country."""

    country: str
    name: str
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Person(Entity):
    """Somebody who may work for several clinics."""

    id: UUID
    name: str
    most_jobs: int = MOST_JOBS
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Clinic(AuditedEntity):
    """A clinic in a country."""

    number: int
    country: str | None = None
    beds: int = 3
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Lab(AuditedEntity):
    """A laboratory, whose number may be that of a clinic."""

    number: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Device(Entity):
    """Something that a laboratory has; its devices are numbered."""

    lab: int
    name: str
    place: BigInteger = attrs.field(default=UNNUMBERED, eq=False)
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Job(Entity):
    """A person's work for a clinic; the jobs of a clinic are numbered."""

    clinic: int
    person: UUID
    place: BigInteger = attrs.field(default=UNNUMBERED, eq=False)
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Probe(Entity):
    """What a clinic lets a laboratory do on one of its devices."""

    clinic: int
    id: int
    lab: int
    device: str | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Room(Entity):
    """A room of a clinic, which may be given up, and may be lent by another clinic; plates are there once."""

    clinic: int
    id: int
    plate: int
    lender: int | None = None
    is_gone: bool = False
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Notice(Entity):
    """A notice on a wall, for everybody, that leads to a room for some days."""

    id: int
    wall: int
    since: int
    until: int
    clinic: int | None = None
    room: int | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Form(Entity):
    """A form of a clinic, or of nobody."""

    id: int
    clinic: int | None = None
    title: str
    version: int = 0


@rules_of(Country, "countries", shared=True, key=("code",), names=Names('All "countries"; of 100 % \\ ', camel_case))
def country_rules(country: Country) -> Iterator[Rule]:
    """A code has two letters."""
    yield Check("countries_code_form", "A code has two capitals.", matches(country.code, "[A-Z]{2}"))
    yield Check("countries_name_length", "A name has 1 to 20 characters.", between(length(country.name), 1, 20))


@rules_of(City, "cities", shared=True, key=("country", "name"))
def city_rules(city: City) -> Iterator[Rule]:
    """A city is in a country."""
    yield Check("cities_name_length", "A name has 1 to 20 characters.", between(length(city.name), 1, 20))
    yield Check("cities_country_length", "A code has two characters.", between(length(city.country), 2, 2))
    home = Reference("cities_country_fkey", "A city is in a country.", city.country, Country, OnDelete.CASCADE)
    yield home
    yield AtMost("cities_of_country", "A country has three cities.", home, of=True, limit=3)
    yield AdmissionGuard("cities_enter_open", "The country is closed.", home, row(Country).is_open, of=True)


@rules_of(Person, "people", shared=True, names=Names("user", {"id": "primary", "most_jobs": "Most; Jobs"}))
def person_rules(person: Person) -> Iterator[Rule]:
    """A name is there once."""
    yield Check("people_name_length", "A name has 1 to 20 characters.", between(length(person.name), 1, 20))
    yield Unique("people_name_unique", "There is another one of this name.", person.name)


@rules_of(Clinic, "clinics", root=True, key=("number",), names=Names("Clinic", {"number": "select", "beds": "größe"}))
def clinic_rules(clinic: Clinic) -> Iterator[Rule]:
    """A clinic is in a country that is there."""
    yield Check("clinics_country_length", "A code has two characters.", between(length(nullable(clinic.country)), 2, 2))
    yield Reference("clinics_country_fkey", "The country is there.", clinic.country, Country, OnDelete.RESTRICT)


@rules_of(Lab, "labs", root=True, key=("number",))
def lab_rules(lab: Lab) -> Iterator[Rule]:
    """A laboratory has a number."""
    yield Check("labs_number_positive", "A number is positive.", lab.number >= 1)


@rules_of(
    Device,
    "devices",
    belongs_to=lambda device: device.lab,
    key=("name", "lab"),
    names=DEVICES,
)
def device_rules(device: Device) -> Iterator[Rule]:
    """A device belongs to a laboratory."""
    yield Check("devices_name_length", "A name has 1 to 20 characters.", between(length(device.name), 1, 20))
    home = Reference("devices_lab_fkey", "The laboratory is there.", device.lab, Lab, OnDelete.CASCADE)
    yield home
    yield Index("idx_devices_place", "Reads devices in their order.", (device.lab, device.place))
    yield Numbered("devices_place", "The devices of a laboratory are numbered.", through=home, column=device.place)


@rules_of(Job, "jobs", belongs_to=lambda job: job.clinic, key=("clinic", "person"), names=JOBS)
def job_rules(job: Job) -> Iterator[Rule]:
    """Nobody works for more clinics than he wants, and no clinic has more people than beds."""
    home = Reference("jobs_clinic_fkey", "The clinic is there.", job.clinic, Clinic, OnDelete.CASCADE)
    yield home
    person = Reference("jobs_person_fkey", "The person is there.", job.person, Person, OnDelete.RESTRICT)
    yield person
    yield Index("idx_jobs_place", "Reads jobs in their order.", (job.clinic, job.place))
    yield Numbered("jobs_place", "The jobs of a clinic are numbered.", through=home, column=job.place)
    yield AtMost("jobs_of_person", "A person has as many jobs as wanted.", person, of=True, limit=row(Person).most_jobs)
    yield AtMost("jobs_of_clinic", "A clinic has no more people than beds.", home, of=True, limit=row(Clinic).beds)


@rules_of(Probe, "probes", belongs_to=lambda probe: probe.clinic)
def probe_rules(probe: Probe) -> Iterator[Rule]:
    """A probe is taken by a laboratory, perhaps on a device of it."""
    yield Reference("probes_clinic_fkey", "The clinic is there.", probe.clinic, Clinic, OnDelete.CASCADE)
    yield Reference("probes_lab_fkey", "The laboratory is there.", probe.lab, Lab, OnDelete.RESTRICT)
    yield Check(
        "probes_device_length", "A name has 1 to 20 characters.", between(length(nullable(probe.device)), 1, 20)
    )
    yield Reference("probes_device_fkey", "The device is there.", (probe.device, probe.lab), Device, OnDelete.RESTRICT)


@rules_of(Room, "rooms", belongs_to=lambda room: room.clinic, released=lambda room: room.is_gone)
def room_rules(room: Room) -> Iterator[Rule]:
    """A room belongs to a clinic, and may be lent by another one, which then stays."""
    yield Reference("rooms_clinic_fkey", "The clinic is there.", room.clinic, Clinic, OnDelete.CASCADE)
    yield Reference("rooms_lender_fkey", "The lender is there.", room.lender, Clinic, OnDelete.RESTRICT)
    yield Unique("rooms_plate_unique", "Another room has this plate.", room.plate)


@rules_of(Notice, "notices", shared=True)
def notice_rules(notice: Notice) -> Iterator[Rule]:
    """A wall has one notice at a time."""
    yield Check("notices_days_ordered", "A notice ends after it began.", notice.since <= notice.until)
    room = (notice.clinic, notice.room)
    yield Reference("notices_room_fkey", "The room is there.", room, Room, OnDelete.RESTRICT)
    yield Exclusion("notices_wall_free", "The wall has a notice.", notice.wall, start=notice.since, end=notice.until)


@rules_of(Form, "forms", belongs_to=lambda form: form.clinic, names=FORMS)
def form_rules(form: Form) -> Iterator[Rule]:
    """A title is there once in a clinic; those of nobody may be alike."""
    yield Check("forms_title_length", "A title has 1 to 20 characters.", between(length(form.title), 1, 20))
    yield Reference("forms_clinic_fkey", "The clinic is there.", form.clinic, Clinic, OnDelete.CASCADE)
    yield Unique("forms_title_unique", "Another form has this title.", (form.clinic, form.title))


NETWORK = (
    Catalogue(
        (
            country_rules,
            city_rules,
            person_rules,
            clinic_rules,
            lab_rules,
            device_rules,
            job_rules,
            probe_rules,
            form_rules,
            room_rules,
            notice_rules,
        )
    )
    + AUDIT_TRAIL
    + OUTBOX
)
"""Two roots, shared rows, rows of a root or of nobody, and references between all of them."""
SHARED = Catalogue((country_rules, city_rules, person_rules)) + AUDIT_TRAIL + OUTBOX
"""The same without a root."""
NETWORKS = {"network": NETWORK, "shared": SHARED}
"""Both, by their names."""

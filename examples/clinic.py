"""A service with a root of its own: clinics, whose doctors take so many patients, with the keys that such tables have.

Run it with `python examples/clinic.py memory:`, or with the URL of a database in which `create_tables` has made the
tables, as a migration of the service does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import attrs

from gapless import MemoryStore
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    BigInteger,
    Catalogue,
    Check,
    Entity,
    GaplessError,
    NotFound,
    OnDelete,
    Reading,
    Reference,
    Rule,
    Store,
    between,
    is_blank,
    length,
    negate,
    row,
    rules_of,
)
from gapless.postgres import PostgresStore, create_engine, create_statements

SCHEMA = "clinic"


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


CLINICS = Catalogue((clinic_rules, doctor_rules, patient_rules))


async def create_tables(url: str) -> None:
    """Creates the tables with their rules, in a schema of their own."""
    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        for statement in create_statements(CLINICS, SCHEMA):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Store]:
    """A store of the clinics: in memory, or in the database of a URL once it is known to have every rule."""
    if url == "memory:":
        yield MemoryStore(CLINICS)
        return
    engine = create_engine(url)
    store = PostgresStore(engine, CLINICS, schema=SCHEMA)
    try:
        await store.check()
        yield store
    finally:
        await store.aclose()
        await engine.dispose()


async def refusal(store: Store, clinic: str, *rows: Entity) -> str:
    """Adds rows of a clinic, all or none; says what refuses them."""
    try:
        async with store.unit(clinic) as unit:
            for added in rows:
                await unit.of(type(added)).add(added)
            await unit.commit()
    except GaplessError as error:
        return str(getattr(error, "rule", error))
    return "kept"


async def main(url: str) -> list[str]:
    """Takes patients in until the rules say no; returns what they said."""
    async with opened(url) as store:
        for code, number in (("north", 1), ("south", 2)):
            async with store.creating(code) as unit:
                await unit.of(Clinic).add(Clinic(code=code, beds=3))
                await unit.of(Doctor).add(doctor(number, code))
                await unit.commit()
        said = [
            await refusal(store, "north", *(patient(bed, doctor=1) for bed in beds)) for beds in ((1, 2), (3,), (2,))
        ]
        said.append(await refusal(store, "north", patient(3, doctor=2)))  # who works elsewhere
        said.append(await refusal(store, "north", doctor(2, "north")))
        async with store.reading("north") as reading:
            said.append(f"{await reading.of(Patient).count()} in bed, the first with {await doctor_of(reading, 1)}")
    return said


def doctor(number: int, clinic: str) -> Doctor:
    """A doctor with two patients at most."""
    return Doctor(number=BigInteger(number), clinic=clinic, name=f"Dr. {number}", most=2)


def patient(bed: int, *, doctor: int) -> Patient:
    """A patient in the north."""
    return Patient(clinic="north", bed=bed, doctor=BigInteger(doctor))


async def doctor_of(reading: Reading, bed: int) -> str:
    """The name of the doctor of a patient; rows are found by their key without the root."""
    try:
        patient = await reading.of(Patient).get(bed)
    except NotFound:
        return "nobody"
    return (await reading.of(Doctor).get(patient.doctor)).name


if __name__ == "__main__":
    print("\n".join(asyncio.run(main(sys.argv[1]))))

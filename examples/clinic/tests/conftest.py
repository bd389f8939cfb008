"""What the fixtures of gapless are told about this service, and what its tests begin with."""

import pytest
import pytest_asyncio
from clinic.catalogue import CLINICS
from clinic.clinics import Clinic, Doctor, Room
from clinic.people import Country, Person
from slots import ANN, BOB, NORTH, SOUTH

from gapless.kit import Catalogue, Store


@pytest.fixture(scope="session")
def gapless_catalogue() -> Catalogue:
    """Both stores enforce the rules of this service, and the database has its tables."""
    return CLINICS


@pytest_asyncio.fixture
async def clinics(gapless_store: Store) -> Store:
    """The store of the test, with two clinics: Ann works in both, and Bob in the first one."""
    async with gapless_store.unit() as unit:
        await unit.of(Country).add(Country(code="UZ", name="Uzbekistan"))
        await unit.of(Person).add_all([Person(register=ANN, name="Ann", country="UZ")])
        await unit.of(Person).add_all([Person(register=BOB, name="Bob", country="UZ")])
        await unit.commit()
    for number, people in ((NORTH, {"ann": ANN, "bob": BOB}), (SOUTH, {"ann": ANN})):
        async with gapless_store.creating(number) as unit:
            await unit.of(Clinic).add(Clinic(id=number, name=f"Clinic {number}", rooms_quota=2, doctors_quota=2))
            await unit.of(Room).add_all([Room(clinic=number, code=code) for code in ("A1", "A2")])
            await unit.of(Doctor).add_all([Doctor(clinic=number, code=code, person=people[code]) for code in people])
            await unit.commit()
    return gapless_store

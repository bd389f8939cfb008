"""Shared rows and rows of other roots, to which plain SQL refers and below which it adds, when transactions overlap."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from uuid import UUID

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.clinics.networks import NETWORKS
from tests.integration.databases import connected
from tests.integration.postgres.acts import Act, Acts
from tests.integration.postgres.races import (
    COMMITTED,
    MISSING_PARENT,
    PAIRS,
    RESTRICTED,
    SERIALIZATION,
    VIOLATED,
    overlapped,
)
from tests.stores import tables_of

SCHEMA = "shared_parents"
REFUSED = (VIOLATED, MISSING_PARENT, RESTRICTED, SERIALIZATION)
NUMBERS = count(1)
pytestmark = pytest.mark.asyncio

# The tables have the names that tests/clinics/networks.py gives them, of which many are words of SQL.
COUNTRIES, CITIES = 'shared_parents."All ""countries""; of 100 % \\ "', "shared_parents.cities"
PEOPLE, JOBS, CLINICS = 'shared_parents."user"', 'shared_parents."order"', 'shared_parents."Clinic"'
LABS, DEVICES, PROBES = "shared_parents.labs", "shared_parents.devices", "shared_parents.probes"


@attrs.frozen
class Place:
    """Two clinics without a job, a person who takes one, a country with two cities of three, a laboratory, a device."""

    number: int

    @property
    def person(self) -> UUID:
        """The person's id."""
        return UUID(int=self.number)

    @property
    def country(self) -> str:
        """The country's code."""
        return chr(65 + self.number // 26) + chr(65 + self.number % 26)


ACTS = Acts[Place]()


def job_at(other: int) -> Act[Place]:
    """The act that lets the person work for one of the clinics."""
    # The columns of either field have the name of the other.
    text = f'INSERT INTO {JOBS} ("person", "clinic", "at", "Version") VALUES ($1, $2, 0, 1)'  # noqa: S608  # names of ours
    return ACTS.sql(text, lambda place: 2 * place.number + other, lambda place: place.person)


def city(name: str) -> Act[Place]:
    """The act that adds a city to the country."""
    return ACTS.sql(f"INSERT INTO {CITIES} VALUES ($1, '{name}', 1)", lambda place: place.country)  # noqa: S608  # as above


PROBE = ACTS.sql(
    f"INSERT INTO {PROBES} VALUES ($1, $2, $2, 'scale', 1)",  # noqa: S608  # as above
    lambda place: 2 * place.number,
    lambda place: place.number,
)
CLOSE = ACTS.sql(f'UPDATE {COUNTRIES} SET "isOpen" = false WHERE code = $1', lambda place: place.country)  # noqa: S608  # as above
THERE = {
    "country": ACTS.sql(f"INSERT INTO {COUNTRIES} VALUES ($1, 'C', true, 1)", lambda place: place.country),  # noqa: S608  # as above
    "person": ACTS.sql(f"INSERT INTO {PEOPLE} VALUES ($1, $2, 1, 1)", lambda p: p.person, lambda p: f"P{p.number}"),  # noqa: S608  # as above
    "lab": ACTS.sql(f"INSERT INTO {LABS} VALUES ($1, 1)", lambda place: place.number),  # noqa: S608  # as above
    "device": ACTS.sql(
        f"INSERT INTO {DEVICES} (lab, name, version) VALUES ($1, 'scale', 1)",  # noqa: S608  # as above
        lambda place: place.number,
    ),
}
GONE = {
    "person": ACTS.sql(f'DELETE FROM {PEOPLE} WHERE "primary" = $1', lambda place: place.person),  # noqa: S608  # as above
    "country": ACTS.sql(f"DELETE FROM {COUNTRIES} WHERE code = $1", lambda place: place.country),  # noqa: S608  # as above
    "device": ACTS.sql(f"DELETE FROM {DEVICES} WHERE lab = $1", lambda place: place.number),  # noqa: S608  # as above
    "lab": ACTS.sql(f"DELETE FROM {LABS} WHERE number = $1", lambda place: place.number),  # noqa: S608  # as above
}
"""What adds a row of the place, and what removes it."""
SCENARIOS = {
    "two clinics, one person": (job_at(0), job_at(1)),
    "a job, the person goes": (job_at(0), GONE["person"]),
    "two cities": (city("c"), city("d")),
    "a city, the country closes": (city("c"), CLOSE),
    "a city, the country goes": (city("c"), GONE["country"]),
    "a probe, the device goes": (PROBE, GONE["device"]),
    "a probe, the laboratory goes": (PROBE, GONE["lab"]),
}
"""Pairs of acts, each of which is right alone; of the pairs in ORDERED both are right in this order."""
ORDERED = ("a city, the country closes", "a city, the country goes")
BROKEN_CITIES = f"""
    SELECT 'cities_of_country' FROM {CITIES} GROUP BY country HAVING count(*) > 3
    UNION ALL SELECT 'cities_country_fkey' FROM {CITIES} AS c
    WHERE NOT EXISTS (SELECT FROM {COUNTRIES} AS o WHERE o.code = c.country)
"""  # noqa: S608  # as above
BROKEN = f"""
    SELECT 'jobs_of_person' FROM {PEOPLE} AS p
    WHERE (SELECT count(*) FROM {JOBS} AS j WHERE j."clinic" = p."primary") > p."Most; Jobs"
    UNION ALL SELECT 'jobs_person_fkey' FROM {JOBS} AS j
    WHERE NOT EXISTS (SELECT FROM {PEOPLE} AS p WHERE p."primary" = j."clinic")
    UNION ALL SELECT 'probes_device_fkey' FROM {PROBES} AS t
    WHERE NOT EXISTS (SELECT FROM {DEVICES} AS d WHERE (d.name, d.lab) = (t.device, t.lab))
    UNION ALL {BROKEN_CITIES}
"""  # noqa: S608  # as above
WHAT_IS_BROKEN = {"network": BROKEN, "shared": BROKEN_CITIES}
"""By catalogue, the question for the rules that rows break."""
OF_CITIES = tuple(name for name in SCENARIOS if "cit" in name)
"""Those in a catalogue without a root."""
ALL = [*(("network", name) for name in SCENARIOS), *(("shared", name) for name in OF_CITIES)]


@pytest_asyncio.fixture(scope="module")
async def tables(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[str]:
    """The tables of the network, or of its part without a root, in a schema of their own; its name."""
    async with tables_of(engine, NETWORKS[request.param], SCHEMA):
        yield request.param


async def prepared(connection: asyncpg.Connection, network: str = "network") -> Place:
    """Adds the rows of a place, and commits."""
    place = Place(next(NUMBERS))
    async with connection.transaction():
        await THERE["country"](connection, place)
        await connection.execute(f"INSERT INTO {CITIES} VALUES ($1, 'a', 1), ($1, 'b', 1)", place.country)  # noqa: S608  # as above
        if network == "network":
            await add_of_roots(connection, place)
    return place


async def add_of_roots(connection: asyncpg.Connection, place: Place) -> None:
    """Adds the rows of roots, and the person who works there."""
    for name in ("person", "lab", "device"):
        await THERE[name](connection, place)
    for clinic in (2 * place.number, 2 * place.number + 1):
        text = f'INSERT INTO {CLINICS} ("select", "größe", version) VALUES ($1, 9, 1)'  # noqa: S608  # as above
        await connection.execute(text, clinic)


@pytest.mark.parametrize("swapped", [False, True], ids=["in order", "swapped"])
@pytest.mark.parametrize("levels", PAIRS, ids="-".join)
@pytest.mark.parametrize(("tables", "name"), ALL, indirect=["tables"])
async def test_no_overlap_breaks_a_rule(
    database_url: str, tables: str, name: str, levels: tuple[str, str], *, swapped: bool
) -> None:
    """Of two transactions that are right alone the first is kept, and the second only if both are right together."""
    first, second = SCENARIOS[name]
    async with connected(database_url) as connection:
        place = await prepared(connection, tables)
        acts = (lambda session: first(session, place)), (lambda session: second(session, place))
        leader, follower = await overlapped(database_url, acts, levels, PEOPLE, swapped=swapped)
        assert leader == COMMITTED
        assert follower in (*REFUSED, *((COMMITTED,) if name in ORDERED and not swapped else ()))
        assert await connection.fetch(WHAT_IS_BROKEN[tables]) == []


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("tables", ["network"], indirect=True)
async def test_the_question_finds_what_is_broken(database_url: str) -> None:
    """Rows that get past the triggers and foreign keys are found by the question for what is broken."""
    async with connected(database_url) as connection:
        place, other = await prepared(connection), await prepared(connection)
        session = connection.transaction()
        await session.start()
        await connection.execute("SET LOCAL session_replication_role = replica")
        for act in (job_at(0), job_at(1), city("c"), city("d"), PROBE, GONE["device"]):
            await act(connection, place)
        for act in (job_at(0), GONE["person"], GONE["country"]):
            await act(connection, other)
        found = {row[0] for row in await connection.fetch(BROKEN)}
        await session.rollback()
    lost = {"jobs_person_fkey", "cities_country_fkey", "probes_device_fkey"}
    assert found == lost | {"jobs_of_person", "cities_of_country"}

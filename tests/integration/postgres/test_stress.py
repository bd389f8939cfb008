"""Rules below rows that are no roots, and of no root at all, hold while many sessions of plain SQL write at random."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.kit import Catalogue
from tests.clinics.networks import NETWORKS
from tests.clinics.shapes import SHAPES, clinics
from tests.integration.databases import connected
from tests.integration.postgres import test_parents as parents
from tests.integration.postgres import test_shared_parents as shared
from tests.integration.postgres.acts import Act
from tests.integration.postgres.races import COMMITTED
from tests.integration.postgres.stress import EXPECTED, Stress
from tests.stores import tables_of

PLACES = 3
BELOW_A_PARENT: Sequence[Act[parents.Place]] = (
    parents.ADD,
    lambda connection, place: parents.add_visit(connection, place, is_first=True),
    parents.add_across,
    *(
        parents.ACTS.sql(text, lambda place: place.doctor)
        for text in (
            "DELETE FROM parents.visits WHERE id = (SELECT min(id) FROM parents.visits WHERE doctor = $1)",
            "DELETE FROM parents.visits WHERE id = (SELECT max(id) FROM parents.visits WHERE doctor = $1)",
            """
            UPDATE parents.visits SET is_first = NOT is_first
            WHERE id = (SELECT max(id) FROM parents.visits WHERE doctor = $1)
            """,
            "UPDATE parents.doctors SET is_open = NOT is_open WHERE code = $1",
        )
    ),
    parents.REMOVE,
    parents.ACTS.sql("DELETE FROM parents.doctors WHERE code = $1", lambda place: place.other),
    lambda connection, place: parents.add_doctor(connection, place.doctor, place.home),
    lambda connection, place: parents.add_doctor(connection, place.other, place.away),
)
"""Visits come, go and change below doctors who open, close, leave and come back, here and in another root."""
OF_NO_ROOT: Sequence[Act[shared.Place]] = (
    *(shared.city(name) for name in "bcd"),
    *(
        shared.ACTS.sql(text, lambda place: place.country)
        for text in (
            f"DELETE FROM {shared.CITIES} WHERE country = $1 AND name > 'b'",  # noqa: S608  # names of ours
            f'UPDATE {shared.COUNTRIES} SET "isOpen" = NOT "isOpen" WHERE code = $1',  # noqa: S608  # as above
        )
    ),
    shared.THERE["country"],
    shared.GONE["country"],
)
"""Cities come and go in countries that open and close, and go and come back."""
OF_SEVERAL_ROOTS: Sequence[Act[shared.Place]] = (
    *OF_NO_ROOT,
    *map(shared.job_at, range(2)),
    shared.ACTS.sql(f'DELETE FROM {shared.JOBS} WHERE "clinic" = $1', lambda place: place.person),  # noqa: S608  # as above
    shared.PROBE,
    shared.ACTS.sql(f"DELETE FROM {shared.PROBES} WHERE lab = $1", lambda place: place.number),  # noqa: S608  # as above
    *(acts[each] for acts in (shared.THERE, shared.GONE) for each in ("person", "device")),
)
"""So do jobs of two clinics below one person, and what refers to the rows of another root."""


@attrs.frozen
class Written:
    """What sessions write in the tables of a catalogue, as `stress_of` makes it.

    Attributes:
        catalogue: the catalogue.
        schema: the schema of its tables.
        rules: the names of the rules that are asked for.
        stress_of: prepares places, and says what is done there by so many sessions in so many transactions.
    """

    catalogue: Catalogue
    schema: str
    rules: frozenset[str]
    stress_of: Callable[[asyncpg.Connection, int, int], Awaitable[Stress[parents.Place] | Stress[shared.Place]]]


async def below_a_parent(connection: asyncpg.Connection, workers: int, transactions: int) -> Stress[parents.Place]:
    """Sessions that write below doctors."""
    places = [await parents.prepared(connection, parents.USUAL) for _ in range(PLACES)]

    async def broken(asking: asyncpg.Connection) -> list[str]:
        return [rule for place in places for rule in await parents.broken(asking, place)]

    return Stress(acts=BELOW_A_PARENT, places=places, broken=broken, workers=workers, transactions=transactions)


def in_network(
    name: str, acts: Sequence[Act[shared.Place]]
) -> Callable[[asyncpg.Connection, int, int], Awaitable[Stress[shared.Place]]]:
    """Sessions that write below shared rows."""

    async def stress_of(connection: asyncpg.Connection, workers: int, transactions: int) -> Stress[shared.Place]:
        places = [await shared.prepared(connection, name) for _ in range(PLACES)]

        async def broken(asking: asyncpg.Connection) -> list[str]:
            return [row[0] for row in await asking.fetch(shared.WHAT_IS_BROKEN[name])]

        return Stress(acts=acts, places=places, broken=broken, workers=workers, transactions=transactions)

    return stress_of


CITIES = frozenset({"cities_of_country", "cities_country_fkey"})
WRITTEN = {
    "below a parent": Written(
        clinics(SHAPES[parents.USUAL]).catalogue,
        parents.SCHEMA,
        frozenset({"visits_first", "visits_of_doctor", "visits_doctor_fkey"}),
        below_a_parent,
    ),
    "without a root": Written(NETWORKS["shared"], shared.SCHEMA, CITIES, in_network("shared", OF_NO_ROOT)),
    "of several roots": Written(
        NETWORKS["network"],
        shared.SCHEMA,
        CITIES | {"jobs_of_person", "jobs_person_fkey", "probes_device_fkey"},
        in_network("network", OF_SEVERAL_ROOTS),
    ),
}


@pytest_asyncio.fixture(params=WRITTEN)
async def written(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Written]:
    """What is written, in tables that are there."""
    found = WRITTEN[request.param]
    async with tables_of(engine, found.catalogue, found.schema):
        yield found


@pytest.mark.asyncio
async def test_no_rule_is_broken(database_url: str, written: Written, *, every_row: bool) -> None:
    """Whatever many sessions commit at any isolation level, no rule is ever broken, and each ends as one may."""
    workers, transactions = (20, 400) if every_row else (4, 40)
    async with connected(database_url) as connection:
        stressed = await written.stress_of(connection, workers, transactions)
    ends, broken = await stressed.run(database_url, seed=1)
    assert broken == set()
    assert ends.keys() <= EXPECTED
    assert ends.total() == workers * transactions
    assert ends[COMMITTED] > 0


@pytest.mark.asyncio
async def test_what_nobody_enforces_is_found_broken(database_url: str, written: Written) -> None:
    """A planted fault: where no trigger is carried out, the same writes break every rule that is asked for."""
    found = set[str]()
    async with connected(database_url) as connection:
        stressed = await written.stress_of(connection, 1, 200)
    for seed in range(20):
        found |= (await stressed.run(database_url, seed, silent=True))[1]
        if found == written.rules:
            break
    assert found == written.rules

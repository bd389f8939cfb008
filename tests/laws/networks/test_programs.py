"""Random units of two roots, of one and of none: one after the other, and step by step in turns, on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore, commit, rows
from gapless.adapters.memory.enforcers.admission import AdmissionCheck
from gapless.adapters.memory.enforcers.invariants import InvariantCheck
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.adapters.postgres.sql.text import qualified
from gapless.kit import Catalogue
from gapless.kit.ports import Store, UnitOfWork
from tests.clinics.networks import NETWORKS
from tests.clinics.programs import Outcome, Rows, Turns, explained, prepare, rows_of, run
from tests.clinics.scripts import Script, drawn, homes_of
from tests.integration.databases import connected, driver_of
from tests.integration.store.sessions import is_unit_blocked
from tests.properties import EFFORT
from tests.stores import STORES

pytestmark = pytest.mark.asyncio(loop_scope="session")
PROGRAMS = round(25 * EFFORT)
GUARDS = """
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) AS lifted
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = to_regnamespace($1) AND tgenabled = 'A'
"""
"""What lifts the guards of the append-only tables, which no program meets: their rows are removed between programs."""
IsBlocked = Callable[[UnitOfWork], Awaitable[bool]]
EACH = pytest.mark.parametrize("name", NETWORKS)
ON_POSTGRES = pytest.mark.parametrize("where", STORES)


async def emptied(engine: AsyncEngine, catalogue: Catalogue, schema: str) -> PostgresStore:
    """A store on empty tables, which are made for the first program: to make them takes as long as many programs."""
    tables = [qualified(schema, model.stored) for model in catalogue.models]
    async with engine.connect() as connection:
        driver = await driver_of(connection)
        if await driver.fetchval("SELECT to_regnamespace($1)", schema) is None:
            await driver.execute(";\n".join([f"CREATE SCHEMA {schema}", *create_statements(catalogue, schema)]))
            for guard in await driver.fetch(GUARDS, schema):
                await driver.execute(guard["lifted"])
        removals = [f"DELETE FROM {table}" for table in tables]  # noqa: S608  # tables of the catalogue
        alone = "SET LOCAL session_replication_role = replica"  # no reference is in the way
        await driver.execute(";\n".join(["BEGIN", alone, *removals, "COMMIT"]))
    return PostgresStore(engine, catalogue, schema=schema)


@asynccontextmanager
async def fresh(where: str, engine: AsyncEngine, name: str) -> AsyncIterator[Store]:
    """A store with the first rows."""
    catalogue = NETWORKS[name]
    store = MemoryStore(catalogue) if where == "memory" else await emptied(engine, catalogue, f"programs_{name}")
    await prepare(store, catalogue)
    yield store


async def never(_: UnitOfWork) -> bool:
    """Nobody waits in memory."""
    return False


@EACH
@pytest.mark.server
async def test_units_in_a_row_are_alike_on_both_stores(engine: AsyncEngine, name: str) -> None:
    """Each step of units that do not overlap has the same answer, and in the end the same rows are there."""
    for seed in range(PROGRAMS):
        random = Random(f"{name} {seed}")
        scripts = drawn(
            random, NETWORKS[name], [home for _ in range(4) for home in homes_of(random, NETWORKS[name], 1)]
        )
        found: list[tuple[list[list[Outcome]], object]] = []
        for where in ("memory", "postgres"):
            async with fresh(where, engine, name) as store:
                outcomes = [await run(store, script) for script in scripts]
                found.append((outcomes, await rows_of(store, NETWORKS[name])))
        assert found[0] == found[1], f"seed {seed}: {scripts}"


@EACH
@ON_POSTGRES
async def test_units_in_turns_are_a_serial_order(engine: AsyncEngine, database_url: str, where: str, name: str) -> None:
    """What overlapping units of different roots keep, and by what they are refused, is that of a serial order."""
    async with connected(database_url) as watcher:
        watched = partial(is_unit_blocked, watcher) if where == "postgres" else never
        # In memory a program takes a hundredth of the time.
        for seed in range(PROGRAMS if where == "postgres" else 10 * PROGRAMS):
            async with fresh(where, engine, name) as store:
                found = await unexplained(store, name, seed, watched)
            assert not found, found


async def unexplained(store: Store, name: str, seed: int, is_blocked: IsBlocked = never) -> str:
    """What units that a seed draws have left or were told in turns, if no serial order explains it; "" if one does."""
    found = await outcome_of(store, name, seed, is_blocked)
    return "" if await explained(NETWORKS[name], *found) else f"seed {seed}: {found}"


async def outcome_of(
    store: Store, name: str, seed: int, is_blocked: IsBlocked = never
) -> tuple[list[Script], list[Outcome], Rows]:
    """The units that a seed draws, what became of each in turns, and the rows that are there then."""
    random, catalogue = Random(f"{name} {seed}"), NETWORKS[name]
    scripts = drawn(random, catalogue, homes_of(random, catalogue, 2))
    turns = Turns(store, scripts, is_blocked)
    outcomes = await turns.run(random)
    return turns.scripts, outcomes, await rows_of(store, catalogue)


def _nothing(*_: object, **__: object) -> None:
    """Checks nothing."""


FAULTS: dict[str, tuple[object, str, Callable[..., object], int]] = {
    "a row that others have changed is overwritten": (commit, "_require_unchanged", _nothing, 0),
    "a row refers to one that others have removed": (commit, "_require_relatives", _nothing, 70),
    "a key that others have taken is taken": (commit, "_require_free_keys", _nothing, 156),
    "a door that others have closed is open": (AdmissionCheck, "still_lets_in", lambda *_: True, 2054),
    "a limit asks only for what was there before": (InvariantCheck, "check", _nothing, 352),
    "a row that others refer to is released": (commit, "_is_kept", lambda *_: False, 115),
    "a unit goes on where others have overtaken it": (rows, "look", _nothing, 70),
}
"""Checks that are left out, and the seed that is asked first, because its program has found that before."""


@pytest.mark.parametrize("fault", FAULTS)
async def test_planted_faults_are_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs in turns find each check of what others did meanwhile if it is left out."""
    place, attribute, wrong, found_before = FAULTS[fault]
    for seed in (found_before, *range(3000)):
        for name, catalogue in NETWORKS.items():
            store = MemoryStore(catalogue)
            await prepare(store, catalogue)
            with monkeypatch.context() as planted:
                planted.setattr(place, attribute, wrong)
                try:
                    found = await outcome_of(store, name, seed)
                except KeyError:
                    return  # the index of a unique rule does not know the row any more
            if not await explained(catalogue, *found):
                return
    pytest.fail("no program of 3,000 found it")

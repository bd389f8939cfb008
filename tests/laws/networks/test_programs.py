"""Random units of two roots, of one and of none: one after the other, and step by step in turns, on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore, commit, rows
from gapless.adapters.memory.enforcers.admission import AdmissionCheck
from gapless.adapters.memory.enforcers.invariants import InvariantCheck
from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.kit import Catalogue
from gapless.kit.ports import Store, UnitOfWork
from tests.clinics.networks import NETWORK, SHARED
from tests.clinics.programs import Outcome, Rows, Turns, explained, prepare, rows_of, run
from tests.clinics.scripts import Script, drawn, homes_of
from tests.integration.databases import connected
from tests.integration.store.sessions import session_of
from tests.properties import EFFORT

pytestmark = pytest.mark.asyncio(loop_scope="session")
CATALOGUES = {"network": NETWORK, "shared": SHARED}
PROGRAMS = round(25 * EFFORT)
IsBlocked = Callable[[UnitOfWork], Awaitable[bool]]
EACH = pytest.mark.parametrize("name", CATALOGUES)
ON_POSTGRES = pytest.mark.parametrize("where", ["memory", pytest.param("postgres", marks=pytest.mark.server)])


async def remade(engine: AsyncEngine, catalogue: Catalogue, schema: str) -> PostgresStore:
    """A store on tables that were made just now."""
    script = ";\n".join(create_statements(catalogue, schema))
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, asyncpg.Connection)
        await driver.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema};\n{script}")
    return PostgresStore(engine, catalogue, schema=schema)


@asynccontextmanager
async def fresh(where: str, engine: AsyncEngine, name: str) -> AsyncIterator[Store]:
    """A store with the first rows."""
    catalogue = CATALOGUES[name]
    store = MemoryStore(catalogue) if where == "memory" else await remade(engine, catalogue, f"programs_{name}")
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
            random, CATALOGUES[name], [home for _ in range(4) for home in homes_of(random, CATALOGUES[name], 1)]
        )
        found: list[tuple[list[list[Outcome]], object]] = []
        for where in ("memory", "postgres"):
            async with fresh(where, engine, name) as store:
                outcomes = [await run(store, script) for script in scripts]
                found.append((outcomes, await rows_of(store, CATALOGUES[name])))
        assert found[0] == found[1], f"seed {seed}: {scripts}"


@EACH
@ON_POSTGRES
async def test_units_in_turns_are_a_serial_order(engine: AsyncEngine, database_url: str, where: str, name: str) -> None:
    """What overlapping units of different roots keep, and by what they are refused, is that of a serial order."""
    async with connected(database_url) as watcher:

        async def is_blocked(unit: UnitOfWork) -> bool:
            pid = session_of(unit).driver.get_server_pid()
            return bool(await watcher.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", pid))

        # In memory a program takes a hundredth of the time.
        for seed in range(PROGRAMS if where == "postgres" else 10 * PROGRAMS):
            async with fresh(where, engine, name) as store:
                found = await unexplained(store, name, seed, is_blocked if where == "postgres" else never)
            assert not found, found


async def unexplained(store: Store, name: str, seed: int, is_blocked: IsBlocked = never) -> str:
    """What units that a seed draws have left or were told in turns, if no serial order explains it; "" if one does."""
    found = await outcome_of(store, name, seed, is_blocked)
    return "" if await explained(CATALOGUES[name], *found) else f"seed {seed}: {found}"


async def outcome_of(
    store: Store, name: str, seed: int, is_blocked: IsBlocked = never
) -> tuple[list[Script], list[Outcome], Rows]:
    """The units that a seed draws, what became of each in turns, and the rows that are there then."""
    random, catalogue = Random(f"{name} {seed}"), CATALOGUES[name]
    scripts = drawn(random, catalogue, homes_of(random, catalogue, 2))
    turns = Turns(store, scripts, is_blocked)
    outcomes = await turns.run(random)
    return turns.scripts, outcomes, await rows_of(store, catalogue)


def _nothing(*_: object, **__: object) -> None:
    """Checks nothing."""


FAULTS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "a row that others have changed is overwritten": (commit, "_require_unchanged", _nothing),
    "a row refers to one that others have removed": (commit, "_require_relatives", _nothing),
    "a key that others have taken is taken": (commit, "_require_free_keys", _nothing),
    "a door that others have closed is open": (AdmissionCheck, "still_lets_in", lambda *_: True),
    "a limit asks only for what was there before": (InvariantCheck, "check", _nothing),
    "a row that others refer to is released": (commit, "_is_kept", lambda *_: False),
    "a unit goes on where others have overtaken it": (rows, "look", _nothing),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_planted_faults_are_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs in turns find each check of what others did meanwhile if it is left out."""
    place, attribute, wrong = FAULTS[fault]
    for seed in range(3000):
        for name, catalogue in CATALOGUES.items():
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

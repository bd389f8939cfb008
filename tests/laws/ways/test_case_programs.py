"""Random units over rows that belong to a clinic through others: one after the other, and in turns, on both stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.kit.ports import Store, UnitOfWork
from tests.clinics.case_scripts import CLINICS, drawn_cases, prepared_cases
from tests.clinics.cases import CASES
from tests.clinics.networks import Clinic
from tests.clinics.programs import Outcome, Turns, explained, prepare, rows_of, run
from tests.clinics.scripts import Home
from tests.integration.databases import connected
from tests.integration.store.sessions import is_unit_blocked
from tests.laws.networks.test_programs import emptied, never
from tests.properties import EFFORT
from tests.stores import STORES

pytestmark = pytest.mark.asyncio(loop_scope="session")
PROGRAMS = round(25 * EFFORT)
UNITS = 8
ON_POSTGRES = pytest.mark.parametrize("where", STORES)


async def fresh(where: str, engine: AsyncEngine) -> Store:
    """A store with the first rows."""
    store = MemoryStore(CASES) if where == "memory" else await emptied(engine, CASES, "programs_cases")
    await prepare(store, CASES, prepared_cases)
    return store


@pytest.mark.server
async def test_units_in_a_row_are_alike_on_both_stores(engine: AsyncEngine) -> None:
    """Each step of units that do not overlap has the same answer, and in the end the same rows are there."""
    for seed in range(2 * PROGRAMS):
        random = Random(f"cases {seed}")
        homes: list[Home] = [(Clinic, random.choice(CLINICS)) for _ in range(UNITS)]
        scripts = drawn_cases(random, homes)
        found: list[tuple[list[list[Outcome]], object]] = []
        for where in ("memory", "postgres"):
            store = await fresh(where, engine)
            outcomes = [await run(store, script) for script in scripts]
            found.append((outcomes, await rows_of(store, CASES)))
        assert found[0] == found[1], f"seed {seed}: {scripts}"


@ON_POSTGRES
async def test_units_in_turns_are_a_serial_order(engine: AsyncEngine, database_url: str, where: str) -> None:
    """What overlapping units of two clinics keep, and by what they are refused, is that of a serial order."""
    async with connected(database_url) as watcher:
        watched = partial(is_unit_blocked, watcher) if where == "postgres" else never
        for seed in range(PROGRAMS if where == "postgres" else 10 * PROGRAMS):
            found = await unexplained(await fresh(where, engine), seed, watched)
            assert not found, found


async def unexplained(store: Store, seed: int, is_blocked: Callable[[UnitOfWork], Awaitable[bool]] = never) -> str:
    """What units that a seed draws have left or were told in turns, if no serial order explains it; "" if one does."""
    random = Random(f"turns {seed}")
    turns = Turns(store, drawn_cases(random, [(Clinic, number) for number in CLINICS]), is_blocked)
    outcomes = await turns.run(random)
    rows = await rows_of(store, CASES)
    explains = await explained(CASES, turns.scripts, outcomes, rows, prepared_cases)
    return "" if explains else f"seed {seed}: {turns.scripts} {outcomes}"

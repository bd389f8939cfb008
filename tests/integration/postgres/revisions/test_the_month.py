"""A database that the demonstration has filled is upgraded, and is what it was, and what it would be from nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from copy import copy
from importlib.resources import files
from pathlib import Path

import attrs
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import postgres
from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.demo.comparison import outcome_differences, row_differences
from gapless.demo.data import load
from gapless.demo.main_job import main_job
from gapless.demo.player import Player
from gapless.demo.story import tell
from gapless.domain.catalogue import GAPLESS
from gapless.domain.migrations import REVISIONS
from gapless.kit import (
    AdmissionGuard,
    AtLeastOne,
    AtMost,
    Catalogue,
    Check,
    Index,
    Model,
    Revisions,
    Rule,
    Transition,
    Unique,
)
from gapless.kit.model import Validated
from tests.commands import first_companies
from tests.integration.postgres.revisions.packages import Package
from tests.properties import Portal

COMPANIES = 2
TWINNED = (AdmissionGuard, AtLeastOne, AtMost, Check, Index, Transition, Unique)
"""The kinds of rules that can stand beside another one that says the same."""
LONGEST = 45


def twins(model: Model[Validated]) -> Iterator[Rule]:
    """For each rule of an entity another one that says the same, so that all rows keep it."""
    for rule in model.rules:
        if isinstance(rule, TWINNED) and len(rule.name) <= LONGEST:
            twin = copy(rule)
            object.__setattr__(twin, "name", f"also_{rule.name}")  # its constructor takes what only a declaration has
            yield twin


TWICE = Catalogue(tuple(attrs.evolve(model, rules=(*model.rules, *twins(model))) for model in GAPLESS.models))


async def law(engine: AsyncEngine, package: Package, data: Path) -> None:
    """The month in two stores; then each rule comes once more to the tables, and another month is played on them."""
    for file in files(REVISIONS.package).iterdir():
        if file.name.endswith((".sql", ".json")):
            shutil.copy(str(file), package.folder)
    last = max(package.folder.glob("*.sql")).stem
    companies, memory = load(data), MemoryStore(GAPLESS)
    await postgres.migrate(engine, revisions=REVISIONS)
    played = await main_job(companies[:1], memory, PostgresStore(engine, GAPLESS, revisions=REVISIONS), lambda: None)
    assert played.differences == ()
    chain = Revisions(package=package.name, catalogue=TWICE)
    written = package.write(TWICE)
    assert written is not None
    assert written.name == f"{last.rpartition('_')[0]}_{int(last.rpartition('_')[2]) + 1:04}"
    await postgres.migrate(engine, revisions=chain)
    assert await postgres.differences(engine, revisions=chain) == ()
    upgraded = PostgresStore(engine, TWICE, revisions=chain)
    await upgraded.check()
    for organization in played.created:
        assert await row_differences("upgraded", GAPLESS, organization.id, memory, upgraded) == []
    here, there = Player(MemoryStore(TWICE), COMPANIES), Player(upgraded, COMPANIES)
    for player in (here, there):
        await tell(player, companies[1], COMPANIES)
    assert outcome_differences("the next", here.outcomes, there.outcomes) == []


def test_the_month_outlives_an_upgrade(
    portal: Portal, engine_of_wards: AsyncEngine, package: Package, tmp_path: Path
) -> None:
    """Rows are as they were when every rule has come once more, and the next month is the same as in memory."""
    folder = tmp_path / "data"
    folder.mkdir()
    portal(law(engine_of_wards, package, first_companies(COMPANIES, folder)))

"""The demonstration on PostgreSQL finds a planted fault, and else nothing; test_wheel.py runs it from the wheel."""

import json
from pathlib import Path

import attrs
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.demo import runner
from gapless.demo.attacks import AttackedServer, Enforcers
from gapless.demo.data import load
from gapless.demo.report import Report
from gapless.demo.runner import demonstrated
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue
from gapless.testing.violations import can_refuse
from tests.commands import first_companies, run_beside
from tests.conftest import SCHEMA
from tests.integration.databases import connected, driver_of
from tests.violations import asks_entity, asks_store, every_attempt, few_of_each, rules_where

COMPANIES = 3
RULES = sum(can_refuse(rule) for _, rule in GAPLESS)
MANY = 8
SISTERS, PURGED, BLOCKED = 1, 1, 1
"""The sister of the fifth company is purged; the seventh has invoices."""
DEMO_SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, 'gapless_demo_')"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first companies of the examples, with their members."""
    return first_companies(COMPANIES, tmp_path_factory.mktemp("data"))


async def report_with(faulty: Catalogue, data: Path, engine: AsyncEngine) -> Report:
    """The demonstration with an in-memory store that enforces another catalogue."""
    postgres = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    async with engine.connect() as leased:
        connection = await driver_of(leased)
        enforcers = Enforcers(
            memory=MemoryStore(faulty), postgres=postgres, server=AttackedServer(connection=connection, schema=SCHEMA)
        )
        return await demonstrated(load(data), enforcers)


@pytest.mark.asyncio
async def test_a_store_that_skips_a_rule_is_told(
    data: Path, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted fault, an in-memory store that takes an address twice, shows in the main job and at the rule."""
    monkeypatch.setattr(runner, "attempts", lambda *_, **__: every_attempt("users_email_unique"))
    faulty = Catalogue(
        tuple(
            attrs.evolve(model, rules=tuple(rule for rule in model.rules if rule.name != "users_email_unique"))
            for model in GAPLESS.models
        )
    )
    report = await report_with(faulty, data, engine)
    steps = {difference.what for difference in report.job.differences}
    assert "invite the founder: done in memory, users_email_unique on PostgreSQL" in steps
    assert any(step.startswith("users: ") for step in steps)
    (rule,) = (rule for rule in report.rules if rule.differences)
    assert (rule.name, rule.memory.words, rule.postgres.words) == ("users_email_unique", "ACCEPTED", "refused")
    assert report.differences > COMPANIES


@pytest.mark.asyncio
async def test_both_stores_agree(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On real input both stores agree, every enforcer refuses what it can, and nothing is left behind."""
    monkeypatch.setattr(runner, "attempts", lambda *_, **__: few_of_each())
    data = first_companies(MANY, tmp_path)
    told = await run_beside("demo", "--data", str(data), "--json", "--database-url", database_url)
    assert told.exit_code == 0, told.output
    report = json.loads(told.stdout)
    job = report["main_job"]
    assert job["differences"] == []
    assert (job["organizations"], job["purged"], job["blocked"]) == (MANY + SISTERS, PURGED, BLOCKED)
    assert job["use_cases"] > job["refused"] > 20 * MANY
    assert report["closing"] == {
        "rules": RULES,
        "refused_by_entity": rules_where(asks_entity),
        "refused_by_memory": rules_where(asks_store),
        "refused_by_postgresql": rules_where(lambda made: asks_store(made) or made.sql is not None),
        "differences": 0,
    }
    assert {index["is_there"] for index in report["indexes"]} == {True}
    assert f"organizations: {MANY} of {MANY}" in told.stderr.splitlines()
    async with connected(database_url) as connection:
        assert await connection.fetchval(DEMO_SCHEMAS) == 0

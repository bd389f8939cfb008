"""The demonstration from the command line, on PostgreSQL."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import cast

import asyncpg
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
from tests.commands import EXAMPLES
from tests.conftest import SCHEMA
from tests.integration.databases import connected
from tests.violations import every_attempt, rules_where

COMPANIES = 15
SISTERS, PURGED, BLOCKED = (
    3,
    4,
    1,
)  # the sisters of every fifth are purged, and the fourteenth; the seventh has invoices
RULES = sum(can_refuse(rule) for _, rule in GAPLESS)
PROGRAM = "from gapless.cli import main; main()"
DEMO_SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, 'gapless_demo_')"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first companies of the examples, with their members."""
    folder = tmp_path_factory.mktemp("data")
    companies = (EXAMPLES / "organizations.jsonl").read_text("utf-8").split("\n")[:COMPANIES]
    slugs = {json.loads(company)["slug"] for company in companies}
    people = (EXAMPLES / "members.jsonl").read_text("utf-8").split("\n")
    members = [line for line in people if line and json.loads(line)["organization"] in slugs]
    for name in ("numbers.jsonl", "knowledge.jsonl"):
        shutil.copy(EXAMPLES / name, folder / name)
    (folder / "organizations.jsonl").write_text("\n".join(companies), "utf-8")
    (folder / "members.jsonl").write_text("\n".join(members), "utf-8")
    return folder


@pytest.mark.asyncio
async def test_demo_finds_no_difference(database_url: str, data: Path) -> None:
    """On real input both stores agree, every enforcer refuses what it can, and nothing is left behind."""
    command = [sys.executable, "-c", PROGRAM, "demo", "--data", str(data), "--json", "--database-url", database_url]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    job = report["main_job"]
    assert job["differences"] == []
    assert (job["organizations"], job["purged"], job["blocked"]) == (COMPANIES + SISTERS, PURGED, BLOCKED)
    assert job["use_cases"] > job["refused"] > 20 * COMPANIES
    assert report["closing"] == {
        "rules": RULES,
        "refused_by_entity": rules_where(lambda made: made.entity is not None),
        "refused_by_memory": rules_where(lambda made: made.store is not None),
        "refused_by_postgresql": rules_where(lambda made: made.store is not None or made.sql is not None),
        "differences": 0,
    }
    assert {index["is_there"] for index in report["indexes"]} == {True}
    assert f"organizations: {COMPANIES} of {COMPANIES}" in done.stderr.splitlines()
    async with connected(database_url) as connection:
        assert await connection.fetchval(DEMO_SCHEMAS) == 0


async def report_with(faulty: Catalogue, data: Path, engine: AsyncEngine) -> Report:
    """The demonstration with an in-memory store that enforces another catalogue."""
    postgres = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    async with engine.connect() as leased:
        connection = cast("asyncpg.Connection", (await leased.get_raw_connection()).driver_connection)
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

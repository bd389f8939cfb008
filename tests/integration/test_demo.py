"""The demonstration on PostgreSQL finds a planted fault; tests/integration/test_wheel.py runs it as a command."""

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
from tests.commands import first_companies
from tests.conftest import SCHEMA
from tests.violations import every_attempt

COMPANIES = 15


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first companies of the examples, with their members."""
    return first_companies(COMPANIES, tmp_path_factory.mktemp("data"))


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

"""A host's own Alembic beside gapless: autogenerate leaves alone what gapless has made, and tells what is missing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.postgres import create_statements
from tests.integration.postgres.revisions.wards import Form, catalogue_of
from tests.properties import Portal

# SQLAlchemy says so of the columns by which a database knows what it has to check.
pytestmark = pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
FORM = Form(most=3, unique="label", indexed=True, rooms="before", apart=True)
ENVIRONMENT = """
import asyncio

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

from gapless import postgres
from tests.integration.postgres.revisions.wards import Form, catalogue_of
from tests.integration.postgres.revisions.test_autogenerate import FORM, models

rules = postgres.autogenerate(catalogue_of(FORM), schema="desk")
hooks = {"include_object": rules.include_object, "process_revision_directives": rules.process_revision_directives}


def run(connection):
    known = hooks if context.config.attributes["knows"] else {}
    context.configure(
        connection=connection, target_metadata=models(), include_schemas=True, **known
    )
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = create_async_engine(context.config.attributes["url"])
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(main())
"""
TEMPLATE = """
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
"""


def models() -> sa.MetaData:
    """The host's models: the wards as he sees them, a table that is his alone, and a column that is new."""
    found = sa.MetaData()
    sa.Table(
        "wards",
        found,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("beds", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("painted", sa.Boolean),
        schema="desk",
    )
    sa.Table("posters", found, sa.Column("id", sa.Integer, primary_key=True), schema="desk")
    return found


@pytest.fixture
def alembic(tmp_path: Path) -> Config:
    """A host's own Alembic, with an environment as its recipe for asyncio has it."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENVIRONMENT, encoding="utf-8")
    (tmp_path / "script.py.mako").write_text(TEMPLATE, encoding="utf-8")
    config = Config()
    config.set_main_option("script_location", str(tmp_path))
    config.set_main_option("path_separator", "os")
    return config


def generated(config: Config, engine: AsyncEngine, *, knows: bool) -> str:
    """The statements that autogenerate proposes."""
    config.attributes.update(url=engine.url, knows=knows)
    script = command.revision(config, autogenerate=True, message="next")
    assert script is not None
    assert not isinstance(script, list)
    text = Path(script.path).read_text(encoding="utf-8")
    Path(script.path).unlink()
    return text.partition("def upgrade")[2].partition("def downgrade")[0]


async def made(engine: AsyncEngine, *more: str) -> None:
    """A database with the tables of the catalogue, and a table of the host's that he has given up."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql("CREATE SCHEMA desk")
        for statement in (*create_statements(catalogue_of(FORM), "desk"), "CREATE TABLE desk.old (id int)", *more):
            await connection.exec_driver_sql(statement)


def test_what_gapless_has_made_stays(portal: Portal, engine_of_wards: AsyncEngine, alembic: Config) -> None:
    """Autogenerate proposes the host's own changes, and none of the tables, columns and indexes of gapless."""
    portal(made(engine_of_wards))
    proposed = generated(alembic, engine_of_wards, knows=True)
    operations = sorted(line.strip().partition("(")[0] for line in proposed.splitlines() if "op." in line)
    assert operations == ["op.add_column", "op.create_table", "op.drop_table"], proposed
    assert all(word in proposed for word in ("'painted'", "'posters'", "'old'"))
    unknowing = generated(alembic, engine_of_wards, knows=False)
    assert all(word in unknowing for word in ("'visits'", "'rooms'", "'touches'", "'at_visits_most'"))


def test_what_is_missing_is_told(
    portal: Portal, engine_of_wards: AsyncEngine, alembic: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """Rules that autogenerate does not see, such as checks and triggers, are told where the database lacks them."""
    gone = ("ALTER TABLE desk.wards DROP CONSTRAINT wards_beds_range", "DROP FUNCTION desk.judge_visits_most CASCADE")
    portal(made(engine_of_wards, *gone))
    with caplog.at_level(logging.WARNING, logger="gapless.postgres"):
        generated(alembic, engine_of_wards, knows=True)
    told = [record.getMessage() for record in caplog.records if record.name == "gapless.postgres"]
    assert told[:1] == ["wards_beds_range is not in the database."]
    assert any("judge_visits_most" in sentence for sentence in told)

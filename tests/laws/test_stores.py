"""The laws of every store, on the two stores of gapless; on PostgreSQL by a role that has what the law needs."""

from operator import attrgetter

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.kit.errors import AccessDenied
from gapless.testing.laws.cases import Law, laws
from gapless.testing.laws.casting import OWN, Casting, lacking
from gapless.testing.laws.catalogue import WORKSPACES
from gapless.testing.laws.store_laws import LAWS, ClosingLaws, StoreLaws
from tests.conftest import SCHEMA
from tests.laws.profiles import JOB_LAWS, profile_of
from tests.laws.voice_service.casting import VOICE_SERVICE

OF_SHARED_ROWS = {"a_shared_row_is_there_for_all_roots", "of_two_units_at_one_shared_row_one_is_kept"}
"""The laws about rows that `WORKSPACES` does not have; test_each_entity.py runs them."""


class TestMemoryStore(StoreLaws):
    """The in-memory store; the program of docs/testing.md tries every entity."""

    first_entities = True

    @pytest.fixture
    def store(self) -> MemoryStore:
        """The store that a law runs on."""
        return MemoryStore(WORKSPACES)


class TestPostgresStore(StoreLaws):
    """The store on PostgreSQL."""

    first_entities = True

    @pytest.fixture
    def store(self, request: pytest.FixtureRequest, workspaces: str) -> PostgresStore:
        """A store by a role that has the rights of the profile which the law needs, and no others."""
        law = LAWS[request.function]
        # What is tried with each entity writes also what requests may not, and jobs neither.
        role = "engine" if law.entities(OWN) is not None else f"{profile_of(law.name).value}_engine"
        engine: AsyncEngine = request.getfixturevalue(role)
        return PostgresStore(engine, WORKSPACES, schema=workspaces)


class TestClosingOfMemoryStore(ClosingLaws):
    """The in-memory store, which each test may close."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        """A store for one test."""
        return MemoryStore(WORKSPACES)


class TestClosingOfPostgresStore(ClosingLaws):
    """The store on PostgreSQL, which each test may close; the engine stays."""

    @pytest.fixture
    def store(self, requests_engine: AsyncEngine, workspaces: str) -> PostgresStore:
        """A store for one test, on the tables of the other one."""
        return PostgresStore(requests_engine, WORKSPACES, schema=workspaces)


class TestVoiceServiceInMemory(StoreLaws):
    """The in-memory store with the catalogue of the voice service; `test_checking` tries every case of it."""

    casting = VOICE_SERVICE
    first_cases = True

    @pytest.fixture
    def store(self) -> MemoryStore:
        """The store that a law runs on."""
        return MemoryStore(VOICE_SERVICE.catalogue)


@pytest.mark.soak
class TestVoiceServiceOnPostgres(StoreLaws):
    """The store on PostgreSQL with the catalogue of the voice service, by a role that owns the tables."""

    casting = VOICE_SERVICE
    first_cases = True

    @pytest.fixture
    def store(self, engine: AsyncEngine) -> PostgresStore:
        """The store that a law runs on."""
        return PostgresStore(engine, VOICE_SERVICE.catalogue, schema=SCHEMA)


@pytest.mark.parametrize("casting", [OWN, VOICE_SERVICE], ids=attrgetter("name"))
def test_a_part_that_nobody_plays_can_not_be_played(casting: Casting) -> None:
    """What a catalogue lacks is what it declares nothing for, and nothing that somebody has forgotten to cast."""
    assert {name for name in OWN.parts() if name not in casting.parts()} == lacking(casting.catalogue)


def test_every_law_runs_on_the_laws_own_catalogue() -> None:
    """Only laws about shared rows don't run there, and most run on the voice service's catalogue as well."""
    assert {law.name for law in laws() if not law.runs_on(OWN)} == OF_SHARED_ROWS
    skipped = [law for law in laws() if not law.runs_on(VOICE_SERVICE) and law.name not in OF_SHARED_ROWS]
    assert {part for law in skipped for part in law.parts if part not in VOICE_SERVICE.parts()} == lacking(
        VOICE_SERVICE.catalogue
    )
    assert 0 < len(skipped) < len(laws()) / 4


def test_every_profile_is_of_a_law() -> None:
    """Each law that needs more than a request is there."""
    assert {law.name for law in laws()} >= JOB_LAWS


@pytest.mark.asyncio
@pytest.mark.parametrize("law", [law for law in laws() if law.name in JOB_LAWS], ids=attrgetter("name"))
async def test_no_profile_is_too_large(law: Law, requests_engine: AsyncEngine, workspaces: str) -> None:
    """A law that is said to need the rights of jobs does not hold with those of requests."""
    denied = 0
    for _, arguments in law.cases():
        try:
            await law.run(PostgresStore(requests_engine, WORKSPACES, schema=workspaces), arguments)
        except AccessDenied:
            denied += 1
    assert denied > 0

"""Both stores run the same random programs, and answer every step alike; faults that are planted in one are found."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator

import attrs
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from gapless.domain.usage import Storage
from gapless.kit.audit import Actor
from gapless.kit.ports import Store
from gapless.testing.differential.batches import words_about
from gapless.testing.differential.comparison import compare
from gapless.testing.differential.programs import Program, Step, programs_of
from gapless.testing.differential.search import search
from gapless.testing.differential.shrinker import shrunk
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.subclasses import Manner, disguised
from tests.conftest import SCHEMA
from tests.integration.databases import copied_database
from tests.laws.faults.planted import FAULTS, Fault
from tests.laws.faults.planting import Made, in_memory
from tests.programs.disagreeing import disagree
from tests.programs.range_vocabulary import RANGES
from tests.programs.service_vocabulary import SERVICE
from tests.programs.team_vocabulary import TEAM
from tests.programs.use_case_programs import CHOICES, UseCase, use_case_programs
from tests.programs.use_cases import compare_use_cases
from tests.properties import Portal, bounded
from tests.stores import IMPATIENT
from tests.voice.hosted import HOSTED

MOST_PROGRAMS = 2000
"""Many, because a search ends with the first that disagrees."""
A_FEW = 5
"""How many steps are enough to show any of the planted faults."""
SEED = 2


@pytest.fixture(scope="session")
def impatient_store(engine: AsyncEngine, postgres_store: PostgresStore) -> PostgresStore:
    """A store on the tables of the other one, whose units hardly wait for a lock."""
    assert postgres_store is not None
    return PostgresStore(engine, HOSTED, schema=SCHEMA, limits=IMPATIENT)


@pytest_asyncio.fixture(scope="session")
async def lenient_store(server_url: str, template: str, database_name: str) -> AsyncIterator[PostgresStore]:
    """A store on PostgreSQL, in a database of its own that lacks a check."""
    async with copied_database(server_url, template, f"{database_name}_lenient") as url:
        engine = create_engine(url)
        async with engine.begin() as connection:
            for statement in create_statements(HOSTED, SCHEMA, beyond=GAPLESS):
                await connection.exec_driver_sql(statement)
            await connection.exec_driver_sql(f"ALTER TABLE {SCHEMA}.users DROP CONSTRAINT check_name_length")
        yield PostgresStore(engine, HOSTED, schema=SCHEMA, limits=IMPATIENT)
        await engine.dispose()


@bounded(20)
@given(program=st.deferred(lambda: programs_of(TEAM)))
def test_stores_agree_on_teams(portal: Portal, impatient_store: PostgresStore, program: Program) -> None:
    """On every program both stores return the same, raise the same at the same step, and keep the same rows."""
    portal(compare((in_memory(HOSTED), impatient_store), TEAM, program))


@bounded(20)
@given(program=st.deferred(lambda: programs_of(SERVICE)))
def test_stores_agree_on_the_service(portal: Portal, impatient_store: PostgresStore, program: Program) -> None:
    """So they do on numbers, calls, notes, knowledge and billing, and on what becomes of the organization."""
    portal(compare((in_memory(HOSTED), impatient_store), SERVICE, program))


@bounded(20)
@given(program=st.deferred(lambda: programs_of(RANGES)))
def test_stores_agree_on_ranges(portal: Portal, impatient_store: PostgresStore, program: Program) -> None:
    """So they do on ranges that overlap, stand side by side, are empty or open."""
    portal(compare((in_memory(HOSTED), impatient_store), RANGES, program))


@pytest.mark.parametrize("words", [TEAM, SERVICE, RANGES], ids=["teams", "the service", "ranges"])
def test_stores_agree_each_time(portal: Portal, impatient_store: PostgresStore, words: Vocabulary) -> None:
    """So they do on programs that are the same in every run, beside those that are new in each."""
    assert found(portal, in_memory, impatient_store, words, programs=20) is None


@pytest.mark.rows("name", [model.name for model in HOSTED.models])
def test_stores_agree_about_each_entity(portal: Portal, impatient_store: PostgresStore, name: str) -> None:
    """So they do on programs about any entity of a catalogue, whose vocabulary is derived from the declaration."""
    assert found(portal, in_memory, impatient_store, words_about(HOSTED, name), programs=20) is None


@bounded(20)
@given(program=st.deferred(lambda: use_case_programs(20)), storage=st.sampled_from(Storage))
def test_stores_agree_under_the_use_cases(
    portal: Portal, postgres_store: PostgresStore, program: tuple[UseCase, ...], storage: Storage
) -> None:
    """Every sequence of use cases comes to the same on both stores, and leaves the same rows after each of them."""
    portal(compare_use_cases((MemoryStore(HOSTED), postgres_store), program, storage=storage))


@bounded(30)
@given(program=st.deferred(lambda: use_case_programs(12)), manner=st.sampled_from(Manner))
def test_use_cases_take_values_of_subclasses(portal: Portal, program: tuple[UseCase, ...], manner: Manner) -> None:
    """Every use case does the same for arguments of subclasses, whatever those answer, as for the plain ones."""

    def dress(value: object) -> object:
        if isinstance(value, Actor):
            return Actor(*(dress(part) for part in attrs.astuple(value)))  # type: ignore[arg-type]  # it is what it was
        if isinstance(value, tuple):
            return disguised([disguised(part, manner) for part in value], manner)
        return disguised(value.value if isinstance(value, enum.Enum) else value, manner)

    portal(compare_use_cases((MemoryStore(HOSTED), MemoryStore(HOSTED)), program, dress=dress))


def test_an_argument_that_nothing_is_known_of_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A use case with an argument that nothing follows for is not left out: a sentence says what to write where."""
    monkeypatch.delitem(CHOICES, "event_id")
    with pytest.raises(LookupError, match=r"Write into CHOICES of tests/programs/\S+ what event_id of subscriptions"):
        use_case_programs()


def found(
    portal: Portal, made: Made, other: Store, words: Vocabulary, *, programs: int = MOST_PROGRAMS
) -> Program | None:
    """The smallest program on which a store disagrees with another; None if there is none among those drawn."""

    async def fails(program: tuple[Step, ...]) -> bool:
        return await disagree((made(HOSTED), other), words, program)

    failing = search(programs_of(words), lambda program: portal(fails(program)), programs=programs, seed=SEED).failing
    return None if failing is None else portal(shrunk(failing, fails))


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=fault.name, marks=[pytest.mark.soak] if fault.is_rare else []) for fault in FAULTS],
)
def test_planted_faults_are_found(portal: Portal, impatient_store: PostgresStore, fault: Fault) -> None:
    """A fault that is planted into the in-memory store makes some program disagree, and a few steps show it."""
    with pytest.MonkeyPatch.context() as patch:
        program = found(portal, fault.plant(patch), impatient_store, fault.words)
    assert program is not None, f"{fault.name} survived {MOST_PROGRAMS} programs"
    assert len(program) <= A_FEW, program


def test_a_dropped_check_is_found(portal: Portal, lenient_store: PostgresStore) -> None:
    """A check that PostgreSQL has lost makes some program disagree, and one step shows it."""
    program = found(portal, in_memory, lenient_store, TEAM)
    assert program is not None
    assert len(program) == 1, program

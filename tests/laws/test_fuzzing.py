"""Hostile calls are answered or refused by errors of gapless, alike on both stores; what is otherwise is found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import wraps
from itertools import chain

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import postgres
from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.domain.organizations import OrganizationId
from gapless.kit.characters import trimmed
from gapless.kit.errors import InvalidValue
from gapless.kit.plain import plain_text
from gapless.services.members import Members
from gapless.testing.differential.comparison import Disagreement
from gapless.testing.differential.processes import Batch, Finding, run_programs
from gapless.testing.differential.worlds import UNKNOWN
from gapless.testing.fuzzing.batches import TimeLimitReached, is_injected, time_limit
from gapless.testing.fuzzing.comparison import compare_port_calls
from gapless.testing.fuzzing.function_calls import (
    FunctionCall,
    Functions,
    function_calls,
    make_function_calls,
    single_calls,
)
from gapless.testing.fuzzing.hostile import MAKERS, Apart, Hostile, shared_texts
from gapless.testing.fuzzing.hostile_classes import INJECTED
from gapless.testing.fuzzing.port_calls import PortCall, port_calls
from gapless.testing.fuzzing.refusals import BadRefusal
from gapless.testing.fuzzing.reports import GROWTH, growth_of
from gapless.testing.strategies.solutions import plan_of
from tests.fuzzing.__main__ import main as fuzz
from tests.fuzzing.comparing import compare_hostile_use_cases
from tests.fuzzing.functions import functions
from tests.fuzzing.use_case_calls import hostile_use_cases
from tests.integration.databases import driver_of
from tests.programs.__main__ import main as compare_programs
from tests.programs.service_vocabulary import SERVICE
from tests.programs.use_case_programs import IdOf, UseCase
from tests.properties import Portal, bounded
from tests.voice.hosted import HOSTED

CALLS = 15
SEED = 1
RENAME = UseCase("members.rename", 0, (("user_id", IdOf("User", 0)), ("name", "Eve")), timedelta())


@seed(SEED)  # so that a run of the tests is like the last one; `make fuzz` draws others
@bounded(6)
@given(program=st.deferred(lambda: hostile_use_cases(CALLS, least=CALLS)))
def test_use_cases(portal: Portal, postgres_store: PostgresStore, program: tuple[UseCase, ...]) -> None:
    """Use cases with hostile arguments come to the same on both stores, and those that are refused change nothing."""
    portal(compare_hostile_use_cases((MemoryStore(HOSTED), postgres_store), program))


@seed(SEED)
@bounded(6)
@given(program=st.deferred(lambda: port_calls(SERVICE, CALLS, least=CALLS)))
def test_ports(portal: Portal, postgres_store: PostgresStore, program: tuple[PortCall, ...]) -> None:
    """So do calls of the ports with hostile ids, rows, conditions, limits and audit records."""
    portal(compare_port_calls((MemoryStore(HOSTED), postgres_store), SERVICE, program))


@pytest.fixture(scope="session")
def called() -> Functions:
    """The public functions as they are, with what is known of their parameters."""
    return functions()


@pytest.fixture(scope="session")
def programs(called: Functions) -> st.SearchStrategy[tuple[FunctionCall, ...]]:
    """Programs of calls of these functions."""
    return function_calls(called, CALLS, least=CALLS)


@seed(SEED)
@bounded(60)
@given(data=st.data())
def test_functions(
    called: Functions, programs: st.SearchStrategy[tuple[FunctionCall, ...]], data: st.DataObject
) -> None:
    """Public functions and the constructors of all entities answer, or raise errors of gapless."""
    make_function_calls(called, data.draw(programs))


def failures_of(called: Functions, program: Iterable[FunctionCall]) -> list[FunctionCall]:
    """Those of these calls that neither answer nor raise an error of gapless that says little enough."""

    def fails(call: FunctionCall) -> bool:
        try:
            make_function_calls(called, [call])
        except Exception:  # noqa: BLE001  # whatever a function raises
            return True
        return False

    return [call for call in program if fails(call)]


def test_each_hostile_value_at_each_parameter(called: Functions, *, every_row: bool) -> None:
    """Every public function answers or refuses in words whatever it is given, alone at each of its parameters.

    Unless every row is asked for, each parameter gets every twelfth value, and the next parameter others.
    """
    calls = [*single_calls(called)][:: 1 if every_row else 12]
    assert {call.name for call in calls} >= called.named.keys() - {entity.__name__ for entity in SERVICE.fresh}
    assert failures_of(called, calls) == []


def test_a_comparison_of_what_was_given_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: a function that compares what it is given before it knows what that is."""
    monkeypatch.setattr(postgres, "include_name", lambda name, type_: not (type_ == "schema" and name == "gapless"))
    faulty = functions()
    failed = failures_of(faulty, (call for call in single_calls(faulty) if call.name == "include_name"))
    assert {*chain.from_iterable(call.hostile for call in failed)} == {"type_"}


def test_every_entity_is_constructed(called: Functions) -> None:
    """The constructors of all entities that use cases write are among the functions, and each hostile value is made."""
    assert {entity.__name__ for entity in SERVICE.fresh} <= called.named.keys()
    for name in MAKERS:
        assert repr(Hostile(name)).startswith(f"<{name}: ")


def with_renaming(monkeypatch: pytest.MonkeyPatch, error: Exception, *, done: bool) -> None:
    """Plants a fault in a use case: what it raises, and whether it has done its work before."""
    rename = Members.rename

    @wraps(rename)
    async def planted(*given: object, **named: object) -> None:
        if done:
            await rename(*given, **named)  # type: ignore[arg-type]  # handed on
        raise error

    monkeypatch.setattr(Members, "rename", planted)


@pytest.mark.parametrize(
    ("error", "done", "found"),
    [
        pytest.param(InvalidValue("name", "No."), True, BadRefusal, id="a refusal that changes something"),
        pytest.param(InvalidValue("name", "No. " * 1000), False, BadRefusal, id="a refusal that says too much"),
        pytest.param(RuntimeError("no"), False, RuntimeError, id="an error of somebody else"),
    ],
)
def test_planted_refusals(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, error: Exception, found: type[Exception], *, done: bool
) -> None:
    """Planted faults are found: a refusal that has changed something or says too much, and an error of another tree."""
    with_renaming(monkeypatch, error, done=done)
    with pytest.raises(found):
        portal(compare_hostile_use_cases((MemoryStore(HOSTED), MemoryStore(HOSTED)), [RENAME]))


def test_stores_that_answer_differently(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: a store that takes a hostile id for one that nobody has, where the other refuses it."""
    careless = MemoryStore(HOSTED)
    unit = careless.unit
    monkeypatch.setattr(careless, "unit", lambda _, **named: unit(OrganizationId(UNKNOWN), **named))
    with pytest.raises(Disagreement):
        portal(compare_hostile_use_cases((MemoryStore(HOSTED), careless), [RENAME]))


def creating(slug: str) -> UseCase:
    """Creates an organization with a hostile slug that its programs share."""
    name = next(name for name in MAKERS if repr(Hostile(name)).endswith(slug))
    given = {"name": "Acme", "slug": Hostile(name), "owner_email": "ann@acme.org", "owner_name": "Ann"}
    return UseCase("organizations.create", 0, tuple(given.items()), timedelta())


@pytest.mark.parametrize("slug", [": 'owner'>", ": LyingText>", ": 'a\\n'>", ": 'OWNER'>"])
def test_programs_do_not_meet_in_what_they_keep(portal: Portal, postgres_store: PostgresStore, slug: str) -> None:
    """A hostile slug that one program has kept is free for the next one, in the same database."""
    for _ in range(2):
        portal(compare_hostile_use_cases((MemoryStore(HOSTED), postgres_store), [creating(slug)]))


def test_what_programs_share_is_set_apart() -> None:
    """Each text in which no two organizations may have the same gets its program's mark, and is as right as before."""
    shared = shared_texts(HOSTED)
    assert {column.name for _, column in shared} == {"slug", "number"}
    for model, column in shared:
        marks = [Apart(HOSTED, mark) for mark in ("one", "other")]
        texts = [
            (plain_text(value.made()), *(plain_text(value.made_for(column.name, mark)) for mark in marks))
            for value in map(Hostile, MAKERS)
        ]
        apart = {(one, other) for given, one, other in texts if given != one}
        assert all(plan_of(model).allows({column.name: trimmed(text or "")}) for pair in apart for text in pair)
        assert apart
        assert all(one != other for one, other in apart)


def wait_for_ever() -> None:
    """Never gives way to the event loop."""
    while True:
        pass


def test_what_has_no_end() -> None:
    """A call that never gives way to the event loop is ended, and told."""
    with pytest.raises(TimeLimitReached), time_limit(0.1):
        wait_for_ever()


@pytest.mark.asyncio
async def test_a_text_that_became_sql_is_noticed(engine: AsyncEngine) -> None:
    """The table that hostile texts would make is looked for wherever it is."""
    async with engine.begin() as connection:
        assert not await is_injected(connection)
        driver = await driver_of(connection)
        await driver.execute(f"SELECT ('{INJECTED}')")
        assert await is_injected(connection)
        await connection.rollback()


def test_memory_that_grows_is_noticed() -> None:
    """Blocks that come with the first batches are caches; those that go on coming are a leak."""
    flat = [Finding(1, 25, None, blocks) for blocks in (100, 500, 900, *[1000, 1010, 990] * 4)]
    leaking = [Finding(1, 25, None, 1000 + 50 * number) for number in range(16)]
    assert growth_of(flat) < GROWTH < growth_of(leaking)


@pytest.mark.parametrize(("command", "option"), [(fuzz, "--calls"), (compare_programs, "--programs")])
def test_a_run_makes_at_least_one_program(
    capsys: pytest.CaptureFixture[str], command: Callable[[Sequence[str]], int], option: str
) -> None:
    """A number below one is refused in words before a server is started."""
    with pytest.raises(SystemExit):
        command([option, "0"])
    assert f"{option}: a whole number from 1 on" in capsys.readouterr().err


def test_the_smallest_program_is_told() -> None:
    """What a batch finds is told by the steps without which nothing fails, and by the error of those."""

    async def failure_of(program: Sequence[int]) -> Exception | None:
        return ValueError("too great") if any(step > 5 for step in program) else None

    batch = Batch("numbers", SEED, 100, "", "")
    drawn = st.lists(st.integers(0, 9), min_size=1, max_size=20).map(tuple)
    with asyncio.Runner() as loop:
        found = run_programs(loop, batch, drawn, failure_of, str)
        assert found.failure is not None
        assert re.fullmatch("[6-9]\ntoo great", found.failure)
        assert 0 < found.programs <= found.steps
        assert run_programs(loop, batch, st.just((1, 2)), failure_of, str).failure is None

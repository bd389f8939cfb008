"""Rows with which programs can't begin are told as such, and not as a disagreement of the stores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.kit.model import Validated
from gapless.testing.differential.comparison import Disagreement, compare
from gapless.testing.differential.derived.vocabulary import vocabulary_of
from gapless.testing.differential.processes import Batch, Finding, run_programs
from gapless.testing.differential.programs import programs_of
from gapless.testing.differential.reports import report
from gapless.testing.differential.runner import PreparationError
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.fuzzing.comparison import compare_port_calls
from gapless.testing.fuzzing.reports import report as report_calls
from tests.programs.shapes import SHAPES
from tests.programs.test_derived_vocabularies import lacking

FULL = SHAPES["one each of a person"]
MODEL = FULL.models[-1]
POORER = lacking(FULL, MODEL, next(rule for rule in MODEL.rules if rule.name == "things_unique"))
UNPREPARED = Finding(0, 0, None, unprepared="Thing: it is taken.")


def twice() -> Vocabulary:
    """A vocabulary whose last row is there a second time, with another id."""
    words = vocabulary_of(FULL, MODEL.entity)

    def prepared(home: UUID) -> Sequence[Validated]:
        rows = words.prepared(home)
        return (*rows, MODEL.evolved(rows[-1], {"id": UUID(int=99)}))

    return attrs.evolve(words, prepared=prepared)


@pytest.mark.parametrize("comparing", [compare, compare_port_calls])
def test_rows_that_both_stores_refuse_are_told(comparing: Callable[..., object]) -> None:
    """If both stores refuse the first rows, the error says which rule they break and what to change."""
    stores = MemoryStore(FULL), MemoryStore(FULL)
    with pytest.raises(PreparationError, match=r"MemoryStore refused the rows .*\(Thing was added last\).*`prepared`"):
        asyncio.run(comparing(stores, twice(), ()))  # type: ignore[arg-type]  # a coroutine


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("comparing", [compare, compare_port_calls])
def test_rows_that_one_store_refuses_are_a_disagreement(comparing: Callable[..., object], *, is_first: bool) -> None:
    """If only one store refuses them, the stores disagree, whichever of them it is."""
    stores = MemoryStore(FULL), MemoryStore(POORER)
    with pytest.raises(Disagreement, match="the other store took the rows"):
        asyncio.run(comparing(stores if is_first else stores[::-1], twice(), ()))  # type: ignore[arg-type]  # a coroutine


def test_a_batch_without_rows_fails_by_itself() -> None:
    """The batch ends at once, and says why, without a program that would have failed."""

    async def failure_of(_: Sequence[object]) -> Exception | None:
        await compare((MemoryStore(FULL), MemoryStore(FULL)), twice(), ())
        return None

    with asyncio.Runner() as loop:
        finding = run_programs(loop, Batch("Thing", 1, 5, "", ""), programs_of(twice()), failure_of, repr)
    assert (finding.programs, finding.failure) == (0, None)
    assert finding.unprepared is not None
    assert finding.unprepared.startswith("Thing: MemoryStore refused the rows")


@pytest.mark.parametrize("told", [report, report_calls])
def test_a_run_tells_what_it_left_out(
    capsys: pytest.CaptureFixture[str], told: Callable[[Sequence[Finding], int], int]
) -> None:
    """A run says once what could not be prepared, counts it as no disagreement, and ends with status 1 all the same."""
    done = Finding(5, 25, None, blocks=100)
    assert told([done], 1) == 0
    assert told([UNPREPARED, done, UNPREPARED], 1) == 1
    said = capsys.readouterr().out
    assert ": 0 " in said.splitlines()[-2]
    assert said.count("The rows could not be prepared for Thing: it is taken.\n") == 1
    assert told([UNPREPARED], 1) == 1

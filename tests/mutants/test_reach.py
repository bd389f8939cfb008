"""Which tests run a line: what the plugin of contexts notes, and what is read from it."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from tests.mutants.candidates import candidates
from tests.mutants.mutant import PACKAGE, ROOT, Mutant
from tests.mutants.reach import SOURCES, Reach, Reached, is_kept, lines_of, record

MODULE = "domain/plans.py"
SOURCE = (ROOT / PACKAGE / MODULE).read_bytes()
TESTS = """
import subprocess
import sys

import pytest
from gapless.domain.plans import DEFAULT_PLANS

IN_A_PROCESS = (
    "from gapless.domain.plans import DEFAULT_PLANS as P; P.limits('team').is_smaller_than(P.limits('starter'))"
)

@pytest.fixture(scope="module")
def starter():
    return DEFAULT_PLANS.limits("starter")

@pytest.mark.parametrize("turn", [1, 2])
def test_both(starter, turn):
    assert starter.below(starter) == ()

def test_in_a_process(starter):
    subprocess.run([sys.executable, "-c", IN_A_PROCESS], check=True)

def test_nothing():
    pass
"""
BOTH, IN_A_PROCESS, NOTHING = (f"test_reached.py::test_{name}" for name in ("both", "in_a_process", "nothing"))
REACHED = {
    "PlanLimits.below": {BOTH, IN_A_PROCESS},
    "PlanLimits.is_smaller_than": {IN_A_PROCESS},
    "PlanCatalogue.limits": {BOTH, IN_A_PROCESS, NOTHING},  # a fixture that all share calls it
}
SHARED = ("_named", "")
"""What runs when the module is imported."""


def recorded(home: Path, folder: Path) -> int:
    """Records who runs which line among the tests above."""
    (home / "pytest.ini").write_text("[pytest]\n")
    (home / "test_reached.py").write_text(TESTS)
    asked = ["-q", "-p", "no:cacheprovider", f"--rootdir={home}", f"-c{home / 'pytest.ini'}", str(home)]
    return record(asked, folder)


def in_function(name: str) -> Mutant:
    """The first mutant of a function of the plans, or of the module itself."""
    return next(mutant for mutant in candidates(MODULE, SOURCE) if mutant.function == name)


def test_lines_belong_to_who_ran_them(tmp_path: Path) -> None:
    """A line is its test's, in any process; a shared fixture's is everybody's of the file; an import's is nobody's."""
    folder = tmp_path / "record"
    assert recorded(tmp_path, folder) == 0
    found = {name: Reach(folder, tmp_path).of(in_function(name)) for name in (*REACHED, *SHARED)}
    assert {name: set(reached.seconds) for name, reached in found.items() if reached.alone} == REACHED
    assert all(seconds > 0 for reached in found.values() for seconds in reached.seconds.values())
    (tmp_path / "test_reached.py").write_text(TESTS.replace("test_in_a_process", "test_gone"))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_new.py").write_text("def test_below(): pass")
    below = Reach(folder, tmp_path).of(in_function("PlanLimits.below"))
    assert below.seconds.keys() == {BOTH, "tests/test_new.py"}, "what has gone is not asked, what is new is"
    digests = json.loads((folder / SOURCES).read_text())
    (folder / SOURCES).write_text(json.dumps({**digests, MODULE: "of another text"}))
    for unknown in (Reach(folder, tmp_path), Reach(tmp_path / "nothing", tmp_path)):
        assert unknown.of(in_function("PlanLimits.below")) == Reached({}, alone=False)


STATEMENTS = """
def asked(first, second):
    if (
        first
        and second
    ):
        return first(
            second
        )
    return None
"""


@pytest.mark.parametrize(("text", "lines"), [("and", [3, 4, 5, 6]), ("first(", [7, 8, 9]), ("None", [10])])
def test_lines_of_a_statement(text: str, lines: list[int]) -> None:
    """A fault stands in all lines of its statement, but not in those of the statements within."""
    source = STATEMENTS.encode()
    start = source.index(text.encode())
    mutant = attrs.evolve(in_function("_named"), start=start, end=start + len(text))
    assert list(lines_of(mutant, source)) == lines


KEPT = """
class Plan:
    @functools.cached_property
    def least(self):
        return min(self.limits)

    @lru_cache(maxsize=4)
    def most(self):
        return max(self.limits)

    @property
    def seats(self):
        return max(self.limits)
"""


@pytest.mark.parametrize(("function", "kept"), [("least", True), ("most", True), ("seats", False)])
def test_kept_answers_are_seen_by_others(*, function: str, kept: bool) -> None:
    """What a function answers that keeps its answers is seen by more tests than those which run its lines."""
    found = [each for each in candidates(MODULE, KEPT.encode()) if each.kind == "sorting and choice"]
    (mutant,) = (each for each in found if each.function == f"Plan.{function}")
    assert is_kept(mutant, KEPT.encode()) is kept

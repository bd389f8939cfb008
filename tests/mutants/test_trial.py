"""The trial of a mutant: who dies, who survives, and what is said of both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import attrs
import pytest

from tests.mutants import __main__ as command
from tests.mutants.candidates import candidates
from tests.mutants.copies import DECLARED, FROZEN, Copy, Ended
from tests.mutants.hasty import WRITTEN_ANEW, pytest_collection_modifyitems
from tests.mutants.kills import Kills
from tests.mutants.mutant import PACKAGE, ROOT, Mutant, source_of
from tests.mutants.places import Place
from tests.mutants.reach import Reach, Reached
from tests.mutants.relevance import MOST, by_relevance, by_seconds, elsewhere
from tests.mutants.report import line, read_kills, share, summary, write_json
from tests.mutants.trial import Court, Outcome, Verdict

TEST = "tests/unit/domain/test_plans.py"
FUNCTION = f"{TEST}::test_smaller"
PLACE = Place((), 0, (TEST,), ())


def planted(before: str, after: str) -> Mutant:
    """A mutant of the plans that puts one text in the place of another."""
    module = "domain/plans.py"
    source = (ROOT / PACKAGE / module).read_bytes()
    assert source.count(before.encode()) == 1
    start = source.index(before.encode())
    return Mutant("planted", module, "PlanLimits.below", start, start + len(before.encode()), before, after)


DEADLY = planted("if limit < _limits", "if limit > _limits")
EQUAL = planted("2**30", "1024**3")
BROKEN = planted("class PlanLimits:", "class PlanLimit:")
KILLED = Outcome(DEADLY, Verdict.KILLED, FUNCTION, 4.0)
SURVIVED = Outcome(EQUAL, Verdict.SURVIVED, "", 60.0)


class FakeCopy(Copy):
    """A copy in which nothing runs: what would come of it is known."""

    def __init__(self, ends: Iterable[Ended]) -> None:
        super().__init__(ROOT)
        self.ends = iter(ends)
        self.asked: list[tuple[str, float]] = []

    def plant(self, mutant: Mutant) -> Ended:
        """Plants nothing."""
        return self.run([mutant.module], 0)

    def restore(self, mutant: Mutant) -> None:
        """Takes nothing away."""

    def run(self, arguments: Sequence[str], seconds: float) -> Ended:
        """Runs nothing."""
        self.asked.append((arguments[-1], seconds))
        return next(self.ends)


@pytest.fixture
def court(tmp_path: Path) -> Court:
    """A court that knows of no mutant yet, and asks the tests of the plans alone."""
    return Court(Kills(tmp_path / "kills.json"), 600.0, PLACE, Reach(tmp_path))


@pytest.mark.soak
@pytest.mark.timeout(900)  # it starts five processes, one after the other
def test_who_dies_and_who_survives(tmp_path: Path, court: Court) -> None:
    """What a test finds is killed by it; what says the same survives; and the copy is as it was."""
    copy = Copy.of_checkout(tmp_path / "copy")
    killed, survived = court.outcome(DEADLY, copy), court.outcome(EQUAL, copy)
    assert (killed.verdict, killed.by.split("::")[0]) == (Verdict.KILLED, TEST)
    assert (survived.verdict, survived.by) == (Verdict.SURVIVED, "")
    assert court.kills.first(DEADLY.module) == [killed.by]
    for path in (DEADLY.path, "src/gapless/domain/migrations/gapless_0001.sql", "Makefile"):
        assert (copy.root / path).read_bytes() == (ROOT / path).read_bytes()


def test_a_copy_alone_has_the_fault(tmp_path: Path) -> None:
    """A fault stands in a copy of the repository until it is taken away, and never in the repository."""
    copy, module = Copy.of_checkout(tmp_path / "copy"), "bootstrap.py"
    source = (ROOT / PACKAGE / module).read_bytes()
    mutant = candidates(module, source)[0]
    assert copy.plant(mutant) == Ended(0, "")
    assert (copy.root / mutant.path).read_bytes() == mutant.planted(source) != source
    assert copy.run(["-c", "import gapless; print(gapless.__file__)"], 60).output.startswith(str(copy.root))
    copy.restore(mutant)
    for path in (mutant.path, "src/gapless/domain/migrations/gapless_0001.sql", "Makefile"):
        assert (copy.root / path).read_bytes() == (ROOT / path).read_bytes()
    assert (ROOT / mutant.path).read_bytes() == source


def test_a_fault_that_ends_halfway_leaves_nothing(tmp_path: Path) -> None:
    """What was written until the revisions could not be written is not there for the next fault."""
    copy = Copy.of_checkout(tmp_path / "copy")
    revisions = copy.root / FROZEN[-1]
    (copy.root / DECLARED).write_text("MOST_A_DAY = 12", encoding="utf-8")
    first, *_ = sorted(revisions.glob("*.sql"))
    first.rename(revisions / "clinic_9999.sql")
    copy.restore(DEADLY)
    assert (copy.root / DECLARED).read_bytes() == (ROOT / DECLARED).read_bytes()
    assert sorted(path.name for path in revisions.iterdir()) == sorted(
        path.name for path in (ROOT / FROZEN[-1]).iterdir() if path.name != "__pycache__"
    )


def test_digests_of_revisions_find_no_mutant() -> None:
    """The revisions are written anew with each fault, so that a test of their digests would find it whatever it is."""
    assert (ROOT / WRITTEN_ANEW).is_file()
    items = [SimpleNamespace(nodeid=test) for test in (f"{WRITTEN_ANEW}::test_any", FUNCTION)]
    pytest_collection_modifyitems(cast("list[pytest.Item]", items))
    assert [item.nodeid for item in items] == [FUNCTION]


def test_what_does_not_end_is_ended(tmp_path: Path) -> None:
    """A program is ended when its time is over, and what it has started too."""
    started = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    assert Copy(tmp_path).run(["-c", started], 0.2).code is None
    assert Copy(tmp_path).run(["-c", "print(7)"], 60) == Ended(0, "7\n")


WRITTEN = Ended(0, "Written: …")
PASSED = Ended(0, "2 passed")
FAILED = Ended(1, f"FAILED {FUNCTION}[a b] (call): assert\nFAILED {FUNCTION}[a b] - assert\n1 failed")
ELSEWHERE = "tests/laws/test_keys.py::test_a"
FAILED_ELSEWHERE = Ended(1, f"FAILED {ELSEWHERE} - assert")
TRIALS = {
    "killed": ([WRITTEN, FAILED, PASSED], Verdict.KILLED, FUNCTION),
    "killed elsewhere": ([WRITTEN, *[FAILED_ELSEWHERE] * 2, PASSED], Verdict.KILLED, ELSEWHERE),
    "failed once elsewhere": ([WRITTEN, FAILED_ELSEWHERE, PASSED, PASSED], Verdict.SURVIVED, ""),
    "flaky": ([WRITTEN, FAILED, FAILED], Verdict.FLAKY, FUNCTION),
    "survived": ([WRITTEN, PASSED], Verdict.SURVIVED, ""),
    "unfinished": ([WRITTEN, Ended(None, "")], Verdict.UNFINISHED, f"in --no-server {TEST} …"),
    "nothing to run": ([WRITTEN, Ended(5, "no tests ran")], Verdict.SURVIVED, ""),
    "not imported": ([Ended(1, "NameError: x")], Verdict.KILLED, "the package can't be imported: NameError: x"),
    "not collected": ([WRITTEN, Ended(2, f"ERROR {TEST} - NameError\n")], Verdict.KILLED, TEST),
    "in the plugin": ([WRITTEN, Ended(4, "ImportError: x")], Verdict.KILLED, "pytest ended with 4: ImportError: x"),
}
"""How the programs of a trial end, and what comes of it."""


def test_how_trials_end(tmp_path: Path) -> None:
    """A mutant is killed by a test that passes without it, or because nothing can be run with it."""
    found = {}
    for name, (ends, _, _) in TRIALS.items():
        outcome = Court(Kills(tmp_path / f"{name}.json"), 100.0, PLACE, Reach(tmp_path)).outcome(DEADLY, FakeCopy(ends))
        found[name] = (outcome.verdict, outcome.by)
    assert found == {name: (verdict, by) for name, (_, verdict, by) in TRIALS.items()}


def test_a_test_that_is_not_there_is_no_kill(court: Court) -> None:
    """If pytest is asked for what it does not find, the tool is wrong, and says so."""
    with pytest.raises(LookupError, match="not there"):
        court.outcome(DEADLY, FakeCopy([WRITTEN, Ended(4, "ERROR: file or directory not found: x")]))


def test_what_killed_before_is_asked_first(tmp_path: Path) -> None:
    """The tests that killed most mutants of a module come first, from run to run, unless they have gone."""
    path = tmp_path / "cache" / "kills.json"
    for test in (f"{TEST}::test_gone", TEST, FUNCTION, FUNCTION):
        Kills(path).add(DEADLY.module, test)
    assert Kills(path).first(DEADLY.module) == [FUNCTION, TEST]
    assert Kills(path).first("kit/model.py") == []
    copy = FakeCopy([WRITTEN, PASSED, FAILED, PASSED])
    Court(Kills(path), 100.0, PLACE, Reach(tmp_path)).outcome(DEADLY, copy)
    assert [last for last, _ in copy.asked] == [DEADLY.module, TEST, TEST, FUNCTION]


def test_who_runs_the_lines_is_asked_alone(tmp_path: Path) -> None:
    """Where the tests that run a line are known, these are asked; and others only where those may see it as well."""
    slow, quick = "tests/laws/test_keys.py::test_slow", "tests/use_cases/test_usage.py::test_quick"
    reached = {slow: 30.0, quick: 1.0, FUNCTION: 9.0}
    assert by_seconds(ROOT, reached, DEADLY) == ([FUNCTION, quick], [slow])

    class Told(Reach):
        alone = True

        def of(self, mutant: Mutant) -> Reached:
            return Reached(reached if mutant is DEADLY else {}, alone=self.alone)

    asked = {True: [quick, slow], False: [quick, TEST]}
    for alone, last in asked.items():
        Told.alone, copy = alone, FakeCopy([WRITTEN, PASSED, PASSED])
        court = Court(Kills(tmp_path / "kills.json"), 100.0, PLACE, Told(tmp_path))
        assert court.outcome(DEADLY, copy).verdict is Verdict.SURVIVED
        assert [told for told, _ in copy.asked] == [DEADLY.module, *last]


def test_tests_of_the_module_come_first() -> None:
    """Files that are named after a module, or speak of it, are asked before the others, and none is lost."""
    first, others = by_relevance(ROOT, ["tests/unit/domain", "tests/laws/test_stores.py::TestMemoryStore"], DEADLY)
    assert first[0] == TEST
    assert len(first) <= MOST
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/unit/domain").glob("test_*.py")]
    assert sorted([*first, *others]) == sorted([*files, "tests/laws/test_stores.py::TestMemoryStore"])


def test_tests_of_other_places_are_asked_if_they_speak_of_the_module() -> None:
    """A file that its place does not name is asked if it imports what was changed, and no file is asked twice."""
    commits = attrs.evolve(DEADLY, module="adapters/postgres/statements/commits.py", function="commit_script")
    far = elsewhere(ROOT, ["tests/unit/postgres", "tests/integration/postgres"], commits)
    assert far[0] == "tests/laws/networks/test_transfers.py"
    assert len(far) <= MOST
    assert elsewhere(ROOT, ["tests"], commits) == []


def test_the_share_and_the_survivors_are_told(tmp_path: Path) -> None:
    """Each mutant has a line; the survivors come with their changes; what is flaky counts for nothing."""
    flaky = Outcome(BROKEN, Verdict.FLAKY, FUNCTION, 1.0)
    outcomes = [KILLED, SURVIVED, flaky]
    assert (share(outcomes), share([KILLED]), share([flaky])) == (50.0, 100.0, 0.0)
    assert line(1, 3, KILLED).endswith(f"planted: domain/plans.py PlanLimits.below  by {FUNCTION}")
    told = summary(outcomes)
    assert "-GIBIBYTE = 2**30\n+GIBIBYTE = 1024**3\n" in told
    assert "limit > _limits" not in told
    assert told.endswith("domain: 1 of 3 killed\n50.0 % of 3 mutants killed")
    write_json(outcomes, tmp_path / "outcomes.json")
    written = json.loads((tmp_path / "outcomes.json").read_text())
    assert [row["verdict"] for row in written] == ["killed", "survived", "flaky"]
    assert written[1]["id"] == EQUAL.change(source_of(EQUAL)).id
    assert read_kills([EQUAL, BROKEN, DEADLY], tmp_path / "outcomes.json") == [KILLED]
    assert read_kills([DEADLY], tmp_path / "nothing.json") == []
    write_json([attrs.evolve(KILLED, by=f"{TEST}::test_gone")], tmp_path / "outcomes.json")
    assert read_kills([DEADLY], tmp_path / "outcomes.json") == [], "what killed it is not there any more"


def test_what_was_killed_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A run that was ended goes on from its file, which has each outcome as soon as it is known."""
    monkeypatch.setattr(command, "every_mutant", lambda: [DEADLY, EQUAL, BROKEN])
    monkeypatch.setattr(command, "draw", lambda mutants, *_: mutants)
    path = tmp_path / "outcomes.json"
    asked: list[list[Mutant]] = []

    def tried(mutants: Sequence[Mutant], *_: object) -> Iterator[Outcome]:
        asked.append(list(mutants))
        yield KILLED if DEADLY in mutants else SURVIVED
        if DEADLY in mutants:
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "tried", tried)
    arguments = ["--count", "3", "--seed", "5", "--floor", "50", "--json", str(path)]
    with pytest.raises(KeyboardInterrupt):
        command.main(arguments)
    assert command.main(arguments) == 0
    assert asked == [[DEADLY, EQUAL, BROKEN], [EQUAL, BROKEN]]
    assert "1 of them were killed before" in capsys.readouterr().out
    assert [row["verdict"] for row in json.loads(path.read_text())] == ["killed", "survived"]


def test_too_few_kills_fail(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command fails below the floor, and says which seed draws the same mutants again."""
    monkeypatch.setattr(command, "every_mutant", lambda: [DEADLY, EQUAL])
    monkeypatch.setattr(command, "draw", lambda mutants, *_: mutants)
    ends = {0: [KILLED], 1: [KILLED, SURVIVED]}
    for code, outcomes in ends.items():
        monkeypatch.setattr(command, "tried", lambda *_, told=outcomes: iter(told))
        assert command.main(["--count", "2", "--seed", "5", "--floor", "95"]) == code
        assert capsys.readouterr().out.startswith("2 mutants, seed 5\n")
    with pytest.raises(SystemExit, match="No mutant has the id 00000000"):
        command.main(["--mutant", "00000000"])

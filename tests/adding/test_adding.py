"""docs/adding.md is true: what it writes and runs adds an aggregate, and what it says of a forgotten step comes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import pytest

from tests.adding.page import PAGE, Failure, Insertion, NewFile, Step, steps_of
from tests.unit.architecture.test_kinds import PLACES

ROOT = PAGE.parents[1]
SECONDS = 170
STEPS = steps_of("An aggregate")
PAGES = ("docs/interface.md", "docs/privileges.md")
REVISIONS = "src/gapless/domain/migrations"
"""Which files, and into which folder, the commands of the page write."""
FORGETTABLE = [step for step in STEPS if step.failures]


@attrs.frozen
class Copy:
    """A copy of the tree, in which programs run on its own `src`."""

    root: Path
    server_url: str

    @classmethod
    def at(cls, root: Path, server_url: str) -> Copy:
        """Copies what git knows, as it is in the checkout."""
        git = shutil.which("git")
        assert git is not None, "git says what belongs to the tree"
        told = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(None, told.stdout.split("\0")):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, root / name)
        return cls(root, server_url)

    def twin(self, root: Path) -> Copy:
        """Another copy, of this one."""
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis"))
        return attrs.evolve(self, root=root)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Runs one command of the page: a program of the environment that runs these tests."""
        program, *arguments = command.split()
        directory, name = os.path.split(program)
        assert directory == ".venv/bin", f"the page runs what {command!r} finds by itself"
        own = {"PYTHONPATH": str(self.root / "src"), "GAPLESS_DATABASE_URL": self.server_url}
        rest = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.run(
            [str(Path(sys.executable).parent / name), *arguments],
            cwd=self.root,
            env=rest | own,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def applied(step: Step, copy: Copy) -> None:
    """Writes what a step writes."""
    for edit in step.edits:
        edit.apply(copy.root)


@pytest.fixture(scope="module")
def added(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of the tree to which the page has added its aggregate, and in which its commands have written files."""
    if not request.config.getoption("every_row"):
        pytest.skip("takes minutes: --every-row runs it")
    server_url: str = request.getfixturevalue("server_url")
    copy = Copy.at(tmp_path_factory.mktemp("adding"), server_url)
    for step in STEPS:
        applied(step, copy)
    for command in commands(tests=False):
        done = copy.run(command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return copy


def commands(*, tests: bool) -> Iterator[str]:
    """The commands of the page: those that run tests and look at the code, or those that write files."""
    for step in STEPS:
        yield from (command for command in step.commands if (step.title == "The tests") is tests)


def test_the_page_has_what_an_aggregate_is() -> None:
    """The walk has one new file in each of the three places, and most of its steps say what fails without them."""
    new = [edit.path.rsplit("/", 1)[0] for step in STEPS for edit in step.edits if isinstance(edit, NewFile)]
    assert [new.count(f"src/gapless/{place}") for place in ("domain", "services", "demo/story")] == [1, 1, 1]
    assert len(FORGETTABLE) >= 5
    assert [*commands(tests=False)]
    assert [*commands(tests=True)]


def test_every_edit_fits_this_tree(tmp_path: Path) -> None:
    """Each line behind which the page inserts something stands there once: a change that moves it is noticed."""
    touched = {edit.path for step in STEPS for edit in step.edits if isinstance(edit, Insertion)}
    for name in touched:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for step in STEPS:
        for edit in step.edits:
            if isinstance(edit, Insertion):
                edit.apply(tmp_path)


def test_what_the_page_says_works(added: Copy) -> None:
    """Each command by which the page looks at what was added passes."""
    with ThreadPoolExecutor(2) as pool:
        for command, done in zip(commands(tests=True), pool.map(added.run, commands(tests=True)), strict=True):
            assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"


def test_a_forgotten_step_is_told(added: Copy, tmp_path: Path) -> None:
    """Without any one of its steps the test fails that the page names, with the sentence that it says."""
    with ThreadPoolExecutor(2) as pool:
        missed = pool.map(lambda step: untold(added, step, tmp_path / str(STEPS.index(step))), FORGETTABLE)
        assert [said for found in missed for said in found] == []


def untold(added: Copy, step: Step, root: Path) -> list[str]:
    """What does not come of what the page says when one of its steps is left out of the copy at this place."""
    copy = added.twin(root)
    for edit in reversed(step.edits):
        edit.undo(copy.root)
    if step.commands:
        for name in PAGES:
            shutil.copy(ROOT / name, copy.root / name)
        shutil.rmtree(copy.root / REVISIONS)
        shutil.copytree(ROOT / REVISIONS, copy.root / REVISIONS)
    return [said for failure in step.failures if (said := _missing(copy, step, failure)) is not None]


def _missing(copy: Copy, step: Step, failure: Failure) -> str | None:
    done = copy.run(f".venv/bin/python -m pytest -q -x -n 0 -p no:cacheprovider {failure.test}")
    told = " ".join(done.stdout.replace("\nE  ", " ").split())
    if done.returncode not in (1, 2):
        return f"Without {step.title!r} {failure.test} ends with {done.returncode}: {told[-1000:]}"
    if failure.sentence not in told:
        return f"Without {step.title!r} {failure.test} does not say {failure.sentence!r}: {told[-1500:]}"
    return None


def test_the_page_names_every_interpreter() -> None:
    """The table of interpreters is the list that a test of the kinds goes over."""
    told = re.findall(r"^\| [^|]+ \| `([\w.]+:[A-Z_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(PLACES)


@pytest.mark.parametrize("chapter", ["A rule", "A kind of rule", "A use case", "A store"])
def test_what_a_chapter_names_is_there(chapter: str) -> None:
    """Each file and folder that a chapter names is in the tree."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    named = re.findall(r"`((?:src|tests|docs|scripts|examples)/[\w./]+)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []

"""Which tests run a line of the package: `make reach` records it, and the trials of mutants ask those tests first.

python -m tests.mutants.reach [arguments of pytest …]
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import cast

import attrs
from coverage import CoverageData

from tests.mutants.candidates import modules
from tests.mutants.contexts import FOLDER, SETTINGS, TEST
from tests.mutants.kills import is_there
from tests.mutants.mutant import PACKAGE, ROOT, Mutant

RECORD = ROOT / ".pytest_cache" / "gapless" / "reach"
LINES, SECONDS, SOURCES, TESTS = "lines", "seconds.json", "sources.json", "tests.json"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
KEEPING = ("cache", "cached_property", "lru_cache")
"""The decorators that keep the answers of a function."""
FILE_SECONDS = 2.0
"""How long a file of tests is taken to run of which nothing was recorded."""


def record(arguments: Sequence[str], folder: Path = RECORD) -> int:
    """Runs tests, and notes which of them run which line; what was noted before is forgotten.

    Args:
        arguments: those of pytest.
        folder: where the notes are kept.

    Returns:
        How pytest ended.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    digests, tests = {module: _digest(_source(module)) for module in modules()}, _files_of_tests(ROOT)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment |= {FOLDER: str(folder), TEST: ""}
    measured = [sys.executable, "-m", "coverage"]
    run = [*measured, "run", f"--rcfile={SETTINGS}", "-m", "pytest", "-p", "tests.mutants.contexts", *arguments]
    code = subprocess.run(run, cwd=ROOT, env=environment, check=False).returncode
    combine = [*measured, "combine", "--quiet", f"--rcfile={SETTINGS}"]
    subprocess.run(combine, cwd=ROOT, env=environment, check=True)
    took = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("seconds.*.json")]
    seconds = {test: sum(each.get(test, 0.0) for each in took) for test in sorted(set().union(*took))}
    (folder / SECONDS).write_text(json.dumps(seconds), encoding="utf-8")
    (folder / SOURCES).write_text(json.dumps(digests), encoding="utf-8")
    (folder / TESTS).write_text(json.dumps(tests), encoding="utf-8")
    return code


@attrs.frozen
class Reached:
    """The tests that run what a mutant changes.

    Attributes:
        seconds: how long each of them takes.
        alone: whether no other test can see what the lines did: they run neither when modules are imported nor for a
            whole run, and no answer of theirs is kept for tests that ask later.
    """

    seconds: Mapping[str, float]
    alone: bool


@attrs.frozen(slots=False)
class Reach:
    """What was recorded.

    Attributes:
        folder: where; there may be nothing.
        root: where the tests are.
    """

    folder: Path = RECORD
    root: Path = ROOT

    def of(self, mutant: Mutant) -> Reached:
        """The tests that run what a mutant changes: none if nothing was recorded, or another text of the module.

        A file of tests that has changed since may have new ones, and is among them as a whole.
        """
        source = _source(mutant.module)
        if self._digests.get(mutant.module) != _digest(source):
            return Reached({}, alone=False)
        by_line = self._contexts(mutant.module)
        found = {context for line in lines_of(mutant, source) for context in by_line.get(line, ())}
        tests = {test: took for test, took in self._there.items() if found & {test, test.split("::")[0]}}
        alone = bool(tests and mutant.function) and "" not in found and not is_kept(mutant, source)
        return Reached({**tests, **self._changed} if alone else tests, alone=alone)

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        return cast("dict[str, str]", _read(self.folder / SOURCES))

    @cached_property
    def _there(self) -> Mapping[str, float]:
        """The tests that are still there, in files that have not changed, with the seconds that each takes."""
        seconds = cast("dict[str, float]", _read(self.folder / SECONDS))
        same = {test: took for test, took in seconds.items() if test.split("::")[0] not in self._changed}
        return {test: took for test, took in same.items() if is_there(self.root, test)}

    @cached_property
    def _changed(self) -> Mapping[str, float]:
        """The files of tests that have changed since."""
        known = cast("dict[str, str]", _read(self.folder / TESTS))
        return {file: FILE_SECONDS for file, digest in _files_of_tests(self.root).items() if known.get(file) != digest}

    @lru_cache(maxsize=64)  # noqa: B019 - there is one record for a run of the program
    def _contexts(self, module: str) -> Mapping[int, Sequence[str]]:
        data = CoverageData(str(self.folder / LINES))
        data.read()
        return data.contexts_by_lineno(f"{PACKAGE}/{module}")


def is_kept(mutant: Mutant, source: bytes) -> bool:
    """Whether a mutant is in a function whose answers are kept: tests that ask later see them and run no line of it."""
    line = source.count(b"\n", 0, mutant.start) + 1
    around = (node for node in ast.walk(ast.parse(source)) if isinstance(node, FUNCTIONS) and _spans(node, line, line))
    names = (ast.unparse(each).partition("(")[0] for node in around for each in node.decorator_list)
    return any(name.rpartition(".")[2] in KEEPING for name in names)


def lines_of(mutant: Mutant, source: bytes) -> Iterator[int]:
    """The lines of the statement that a mutant changes; of one that has others within, those before them."""
    first, last = (source.count(b"\n", 0, place) + 1 for place in (mutant.start, max(mutant.end - 1, mutant.start)))
    around = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt) and _spans(node, first, last)]
    inner = max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)), default=None)
    if inner is None:
        return iter(range(first, last + 1))
    body: list[ast.stmt] = getattr(inner, "body", [])
    before = body[0].lineno - 1 if body and body[0].lineno > first else inner.end_lineno or last
    return iter(range(inner.lineno, max(before, inner.lineno) + 1))


def _spans(node: ast.stmt, first: int, last: int) -> bool:
    return node.lineno <= first and last <= (node.end_lineno or node.lineno)


def _files_of_tests(root: Path) -> dict[str, str]:
    """The digests of the files of tests below a folder."""
    files = sorted((root / "tests").rglob("test_*.py"))
    return {file.relative_to(root).as_posix(): _digest(file.read_bytes()) for file in files}


def _source(module: str) -> bytes:
    return (ROOT / PACKAGE / module).read_bytes()


def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()


def _read(path: Path) -> object:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


if __name__ == "__main__":
    sys.exit(record(sys.argv[1:]))

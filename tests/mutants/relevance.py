"""Which test files speak of what a mutant changed: they are asked first, because most faults are found by them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.mutants.mutant import Mutant

MOST = 4
"""How many files are asked first."""
SPEAKS = 2
"""From which relevance on a file is asked that no place names."""
OWN = "tests/mutants/"
"""The tests of these programs, which plant faults themselves."""
QUICK_SECONDS = 10.0
"""How long the quick tests may take that are asked along with them."""


def files_of(root: Path, tests: Sequence[str]) -> list[str]:
    """The test files of folders and files, in their order, each once; of a part of a file the part."""
    found: dict[str, None] = {}
    for test in tests:
        path = root / test
        below = [file.relative_to(root).as_posix() for file in sorted(path.rglob("test_*.py"))]
        found |= dict.fromkeys(below if path.is_dir() else [test])
    return list(found)


def by_relevance(root: Path, tests: Sequence[str], mutant: Mutant) -> tuple[list[str], list[str]]:
    """The test files that are named after the module or speak of it or of its function, and the others."""
    found: dict[bool, list[tuple[int, str]]] = {True: [], False: []}
    for file in files_of(root, tests):
        score = relevance(root, file.split("::")[0], mutant)
        found[score > 0].append((-score, file))
    ordered = [file for _, file in sorted(found[True], key=lambda pair: pair[0])]
    first, later = ordered[:MOST], ordered[MOST:]
    return first, [*later, *(file for _, file in found[False])]


def elsewhere(root: Path, asked: Sequence[str], mutant: Mutant) -> list[str]:
    """The test files that are not asked anyway, and that are named after what a mutant changed or import it.

    Args:
        root: where the files are.
        asked: the files and folders that are asked.
        mutant: the mutant.
    """
    known = {file.split("::", maxsplit=1)[0] for file in files_of(root, asked)}
    files = [file for file in files_of(root, ["tests"]) if file not in known and not file.startswith(OWN)]
    score = {file: relevance(root, file, mutant) for file in files}
    return sorted((file for file in files if score[file] >= SPEAKS), key=lambda file: -score[file])[:MOST]


def by_seconds(root: Path, seconds: Mapping[str, float], mutant: Mutant) -> tuple[list[str], list[str]]:
    """The tests of the files that speak of what a mutant changes, with quick ones, and the others; quick files first.

    Args:
        root: where the files are.
        seconds: the tests that run what the mutant changes, and how long each takes.
        mutant: the mutant.
    """
    by_file: dict[str, list[str]] = {}
    for test in seconds:
        by_file.setdefault(test.split("::", maxsplit=1)[0], []).append(test)
    took = {file: sum(seconds[test] for test in tests) for file, tests in by_file.items()}
    files = sorted(by_file, key=took.__getitem__)
    score = {file: relevance(root, file, mutant) for file in files}
    first = [file for file in sorted(files, key=lambda file: -score[file])[:MOST] if score[file]]
    left = QUICK_SECONDS
    for file in files:
        if file not in first and (left := left - took[file]) >= 0:
            first.append(file)
    tests = [
        [test for file in part for test in by_file[file]] for part in (first, [f for f in files if f not in first])
    ]
    return tests[0], tests[1]


def relevance(root: Path, file: str, mutant: Mutant) -> int:
    """How much a test file seems to be about what a mutant changes: by its name, its imports and the names in it."""
    text = (root / file).read_text()
    stem, name = Path(mutant.module).stem.strip("_"), Path(file.split("::", maxsplit=1)[0]).stem.removeprefix("test_")
    dotted = f"gapless.{mutant.module.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")
    last = mutant.function.rpartition(".")[2].strip("_")
    is_called = bool(last) and re.search(rf"\b_?{re.escape(last)}\b", text) is not None
    return 4 * (stem == name) + 2 * (stem in name or name in stem) + 2 * (f"{dotted} import" in text) + is_called

"""What killed mutants before: these tests are asked first about the next mutant of the same module."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from threading import Lock

from tests.mutants.mutant import ROOT

CACHE = ROOT / ".pytest_cache" / "gapless" / "kills.json"
MOST = 8
"""How many tests are asked first."""


class Kills:
    """The tests that killed mutants, by module, and how often.

    Args:
        path: the file that keeps them from run to run.
    """

    def __init__(self, path: Path = CACHE) -> None:
        self._path = path
        self._lock = Lock()
        known: dict[str, dict[str, int]] = json.loads(path.read_text()) if path.is_file() else {}
        self._by_module = {module: Counter(tests) for module, tests in known.items()}

    def first(self, module: str, root: Path = ROOT) -> list[str]:
        """The tests that killed most mutants of a module, as long as they are there."""
        with self._lock:
            found = self._by_module.get(module, Counter[str]()).most_common()
        return [test for test, _ in found if is_there(root, test)][:MOST]

    def add(self, module: str, test: str) -> None:
        """Remembers that a test has killed a mutant of a module."""
        with self._lock:
            self._by_module.setdefault(module, Counter())[test] += 1
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._by_module, indent=1, sort_keys=True))


def is_there(root: Path, test: str) -> bool:
    """Whether a test that was noted before is still there: its file, and what it is called."""
    file, *names = test.split("::")
    path = root / file
    if not path.is_file():
        return False
    text = path.read_text()
    return all(f"def {name}(" in text or f"class {name}" in text for name in names) or "test_stores.py" in file

"""What test runs in processes of their own have in common."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def rows_of_these_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests that run in processes of their own make rows by `tests.voice`, wherever their project lies."""
    there = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", str(ROOT) if there is None else os.pathsep.join((str(ROOT), there)))


@pytest.fixture(autouse=True)
def compiled_once(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where Python is told to keep no compiled modules, the processes of these tests share a folder for them."""
    if sys.dont_write_bytecode:
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.getbasetemp() / "compiled"))

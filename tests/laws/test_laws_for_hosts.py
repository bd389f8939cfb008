"""The laws in the tests of somebody else: a project with settings of its own, in another folder."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gapless.testing.laws.cases import laws
from gapless.testing.laws.casting import OWN

SETTINGS = """
[pytest]
asyncio_mode = {mode}
asyncio_default_fixture_loop_scope = function
addopts = --strict-markers --strict-config -p no:cacheprovider
filterwarnings = error
"""
TESTS = """
import asyncio

import pytest
import pytest_asyncio

from gapless.adapters.memory import MemoryStore
from gapless.testing.laws.catalogue import WORKSPACES
from gapless.testing.laws.store_laws import StoreLaws


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared():
    store = MemoryStore(WORKSPACES)
    yield asyncio.get_running_loop(), store
    await store.aclose()


class TestSharedStore(StoreLaws):
    pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.asyncio(loop_scope="session")]

    @pytest.fixture
    def store(self, shared):
        return shared[1]

    async def test_loop_of_an_own_test_about_a_limit(self, shared):
        assert asyncio.get_running_loop() is shared[0]
"""


ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text()
SHOWN = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "StoreLaws" in block)
CASES = {law.name: len(list(law.cases())) for law in laws() if law.runs_on(OWN)}
SHARED = [law.name for law in laws() if law.runs_on(OWN) and not law.closes]
CHOSEN = "limit|exception_keeps|order_and_pages|closed_store"
"""Some of the laws; what they all are is run elsewhere."""


def pytest_in(folder: Path, mode: str, *arguments: str) -> str:
    """What pytest prints in a project whose pytest-asyncio is in this mode."""
    (folder / "pytest.ini").write_text(SETTINGS.format(mode=mode))
    (folder / "test_shared_store.py").write_text(TESTS)
    (folder / "test_my_store.py").write_text(SHOWN)
    return run(folder, "-m", "pytest", "-q", *arguments)


def run(folder: Path, *arguments: str) -> str:
    """What Python prints in a folder."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120).stdout


@pytest.mark.rows("mode", ["strict", "auto"])
def test_laws_run_in_a_project_of_somebody_else(tmp_path: Path, mode: str) -> None:
    """They run with strict markers and warnings as errors, on the loop of each test and on the loop of the session."""
    said = pytest_in(tmp_path, mode, "-k", CHOSEN.replace("|", " or "))
    run = [*CASES, *SHARED]
    chosen = sum(CASES[name] for name in run if re.search(CHOSEN, name))
    left = sum(CASES[name] for name in run) - chosen
    assert f"\n{chosen + 1} passed, {left} deselected" in said, said


def test_program_of_the_documentation_runs(tmp_path: Path) -> None:
    """The program that the documentation shows checks a store, and finds as many laws as are told there."""
    (tmp_path / "test_my_store.py").write_text(SHOWN)
    said = run(tmp_path, "test_my_store.py")
    assert said == f"{len(CASES)} laws in {sum(CASES.values())} cases: {len(CASES)} hold, 0 broken\n"
    assert f"{len(CASES)} of them, tried in {sum(CASES.values())} cases" in PAGE

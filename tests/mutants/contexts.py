"""A plugin of pytest: coverage.py notes with each line of the package which test ran it; and how long each took."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import coverage
import pytest

FOLDER, TEST = "GAPLESS_REACH", "GAPLESS_REACH_TEST"
"""The environment says by these names where the record is kept, and for whom a process was started."""
SETTINGS = Path(__file__).with_name("contexts.toml")
SHARED = {"module", "class"}
"""The scopes of fixtures whose lines belong to all tests of a file."""


def pytest_configure(config: pytest.Config) -> None:
    """Record in a run that coverage.py measures: in its controller, and in each of its workers."""
    if (measured := coverage.Coverage.current()) is not None:
        # Processes that the tests start read the settings anew, and not those of this one, which is nobody's.
        os.environ["COVERAGE_PROCESS_START"] = str(SETTINGS)
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
        config.pluginmanager.register(Contexts(measured))


def test_of(item: pytest.Item) -> str:
    """A test without its parameters."""
    return item.nodeid.split("[", maxsplit=1)[0]


class Contexts:
    """Tells coverage.py whose lines run now; pytest calls its hooks.

    Lines that run when modules are imported, or for the whole run, are nobody's.
    """

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._test = ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Takes the lines of a test as its own."""
        started, self._test = time.perf_counter(), test_of(item)
        self._switch(self._test)
        try:
            return (yield)
        finally:
            self._seconds[self._test] += time.perf_counter() - started
            self._switch("")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """Takes the lines of a fixture as those of everybody who shares it."""
        if fixturedef.scope == "function":
            return (yield)
        self._switch(self._test.split("::", maxsplit=1)[0] if fixturedef.scope in SHARED else "")
        try:
            return (yield)
        finally:
            self._switch(self._test)

    def _switch(self, context: str) -> None:
        os.environ[TEST] = context
        self._measured.switch_context(context)

    def pytest_sessionfinish(self) -> None:
        """Writes how long the tests took that this process ran."""
        path = Path(os.environ[FOLDER], f"seconds.{os.getpid()}.json")
        path.write_text(json.dumps(self._seconds), encoding="utf-8")

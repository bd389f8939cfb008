"""The progress of a run: a line for each file that is done, with the time to go, and each failure when it happens."""

import os
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Mapping
from typing import Protocol

import pytest

SECONDS = "gapless/seconds"
"""Where pytest's cache keeps what the tests of each file took in the run before."""


Status = tuple[str, str, str | tuple[str, Mapping[str, bool]]]
"""How pytest counts a report, and the letter and the word that it prints for it."""


KNOWN_SHARE = 0.05
"""How much of a run has to be done before its pace is that of the rest; the first files say little about the others."""


class Terminal(Protocol):
    """What is used of pytest's reporter."""

    def write_line(self, line: str, **markup: bool) -> None:
        """Writes a line of its own."""
        ...


def install(config: pytest.Config) -> None:
    """Tell the progress of this run in its controller, unless the run tells each test or nothing anyway."""
    if not hasattr(config, "workerinput") and config.get_verbosity() in {-1, 0}:
        config.pluginmanager.register(Progress(config))


def remaining_seconds(elapsed: float, done: float, left: float) -> float:
    """About how long a run still takes: at the pace so far, or as long as one process would take at the beginning.

    Args:
        elapsed: Seconds that the run has taken so far.
        done: What the tests that are done were expected to take, in seconds of one process.
        left: The same of the tests that are left.
    """
    return elapsed * left / done if done > KNOWN_SHARE * (done + left) else left


class Expectation:
    """What each test is expected to take, by what its file took before; an unknown file is like the average."""

    def __init__(self, seconds: Mapping[str, float], counts: Mapping[str, int]) -> None:
        known = {path: seconds[path] / count for path, count in counts.items() if path in seconds and count}
        self._average = sum(known.values()) / len(known) if known else 1.0
        self._known = known

    def of(self, path: str) -> float:
        """Seconds that one test of this file is expected to take."""
        return max(self._known.get(path, self._average), 0.001)


class Progress:
    """Writes the lines; pytest calls its hooks."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._counts: Counter[str] = Counter()
        self._left: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._outcomes: dict[str, Counter[str]] = {}
        self._started = time.monotonic()
        self._expectation = Expectation({}, {})

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Counts the tests of each file, in a run of one process."""
        self._expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        """Counts the tests of each file, in a run of several processes, each of which has found the same."""
        if not self._counts:
            self._expect(ids)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self) -> Generator[None, Status, Status]:
        """Leaves out the letter of each test, and counts the test as pytest does."""
        category, _, word = yield
        return category, "", "" if category == "passed" else word

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Adds a phase of a test to its file, names a failure at once, and tells a file when it is done."""
        path = _file_of(report.nodeid)
        self._seconds[path] += report.duration
        outcomes = self._outcomes.setdefault(path, Counter())
        if report.failed:
            self._write(f"FAILED {report.nodeid} ({report.when}): {_reason(report)}", red=True)
        if report.failed or report.when == "call" or report.skipped:
            outcomes[report.outcome] += 1
        if report.when == "teardown":
            self._left[path] -= 1
            if not self._left[path]:
                self._tell(path, outcomes)

    def pytest_sessionfinish(self) -> None:
        """Remembers for the next run what each file took that was run to its end."""
        if cache := getattr(self._config, "cache", None):
            done = {path: round(self._seconds[path], 3) for path, left in self._left.items() if not left}
            cache.set(SECONDS, {**cache.get(SECONDS, {}), **done})

    def _expect(self, ids: Iterable[str]) -> None:
        self._counts = Counter(_file_of(name) for name in ids)
        self._left = self._counts.copy()
        self._started = time.monotonic()
        cache = getattr(self._config, "cache", None)
        self._expectation = Expectation(cache.get(SECONDS, {}) if cache else {}, self._counts)

    def _tell(self, path: str, outcomes: Counter[str]) -> None:
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        total, left = self._counts.total(), self._left.total()
        expected = {name: self._expectation.of(name) for name in self._counts}
        done = sum((self._counts[name] - self._left[name]) * expected[name] for name in expected)
        to_go = sum(self._left[name] * expected[name] for name in expected)
        seconds = remaining_seconds(time.monotonic() - self._started, done, to_go)
        self._write(
            f"{path:<60} {told:<24} {self._seconds[path]:6.1f} s  {1 - left / total:4.0%}, about {seconds:.0f} s to go",
            red="failed" in outcomes,
        )

    def _write(self, line: str, *, red: bool) -> None:
        reporter: Terminal | None = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(line, red=red)


def _file_of(name: str) -> str:
    return name.split("::", 1)[0]


def _reason(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash else report.longreprtext)
    return text.strip().split(os.linesep, 1)[0]

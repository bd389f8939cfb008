"""A run tells each file when it is done, a failure when it happens, and a test that does not end by its name."""

import re
from pathlib import Path

import pytest

from tests.bulk import ask_each, await_each, spread
from tests.progress import Expectation, remaining_seconds

pytest_plugins = ["pytester"]

CONFTEST = """
from tests.progress import install

def pytest_configure(config):
    install(config)
"""
SETTINGS = f"""[pytest]
pythonpath = {Path(__file__).parents[2]}
console_output_style = classic
addopts = -q -p xdist.plugin -p pytest_timeout
"""
PASSING = """
import pytest

@pytest.mark.parametrize("time", range(3))
def test_passes(time):
    pass
"""
FAILING = """
import pytest

def test_fails():
    assert 1 == 2, "one is not two"

def test_is_skipped():
    pytest.skip("not today")
"""
ENDLESS = """
import time
import pytest

@pytest.mark.timeout(0.2)
def test_ends_never():
    while True:
        time.sleep(9)

def test_goes_on():
    pass
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_files_failures_and_the_endless_are_told(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """Each file has one line when it is done; what fails, or does not end, is named before the run is over."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini(SETTINGS)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_a=FAILING, test_b=PASSING, test_c=ENDLESS)
    run = pytester.runpytest_subprocess("-n", str(workers))
    run.assert_outcomes(passed=4, failed=2, skipped=1)
    told = [line for line in run.outlines if re.search(r"\d+\.\d s +\d+%, about \d+ s to go$", line)]
    assert {re.split("  +", line)[0]: re.split("  +", line)[1] for line in told} == {
        "test_a.py": "1 failed, 1 skipped",
        "test_b.py": "3 passed",
        "test_c.py": "1 failed, 1 passed",
    }
    assert told[-1].endswith("100%, about 0 s to go")
    during = run.outlines[: next(place for place, line in enumerate(run.outlines) if "FAILURES" in line)]
    assert "FAILED test_a.py::test_fails (call): AssertionError: one is not two" in during
    assert any(line.startswith("FAILED test_c.py::test_ends_never (call): Failed: Timeout") for line in during)


def test_time_to_go_follows_from_the_run_before() -> None:
    """What is left is weighed by what it took before, and an unknown file is like the average of the others."""
    expected = Expectation({"slow.py": 30.0, "quick.py": 1.0}, {"slow.py": 3, "quick.py": 10, "new.py": 2})
    assert expected.of("slow.py") == 10.0
    assert expected.of("quick.py") == pytest.approx(0.1)
    assert expected.of("new.py") == pytest.approx(5.05)
    assert Expectation({}, {"new.py": 2}).of("new.py") == 1.0
    assert remaining_seconds(elapsed=10.0, done=5.0, left=20.0) == 40.0
    assert remaining_seconds(elapsed=0.0, done=0.0, left=20.0) == 20.0
    assert remaining_seconds(elapsed=9.0, done=0.1, left=20.0) == 20.0


def odd(number: int) -> None:
    """Fails for an even number, in two ways."""
    if number == 4:
        with pytest.raises(ValueError, match="never"):
            pass
    assert number % 2, "even"


async def odd_later(number: int) -> None:
    """The same as a coroutine function."""
    odd(number)


def test_each_row_that_fails_is_named() -> None:
    """Of a table that is asked in bulk every failing row is named, however it fails, and the others are asked too."""
    with pytest.raises(BaseExceptionGroup) as caught:
        ask_each([1, 2, 3, 4, 5], odd, name=lambda number: f"row {number}")
    assert caught.value.message == "2 of 5 rows fail: row 2, row 4"
    assert [error.__notes__ for error in caught.value.exceptions] == [["in the row: row 2"], ["in the row: row 4"]]


@pytest.mark.asyncio
async def test_each_row_that_fails_is_named_by_coroutines() -> None:
    """So it is where a row is asked by a coroutine."""
    with pytest.raises(BaseExceptionGroup, match="1 of 2 rows fail: 2"):
        await await_each([1, 2], odd_later)
    await await_each([1, 3], odd_later)


def test_an_empty_table_asks_nothing() -> None:
    """A table without a row fails, because nothing was asked."""
    with pytest.raises(AssertionError, match="nothing was asked"):
        ask_each([], odd)


def test_rows_are_spread_over_the_whole_table() -> None:
    """The first and the last row are among those that are taken, and no row is taken twice."""
    assert spread(range(5), 7) == range(5)
    assert spread(range(100), 1) == range(1)
    for most in range(2, 40):
        taken = spread(range(100), most)
        assert (taken[0], taken[-1], len(set(taken))) == (0, 99, most)

"""The tiers of the tests are what their options and marks say."""

from pathlib import Path

import pytest

from tests import tiers

ROOT = Path(__file__).parents[3]
MARKED = """
import os
import pytest

def test_plain():
    pass

@pytest.mark.soak
def test_long():
    pass

def test_on_a_server(server_url):
    pass

def test_that_starts_a_server_unmarked():
    from gapless.embedded import EmbeddedServer
    with EmbeddedServer.start():
        pass
"""
SOAK = """
import pytest

{mark}

raise RuntimeError("it was read")
"""
CONFTEST = """
import pytest
from tests import tiers

def pytest_addoption(parser):
    tiers.add_options(parser)

def pytest_configure(config):
    tiers.forbid_servers(config)

def pytest_ignore_collect(collection_path, config):
    return tiers.is_left_out(config, collection_path) or None

@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    tiers.mark(config.rootpath, items)
    tiers.select(config, items)

@pytest.fixture
def server_url():
    return "postgresql:///"
"""
SETTINGS = f"""[pytest]
pythonpath = {ROOT}
markers =
    kit: the tools
    server: needs a server
    soak: takes long
addopts = -q -p no:asyncio -p no:gapless --strict-markers
"""

pytest_plugins = ["pytester"]


@pytest.mark.parametrize("place", [*tiers.KIT, *tiers.SERVER])
def test_every_place_is_there(place: str) -> None:
    """No tier names a folder or a file that is not there."""
    assert (ROOT / place).exists()


@pytest.mark.parametrize(
    ("options", "passed", "left_out"),
    [((), 2, 1), (("-m", "server"), 1, 2), (("-m", "not server"), 1, 2), (("--every-row",), 3, 0)],
)
def test_options_choose(pytester: pytest.Pytester, options: tuple[str, ...], passed: int, left_out: int) -> None:
    """Without options the soak is left out, by `--every-row` it runs, and `-m` chooses by the marks that follow."""
    written(pytester)
    done = pytester.runpytest_inprocess("--deselect", "test_marked.py::test_that_starts_a_server_unmarked", *options)
    done.assert_outcomes(passed=passed, deselected=left_out + 1)


@pytest.mark.parametrize("mark", ["pytestmark = pytest.mark.soak", "pytestmark = [\n    pytest.mark.soak,\n]"])
@pytest.mark.parametrize(("options", "read"), [((), 0), (("--every-row",), 1)])
def test_a_file_of_soak_is_not_read(pytester: pytest.Pytester, mark: str, options: tuple[str, ...], read: int) -> None:
    """Where the soak is left out, a file that has nothing else is not imported; by `--every-row` it is."""
    written(pytester)
    pytester.makepyfile(test_soak=SOAK.format(mark=mark))
    pytester.runpytest_inprocess("--collect-only", *options).assert_outcomes(errors=read)


def test_no_server_is_started_where_none_is_to_be(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `--no-server` what needs a server is left out, and a test that starts one without the mark fails."""
    monkeypatch.setenv("GAPLESS_PG_BIN", "")
    written(pytester)
    done = pytester.runpytest_subprocess("--no-server")
    done.assert_outcomes(passed=1, failed=1, deselected=2)
    done.stdout.fnmatch_lines([f"*{tiers.NO_PROGRAMS}*"])


def written(pytester: pytest.Pytester) -> None:
    """Writes the project whose tests are of every tier."""
    pytester.makeini(SETTINGS)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_marked=MARKED)

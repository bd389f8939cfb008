"""The tiers of the tests: which a run takes, and the marks by which people choose among them.

`server` marks what needs a PostgreSQL server. `kit` marks what tests the tools around the library (the test kit, the
random programs, the benchmarks, the demonstration) and the repository itself (its layers, names, sizes, releases).
`soak` marks what runs by `--every-row` alone, because it takes long (in the tests of the wheel also by `--installed`).
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

KIT = (
    "tests/adding",
    "tests/fuzzing",
    "tests/gaps",
    "tests/integration/plugin",
    "tests/integration/test_benchmarks.py",
    "tests/integration/test_benchmarks_frame.py",
    "tests/integration/test_benchmarks_growing.py",
    "tests/integration/test_benchmarks_in_memory.py",
    "tests/integration/test_comparison.py",
    "tests/integration/test_demo.py",
    "tests/integration/test_parity.py",
    "tests/integration/test_strategies.py",
    "tests/laws/test_checking.py",
    "tests/laws/test_differential.py",
    "tests/laws/test_examples_of_laws.py",
    "tests/laws/test_faults_of_stores.py",
    "tests/laws/test_fuzzing.py",
    "tests/laws/test_laws_for_hosts.py",
    "tests/mutants",
    "tests/programs",
    "tests/typing",
    "tests/unit/architecture",
    "tests/unit/demo",
    "tests/unit/domain/test_typing_of_declarations.py",
    "tests/unit/release",
    "tests/unit/testing",
    "tests/unit/test_benchmark_page.py",
    "tests/unit/test_comparison.py",
    "tests/unit/test_progress.py",
)
"""The folders and files whose tests are of the kit."""
SERVER = ("tests/engines", "tests/integration", "tests/privileges")
"""The folders in which every test needs a server; elsewhere it is what asks for the fixture of its address."""
SERVER_FIXTURE = "server_url"
NO_PROGRAMS = "/no-server-is-started-by-these-tests"
SOAK_FILE = re.compile(r"^pytestmark = (?:\[\s*)?pytest\.mark\.soak\b", re.MULTILINE)
"""What stands in a file of which every test is soak."""
SOAK_SECONDS = 900
"""How long one test may take where every row is run; elsewhere pyproject.toml says it."""


def add_options(parser: pytest.Parser) -> None:
    """Let a run choose its tier."""
    group = parser.getgroup("gapless")
    group.addoption("--every-row", action="store_true", help="run every row of every matrix, and what is marked soak")
    group.addoption("--no-server", action="store_true", help="leave out what needs a server, and let none be started")


def forbid_servers(config: pytest.Config) -> None:
    """Let every attempt to start a server fail in a run that is to need none."""
    if config.getoption("no_server"):
        os.environ.pop("GAPLESS_DATABASE_URL", None)
        os.environ["GAPLESS_PG_BIN"] = NO_PROGRAMS


def mark(root: Path, items: list[pytest.Item]) -> None:
    """Give each test the marks that follow from where it stands and from what it asks for."""
    for item in items:
        if _is_in(root, item.path, SERVER) or SERVER_FIXTURE in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.server)
        if _is_in(root, item.path, KIT):
            item.add_marker(pytest.mark.kit)


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that this run does not take."""
    left_out = set(_left_out(config, items))
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]
    if config.getoption("every_row"):
        for item in items:
            item.add_marker(pytest.mark.timeout(SOAK_SECONDS))


def is_left_out(config: pytest.Config, path: Path) -> bool:
    """Whether a file has nothing but soak, and this run takes none: what it imports would be loaded for nothing."""
    is_module = path.suffix == ".py" and path.is_file()
    return is_module and not _takes_soak(config) and SOAK_FILE.search(path.read_text()) is not None


def _takes_soak(config: pytest.Config) -> bool:
    return bool(config.getoption("every_row") or config.getoption("installed", default=False))


def _is_in(root: Path, path: Path, places: Sequence[str]) -> bool:
    place = path.relative_to(root).as_posix()
    return any(place == known or place.startswith(f"{known}/") for known in places)


def _left_out(config: pytest.Config, items: list[pytest.Item]) -> Iterator[pytest.Item]:
    for item in items:
        soak = item.get_closest_marker("soak") and not _takes_soak(config)
        server = item.get_closest_marker("server") and config.getoption("no_server")
        if soak or server:
            yield item

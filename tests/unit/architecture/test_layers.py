"""The contracts of pyproject.toml between the layers: they hold, and each of them can fail."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[3]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LINT = """
import contextlib, io, json, sys
from pathlib import Path
from importlinter.cli import lint_imports
ended = {}
for name, planted in json.load(sys.stdin).items():
    before = {path: path.read_bytes() if path.exists() else None for path in map(Path, planted)}
    for path, added in planted.items():
        with open(path, "a") as file:
            file.write(added)
    with contextlib.redirect_stdout(io.StringIO()) as told:
        status = lint_imports(no_cache=True)
    ended[name] = status, told.getvalue()
    for path, text in before.items():
        path.unlink() if text is None else path.write_bytes(text)
json.dump(ended, sys.stdout)
"""
"""Asks the linter about a folder with each of the given plants, which are taken back after it."""
AS_THEY_ARE, NEW = "as they are", "new packages"
KEPT_PARTS = "gapless.adapters.postgres"
NAMES = {contract["id"]: contract["name"] for contract in CONTRACTS}

KITS = ("gapless.testing", "gapless.demo")

# For each contract the imports that it has to refuse: who imports what.
PLANTED: dict[str, list[tuple[str, str]]] = {
    "layers": [
        ("gapless.domain", "gapless.services"),
        ("gapless.domain", "gapless.adapters"),
        ("gapless.kit", "gapless.domain"),
        ("gapless.kit", "gapless.application"),
        ("gapless.application", "gapless.domain"),
        ("gapless.application", "gapless.services"),
        ("gapless.application", "gapless.adapters"),
        ("gapless.domain", "gapless.application"),
        ("gapless.kit", "gapless.embedded"),
        ("gapless.services", "gapless.adapters.memory"),
        ("gapless.services", "gapless.embedded"),
        ("gapless.adapters", "gapless.services"),
        ("gapless.adapters.postgres", "gapless.embedded"),
        ("gapless.embedded", "gapless.adapters"),
        ("gapless.adapters.postgres", "gapless.postgres"),
        ("gapless.bootstrap", "gapless.postgres"),
        ("gapless.bootstrap", "gapless.testing"),
        ("gapless.bootstrap", "gapless.cli"),
        ("gapless.cli", "gapless.testing"),
        ("gapless.testing", "gapless.demo"),
        ("gapless.services", "gapless.inputs"),
        ("gapless.inputs", "gapless.adapters"),
    ],
    "production": [(module, kit) for module in ("gapless.cli.migrate", "gapless.cli.group") for kit in KITS],
    "demonstration": [(module, "gapless.demo") for module in ("gapless", "gapless.cli", "gapless.testing")],
    "default-catalogue": [
        (module, declared)
        for module in (
            "gapless.adapters.memory.store",
            "gapless.adapters.postgres.store",
            "gapless.cli.declarations",
            "gapless.postgres",
            "gapless.stores",
            "gapless.testing.violations",
        )
        for declared in ("gapless.domain.catalogue", "gapless.domain.migrations")
    ],
    "counterexamples": [
        ("gapless.testing.violations", "gapless.domain.users"),
        ("gapless.testing.counterexamples.most", "gapless.services.members"),
        ("gapless.testing.factories", "gapless.bootstrap"),
        ("gapless.testing.parity.questions", "gapless.domain.calls"),
    ],
    "any-service": [
        (module, layer)
        for module in (
            "gapless.testing.differential.worlds",
            "gapless.testing.fuzzing.hostile",
            "gapless.testing.strategies.world_generators",
        )
        for layer in ("gapless.domain.users", "gapless.services.members")
    ],
    "stores": [
        ("gapless.adapters.memory", "gapless.adapters.postgres"),
        ("gapless.adapters.postgres", "gapless.adapters.memory"),
    ],
    "writing": [
        ("gapless.adapters.writing", "gapless.adapters.memory"),
        ("gapless.adapters.writing", "gapless.adapters.postgres"),
        ("gapless.adapters.writing.units", "gapless.adapters.memory"),
        ("gapless.adapters.locks", "gapless.adapters.writing"),
    ],
    "parts": [
        ("gapless.adapters.memory.schema", "gapless.adapters.memory.statement"),
        ("gapless.adapters.memory.enforcers.unique", "gapless.adapters.memory.schema"),
        ("gapless.adapters.memory.reader", "gapless.adapters.memory.rows"),
        ("gapless.adapters.postgres.reader", "gapless.adapters.postgres.rows"),
        ("gapless.adapters.postgres.schema.tables", "gapless.adapters.postgres.verification.comparison"),
        ("gapless.adapters.postgres.statements.searches", "gapless.adapters.postgres.connections.pool"),
        ("gapless.adapters.postgres.ddl.registry", "gapless.adapters.postgres.migrations.state"),
        ("gapless.adapters.postgres.sql.text", "gapless.adapters.postgres.ddl.check"),
    ],
    "any-catalogue": [
        ("gapless.adapters.writing", "gapless.domain.users"),
        ("gapless.adapters.writing.requirements", "gapless.domain.calls"),
        ("gapless.adapters.postgres.migrations.runner", "gapless.domain.migrations"),
        ("gapless.adapters.memory.store", "gapless.domain.catalogue"),
        ("gapless.stores", "gapless.services.calls"),
        ("gapless.writing", "gapless.domain"),
    ],
    "laws": [
        ("gapless.testing.laws", "gapless.domain"),
        ("gapless.testing.laws.parts", "gapless.services"),
        ("gapless.testing.laws.casting", "gapless.bootstrap"),
    ],
    "pure": [
        (layer, framework)
        for layer in ("gapless.kit", "gapless.application", "gapless.domain", "gapless.services")
        for framework in next(contract["forbidden_modules"] for contract in CONTRACTS if contract["id"] == "pure")
    ],
    "container": [
        (module, "punq") for module in ("gapless.services", "gapless.adapters", "gapless.postgres", "gapless.cli")
    ],
    "testing": [(module, tool) for module in ("gapless.bootstrap", "gapless.cli") for tool in ("hypothesis", "pytest")],
    "inputs": [
        (module, parser)
        for module in ("gapless.bootstrap", "gapless.services", "gapless.cli")
        for parser in ("phonenumbers", "email_validator")
    ],
    "command-line": [
        (module, "click") for module in ("gapless.bootstrap", "gapless.testing", "gapless.demo", "gapless.embedded")
    ],
}
# What a planted import breaks beside the contract that it is planted for.
ALSO_BROKEN = {
    "layers": {
        "pure",
        "stores",
        "writing",
        "parts",
        "any-catalogue",
        "laws",
        "production",
        "demonstration",
        "counterexamples",
    },
    "default-catalogue": {"any-catalogue", "any-service", "counterexamples", "laws"},
    "counterexamples": {"any-service", "laws"},
    "laws": {"any-service"},
    "any-catalogue": {"counterexamples", "default-catalogue", "laws"},
    "stores": {"writing"},
    "writing": {"any-catalogue", "parts", "stores"},
    "production": {"layers", "demonstration"},
    "demonstration": {"layers", "production"},
    "pure": {"container", "testing", "command-line"},
    "container": {"pure"},
}


@attrs.frozen
class Verdict:
    """What the linter says of a copy of the sources: the ids of the contracts that it breaks, and the whole report."""

    broken: set[str]
    report: str


def linted(folder: Path, planted: Mapping[str, Mapping[str, str]]) -> dict[str, Verdict]:
    """What the linter says of a copy of the sources with each of these plants in turn: files and what is added to them.

    One process asks about all of them, because most of what one takes is its start.
    """
    told = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "300"},  # so that no import is broken in two
        input=json.dumps(planted),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return {name: verdict_of(status, printed) for name, (status, printed) in json.loads(told.stdout).items()}


def verdict_of(status: int, printed: str) -> Verdict:
    """What the linter has said by its exit status and its report, which have to agree."""
    report = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)", report, re.MULTILINE))
    assert set(verdicts) == set(NAMES.values()), report
    broken = {contract for contract, name in NAMES.items() if verdicts[name] == "BROKEN"}
    assert (status != 0) == bool(broken)
    return Verdict(broken, report)


def module_file(folder: Path, module: str) -> Path:
    """The file of a module in a copy of the sources."""
    path = folder / "src" / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def plants(folder: Path, imports: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What is added to which file of a copy, so that these modules import what they must not."""
    added: dict[str, str] = {}
    for importer, imported in imports:
        path = str(module_file(folder, importer))
        added[path] = f"{added.get(path, '')}\nimport {imported}\n"
    return added


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """What the linter says of the sources as they are, with the plants of each contract, and with new packages."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    beside = [module_file(folder, package).parent / "elsewhere.py" for package in ("gapless", KEPT_PARTS)]
    planted = {contract: plants(folder, imports) for contract, imports in PLANTED.items()}
    return linted(folder, {AS_THEY_ARE: {}, **planted, NEW: {str(path): "" for path in beside}})


def test_contracts_hold(verdicts: dict[str, Verdict]) -> None:
    """The sources as they are break no contract."""
    assert verdicts[AS_THEY_ARE].broken == set()


def test_every_contract_has_its_planted_imports() -> None:
    """No contract is without a planted violation, and each forbidden module of theirs is there to be imported."""
    assert set(PLANTED) == set(NAMES)


@pytest.mark.parametrize("contract", PLANTED)
def test_planted_imports_are_refused(verdicts: dict[str, Verdict], contract: str) -> None:
    """Each import that a contract forbids, once it is planted, breaks that contract and is named in the report."""
    told = verdicts[contract]
    assert contract in told.broken
    assert told.broken <= {contract} | ALSO_BROKEN.get(contract, set())
    for importer, imported in PLANTED[contract]:
        assert re.search(rf"{re.escape(importer)} -> {re.escape(imported)}\b", told.report), (importer, imported)


def test_new_package_needs_a_layer(verdicts: dict[str, Verdict]) -> None:
    """A module beside the layers, or beside the parts of a store, is refused until somebody says where it belongs."""
    assert verdicts[NEW].broken == {"layers", "parts"}

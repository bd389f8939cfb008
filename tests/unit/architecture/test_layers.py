"""The contracts of pyproject.toml between the layers: they hold, and each of them can fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
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
    "default-catalogue": {"any-catalogue", "any-service", "counterexamples"},
    "counterexamples": {"any-service"},
    "laws": {"any-service"},
    "any-catalogue": {"counterexamples", "default-catalogue", "laws"},
    "stores": {"writing"},
    "writing": {"any-catalogue", "parts", "stores"},
    "production": {"layers", "demonstration"},
    "demonstration": {"layers", "production"},
    "pure": {"container", "testing", "command-line"},
    "container": {"pure"},
}


def linted(folder: Path) -> tuple[set[str], str]:
    """The ids of the contracts that the copy of the sources in a folder breaks, and the whole report."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "300"},  # so that no import is broken in two
        capture_output=True,
        text=True,
        check=False,
    )
    report = re.sub(r"\x1b\[[0-9;]*m", "", told.stdout)
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)", report, re.MULTILINE))
    assert set(verdicts) == set(NAMES.values()), report + told.stderr
    broken = {contract for contract, name in NAMES.items() if verdicts[name] == "BROKEN"}
    assert (told.returncode != 0) == bool(broken)
    return broken, report


def module_file(folder: Path, module: str) -> Path:
    """The file of a module in a copy of the sources."""
    path = folder / "src" / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with a copy of the sources and of the contracts."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold(copied: Path) -> None:
    """The sources as they are break no contract."""
    assert linted(copied)[0] == set()


def test_every_contract_has_its_planted_imports() -> None:
    """No contract is without a planted violation, and each forbidden module of theirs is there to be imported."""
    assert set(PLANTED) == set(NAMES)


@pytest.mark.parametrize("contract", PLANTED)
def test_planted_imports_are_refused(copied: Path, contract: str) -> None:
    """Each import that a contract forbids, once it is planted, breaks that contract and is named in the report."""
    for importer, imported in PLANTED[contract]:
        with module_file(copied, importer).open("a") as file:
            file.write(f"\nimport {imported}\n")
    broken, report = linted(copied)
    assert contract in broken
    assert broken <= {contract} | ALSO_BROKEN.get(contract, set())
    for importer, imported in PLANTED[contract]:
        assert re.search(rf"{re.escape(importer)} -> {re.escape(imported)}\b", report), (importer, imported)


def test_new_package_needs_a_layer(copied: Path) -> None:
    """A module beside the layers, or beside the parts of a store, is refused until somebody says where it belongs."""
    for package in ("gapless", "gapless.adapters.postgres"):
        (module_file(copied, package).parent / "elsewhere.py").write_text("")
    assert linted(copied)[0] == {"layers", "parts"}

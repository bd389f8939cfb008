"""What git runs by itself is what people run: the parts of `make check`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
_PARTS = re.compile(r"^check: ([^#\n]+)", re.MULTILINE)
_REPOSITORY = re.compile(r"^ *- repo: (.+)", re.MULTILINE)
_ENTRY = re.compile(r"^ *entry: (.+)", re.MULTILINE)


def complaints(hooks: str, makefile: str) -> list[str]:
    """Says which parts of `make check` no hook runs, and what else is run, or comes from elsewhere than the lock."""
    parts = {f"make {target}" for each in _PARTS.findall(makefile) for target in each.split()}
    entries = set(_ENTRY.findall(hooks))
    return [
        *(f"No hook runs {part}." for part in sorted(parts - entries)),
        *(f"{entry} is no part of make check." for entry in sorted(entries - parts)),
        *(f"{name} has versions of its own." for name in _REPOSITORY.findall(hooks) if name != "local"),
    ]


def test_the_hooks_are_the_parts_of_make_check() -> None:
    """Each part of `make check` is a hook, nothing else is one, and every version is that of the lock."""
    config = ROOT / ".pre-commit-config.yaml"
    assert complaints(config.read_text(), (ROOT / "Makefile").read_text()) == []
    subprocess.run([Path(sys.executable).with_name("pre-commit"), "validate-config", config], check=True)


def test_a_wrong_hook_is_found() -> None:
    """Planted: a part that no hook runs, a hook of another command, and one from another repository."""
    hooks = "- repo: local\n  entry: make lint\n- repo: elsewhere/ruff\n  entry: ruff\n"
    assert complaints(hooks, "check: lint types ## all\n") == [
        "No hook runs make types.",
        "ruff is no part of make check.",
        "elsewhere/ruff has versions of its own.",
    ]

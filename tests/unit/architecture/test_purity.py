"""The domain imports attrs and the standard library, and of that nothing that reads a clock, draws or does I/O."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[3] / "src"
DOMAIN = SOURCES / "gapless" / "domain"
ALLOWED = {
    *("__future__", "abc", "attrs", "base64", "builtins", "collections", "contextlib", "datetime", "enum", "functools"),
    *("hashlib", "ipaddress", "itertools", "json", "math", "operator", "re", "types", "typing", "uuid"),
}
# What reads a clock, draws a random number or does I/O, and can be had from the modules above.
IMPURE = {"now", "utcnow", "today", "uuid1", "uuid4", "getnode", "open", "print", "input", "__import__"}


def impurities(path: Path) -> Iterator[str]:
    """What a module of the domain imports or calls and should not."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if not is_allowed(name.name))
            case ast.ImportFrom(module=str() as module, names=names):
                yield from () if is_allowed(module) else (module,)
                yield from (name.name for name in names if name.name in IMPURE)
            case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)) if name in IMPURE:
                yield name
            case _:
                pass


def is_allowed(module: str) -> bool:
    """Whether the domain may import a module."""
    return module.split(".", maxsplit=1)[0] in ALLOWED or module.startswith("gapless.domain.")


@pytest.mark.parametrize("path", sorted(DOMAIN.rglob("*.py")), ids=lambda path: str(path.relative_to(DOMAIN)))
def test_domain_is_pure(path: Path) -> None:
    """A module of the domain imports and calls nothing that would make its answers depend on anything but arguments."""
    assert list(impurities(path)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import asyncio", ["asyncio"]),
        ("import os.path", ["os.path"]),
        ("from time import monotonic", ["time"]),
        ("import random", ["random"]),
        ("import gapless.services", ["gapless.services"]),
        ("from gapless import services", ["gapless"]),
        ("from uuid import uuid4", ["uuid4"]),
        ("from datetime import datetime\nat = datetime.now()", ["now"]),
        ("def read():\n    return open('x')", ["open"]),
    ],
)
def test_planted_impurity_is_found(tmp_path: Path, source: str, found: list[str]) -> None:
    """Planted: an import or a call that does not belong in the domain is named."""
    module = tmp_path / "module.py"
    module.write_text(source)
    assert list(impurities(module)) == found


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after a statement."""
    program = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(told.stdout.split())


@pytest.mark.parametrize("module", ["gapless", "gapless.domain.catalogue", "gapless.domain.ports"])
def test_domain_loads_no_framework(module: str) -> None:
    """Who imports the package or its domain pays for neither a driver nor a container nor a test tool."""
    frameworks = {"alembic", "asyncpg", "asyncio", "click", "hypothesis", "punq", "pytest", "sqlalchemy"}
    assert loaded_by(f"import {module}").isdisjoint(frameworks)


def test_loaded_framework_is_seen() -> None:
    """Planted: what is loaded shows."""
    assert "sqlalchemy" in loaded_by("import sqlalchemy")


def test_ports_are_protocols_without_code() -> None:
    """Every class of `ports.py` is a protocol, whose methods hold a docstring or a hand-over to `of`, and no logic."""
    for node in ast.parse((DOMAIN / "ports.py").read_text()).body:
        if isinstance(node, ast.ClassDef):
            assert any("Protocol" in ast.unparse(base) for base in node.bases), node.name
            assert ast.get_docstring(node), node.name
            for method in ast.walk(node):
                if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    assert ast.unparse(method.body[-1]).startswith(("...", "return self.of(")), method.name

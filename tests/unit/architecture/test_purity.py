"""Kit and domain import attrs and the standard library, and of that nothing that reads a clock, draws or does I/O."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gapless.kit import ports

SOURCES = Path(__file__).parents[3] / "src"
GAPLESS = SOURCES / "gapless"
PURE = sorted(path for layer in ("kit", "domain") for path in (GAPLESS / layer).rglob("*.py"))
ALLOWED = {
    *("__future__", "abc", "attrs", "base64", "builtins", "collections", "contextlib", "datetime", "decimal", "enum"),
    *("functools", "hashlib", "heapq", "ipaddress", "itertools", "json", "math", "operator", "re", "types", "typing"),
    "uuid",
}
# What reads a clock, draws a random number or does I/O, and can be had from the modules above.
IMPURE = {"now", "utcnow", "today", "uuid1", "uuid4", "getnode", "open", "print", "input", "__import__"}


def impurities(path: Path) -> Iterator[str]:
    """What a module of a pure layer imports or calls and should not."""
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
    """Whether a pure layer may import a module; between the two of them import-linter checks."""
    return module.split(".", maxsplit=1)[0] in ALLOWED or re.match(r"gapless\.(kit|domain)\b", module) is not None


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(GAPLESS)))
def test_module_is_pure(path: Path) -> None:
    """A module of either layer imports and calls nothing by which its answers would depend on more than arguments."""
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
    """Planted: an import or a call that does not belong in a pure layer is named."""
    module = tmp_path / "module.py"
    module.write_text(source)
    assert list(impurities(module)) == found


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after a statement."""
    program = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(told.stdout.split())


@pytest.mark.parametrize("module", ["gapless", "gapless.kit", "gapless.domain.catalogue", "gapless.kit.ports"])
def test_domain_loads_no_framework(module: str) -> None:
    """Who imports the package, the kit or the domain pays for neither a driver nor a container nor a test tool."""
    frameworks = {"alembic", "asyncpg", "asyncio", "click", "hypothesis", "punq", "pytest", "sqlalchemy"}
    assert loaded_by(f"import {module}").isdisjoint(frameworks)


def test_loaded_framework_is_seen() -> None:
    """Planted: what is loaded shows."""
    assert "sqlalchemy" in loaded_by("import sqlalchemy")


def test_ports_are_protocols_without_code() -> None:
    """Every class of the ports is a protocol, whose methods hold a docstring or a hand-over to `of`, and no logic."""
    sources = [ast.parse(path.read_text()) for path in (GAPLESS / "kit" / "ports").rglob("*.py")]
    found = [node for source in sources for node in source.body if isinstance(node, ast.ClassDef)]
    assert {node.name for node in found} == {*ports.__all__}
    for node in found:
        assert any("Protocol" in ast.unparse(base) for base in node.bases), node.name
        assert ast.get_docstring(node), node.name
        for method in ast.walk(node):
            if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert ast.unparse(method.body[-1]).startswith(("...", "return self.of(")), method.name

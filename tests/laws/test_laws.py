"""The laws as data: none is lost, each says what holds, and each says which gaps it proves closed."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import gapless.testing.laws
from gapless.testing.laws.cases import PREFIX, SUBJECTS, laws
from gapless.testing.laws.proofs import proves
from gapless.testing.laws.store_laws import ClosingLaws, StoreLaws
from tests.gaps.proofs import LAWS, proofs

FOLDER = Path(gapless.testing.laws.__file__).parent


def test_no_law_is_lost() -> None:
    """Every function of the folder that is named like a law is one, and a test of one of the classes that run them."""
    modules = [module.name for module in pkgutil.iter_modules([str(FOLDER)])]
    written = {
        name
        for module in modules
        for name, value in vars(importlib.import_module(f"gapless.testing.laws.{module}")).items()
        if name.startswith(PREFIX) and inspect.isfunction(value)
    }
    assert written == {f"{PREFIX}{law.name}" for law in laws()}
    run = [name for laws in (StoreLaws, ClosingLaws) for name in dir(laws) if name.startswith(PREFIX)]
    assert sorted(written) == sorted(run)


def test_no_two_laws_have_one_name() -> None:
    """A law is found by its name, in the report and in the class: no other, and no subject, has the same."""
    names = [law.name for law in laws()]
    assert len({*names, *(law.subject for law in laws())}) == len(names) + len(SUBJECTS)


def test_no_two_cases_have_one_name() -> None:
    """A case is found by its name."""
    for law in laws():
        names = [name for name, _ in law.cases()]
        assert len({*names}) == len(names), law.name


def test_every_law_says_what_holds() -> None:
    """The sentence of a law is one that a report can show."""
    for law in laws():
        assert law.sentence.endswith("."), law.name
        assert "\n" not in law.sentence


def test_laws_bear_no_mark_of_this_repository() -> None:
    """A host whose markers are strict runs the laws: they bear no mark but that of pytest for their cases."""
    marks = {mark.name for law in laws() for mark in getattr(law.function, "pytestmark", ())}
    assert marks == {"parametrize"}


def test_law_that_names_no_gap() -> None:
    """A law that proves something says what."""
    with pytest.raises(ValueError, match="names what"):
        proves()


def run_by(folder: Path, source: str) -> dict[str, tuple[str, ...]]:
    """What a file of tests proves."""
    (folder / "test_file.py").write_text(source)
    return proofs(folder)


@pytest.mark.parametrize("base", ["StoreLaws", "store_laws.StoreLaws", "Other, StoreLaws"])
def test_who_runs_the_laws_proves_what_they_prove(tmp_path: Path, base: str) -> None:
    """Each class that is derived from the laws has each of them as a test."""
    found = run_by(tmp_path, f"class TestA({base}): ...\nclass TestB({base}): ...")
    law = "test_deleted_organization"
    assert found["GAP-211"] == tuple(f"{tmp_path}/test_file.py::{name}::{law}" for name in ("TestA", "TestB"))
    named = {
        argument.value
        for file in LAWS.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "proves"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }
    assert found.keys() == named


@pytest.mark.parametrize(
    "source",
    [
        "class TestA: ...",
        "class A(StoreLaws): ...",
        "@pytest.mark.skip\nclass TestA(StoreLaws): ...",
        'class TestA(StoreLaws):\n    pytestmark = pytest.mark.xfail(reason="")',
        'pytestmark = [pytest.mark.skip(reason="")]\nclass TestA(StoreLaws): ...',
    ],
)
def test_who_does_not_run_the_laws_proves_nothing(tmp_path: Path, source: str) -> None:
    """A class of something else, one that is not collected, and one that is skipped, prove nothing."""
    assert run_by(tmp_path, source) == {}


@pytest.mark.parametrize("instead", ["def test_deleted_organization(self): ...", "test_deleted_organization = None"])
def test_a_law_that_is_replaced_proves_nothing(tmp_path: Path, instead: str) -> None:
    """A class that puts something else in the place of a law does not run it."""
    found = run_by(tmp_path, f"class TestA(StoreLaws):\n    {instead}")
    assert "GAP-211" not in found
    assert "GAP-213" in found

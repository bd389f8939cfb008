"""The laws as data: none is lost, each says what holds, and some prove gaps of the voice service closed."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import gapless.testing.laws
from gapless.testing.laws.cases import PREFIX, SUBJECTS, laws
from gapless.testing.laws.store_laws import ClosingLaws, StoreLaws
from tests.gaps.proofs import proofs
from tests.laws.voice_service.casting import VOICE_SERVICE
from tests.laws.voice_service.gaps import PROVED_BY_LAWS

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


def test_laws_that_prove_something_run_on_the_voice_service() -> None:
    """Each law that is said to prove a gap closed is one, and has the parts that it asks for there."""
    proving = {name for names in PROVED_BY_LAWS.values() for name in names}
    assert {law.name for law in laws() if law.runs_on(VOICE_SERVICE)} >= proving


def run_by(folder: Path, source: str) -> dict[str, tuple[str, ...]]:
    """What a file of tests proves."""
    (folder / "test_file.py").write_text(source)
    return proofs(folder)


CAST = "casting = VOICE_SERVICE"


@pytest.mark.parametrize("base", ["StoreLaws", "store_laws.StoreLaws", "Other, StoreLaws"])
def test_who_runs_the_laws_proves_what_they_prove(tmp_path: Path, base: str) -> None:
    """Each class that is derived from the laws, and runs them on the voice service, has each of them as a test."""
    found = run_by(tmp_path, f"class TestA({base}): {CAST}\nclass TestB({base}): {CAST}")
    law = "test_deleted_organization"
    assert found["GAP-211"] == tuple(f"{tmp_path}/test_file.py::{name}::{law}" for name in ("TestA", "TestB"))
    assert found.keys() == PROVED_BY_LAWS.keys()


@pytest.mark.parametrize(
    "source",
    [
        f"class TestA: {CAST}",
        f"class A(StoreLaws): {CAST}",
        "class TestA(StoreLaws): ...",
        "class TestA(StoreLaws): casting = OWN",
        f"@pytest.mark.skip\nclass TestA(StoreLaws): {CAST}",
        f'class TestA(StoreLaws):\n    {CAST}\n    pytestmark = pytest.mark.xfail(reason="")',
        f'pytestmark = [pytest.mark.skip(reason="")]\nclass TestA(StoreLaws): {CAST}',
    ],
)
def test_who_does_not_run_the_laws_proves_nothing(tmp_path: Path, source: str) -> None:
    """A class of something else, one on another catalogue, one that is not collected or is skipped, prove nothing."""
    assert run_by(tmp_path, source) == {}


@pytest.mark.parametrize("instead", ["def test_deleted_organization(self): ...", "test_deleted_organization = None"])
def test_a_law_that_is_replaced_proves_nothing(tmp_path: Path, instead: str) -> None:
    """A class that puts something else in the place of a law does not run it."""
    found = run_by(tmp_path, f"class TestA(StoreLaws):\n    {CAST}\n    {instead}")
    assert "GAP-211" not in found
    assert "GAP-213" in found

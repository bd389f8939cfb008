"""Which tests prove a gap closed: read from the files as they stand, and not run."""

from pathlib import Path

import pytest

from gapless.kit.errors import InvalidValue
from tests.gaps.proofs import proofs

MARKED = {
    "one mark": '@pytest.mark.gap("A")\ndef test_it(): ...',
    "a mark that was imported": 'from pytest import mark\n@mark.gap("A")\ndef test_it(): ...',
    "a mark among others": '@pytest.mark.asyncio\n@pytest.mark.gap("A")\nasync def test_it(): ...',
    "two marks": '@pytest.mark.gap("A")\n@pytest.mark.gap("B")\ndef test_it(): ...',
    "one mark with two ids": '@pytest.mark.gap("A", "B")\ndef test_it(): ...',
    "a value": '@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.gap("A"))])\ndef test_it(x): ...',
    "several marks of a value": (
        '@pytest.mark.parametrize("x", [pytest.param(2, marks=[pytest.mark.slow, pytest.mark.gap("A")])])\n'
        "def test_it(x): ..."
    ),
    "values with a name": (
        'CASES: list[object] = [pytest.param(1, marks=pytest.mark.gap("A"))]\nCASES_TOO = [*CASES, CASES_TOO]\n'
        'every = pytest.mark.parametrize("x", CASES_TOO)\n@every\ndef test_it(x): ...'
    ),
    "the module": 'pytestmark = pytest.mark.gap("A")\ndef test_it(): ...',
    "the module, of two marks": 'pytestmark = [pytest.mark.asyncio, pytest.mark.gap("A")]\nasync def test_it(): ...',
    "the module and the test": 'pytestmark = pytest.mark.gap("A")\n@pytest.mark.gap("B")\ndef test_it(): ...',
    "a mark that may not hold": '@pytest.mark.skipif(True, reason="")\n@pytest.mark.gap("A")\ndef test_it(): ...',
}


def read(folder: Path, source: str, name: str = "test_file.py") -> dict[str, tuple[str, ...]]:
    """What is found in a folder with one file more."""
    (folder / name).write_text(f"import pytest\n{source}\n")
    return proofs(folder)


@pytest.mark.parametrize("form", MARKED)
def test_marks_are_read(tmp_path: Path, form: str) -> None:
    """A test is found by each way of marking it, whatever else it is marked with."""
    test = (f"{tmp_path}/test_file.py::test_it",)
    expected = {"A": test, "B": test} if '"B"' in MARKED[form] else {"A": test}
    assert read(tmp_path, MARKED[form]) == expected


def test_classes_are_read(tmp_path: Path) -> None:
    """The tests of a class have its marks, their own, and those of the classes around it, and no others."""
    source = """
@pytest.mark.gap("A")
class TestOuter:
    def test_first(self): ...

    class TestInner:
        pytestmark = [pytest.mark.gap("B")]

        @pytest.mark.gap("C")
        def test_second(self): ...

        def test_third(self): ...

def test_outside(): ...
"""
    file = f"{tmp_path}/test_file.py"
    second, third = f"{file}::TestOuter::TestInner::test_second", f"{file}::TestOuter::TestInner::test_third"
    assert read(tmp_path, source) == {
        "A": (f"{file}::TestOuter::test_first", second, third),
        "B": (second, third),
        "C": (second,),
    }


UNMARKED = {
    "nothing": "def test_it(): ...",
    "words": '"""pytest.mark.gap("A")"""\ndef test_it():\n    pytest.mark.gap("A")  # pytest.mark.gap("A")',
    "no test": '@pytest.mark.gap("A")\ndef helper(): ...',
    "no class of tests": '@pytest.mark.gap("A")\nclass Helper:\n    def test_it(self): ...',
    "another mark": '@pytest.mark.gaps("A")\ndef test_it(): ...',
    "another gap": '@other.gap("A")\ndef test_it(): ...',
    "values that it does not use": 'CASES = [pytest.mark.gap("A")]\ndef test_it(): ...',
    "a test that is skipped": '@pytest.mark.skip\n@pytest.mark.gap("A")\ndef test_it(): ...',
    "a test that may fail": '@pytest.mark.xfail(reason="")\n@pytest.mark.gap("A")\ndef test_it(): ...',
    "a module that is skipped": 'pytestmark = pytest.mark.skip(reason="")\n@pytest.mark.gap("A")\ndef test_it(): ...',
}


@pytest.mark.parametrize("form", UNMARKED)
def test_what_proves_nothing(tmp_path: Path, form: str) -> None:
    """What is no mark, stands at no test, or at one that is not run, proves nothing."""
    assert read(tmp_path, UNMARKED[form]) == {}


def test_files_are_read_in_their_order_and_not_run(tmp_path: Path) -> None:
    """Files of tests are found at any depth, in the order of their paths; other files don't count, and none is run."""
    (tmp_path / "a" / "deep").mkdir(parents=True)
    source = 'raise SystemExit("this was run")\n@pytest.mark.gap("A")\ndef test_it(): ...'
    for name in ("test_z.py", "a/deep/test_y.py", "conftest.py", "a/marks.py", "test_w.txt"):
        read(tmp_path, source, name)
    found = read(tmp_path, source, "a/test_x.py")
    assert found["A"] == tuple(
        f"{tmp_path}/{name}::test_it" for name in ("a/deep/test_y.py", "a/test_x.py", "test_z.py")
    )


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def test_it(:", "test_file.py is not a file of Python"),
        ("\0", "test_file.py is not a file of Python"),
        ("@pytest.mark.gap(ID)\ndef test_it(): ...", "test_file.py:2: a test names its gap by the id itself"),
        ('@pytest.mark.gap(f"GAP-{1}")\ndef test_it(): ...', "test_file.py:2: a test names its gap by the id itself"),
        ("@pytest.mark.gap(*IDS)\ndef test_it(): ...", "test_file.py:2: a test names its gap by the id itself"),
    ],
)
def test_what_can_not_be_read_is_told(tmp_path: Path, source: str, told: str) -> None:
    """A file that is not Python, or an id that would have to be computed, is named and not passed over."""
    with pytest.raises(InvalidValue) as caught:
        read(tmp_path, source)
    assert told in caught.value.message

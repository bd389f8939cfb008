"""What `make types` asks of the type checkers would notice if a mistake were not found, or a type not complete."""

from __future__ import annotations

import json
from typing import Any

from tests.typing.completeness import incomplete, public_names
from tests.typing.expectations import CASES, by_mypy, by_pyright, expected, surprises
from tests.typing.running import ROOT

SOURCE = 'x: int = 1\ny: int = "?"  # error: [assignment] reportAssignmentType\n'
MYPY = "case.py:2: error: Incompatible types in assignment  [assignment]\ncase.py:2: note: No code.\nFound 1 error\n"


def pyright(*reports: tuple[int, str]) -> str:
    """The JSON that pyright prints."""
    found = [
        {"file": str(ROOT / "case.py"), "range": {"start": {"line": line - 1}}, "rule": rule} for line, rule in reports
    ]
    return json.dumps({"generalDiagnostics": found})


def said(mypy: str, of_pyright: str, source: str = SOURCE) -> list[str]:
    """What is not as a case says."""
    return list(surprises({"case.py": source}, by_mypy(mypy), by_pyright(of_pyright)))


def symbol(name: str, *others: str, **more: object) -> dict[str, Any]:
    """What pyright reports of a name whose type is complete, unless more is said."""
    return {
        "name": name,
        "alternateNames": others,
        "isTypeKnown": True,
        "isTypeAmbiguous": False,
        "diagnostics": [],
    } | more


def test_a_mistake_that_both_checkers_find_is_no_surprise() -> None:
    """A marked line may have further reports, which follow from the mistake."""
    assert said(MYPY, pyright((2, "reportAssignmentType"), (2, "reportUnknownVariableType"))) == []


def test_a_mistake_that_a_checker_does_not_find_is_said() -> None:
    """Planted: neither finds it, one of them does not, and one reports something else of that line."""
    found = pyright((2, "reportAssignmentType"))
    assert said("", pyright()) == [
        "case.py:2: mypy does not report assignment.",
        "case.py:2: pyright does not report reportAssignmentType.",
    ]
    assert said("", found) == ["case.py:2: mypy does not report assignment."]
    assert said(MYPY, pyright((2, "reportReturnType"))) == ["case.py:2: pyright does not report reportAssignmentType."]


def test_a_report_of_a_right_line_is_said() -> None:
    """Planted: each of the two reports a line that is not marked, and pyright one of another file."""
    found = pyright((2, "reportAssignmentType"))
    wrong = "case.py:1: error: No.  [misc]\n"
    assert said(MYPY + wrong, found) == ["case.py:1: mypy reports misc, which is not expected."]
    assert said(MYPY, pyright((2, "reportAssignmentType"), (1, "reportDeprecated"))) == [
        "case.py:1: pyright reports reportDeprecated, which is not expected."
    ]


def test_every_marker_of_a_case_is_read() -> None:
    """No case has a marker that nothing reads, and each has mistakes, and a right program beside them."""
    for path in CASES.glob("*.py"):
        source = path.read_text()
        assert source.count("# error") == len(expected(source)), path.name
        assert expected(source), path.name
        assert "assert_type(" in source, path.name


def test_an_incomplete_type_of_a_face_is_said() -> None:
    """Planted: a part of a public class is ambiguous where it is defined, and a public name is unknown to pyright."""
    why = [{"severity": "error", "message": "Type is missing."}, {"severity": "warning", "message": "No docstring."}]
    symbols = [
        symbol("gapless.Page"),
        symbol("gapless.pages.Page", "gapless.Page"),
        symbol("gapless.pages.Page.items", isTypeAmbiguous=True, diagnostics=why),
        symbol("gapless.pages.PageOf.items", isTypeKnown=False),
    ]
    assert list(incomplete(symbols, {"gapless.Page", "gapless.open"})) == [
        "gapless.open: pyright knows no such symbol.",
        "gapless.pages.Page.items: Type is missing.",
    ]


def test_the_faces_have_public_names() -> None:
    """What is asked for is not nothing, and has a name of each face."""
    assert {"gapless.open", "gapless.kit.Check", "gapless.testing.StoreLaws"} <= public_names()

"""Hard lines name the decision that explains them; each decision is named by one, or it is said why by none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[3]
DECISIONS = {path.name[:4]: path.name for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))}
CODE = ("src", "scripts", "benchmarks", "tests")
UNNAMED = {
    "0001": "types of the voice service's values, which no line has to do anything for",
    "0010": "the way that all migrations go, and no single line of it",
    "0012": "where things stand, which the layout of the domain shows",
    "0018": "what billing does where nobody said, case by case",
    "0019": "why a package stands beside the rules, which an import contract keeps",
    "0020": "how the list of gaps comes about as a whole",
    "0021": "the form of the random programs as a whole",
    "0023": "how the benchmarks decide as a whole",
    "0025": "why nothing of a migration belongs to a session: no line does",
}
"""The decisions that no line of code names, each with what it is about instead."""
_BROKEN = re.compile(r"\n\s*# ?")
_BY_NUMBER = re.compile(r"\bdecision (\d+)")
_BY_FILE = re.compile(r"\bdecisions/(\d+[\w-]*\.md)")


def named_in(source: str) -> list[str]:
    """What a program names as decisions: numbers, as in a comment, and names of files, as in a docstring."""
    text = _BROKEN.sub(" ", source)
    return [*_BY_NUMBER.findall(text), *_BY_FILE.findall(text)]


def unknown(named: Iterable[str], decisions: dict[str, str]) -> list[str]:
    """Those that are none."""
    known = {*decisions, *decisions.values()}
    return sorted(name for name in named if name not in known)


def named() -> dict[str, list[str]]:
    """By file, the decisions that the code names."""
    paths = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py")) if path != Path(__file__)]
    found = {str(path.relative_to(ROOT)): named_in(path.read_text()) for path in paths}
    return {path: names for path, names in found.items() if names}


def test_every_named_decision_is_there() -> None:
    """No line names a decision that was never taken, or a file that has another name."""
    assert {path: wrong for path, names in named().items() if (wrong := unknown(names, DECISIONS))} == {}


def test_every_decision_is_named_or_it_is_said_why_not() -> None:
    """Who reads a decision finds the lines that it explains, unless it explains none."""
    found = {name[:4] for names in named().values() for name in names}
    assert sorted(DECISIONS.keys() - found) == sorted(UNNAMED), (
        "Name a decision in a comment at the line that it explains, or say in UNNAMED what it is about instead."
    )
    assert all(UNNAMED.values())


def test_a_decision_that_is_not_there_is_found() -> None:
    """Planted: a number and a file that are none, and a name that a comment breaks in two."""
    planted = (
        "    # One lock (decision 0028), and two (decision\n    # 9999).\n" + '"""See docs/decisions/0026-what.md."""'
    )
    assert named_in(planted) == ["0028", "9999", "0026-what.md"]
    assert unknown(named_in(planted), DECISIONS) == ["0026-what.md", "9999"]

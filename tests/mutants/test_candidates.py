"""What is planted: every fault is Python, is another program, and stands where it is said to stand."""

from __future__ import annotations

import textwrap
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.candidates import candidates, is_other, modules
from tests.mutants.equals import EQUALS, Equal
from tests.mutants.mutant import PACKAGE, ROOT, Mutant, source_of
from tests.mutants.places import PLACES, place_of
from tests.mutants.sample import WEIGHTS, draw, every_mutant
from tests.mutants.sql_faults import FAULTS, SQL, SqlFault, planted_faults

SPREAD = 499
"""One of so many candidates is planted; each costs the reading of a module."""

FAULTS_OF = {
    "a < b": ["a <= b", "a >= b"],
    "a >= b": ["a > b", "a < b"],
    "a == b": ["a != b"],
    "(a) is not (b)": ["(a) is (b)"],
    "a not in b": ["a in b"],
    "a < b <= c": ["a <= b <= c", "a >= b <= c", "a < b < c", "a < b > c"],
    "a and b": ["a or b", "True and b", "a and True"],
    "a or (b and c)": [
        *("a and (b and c)", "False or (b and c)", "a or (False)", "a or (b or c)"),
        *("a or (True and c)", "a or (b and True)"),
    ],
    "not a": ["a"],
    "a + b": ["a - b"],
    "7": ["8", "6"],
    "True": ["False"],
    "a if b else c": ["a if not (b) else c"],
    "[a for a in b if a]": ["[a for a in b if True]"],
    "(a, b, c)": ["(b, c)", "(a, c)", "(a, b)"],
    "OnDelete.CASCADE": ["OnDelete.SET_NULL"],
    "sorted(a, key=b)": ["list(a, key=b)", "sorted(a)"],
    "f(a=b)": ["f()"],
    "f(a, b=c, d=e)": ["f(a, d=e)", "f(a, b=c)"],
    "a.where(b).desc()": ["a.where(b)", "a.desc()"],
    'f"{a < b}"': [],
    "'ä' + a": ["'ä' - a"],
}
"""Expressions, and every fault of them."""
FAULTS_IN = {
    "if a:\n    f()": ["if not (a):\n    f()", "if a:\n    pass"],
    "def f() -> bool:\n    '''Says.'''\n    return a": [
        f"def f() -> bool:\n    '''Says.'''\n    return {value}\n    return a" for value in ("True", "False")
    ],
    "def f() -> None:\n    a\n    b()": [
        "def f() -> None:\n    a\n    return\n    b()",
        "def f() -> None:\n    a\n    pass",
    ],
    "def f() -> bool:\n    '''Says.'''\n    ...": [],
    "def f() -> Iterator[a]:\n    yield a": ["def f() -> Iterator[a]:\n    pass"],
    "raise a": ["pass"],
    "a.b = c": ["pass"],
    "a += b": ["pass"],
    "a: Literal[1]": [],
    "__all__ = ['a', 'b', 'c']": [],
    "@attrs.frozen(slots=True, eq=a)\nclass A: ...": ["@attrs.frozen(slots=True)\nclass A: ..."],
}
"""Statements, and every fault of them."""


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    """Every mutant that can be planted."""
    return every_mutant()


def texts(source: str) -> list[str]:
    """A text with each of its faults."""
    return [mutant.planted(source.encode()).decode() for mutant in candidates("domain/any.py", source.encode())]


def test_each_form_has_its_faults() -> None:
    """A form of Python gives exactly the faults that are listed for it."""
    assigned = {f"x = {source}": [f"x = {fault}" for fault in faults] for source, faults in FAULTS_OF.items()}
    for source, expected in (assigned | FAULTS_IN).items():
        assert sorted(texts(source)) == sorted(expected), source


def test_every_kind_of_fault_is_drawn(mutants: list[Mutant]) -> None:
    """The package has faults of every kind that has a weight, and of no other."""
    assert {mutant.kind for mutant in mutants} == set(WEIGHTS)


def test_candidates_are_other_programs(mutants: list[Mutant]) -> None:
    """A candidate changes the tree of its module; what is no Python any more is rare, and told apart."""
    asked = mutants[::SPREAD]
    counts = Counter(is_other(mutant, source_of(mutant)) for mutant in asked)
    assert counts[True] > 50
    assert counts[False] <= len(asked) / 20


def test_every_fault_of_sql_is_there() -> None:
    """Each fault of the table is found once, changes its module, and is no other's fault under another name."""
    faults = planted_faults()
    assert [fault.function for fault in faults if not is_other(fault, source_of(fault))] == []
    assert len({(fault.module, fault.planted(source_of(fault))) for fault in faults}) == len(FAULTS)
    assert len({(fault.module, fault.function) for fault in faults}) == len(FAULTS)


def test_a_text_that_has_gone_is_told(tmp_path: Path) -> None:
    """A fault whose text the source has no more, or twice, is told by its name, and not left out."""
    path = tmp_path / PACKAGE / "adapters/postgres/ddl/any.py"
    path.parent.mkdir(parents=True)
    fault = SqlFault("no lock", "ddl/any.py", "FOR UPDATE", "")
    for text in ("nothing", "FOR UPDATE, FOR UPDATE"):
        path.write_text(text)
        with pytest.raises(LookupError, match="no lock"):
            planted_faults(tmp_path, [fault])


def test_what_is_said_of_a_mutant() -> None:
    """A mutant is called the same whatever lines stand before it, and its diff is that of its module."""
    source = textwrap.dedent("""
        def is_small(a: int) -> bool:
            return a < 2
    """).encode()
    later = b"\n\n# A comment.\n" + source
    (first,), (second,) = (
        [mutant for mutant in candidates("domain/any.py", text) if mutant.after == "<="] for text in (source, later)
    )
    change = first.change(source)
    assert (change.function, change.removed, change.added) == ("is_small", ("return a < 2",), ("return a <= 2",))
    assert change.id == second.change(later).id
    assert "-    return a < 2\n+    return a <= 2\n" in first.diff(source)


def test_every_equal_mutant_is_a_candidate(mutants: list[Mutant]) -> None:
    """What is said to change nothing is a change that would be drawn otherwise, and says why it changes nothing."""
    asked = {(equal.change.module, equal.change.function) for equal in EQUALS}
    found = {mutant.change(source_of(mutant)) for mutant in mutants if (mutant.module, mutant.function) in asked}
    assert [equal.change for equal in EQUALS if equal.change not in found] == []
    assert [equal.change for equal in EQUALS if len(equal.reason) < 20] == []
    assert len({equal.change for equal in EQUALS}) == len(EQUALS)


def test_drawing_is_repeatable(mutants: list[Mutant]) -> None:
    """A seed draws the same mutants, none twice, and another seed draws others; an equal one is never drawn."""
    drawn = [draw(mutants, 20, seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert len({(mutant.module, mutant.start, mutant.after) for mutant in drawn[0]}) == 20
    assert drawn[0] != drawn[2]
    assert {mutant.kind for mutant in drawn[0]} >= {SQL}
    assert {place_of(mutant.module) for mutant in draw(mutants, 9, 1, ["cli", "demo"])} == {"cli", "demo"}


def test_equals_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant that is listed as equal is left out, and the others are drawn."""
    source = (ROOT / PACKAGE / "kit/booleans.py").read_bytes()
    there = candidates("kit/booleans.py", source)
    known = draw(there, 1000, 1)
    equals = [Equal(mutant.change(source), "It says the same.") for mutant in known[1:]]
    monkeypatch.setattr("tests.mutants.sample.EQUALS", equals)
    assert draw(there, 1000, 1) == known[:1]


def test_every_module_has_a_place() -> None:
    """Each module of the package belongs to a place, and each place has modules and tests that are there."""
    assert {place_of(module) for module in modules()} == set(PLACES)
    with pytest.raises(LookupError, match="elsewhere"):
        place_of("elsewhere.py")
    for place in PLACES.values():
        for test in (*place.without_server, *place.with_server):
            path = ROOT / test.split("::")[0]
            assert path.is_file() or any(path.rglob("test_*.py")), test

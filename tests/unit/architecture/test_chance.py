"""What a run happens to draw decides no test: none claims what random examples met, and searches are long enough."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODE = ("tests", "examples", "src/gapless/testing")
FILLING = {"add", "append", "extend", "update", "setdefault", "discard", "remove", "difference_update", "subtract"}
"""The methods by which a set, a list, a dict or a counter takes note of an example."""
DRAWING = re.compile(r"\b(?:given|every_example)\(")
"""What tries random examples; `search` and `find` say how they draw."""
CERTAIN = re.compile(r"\bderandomize=True|\bSEARCH\b|\bseed(?:ed)?\(")
"""What makes the examples the same in each run."""
COUNTING = {"tests/laws/test_examples_of_laws.py": "How many examples are tried is certain, and nothing else is asked."}
"""The modules that note no more of the examples than that they came, and why."""
SEARCHING = re.compile(r"^from hypothesis import .*\bfind\b", re.MULTILINE)
ANY = {
    "tests/drawn_values.py": "Nearly every value will do, and it is made as simple as it can be.",
    "tests/unit/domain/test_boundaries.py": "Every row will do.",
}
"""The modules that look for what nearly everything is, and why that needs no long search."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def decided_by_chance(source: str) -> list[str]:
    """What random examples fill and a module asserts on elsewhere, each with the function that fills it."""
    tree = ast.parse(source)
    scopes = [tree, *(node for node in ast.walk(tree) if isinstance(node, Function))]
    return [
        f"{inner.name}: {name}"
        for scope in scopes
        for inner in own(scope)
        if isinstance(inner, Function) and is_random(inner, scope)
        for name in sorted(filled_by(inner) & stored_in(scope) & asserted_in(scope, inner))
    ]


def short_searches(source: str) -> list[str]:
    """The calls of `find` that end sooner than those of all others, and so perhaps before there was one."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    texts = (ast.unparse(call) for call in calls if ast.unparse(call.func) == "find")
    return [text for text in texts if not re.search(r"settings=.*\bSEARCH\b", text)]


def own(scope: ast.AST, *, whole: bool = False, but: ast.AST | None = None) -> Iterator[ast.AST]:
    """What stands in a scope, without what stands in the functions in it; or as a whole, but for one of them."""
    for node in ast.iter_child_nodes(scope):
        if node is not but:
            yield node
            if whole or not isinstance(node, Function):
                yield from own(node, whole=whole, but=but)


def is_random(inner: Function, scope: ast.AST) -> bool:
    """Whether a function is tried with random examples, by a decorator or by who hands it on."""
    handed = re.compile(rf"[(, ]{inner.name}\)")
    calls = (ast.unparse(node) for node in own(scope) if isinstance(node, ast.Call))
    texts = [" ".join(map(ast.unparse, inner.decorator_list)), *filter(handed.search, calls)]
    return any(DRAWING.search(text) and not CERTAIN.search(text) for text in texts)


def filled_by(inner: Function) -> set[str]:
    """The names of what a function changes and does not make itself."""
    found, made = set[str](), {argument.arg for argument in ast.walk(inner.args) if isinstance(argument, ast.arg)}
    for node in ast.walk(inner):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)) if attribute in FILLING:
                found.add(name)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                found.add(name)
            case ast.Nonlocal(names=names) | ast.Global(names=names):
                found.update(names)
            case _:
                pass
    rebound = {name for node in ast.walk(inner) if isinstance(node, (ast.Nonlocal, ast.Global)) for name in node.names}
    return found - (made | stored_in(inner)) | rebound


def stored_in(scope: ast.AST) -> set[str]:
    """The names that a scope gives values."""
    return {node.id for node in own(scope) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def asserted_in(scope: ast.AST, inner: Function) -> set[str]:
    """The names that are asserted on in a scope, or of which something is made that is, but for one function in it."""
    nodes = [*own(scope, whole=True, but=inner)]
    asked = {name for node in nodes if isinstance(node, ast.Assert) for name in names_in(node)}
    for node in reversed(nodes):
        match node:
            case ast.Assign(targets=targets, value=value) if any(names_in(target) & asked for target in targets):
                asked |= names_in(value)
            case _:
                pass
    return asked


def names_in(node: ast.AST) -> set[str]:
    """The names that stand in something."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def sources() -> dict[str, str]:
    """The texts of the modules that may draw examples."""
    paths = (path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py")))
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def test_nothing_that_was_drawn_by_chance_is_asserted_on() -> None:
    """What has to occur is looked for by `find`, by a seed or in the declaration; random examples may not bring it."""
    found = {name: decided_by_chance(text) for name, text in sources().items() if DRAWING.search(text)}
    assert {name for name, places in found.items() if places} == COUNTING.keys(), found


def test_what_has_to_be_there_is_looked_for_at_length() -> None:
    """Every `find` has the settings that try by far more examples than what is looked for is likely to take."""
    found = {name: short_searches(text) for name, text in sources().items() if SEARCHING.search(text)}
    assert {name for name, calls in found.items() if calls} == ANY.keys(), found


def test_planted_short_search_is_found() -> None:
    """Planted: a search with few examples, or with as many as are usual, is named."""
    few, usual, long = "find(worlds(), holds, settings=few)", "find(worlds(), holds)", "find(x, y, settings=SEARCH)"
    assert short_searches(f"{few}\n{usual}\n{long}") == [few, usual]


TEST = """
def test_everything_occurs(every):
    {made}

    @bounded(10)
    @given(worlds())
    def holds(world):
        {filled}

    holds()
    {asked}
"""
ASKED = "assert every <= seen"


@pytest.mark.parametrize(
    ("made", "filled", "asked"),
    [
        ("seen = set()", "seen.add(world)", ASKED),
        ("seen: dict[str, int] = {}", "seen[world] = 1", ASKED),
        ("seen = 0", "nonlocal seen; seen += 1", "assert seen > 3"),
        ("seen = set()", "seen.update(world)", "missing = every - seen\n    assert not missing"),
    ],
)
def test_planted_claim_about_what_was_drawn_is_found(made: str, filled: str, asked: str) -> None:
    """Planted: a set, a dict or a number that random examples change and a test asserts on behind them is named."""
    claim = TEST.format(made=made, filled=filled, asked=asked)
    assert decided_by_chance(claim) == ["holds: seen"]
    assert decided_by_chance(claim.replace("@bounded(10)", "@settings(derandomize=True)")) == []
    assert decided_by_chance(claim.replace("@bounded(10)", "@seed(1)")) == []
    assert decided_by_chance(claim.replace(asked, "")) == []


@pytest.mark.parametrize("tried", ["bounded(10)(given(worlds())(holds))()", "await every_example(10, worlds(), holds)"])
def test_a_function_that_is_handed_on_is_one_of_random_examples(tried: str) -> None:
    """So is what a function fills that is tried without a decorator, and what stands at the top of a module."""
    claim = TEST.format(made="seen = []", filled="seen.append(world)", asked=ASKED)
    handed = claim.replace("    @bounded(10)\n    @given(worlds())\n", "").replace("holds()\n", f"{tried}\n")
    assert decided_by_chance(handed.replace("def test", "async def test")) == ["holds: seen"]
    top = (
        "seen = set()\n@given(worlds())\ndef test_one(world):\n    seen.add(world)\ndef test_two():\n    assert seen\n"
    )
    assert decided_by_chance(top) == ["test_one: seen"]
    assert decided_by_chance(top.replace("seen = set()", "")) == []

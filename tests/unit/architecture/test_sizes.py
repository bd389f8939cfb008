"""No module and no function is longer than CONTRIBUTING says, but for those that are named here with the reason.

What counts are the lines of a module, and those of a function from its first statement on. Docstrings do not count,
because the house asks for them, and neither does the signature, which the linter keeps to seven arguments. A function
of declared rules has no steps to follow: it is a list, and may be as long as a reader can look through.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.unit.architecture.syntax import Held, inner, statements

ROOT = Path(__file__).parents[3]
CODE = ("src", "tests", "benchmarks", "examples", "scripts")
MODULE = 300
FUNCTION = 25
LIST_OF_RULES = 60
LONGER = {
    **dict.fromkeys(
        (
            "src/gapless/adapters/postgres/ddl/filled.py:_counting",
            "tests/integration/postgres/tampering.py:_of_trigger",
        ),
        "It describes objects of the database, a line for each of their properties.",
    ),
    **dict.fromkeys(
        (
            "tests/integration/postgres/test_changed_declarations.py:tickets",
            "tests/laws/test_served_catalogues.py:test_names_have_room_in_the_database",
            "tests/unit/domain/test_declaration.py:with_a_wrong_type",
        ),
        "Most of it declares what it is about, in one place: entities, rules or figures.",
    ),
    **dict.fromkeys(
        (
            "tests/integration/postgres/test_privileges.py:test_keys_times_of_creation_and_versions",
            "tests/integration/postgres/test_privileges.py:test_only_jobs_mark_for_erasure_and_lift_it",
            "tests/integration/postgres/test_triggers.py:test_application_role_works_with_the_printed_grants",
        ),
        "It lists statements, and what each of two roles may do of them.",
    ),
    **dict.fromkeys(
        (
            "tests/integration/postgres/test_refused_revisions.py",
            "tests/integration/test_parity.py",
            "tests/unit/domain/test_declaration.py",
            "tests/unit/memory/test_repository.py",
            "tests/unit/memory/test_statement.py",
            "tests/unit/services/test_bootstrap.py",
            "tests/unit/testing/test_strategies.py",
            "tests/use_cases/test_removal_of_hosts.py",
            "tests/use_cases/test_subscriptions.py",
        ),
        "All its tests ask one subject by the same fixtures, and none is longer than a function may be.",
    ),
    "src/gapless/kit/model.py": "It is one class: what is declared about an entity, and what is compiled from that.",
    "src/gapless/kit/operands.py": "Operands have operators, and what these make are operands.",
    "src/gapless/domain/calls.py": "An aggregate is one file, and no other has as many rules.",
    "src/gapless/testing/counterexamples/references.py:_removed": "Its steps close over one reference and its parent.",
    "src/gapless/testing/laws/audit.py:test_trail_is_append_only": "One law: every way to write, on one trail.",
    "src/gapless/testing/counterexamples/changes.py:_pair": "It states one problem, and reads its solution.",
    "tests/integration/narrow_shapes.py": "Entities whose rules leave little room, one beside the other.",
    "tests/integration/postgres/test_plans.py": "It holds the plans of all statements, which stand there as texts.",
    "tests/unit/domain/test_limits.py": "A table of declarations, each under the name that a page has for it.",
    "tests/privileges/attacks.py": "A table of attacks, of which each has its statement.",
    "tests/use_cases/test_phone_numbers.py:test_add": "It follows one number from its row to its record.",
}
"""Each module, as `path`, and each function, as `path:name`, that is longer, with the reason."""


def _docstring_lines(tree: ast.Module) -> set[int]:
    """The lines of docstrings, also of those under an attribute."""
    found = (node for node in statements(tree.body) if isinstance(node, ast.Expr))
    texts = [node for node in found if isinstance(node.value, ast.Constant)]
    return {line for node in texts for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _functions(
    node: ast.Module | Held, within: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in inner(node):
        name = within
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"{within}.{child.name}".removeprefix(".")
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield name, child
        yield from _functions(child, name)


def _gives_rules(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.returns is not None and ast.unparse(function.returns) in ("Iterator[Rule]", "Iterable[Rule]")


def too_long(path: str, source: str) -> dict[str, int]:
    """The lines of a module and of its functions, as far as they are too many, by `path` and `path:name`."""
    tree = ast.parse(source)
    docstrings = _docstring_lines(tree)
    lines = len(source.splitlines()) - len(docstrings)
    found = {path: lines} if lines > MODULE else {}
    for name, function in _functions(tree):
        body = range(function.body[0].lineno, (function.end_lineno or 0) + 1)
        length = len(set(body) - docstrings)
        if length > (LIST_OF_RULES if _gives_rules(function) else FUNCTION):
            found[f"{path}:{name}"] = length
    return found


def test_what_is_longer_is_named_with_the_reason() -> None:
    """Whatever is too long has a reason here, and nothing is named here that is short enough."""
    paths = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]
    found: dict[str, int] = {}
    for path in paths:
        found |= too_long(str(path.relative_to(ROOT)), path.read_text())
    assert {where: lines for where, lines in found.items() if where not in LONGER} == {}, "Shorten it, or say why not."
    assert sorted(LONGER.keys() - found.keys()) == [], "This is short enough by now: take it out of LONGER."
    assert all(LONGER.values())


def test_what_is_too_long_is_found() -> None:
    """Planted: a long module, a long method, a long function in a function, and a list of rules without an end."""
    steps = "".join(f"        x = {number}\n" for number in range(FUNCTION + 1))
    rules = "".join(f"    yield {number}\n" for number in range(LIST_OF_RULES + 1))
    source = (
        f"class A:\n    def long(self):\n        '''Says\n        much.'''\n{steps}"
        f"def outer():\n    def inner():\n{steps}"
        f"def rules() -> Iterator[Rule]:\n{rules}" + "\n" * MODULE
    )
    assert too_long("a.py", source) == {
        "a.py": len(source.splitlines()) - 2,
        "a.py:A.long": FUNCTION + 1,
        "a.py:outer": FUNCTION + 2,
        "a.py:outer.inner": FUNCTION + 1,
        "a.py:rules": LIST_OF_RULES + 1,
    }


def test_what_does_not_count() -> None:
    """A docstring, a signature over many lines and a list of rules make nothing too long."""
    said = "'''" + "word\n" * MODULE + "'''\n"
    signature = "".join(f"    x{number},\n" for number in range(FUNCTION))
    rules = "".join(f"    yield {number}\n" for number in range(FUNCTION + 1))
    assert too_long("a.py", f"{said}def f(\n{signature}):\n    return 1\ndef g() -> Iterator[Rule]:\n{rules}") == {}

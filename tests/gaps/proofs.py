"""Which tests say that they prove a gap closed, read from their source: a mark `gap` with the ids of the gaps.

A mark counts on a function, on its class, in the `pytestmark` of its class or module, in the values that it is
parametrized with, and in what the module gives a name to and these use. A law of `gapless.testing` bears no mark, since
it knows nothing of the voice service: `PROVED_BY_LAWS` names its gaps, and it counts as a test of each class that runs
the laws on that catalogue. Nothing of what is read is imported, and nothing is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from gapless.kit.errors import InvalidValue
from tests.laws.voice_service.gaps import PROVED_BY_LAWS

GAP_MARK = "gap"
RUNS_THE_LAWS = "StoreLaws"
ON_THE_VOICE_SERVICE = ("casting", "VOICE_SERVICE")
"""What a class that runs the laws on the catalogue of the voice service says in its body."""
PROVES_NOTHING = ("skip", "xfail")
MODULE_MARKS = "pytestmark"


def proofs(directory: Path) -> dict[str, tuple[str, ...]]:
    """The tests of a folder and of those below it, by the gaps that they are marked with.

    Args:
        directory: where the tests are, in files named `test_*.py`.

    Returns:
        For each id the tests as pytest names them, `file::function`, in the order of the files. A test that is marked
        as skipped or as expected to fail proves nothing, and is left out. A class derived from `StoreLaws` with
        `casting = VOICE_SERVICE` has every law as a test, but those that it replaces.

    Raises:
        InvalidValue: a file is not Python, or names a gap by something else than its id in quotes.
    """
    found: dict[str, list[str]] = {}
    for file in sorted(directory.rglob("test_*.py")):
        for name, ids in _marked(file):
            for gap in sorted(ids):
                found.setdefault(gap, []).append(f"{file.as_posix()}::{name}")
    return {gap: tuple(tests) for gap, tests in found.items()}


def _marked(file: Path) -> Iterator[tuple[str, set[str]]]:
    """The tests of a file with the gaps that each is marked with; of a class that runs the laws, those of the laws."""
    try:
        module = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise InvalidValue("tests", f"{file} is not a file of Python: {error}.") from error
    marks = _Marks(file=file, named=_assignments(module.body))
    for name, expressions in _tests(module.body, ()):
        yield name, marks.gaps(expressions)
    for name, expressions, replaced in _runs_of_the_laws(module.body, ()):
        if not marks.proves_nothing(expressions):
            for gap, laws in PROVED_BY_LAWS.items():
                yield from ((f"{name}::test_{law}", {gap}) for law in laws if f"test_{law}" not in replaced)


def _assignments(body: list[ast.stmt]) -> dict[str, ast.expr]:
    """What a module or a class gives a name to."""
    found: dict[str, ast.expr] = {}
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
            case _:
                pass
    return found


def _own_marks(body: list[ast.stmt]) -> tuple[ast.expr, ...]:
    """What a module or a class marks all its tests with."""
    own = _assignments(body).get(MODULE_MARKS)
    return () if own is None else (own,)


def _tests(
    body: list[ast.stmt], outer: tuple[ast.expr, ...], prefix: str = ""
) -> Iterator[tuple[str, tuple[ast.expr, ...]]]:
    """The tests of a module or a class, each with the expressions that can mark it."""
    around = (*outer, *_own_marks(body))
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if statement.name.startswith("test"):
                yield f"{prefix}{statement.name}", (*around, *statement.decorator_list)
            case ast.ClassDef() if statement.name.startswith("Test"):
                inner = (*around, *statement.decorator_list)
                yield from _tests(statement.body, inner, f"{prefix}{statement.name}::")
            case _:
                pass


def _runs_of_the_laws(
    body: list[ast.stmt], outer: tuple[ast.expr, ...]
) -> Iterator[tuple[str, tuple[ast.expr, ...], set[str]]]:
    """The classes that run the laws on the voice service, with the expressions that mark each, and what it names."""
    around = (*outer, *_own_marks(body))
    for statement in body:
        match statement:
            case ast.ClassDef(bases=bases) if (
                statement.name.startswith("Test") and any(map(_is_of_the_laws, bases)) and _is_of_the_service(statement)
            ):
                functions = (
                    part for part in statement.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
                )
                replaced = {function.name for function in functions} | _assignments(statement.body).keys()
                yield statement.name, (*around, *statement.decorator_list, *_own_marks(statement.body)), replaced
            case _:
                pass


def _is_of_the_service(runner: ast.ClassDef) -> bool:
    """Whether the laws of a class run on the catalogue of the voice service."""
    name, casting = ON_THE_VOICE_SERVICE
    said = _assignments(runner.body).get(name)
    return isinstance(said, ast.Name) and said.id == casting


def _is_of_the_laws(base: ast.expr) -> bool:
    """Whether the base of a class is `StoreLaws`, by whatever path it is named."""
    return RUNS_THE_LAWS in (getattr(base, "id", None), getattr(base, "attr", None))


@attrs.frozen(kw_only=True)
class _Marks:
    """Finds the marks in expressions of a file.

    Attributes:
        file: the file, for what is said of it.
        named: what its module gives a name to: an expression that uses the name uses what it stands for.
    """

    file: Path
    named: Mapping[str, ast.expr]

    def gaps(self, expressions: tuple[ast.expr, ...]) -> set[str]:
        """The gaps that are named; none if the test is skipped, or expected to fail."""
        if self.proves_nothing(expressions):
            return set()
        calls = [part for part in self._parts(expressions) if isinstance(part, ast.Call)]
        return {self._id(argument) for call in calls if _is_mark(call.func, GAP_MARK) for argument in call.args}

    def proves_nothing(self, expressions: tuple[ast.expr, ...]) -> bool:
        """Whether a test is skipped, or expected to fail."""
        return any(_is_mark(part, name) for part in self._parts(expressions) for name in PROVES_NOTHING)

    def _parts(self, expressions: tuple[ast.expr, ...]) -> Iterator[ast.AST]:
        pending, followed = [*expressions], set[str]()
        while pending:
            for part in ast.walk(pending.pop()):
                yield part
                if isinstance(part, ast.Name) and part.id in self.named and part.id not in followed:
                    followed.add(part.id)
                    pending.append(self.named[part.id])

    def _id(self, argument: ast.expr) -> str:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return argument.value
        place = f"{self.file}:{argument.lineno}"
        raise InvalidValue(
            "tests", f'{place}: a test names its gap by the id itself, as in pytest.mark.gap("GAP-172").'
        )


def _is_mark(part: ast.AST, name: str) -> bool:
    """Whether a part of an expression is `pytest.mark.<name>`, or `mark.<name>`."""
    match part:
        case ast.Attribute(value=ast.Attribute(attr="mark") | ast.Name(id="mark"), attr=attribute):
            return attribute == name
        case _:
            return False

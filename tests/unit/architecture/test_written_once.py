"""What is declared or written once stands in no second module: entities, their rules, and long functions."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import TypeVar

from gapless import kit
from gapless.kit import AuditedEntity, Entity, Rule
from gapless.kit.soft_deletion import FIELDS

ROOT = Path(__file__).parents[3]
CODE = ("src", "tests", "benchmarks", "scripts")
BASES = {Entity.__name__, AuditedEntity.__name__}
KINDS = {name for name, value in vars(kit).items() if isinstance(value, type) and issubclass(value, Rule)}
OF_MANY = {"organization_id", "id", "created_at", "version", *FIELDS}
"""The fields that entities have because the kit asks for them."""
FEW = {"fields": 4, "rules": 2}
"""How many fields of two entities, and how many rules of two modules, may have the same names."""
LONG = 4
"""How many lines a function has below its docstring that two modules must not both write."""
INDEPENDENT = {
    "tests/unit/domain/pattern_language.py": "What patterns mean is compared with a second reading.",
    "src/gapless/testing/laws/workspaces.py": "Laws know no service, and a Casting compares its root with theirs.",
    "src/gapless/testing/laws/members.py": "Laws know no service, and a Casting compares its members with theirs.",
}
"""The modules that say something again in order to check what the code says, and why."""
NAMED = re.compile(r"(?<=Name\(id=')\w+|(?<=\barg\(arg=')\w+")
"""A name of a variable or a parameter in the dump of a tree; what is called by a keyword keeps its name."""
Modules = Mapping[str, ast.Module]
Key = TypeVar("Key")
T = TypeVar("T")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def copied_entities(modules: Modules) -> Iterator[str]:
    """The entities that have more than a few fields of one in another module, with both modules."""
    classes = [
        (path, node.name, fields)
        for path, module in modules.items()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef) and {_last(base) for base in node.bases} & BASES
        if len(fields := _fields(node)) > FEW["fields"]
    ]
    for (path, name, fields), (other, copy, again) in combinations(classes, 2):
        if path != other and len(fields & again) > FEW["fields"]:
            yield f"{path}: {name} and {other}: {copy}"


def _fields(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(part.target) for part in node.body if isinstance(part, ast.AnnAssign)} - OF_MANY


def copied_rules(modules: Modules) -> Iterator[str]:
    """The modules that declare more than a few rules of the same names."""
    names = {path: set(_rules(module)) for path, module in modules.items()}
    for (one, declared), (other, again) in combinations([item for item in names.items() if item[1]], 2):
        if len(declared & again) > FEW["rules"]:
            yield f"{one} and {other}: {', '.join(sorted(declared & again))}"


def _rules(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        match node:
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if _last(function) in KINDS:
                yield name


def copied_functions(modules: Modules) -> Iterator[str]:
    """The long functions that another module has under the same or other names of variables, with both modules."""
    functions = [(path, function) for path, module in modules.items() for function in _functions(module.body)]
    # Few functions have the same statements on their outside, so that few are compared to the last name.
    alike = _in_two_modules((_outside(function), path, function) for path, function in functions)
    for places in alike:
        copies = _in_two_modules((_nameless(function), path, function.name) for path, function in places)
        yield from map(_told, copies)


def _lines(function: Function) -> int:
    first, last = _body(function)[:1], function.body[-1]
    return (last.end_lineno or 0) - first[0].lineno + 1 if first else 0


def _body(function: Function) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def _outside(function: Function) -> Hashable:
    shape = [(type(part), *map(type, ast.iter_child_nodes(part))) for part in _body(function)]
    return len(function.args.args), tuple(shape)


def _nameless(function: Function) -> str:
    """The function with numbers for its names, in their order, so that a copy with other names is equal."""
    numbers: dict[str, str] = {}
    dumped = " ".join(ast.dump(part) for part in (function.args, *_body(function)))
    return NAMED.sub(lambda name: numbers.setdefault(name.group(), str(len(numbers))), dumped)


def _functions(body: Iterable[ast.stmt]) -> Iterator[Function]:
    for node in body:
        if isinstance(node, Function):
            yield from (node,) if _lines(node) >= LONG else ()
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body)


def _in_two_modules(found: Iterable[tuple[Key, str, T]]) -> Iterator[list[tuple[str, T]]]:
    """What has one key in several modules: of each the module and the thing."""
    grouped = defaultdict(list)
    for key, path, thing in found:
        grouped[key].append((path, thing))
    return (places for places in grouped.values() if len({path for path, _ in places}) > 1)


def _told(places: Iterable[tuple[str, str]]) -> str:
    return " and ".join(f"{path}: {name}" for path, name in places)


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def test_nothing_stands_in_two_modules() -> None:
    """No two modules declare the same entity or the same rules, and no two have the same long function."""
    paths = {str(path.relative_to(ROOT)): path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))}
    modules = {name: ast.parse(path.read_text()) for name, path in paths.items() if name not in INDEPENDENT}
    assert [*copied_entities(modules), *copied_rules(modules), *copied_functions(modules)] == []
    assert INDEPENDENT.keys() <= paths.keys()


FIRST = """
class Shelf(Entity):
    name: str
    label: str
    room: str
    size: int
    wall: str

def shelf_rules(shelf):
    yield Check("shelves_name", "A name.", shelf.name != "")
    yield kit.Unique("shelves_unique", "Another one.", (shelf.name,))
    yield Check("shelves_label", "A label.", shelf.label != "")
    yield Check("shelves_size", "A size.", shelf.size > 0)

async def filled(store, shelf, books):
    '''Fills a shelf.'''
    async with store.unit(shelf.home) as unit:
        for book in sorted(books, key=lambda book: book.title):
            await unit.of(Book).add(book.placed(shelf.id, at=shelf.next_place))
        await unit.commit()
"""


def planted(second: str) -> tuple[list[str], list[str], list[str]]:
    """What is found when this is the second module."""
    modules = {"one": ast.parse(FIRST), "two": ast.parse(second)}
    return [*copied_entities(modules)], [*copied_rules(modules)], [*copied_functions(modules)]


def test_planted_copies_are_found() -> None:
    """Planted: a copy is named, also with other names of class, function and variables; another text is not."""
    names = "shelves_label, shelves_name, shelves_size, shelves_unique"
    copy = (
        FIRST.replace("Shelf(Entity):", "Rack(kit.Entity):\n    owner: str")
        .replace("filled", "packed")
        .replace("books", "volumes")
    )
    assert planted(copy) == (
        ["one: Shelf and two: Rack"],
        [f"one and two: {names}"],
        ["one: shelf_rules and two: shelf_rules", "one: filled and two: packed"],
    )
    other = (
        FIRST.replace("room: ", "floor: ")
        .replace("shelves_name", "a")
        .replace("_size", "_depth")
        .replace("add", "save")
    )
    assert planted(other) == ([], [], [])
    assert planted("") == ([], [], [])
